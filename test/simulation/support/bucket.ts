/** R2 in memory, as far as the house uses it: put, get with range and etag, heads, deletes, parts. Objects go missing and change when the weather says so. */
import { createHash } from "node:crypto";
import type { Weather } from "./weather.ts";

interface Stored {
  bytes: Uint8Array;
  etag: string;
}

/** What decides whether the one who asks is still alive. */
export interface Liveness {
  check(): void;
}

export class Bucket {
  readonly objects = new Map<string, Stored>();
  private readonly uploads = new Map<string, Map<number, Uint8Array>>();
  private readonly weather: Weather;
  private readonly liveness: Liveness;
  /** A stored byte of this small world stands for a kibibyte of a real one: reads give so many at once. */
  private readonly bytesARead: () => number;

  constructor(weather: Weather, liveness: Liveness, bytesARead: () => number) {
    this.weather = weather;
    this.liveness = liveness;
    this.bytesARead = bytesARead;
  }

  async put(key: string, body: ReadableStream<Uint8Array> | string): Promise<{ etag: string }> {
    this.ask();
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(await new Response(body).arrayBuffer());
    this.liveness.check();
    return this.store(key, bytes);
  }

  async get(key: string, options: { range?: { offset: number; length?: number }; onlyIf?: { etagMatches: string } } = {}): Promise<unknown> {
    this.ask();
    if (key.startsWith("raw/")) this.decay(key);
    const object = this.objects.get(key);
    if (object === undefined) return null;
    if (options.onlyIf !== undefined && options.onlyIf.etagMatches !== object.etag) return { etag: object.etag };
    const from = options.range?.offset ?? 0;
    const bytes = object.bytes.slice(from, options.range?.length === undefined ? undefined : from + options.range.length);
    return {
      etag: object.etag,
      body: {
        getReader: () => new Reader(bytes, this.bytesARead),
        pipeTo: (writable: WritableStream) => new Blob([bytes]).stream().pipeTo(writable),
      },
      arrayBuffer: async () => bytes.buffer,
      json: async () => JSON.parse(new TextDecoder().decode(bytes)),
    };
  }

  async head(key: string): Promise<{ etag: string } | null> {
    this.ask();
    const object = this.objects.get(key);
    return object === undefined ? null : { etag: object.etag };
  }

  async delete(key: string): Promise<void> {
    this.ask();
    this.objects.delete(key);
  }

  async createMultipartUpload(key: string): Promise<unknown> {
    this.ask();
    const uploadId = `${key}#${this.uploads.size}`;
    this.uploads.set(uploadId, new Map());
    return this.resumeMultipartUpload(key, uploadId);
  }

  resumeMultipartUpload(key: string, uploadId: string) {
    const parts = () => this.uploads.get(uploadId) ?? new Map<number, Uint8Array>();
    return {
      uploadId,
      uploadPart: async (partNumber: number, bytes: Uint8Array) => {
        this.ask();
        parts().set(partNumber, bytes.slice());
        return { partNumber, etag: etagOf(bytes) };
      },
      complete: async (chosen: { partNumber: number }[]) => {
        this.ask();
        return this.store(key, Buffer.concat(chosen.map((part) => parts().get(part.partNumber) ?? new Uint8Array())));
      },
      abort: async () => {
        this.ask();
        this.uploads.delete(uploadId);
      },
    };
  }

  /** The weather at work on an object that is being asked for. */
  private decay(key: string): void {
    const object = this.objects.get(key);
    if (object === undefined) return;
    if (this.weather.strikes("object_missing")) this.objects.delete(key);
    else if (this.weather.strikes("object_changed")) this.objects.set(key, { bytes: object.bytes, etag: `${object.etag}-changed` });
    else if (this.weather.strikes("object_rewritten")) this.store(key, otherMoney(object.bytes));
  }

  private store(key: string, bytes: Uint8Array): { etag: string } {
    const stored = { bytes, etag: etagOf(bytes) };
    this.objects.set(key, stored);
    return stored;
  }

  private ask(): void {
    this.liveness.check();
    if (this.weather.strikes("storage_refused")) throw new Error("The storage refused (simulated).");
  }
}

/** A BYOB reader: fills the caller's buffer with the next few bytes. */
class Reader {
  private at = 0;
  private readonly bytes: Uint8Array;
  private readonly bytesARead: () => number;

  constructor(bytes: Uint8Array, bytesARead: () => number) {
    this.bytes = bytes;
    this.bytesARead = bytesARead;
  }

  async readAtLeast(_min: number, view: Uint8Array): Promise<{ done: boolean; value: Uint8Array }> {
    const part = this.bytes.subarray(this.at, this.at + Math.min(this.bytesARead(), view.byteLength));
    view.set(part);
    this.at += part.byteLength;
    return { done: part.byteLength === 0, value: view.subarray(0, part.byteLength) };
  }
}

/** The same file with other amounts: a statement that the bank never sent, and that would be read without complaint. */
const otherMoney = (bytes: Uint8Array) => new TextEncoder().encode(new TextDecoder().decode(bytes).replaceAll(/1000|2500/g, "9900"));

const etagOf = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");
