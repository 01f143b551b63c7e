/** Bytes of any of the encodings as text whose characters can be counted back to bytes. Never loses a byte: what is not UTF-8 is kept aside and shown. */
import type { Encoding } from "../../domain/profile.ts";
import { incompleteTail } from "./encoding.ts";

/** Turns chunks into text; the bytes of a character cut by a chunk's end wait for the next. */
export class ChunkDecoder {
  readonly encoding: Encoding;
  readonly #decode: (bytes: Uint8Array) => string;
  readonly #tailOf: (bytes: Uint8Array) => number;
  #waiting = new Uint8Array(0);

  constructor(encoding: Encoding) {
    this.encoding = encoding;
    const isWide = encoding.startsWith("utf-16");
    const decoder = new TextDecoder(encoding, { fatal: false, ignoreBOM: true });
    this.#decode = encoding === "utf-8" ? decodeUtf8 : isWide ? (bytes) => decodeUtf16(bytes, encoding) : (bytes) => decoder.decode(bytes);
    this.#tailOf = encoding === "utf-8" ? incompleteTail : isWide ? (bytes) => bytes.length & 1 : () => 0;
  }

  push(chunk: Uint8Array): string {
    let bytes = chunk;
    if (this.#waiting.length > 0) {
      bytes = new Uint8Array(this.#waiting.length + chunk.length);
      bytes.set(this.#waiting);
      bytes.set(chunk, this.#waiting.length);
    }
    const tail = this.#tailOf(bytes);
    this.#waiting = bytes.slice(bytes.length - tail);
    return this.#decode(tail === 0 ? bytes : bytes.subarray(0, bytes.length - tail));
  }

  /** What waited for more bytes that never came. */
  finish(): string {
    const rest = this.#waiting;
    this.#waiting = new Uint8Array(0);
    if (rest.length === 0) return "";
    return this.encoding === "utf-8" ? decodeUtf8(rest) : "\ufffd";
  }
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes that are no UTF-8 become U+DC80 + byte - 0x80: well-formed text never holds these, and each stands for one byte. */
function decodeUtf8(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeDamaged(bytes);
  }
}

function decodeDamaged(bytes: Uint8Array): string {
  let text = "";
  let from = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = wellFormedAt(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    text += strict.decode(bytes.subarray(from, at)) + String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
    at += 1;
    from = at;
  }
  return text + strict.decode(bytes.subarray(from));
}

/** Bytes of the well-formed character at `at`, or 0 (Unicode, table 3-7). */
function wellFormedAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  const second = bytes[at + 1] ?? 0;
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let next = 2; next < length; next += 1) if (((bytes[at + next] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}

/** Unit by unit, so that two bytes are one character always, also where a surrogate stands alone. */
function decodeUtf16(bytes: Uint8Array, encoding: Encoding): string {
  const low = encoding === "utf-16le" ? 0 : 1;
  const parts: string[] = [];
  const units: number[] = [];
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    units.push((bytes[at + low] ?? 0) | ((bytes[at + 1 - low] ?? 0) << 8));
    if (units.length < 4_096) continue;
    parts.push(String.fromCharCode(...units));
    units.length = 0;
  }
  return parts.join("") + String.fromCharCode(...units);
}

const NOT_ASCII = /[\u0080-\uffff]/g;

/** Counts characters back to bytes, going forward through one text. */
export class ByteCounter {
  readonly #unit: number;
  readonly #isUtf8: boolean;
  #text = "";
  /** The next character beyond ASCII at or behind the last end. */
  #next = 0;

  constructor(encoding: Encoding) {
    this.#unit = encoding.startsWith("utf-16") ? 2 : 1;
    this.#isUtf8 = encoding === "utf-8";
  }

  /** A new text; its ranges are asked for in order. */
  open(text: string): void {
    this.#text = text;
    this.#next = this.#isUtf8 ? this.#find(0) : text.length;
  }

  bytes(from: number, to: number): number {
    let count = (to - from) * this.#unit;
    while (this.#next < to) {
      if (this.#next >= from) count += extraBytes(this.#text, this.#next);
      this.#next = this.#find(this.#next + 1);
    }
    return count;
  }

  #find(from: number): number {
    NOT_ASCII.lastIndex = from;
    return NOT_ASCII.test(this.#text) ? NOT_ASCII.lastIndex - 1 : this.#text.length;
  }
}

/** Bytes of a UTF-16 unit beyond the first: a pair of surrogates has 4 in all, a byte kept aside 1. */
function extraBytes(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code < 0x800) return 1;
  if (code < 0xd800 || code > 0xdfff) return 2;
  if (code < 0xdc00) return 1;
  const before = at > 0 ? text.charCodeAt(at - 1) : 0;
  return before >= 0xd800 && before < 0xdc00 ? 1 : 0;
}

const ASIDE = /(?<![\ud800-\udbff])[\udc80-\udcff]/g;

/** Text for people: bytes kept aside are read as Windows-1252, as whoever wrote them into a UTF-8 file nearly always meant. */
export function mended(text: string): string {
  return text.replace(ASIDE, (unit) => western.decode(Uint8Array.of(unit.charCodeAt(0) - 0xdc00)));
}

/** May say yes to text that holds none, such as emoji: it only saves the looking. */
export const mayHaveBytesAside = (text: string): boolean => LOW_SURROGATE.test(text);

const LOW_SURROGATE = /[\udc80-\udcff]/;

const western = new TextDecoder("windows-1252");
