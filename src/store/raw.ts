/** Raw files in R2: put once, read from any offset, never changed, removed when their time is over. Knows keys, hashes and etags; nothing of what the bytes mean. */
import { Unavailable } from "../domain/refusal.ts";
import type { Env } from "../env.ts";
import { sha256Hex, toHex, utf8 } from "../lib/crypto.ts";

/** 8 MiB: above R2's least part (5 MiB), and three of them fit an isolate's memory many times over. */
export const PART_BYTES = 8 * 1024 * 1024;
/** 64 KiB at least a read: fewer, larger reads were the biggest single gain in parsing. */
const READ_BYTES_MIN = 64 * 1024;
/** 256 KiB a read at the most: the parser's chunk, whose 2,500 records live at once. */
const READ_BYTES_MAX = 256 * 1024;

/** `raw/{tenant}/{yyyy}/{mm}/{id}`: one prefix a tenant, months for retention. */
export function rawKey(tenantId: string, id: string, receivedAt: Date): string {
  const month = String(receivedAt.getUTCMonth() + 1).padStart(2, "0");
  return `raw/${tenantId}/${receivedAt.getUTCFullYear()}/${month}/${id}`;
}

export interface StoredObject {
  etag: string;
  sizeBytes: number;
  /** Hex, 64 characters. */
  sha256: string;
}

/** Puts a text that is held whole already: a page of an API. */
export async function putText(env: Env, key: string, text: string): Promise<StoredObject> {
  const bytes = utf8(text);
  const object = await env.RAW.put(key, bytes);
  if (object === null) throw new Unavailable("storage");
  return { etag: object.etag, sizeBytes: bytes.byteLength, sha256: await sha256Hex(bytes) };
}

/** Streams a body of known length into R2, hashing on the way; never holds it whole. A body of another length fails and stores nothing. */
export async function putMeasured(env: Env, key: string, body: ReadableStream<Uint8Array>, sizeBytes: number): Promise<StoredObject> {
  const fixed = new FixedLengthStream(sizeBytes);
  const digest = new crypto.DigestStream("SHA-256");
  const pump = copy(body, [fixed.writable.getWriter(), digest.getWriter()]);
  const [object] = await Promise.all([env.RAW.put(key, fixed.readable), pump]);
  if (object === null) throw new Unavailable("storage");
  return { etag: object.etag, sizeBytes, sha256: toHex(new Uint8Array(await digest.digest)) };
}

/** Streams a body of unknown length into R2 as a multipart object of 8 MiB parts, hashing on the way. Refuses past `bytesMax` by returning null. */
export async function putUnmeasured(env: Env, key: string, body: ReadableStream<Uint8Array>, bytesMax: number): Promise<StoredObject | null> {
  const upload = await env.RAW.createMultipartUpload(key);
  const digest = new crypto.DigestStream("SHA-256");
  const writer = digest.getWriter();
  const parts: R2UploadedPart[] = [];
  let sizeBytes = 0;
  try {
    for await (const part of partsOf(body)) {
      sizeBytes += part.byteLength;
      if (sizeBytes > bytesMax) {
        await upload.abort();
        return null;
      }
      await writer.write(part);
      parts.push(await upload.uploadPart(parts.length + 1, part));
    }
    await writer.close();
    const object = await upload.complete(parts);
    return { etag: object.etag, sizeBytes, sha256: toHex(new Uint8Array(await digest.digest)) };
  } catch (error) {
    await upload.abort().catch(() => undefined);
    throw error;
  }
}

/** Removes up to 1,000 objects; those that are gone already are no matter. */
export async function removeObjects(env: Pick<Env, "RAW">, keys: string[]): Promise<void> {
  await env.RAW.delete(keys);
}

/** Removes the first thousand objects whose key begins so; how many there were. */
export async function removeByPrefix(env: Pick<Env, "RAW">, prefix: string): Promise<number> {
  const { objects } = await env.RAW.list({ prefix, limit: 1_000 });
  if (objects.length > 0) await env.RAW.delete(objects.map((object) => object.key));
  return objects.length;
}

