/** Bytes of any of the encodings as text whose characters can be counted back to bytes. Never loses a byte: what is not UTF-8 is kept aside and shown. */
import type { Encoding } from "../../domain/profile.ts";
import { incompleteTail } from "./encoding.ts";

/** A text with the bytes that it was made from. */
export interface Decoded {
  text: string;
  /** Null where they cannot be told: UTF-16, and text that never was bytes. They are lent. */
  bytes: Uint8Array | null;
  /** Bytes that are no character were kept aside. */
  isDamaged: boolean;
}

/** Text that never was bytes. */
export const textOnly = (text: string): Decoded => ({ text, bytes: null, isDamaged: mayHaveBytesAside(text) });

/** Turns bytes that begin with a character into text. */
export class Decoder {
  readonly #encoding: Encoding;
  readonly #isWide: boolean;
  readonly #single: TextDecoder | null;

  constructor(encoding: Encoding) {
    this.#encoding = encoding;
    this.#isWide = encoding.startsWith("utf-16");
    this.#single = this.#isWide || encoding === "utf-8" ? null : new TextDecoder(encoding, { fatal: false, ignoreBOM: true });
  }

  /** Bytes at the end that are no whole character yet. */
  tailOf(bytes: Uint8Array): number {
    if (this.#single !== null) return 0;
    return this.#isWide ? bytes.length & 1 : incompleteTail(bytes);
  }

  /** What is no whole character at the end is left out, or, in a file's last text, kept aside. */
  decode(bytes: Uint8Array, isLast: boolean): Decoded {
    if (this.#single !== null) return { text: this.#single.decode(bytes), bytes, isDamaged: false };
    const tail = this.tailOf(bytes);
    const whole = tail === 0 || (isLast && !this.#isWide) ? bytes : bytes.subarray(0, bytes.length - tail);
    if (!this.#isWide) return decodeUtf8(whole);
    const text = decodeUtf16(whole, this.#encoding);
    return textOnly(isLast && tail > 0 ? `${text}\ufffd` : text);
  }
}

/** Turns chunks into text; the bytes of a character cut by a chunk's end wait for the next. */
export class ChunkDecoder {
  readonly encoding: Encoding;
  readonly #decoder: Decoder;
  #waiting = new Uint8Array(0);

  constructor(encoding: Encoding) {
    this.encoding = encoding;
    this.#decoder = new Decoder(encoding);
  }

  push(chunk: Uint8Array): string {
    let bytes = chunk;
    if (this.#waiting.length > 0) {
      bytes = new Uint8Array(this.#waiting.length + chunk.length);
      bytes.set(this.#waiting);
      bytes.set(chunk, this.#waiting.length);
    }
    this.#waiting = bytes.slice(bytes.length - this.#decoder.tailOf(bytes));
    return this.#decoder.decode(bytes, false).text;
  }

  /** What waited for more bytes that never came. */
  finish(): string {
    const rest = this.#waiting;
    this.#waiting = new Uint8Array(0);
    return rest.length === 0 ? "" : this.#decoder.decode(rest, true).text;
  }
}

const lenient = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes that are no UTF-8 become U+DC80 + byte - 0x80: well-formed text never holds these, and each stands for one byte. */
function decodeUtf8(bytes: Uint8Array): Decoded {
  // To look for the sign of damage in the text costs less than to have the bytes checked first.
  const text = lenient.decode(bytes);
  if (!text.includes("\ufffd")) return { text, bytes, isDamaged: false };
  try {
    return { text: strict.decode(bytes), bytes, isDamaged: false };
  } catch {
    return { text: decodeDamaged(bytes), bytes: null, isDamaged: true };
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
  readonly #longer = new LongerCharacters();
  #text = "";
  #hasList = false;
  /** The next character beyond ASCII at or behind the last end; -1 = not looked for yet. */
  #next = -1;

  constructor(encoding: Encoding) {
    this.#unit = encoding.startsWith("utf-16") ? 2 : 1;
    this.#isUtf8 = encoding === "utf-8";
  }

  /** A new text, with its bytes where there are any; its ranges are asked for in order. */
  open(text: string, bytes: Uint8Array | null = null): void {
    const isPlain = !this.#isUtf8 || bytes?.length === text.length;
    this.#text = text;
    this.#hasList = !isPlain && bytes !== null;
    if (this.#hasList && bytes !== null) this.#longer.open(bytes);
    this.#next = isPlain ? text.length : -1;
  }

  /** The first range begins where the text does, and each other where the one before it ended. */
  bytes(from: number, to: number): number {
    if (this.#hasList) return to - from + this.#longer.before(to);
    let count = (to - from) * this.#unit;
    if (this.#next === -1) this.#next = this.#find(from);
    while (this.#next < to) {
      count += extraBytes(this.#text, this.#next);
      this.#next = this.#find(this.#next + 1);
    }
    return count;
  }

  #find(from: number): number {
    NOT_ASCII.lastIndex = from;
    return NOT_ASCII.test(this.#text) ? NOT_ASCII.lastIndex - 1 : this.#text.length;
  }
}

/** The characters of well-formed UTF-8 that have more bytes than places in a JavaScript string, found eight bytes at a time. */
class LongerCharacters {
  /** The place of each byte too many, in characters, in order. */
  #places = new Int32Array(64);
  #count = 0;
  #next = 0;

  open(bytes: Uint8Array): void {
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    const words = new Int32Array(aligned.buffer, aligned.byteOffset, (aligned.length >> 3) * 2);
    this.#count = 0;
    this.#next = 0;
    for (let word = 0; word < words.length; word += 2) {
      if ((((words[word] ?? 0) | (words[word + 1] ?? 0)) & TOPS) !== 0) this.#add(bytes, { from: word * 4, to: word * 4 + 8 });
    }
    this.#add(bytes, { from: words.length * 4, to: bytes.length });
  }

  /** Those before `to` that were not answered yet. */
  before(to: number): number {
    const first = this.#next;
    while (this.#next < this.#count && (this.#places[this.#next] ?? 0) < to) this.#next += 1;
    return this.#next - first;
  }

  #add(bytes: Uint8Array, { from, to }: { from: number; to: number }): void {
    for (let at = from; at < to; at += 1) {
      // Of four bytes, which are two places, the last is none too many.
      const isExtra = ((bytes[at] ?? 0) & 0xc0) === 0x80 && (at < 3 || (bytes[at - 3] ?? 0) < 0xf0);
      if (!isExtra) continue;
      if (this.#count === this.#places.length) this.#grow();
      this.#places[this.#count] = at - this.#count - 1;
      this.#count += 1;
    }
  }

  #grow(): void {
    const longer = new Int32Array(this.#places.length * 2);
    longer.set(this.#places);
    this.#places = longer;
  }
}

/** The top bit of each byte: set beyond ASCII. */
const TOPS = 0x80808080 | 0;

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
