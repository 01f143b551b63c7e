/** UTF-16 in pieces → UTF-8, with the way back from an offset in the one to the offset in the other. Never loses its place; a half of a pair becomes U+FFFD. */
import { ChunkDecoder } from "./table/text.ts";

export type WideEncoding = "utf-16le" | "utf-16be";

interface Offsets {
  utf8Offset: number;
  fileOffset: number;
}

/** 2,000 characters beyond ASCII before a stop, 30 KB as numbers: a record that was open then, or a statement's heading, has fewer. */
const REMEMBERED = 2_000;

/** 4 MiB: twice what the longest record may have, so that no place behind it is asked for. */
const KEPT_BYTES = 4 * 1024 * 1024;
/** 20,000 places: looking through them for old ones costs nothing beside reading so many characters. */
const PRUNED_EVERY = 20_000;

export class Transcoder {
  readonly encoding: WideEncoding;
  readonly #decoder: ChunkDecoder;
  readonly #encoder = new TextEncoder();
  /** The first half of a pair whose second is still to come. */
  #half = "";
  #end: Offsets;
  /** Behind each character that is not ASCII, in order; before the first of them both offsets were `#base`. */
  #marks: Offsets[] = [];
  #base: Offsets;
  #pruneAt = PRUNED_EVERY;

  /** `before`: what `marksBefore` gave at that place. */
  constructor(encoding: WideEncoding, start: Offsets, before: readonly number[] = []) {
    this.encoding = encoding;
    this.#decoder = new ChunkDecoder(encoding);
    const [utf8Offset = start.utf8Offset, fileOffset = start.fileOffset] = before;
    for (let at = 2; at < before.length; at += 2) this.#marks.push({ utf8Offset: before[at] ?? 0, fileOffset: before[at + 1] ?? 0 });
    this.#base = { utf8Offset, fileOffset };
    this.#end = { ...start };
  }

  push(chunk: Uint8Array): Uint8Array {
    const text = this.#half + this.#decoder.push(chunk);
    const isCut = /[\ud800-\udbff]$/.test(text);
    this.#half = isCut ? text.slice(-1) : "";
    return this.#encode(isCut ? text.slice(0, -1) : text);
  }

  /** What waited for more. */
  finish(): Uint8Array {
    const text = this.#half + this.#decoder.finish();
    this.#half = "";
    return this.#encode(text);
  }

  /** Of any offset that was given out, or is still to come of what was pushed. */
  fileOffset(utf8Offset: number): number {
    const before = this.#marks[this.#marksUpTo(utf8Offset) - 1] ?? this.#base;
    return before.fileOffset + (utf8Offset - before.utf8Offset) * 2;
  }

  /** What a new transcoder has to know to answer for offsets before the one it begins at: pairs of both offsets, flat. */
  marksBefore(utf8Offset: number): number[] {
    const end = this.#marksUpTo(utf8Offset);
    const from = Math.max(0, end - REMEMBERED);
    const first = this.#marks[from - 1] ?? this.#base;
    return [first, ...this.#marks.slice(from, end)].flatMap((mark) => [mark.utf8Offset, mark.fileOffset]);
  }

  #marksUpTo(utf8Offset: number): number {
    let low = 0;
    let high = this.#marks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#marks[middle]?.utf8Offset ?? 0) <= utf8Offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #encode(text: string): Uint8Array {
    let ascii = 0;
    for (const match of text.matchAll(NOT_ASCII)) {
      this.#step(match.index - ascii);
      const [character] = match;
      const code = character.codePointAt(0) ?? 0;
      const isHalf = code >= 0xd800 && code <= 0xdfff;
      this.#end = {
        utf8Offset: this.#end.utf8Offset + (isHalf ? 3 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4),
        fileOffset: this.#end.fileOffset + character.length * 2,
      };
      this.#marks.push(this.#end);
      ascii = match.index + character.length;
    }
    this.#step(text.length - ascii);
    this.#prune();
    return this.#encoder.encode(text);
  }

  #step(characters: number): void {
    const { utf8Offset, fileOffset } = this.#end;
    if (characters > 0) this.#end = { utf8Offset: utf8Offset + characters, fileOffset: fileOffset + characters * 2 };
  }

  #prune(): void {
    if (this.#marks.length < this.#pruneAt) return;
    const old = this.#marks.filter(({ utf8Offset }) => utf8Offset < this.#end.utf8Offset - KEPT_BYTES).length;
    this.#base = this.#marks[old - 1] ?? this.#base;
    this.#marks = this.#marks.slice(old);
    this.#pruneAt = this.#marks.length + PRUNED_EVERY;
  }
}

const NOT_ASCII = /[^\p{ASCII}]/gu;