/** Ends an upload in parts that nobody will complete. One that the storage no longer knows is ended already. */
export async function abortUpload(env: Pick<Env, "RAW">, upload: { r2_key: string; r2_upload_id: string }): Promise<void> {
  await env.RAW.resumeMultipartUpload(upload.r2_key, upload.r2_upload_id)
    .abort()
    .catch(() => undefined);
}

/** The SHA-256 of an object that came in parts, as hex; why not, where it is gone or no longer the same. */
export async function hashObject(env: Env, object: { key: string; etag: string }): Promise<{ sha256: string } | { failure: ReadFailure }> {
  const found = await env.RAW.get(object.key, { onlyIf: { etagMatches: object.etag } });
  if (found === null) return { failure: "missing" };
  if (!("body" in found)) return { failure: "changed" };
  const digest = new crypto.DigestStream("SHA-256");
  await found.body.pipeTo(digest);
  return { sha256: toHex(new Uint8Array(await digest.digest)) };
}

/** The whole object as a stream; why not, where it is gone or no longer the same. */
export async function openWhole(
  env: Env,
  object: { key: string; etag: string },
): Promise<{ body: ReadableStream<Uint8Array> } | { failure: ReadFailure }> {
  const found = await env.RAW.get(object.key, { onlyIf: { etagMatches: object.etag } });
  if (found === null) return { failure: "missing" };
  return "body" in found ? { body: found.body } : { failure: "changed" };
}

/** The first bytes, for recognition; why not, where the object is gone or no longer the same. */
export async function readHead(
  env: Env,
  object: { key: string; etag: string },
  bytes: number,
): Promise<{ head: Uint8Array } | { failure: ReadFailure }> {
  const found = await env.RAW.get(object.key, { onlyIf: { etagMatches: object.etag }, range: { offset: 0, length: bytes } });
  if (found === null) return { failure: "missing" };
  if (!("body" in found)) return { failure: "changed" };
  return { head: new Uint8Array(await found.arrayBuffer()) };
}

export type ReadFailure = "missing" | "changed";

/**
 * Yields the object's bytes from `offset`, in chunks of 64 to 256 KiB, pinned to its etag; returns why where it is gone or no longer the same.
 * An offset equal to the size yields nothing.
 */
export async function* readFrom(
  env: Env,
  object: { key: string; etag: string; sizeBytes: number; offset: number },
): AsyncGenerator<Uint8Array, ReadFailure | null> {
  if (object.offset >= object.sizeBytes) return null;
  const found = await env.RAW.get(object.key, { onlyIf: { etagMatches: object.etag }, range: { offset: object.offset } });
  if (found === null) return "missing";
  if (!("body" in found)) return "changed";
  const reader = found.body.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(READ_BYTES_MAX);
  for (;;) {
    const { done, value } = await reader.readAtLeast(READ_BYTES_MIN, new Uint8Array(buffer));
    if (value !== undefined && value.byteLength > 0) yield value;
    if (done) return null;
    buffer = value.buffer;
  }
}

/** Reads a stream to its end, handing each chunk to every writer; on failure all are told. */
async function copy(body: ReadableStream<Uint8Array>, writers: WritableStreamDefaultWriter<Uint8Array>[]): Promise<void> {
  try {
    for await (const chunk of body) await Promise.all(writers.map((writer) => writer.write(chunk)));
    await Promise.all(writers.map((writer) => writer.close()));
  } catch (error) {
    await Promise.allSettled(writers.map((writer) => writer.abort(error)));
    throw error;
  }
}

/** Cuts a stream into parts of exactly PART_BYTES, the last one shorter; an empty body gives one empty part. */
async function* partsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  let part = new Uint8Array(PART_BYTES);
  let filled = 0;
  let count = 0;
  for await (const chunk of body) {
    for (let from = 0; from < chunk.byteLength; ) {
      const taken = chunk.subarray(from, from + PART_BYTES - filled);
      part.set(taken, filled);
      filled += taken.byteLength;
      from += taken.byteLength;
      if (filled === PART_BYTES) {
        yield part;
        count += 1;
        part = new Uint8Array(PART_BYTES);
        filled = 0;
      }
    }
  }
  if (filled > 0 || count === 0) yield part.subarray(0, filled);
}
