/** Makes one description of a 16's text parts. Never drops a word; where a line was cut inside a word, it is whole again. */
import type { ParseOptions } from "../format.ts";

/**
 * Parts join without anything between where the physical record before was full (its declared length, or 78 to 80 characters), because such
 * senders cut inside words; else by a line break, because such senders put one thing on a line. `textJoin` forces one way for all.
 */
export class TextJoiner {
  text = "";
  readonly #forced: string | null;
  #width: number | null = null;
  #glue = "";
  /** The blank in which a full record ended: it stands between two words, if another part follows that does not begin with one. */
  #blanks = "";

  constructor(textJoin: ParseOptions["textJoin"]) {
    this.#forced = textJoin === undefined || textJoin === "auto" ? null : textJoin;
  }

  /** Begins a new text; `width` is the declared length of physical records, null = variable. */
  open(width: number | null): void {
    this.text = "";
    this.#width = width;
    this.#glue = "";
    this.#blanks = "";
  }

  /** A physical record stands in `source` from `start` to `end`; its text begins at `from`. */
  add(source: string, start: number, from: number, end: number): void {
    const length = trimmedLength(source, end, from);
    const isSlashed = length > from && source.charCodeAt(length - 1) === SLASH;
    const textEnd = isSlashed ? trimmedLength(source, length - 1, from) : length;
    if (textEnd <= from) return;
    this.text += (isBlankCode(source.charCodeAt(from)) ? "" : this.#blanks) + this.#glue + source.slice(from, textEnd);
    const width = length - start;
    const isFull = (width >= FULL_FROM && width <= FULL_TO) || width === this.#width;
    this.#glue = this.#forced ?? (isFull ? "" : "\n");
    this.#blanks = isFull && !isSlashed && this.#glue === "" ? source.slice(textEnd, Math.min(end, start + (this.#width ?? FULL_TO))) : "";
  }
}

const FULL_FROM = 78;
const FULL_TO = 80;
const SLASH = 0x2f;

/** Behind the last character between `start` and `end` that is no blank, tab, NUL or end-of-file mark. */
export function trimmedLength(text: string, end: number = text.length, start = 0): number {
  let length = end;
  while (length > start && isBlankCode(text.charCodeAt(length - 1))) length -= 1;
  return length;
}

export const isBlankCode = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0 || code === 0x1a;
