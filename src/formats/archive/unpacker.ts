/** What both kinds of archive are for their reader: members, one after the other, their bytes in portions. */
import type { Finding } from "../findings.ts";

export type Unpacked =
  /** A member begins; `byteOffset` is where its header stands in the archive, and where unpacking can begin again. */
  | { type: "member"; name: string; byteOffset: number }
  /** Bytes of the member, unpacked; `packedBytes` of the archive went into them. */
  | { type: "bytes"; bytes: Uint8Array; packedBytes: number }
  | { type: "member_end" }
  /** The archive cannot be read on. */
  | { type: "refused"; finding: Finding };

export interface Unpacker {
  add(chunk: Uint8Array): void;
  /** No more bytes will come. */
  finish(): void;
  /** The next happening; null where more bytes are needed, or all is told. */
  next(): Unpacked | null;
  /** The rest of the open member is passed over: its bytes come empty, and its check sum is not looked at. */
  passOver(): void;
  /** Where the next header stands, between two members. */
  readonly byteOffset: number;
}

/** 8 KB packed are at most 8.4 MB unpacked: what one portion may take in memory. */
export const PORTION_BYTES = 8 * 1024;

/** Bytes that wait to be read, and where the first of them stands in the file. */
export class ByteQueue {
  #bytes: Uint8Array = new Uint8Array();
  #at = 0;
  #base: number;
  isClosed = false;

  constructor(byteOffset: number) {
    this.#base = byteOffset;
  }

  get byteOffset(): number {
    return this.#base + this.#at;
  }

  get length(): number {
    return this.#bytes.length - this.#at;
  }

  add(chunk: Uint8Array): void {
    const joined = new Uint8Array(this.length + chunk.length);
    joined.set(this.#bytes.subarray(this.#at));
    joined.set(chunk, this.length);
    this.#base += this.#at;
    this.#bytes = joined;
    this.#at = 0;
  }

  /** A view; it is not taken away. */
  peek(length: number): Uint8Array {
    return this.#bytes.subarray(this.#at, this.#at + length);
  }

  take(length: number): Uint8Array {
    const taken = this.peek(length);
    this.#at += taken.length;
    return taken;
  }
}

/** Little-endian numbers of a header. */
export const u16 = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
export const u32 = (bytes: Uint8Array, at: number): number => (u16(bytes, at) | (u16(bytes, at + 2) << 16)) >>> 0;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

/** The check sum of .zip and .gz over all bytes so far; begins with 0. */
export function crc32(before: number, bytes: Uint8Array): number {
  let value = ~before;
  for (const byte of bytes) value = (CRC_TABLE[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return ~value >>> 0;
}

/** Portions from a stream that calls back; one view of all. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A name for people: without folders' tricks and control characters. UTF-8 where it is, else Windows-1252. */
export function memberName(bytes: Uint8Array): string {
  const text = decodeName(bytes);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out.
  return text.replace(/[\u0000-\u001f\u007f]/g, " ").slice(0, NAME_CHARS_MAX);
}

/** 200 characters: the longest that a grid shows. */
const NAME_CHARS_MAX = 200;

function decodeName(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
