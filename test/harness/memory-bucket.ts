/** R2 in memory for tests in Node: whole objects and ranges, pinned to an etag. Never loses or changes one by itself. */
import { createHash } from "node:crypto";

export class MemoryBucket {
  readonly objects = new Map<string, Uint8Array>();

  put(key: string, body: Uint8Array | string): Promise<{ etag: string }> {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body.slice();
    this.objects.set(key, bytes);
    return Promise.resolve({ etag: etagOf(bytes) });
  }

  get(key: string, options: { range?: { offset: number; length?: number }; onlyIf?: { etagMatches: string } } = {}): Promise<unknown> {
    const whole = this.objects.get(key);
    if (whole === undefined) return Promise.resolve(null);
    const etag = etagOf(whole);
    if (options.onlyIf !== undefined && options.onlyIf.etagMatches !== etag) return Promise.resolve({ etag });
    const from = options.range?.offset ?? 0;
    const bytes = whole.slice(from, options.range?.length === undefined ? undefined : from + options.range.length);
    return Promise.resolve({ etag, body: { getReader: () => new Reader(bytes) }, arrayBuffer: () => Promise.resolve(bytes.buffer) });
  }

  delete(key: string): Promise<void> {
    this.objects.delete(key);
    return Promise.resolve();
  }
}

/** A BYOB reader: fills the caller's buffer with the next bytes. */
class Reader {
  #at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  readAtLeast(_min: number, view: Uint8Array): Promise<{ done: boolean; value: Uint8Array }> {
    const part = this.#bytes.subarray(this.#at, this.#at + view.byteLength);
    view.set(part);
    this.#at += part.byteLength;
    return Promise.resolve({ done: part.byteLength === 0, value: view.subarray(0, part.byteLength) });
  }
}

const etagOf = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");
