/** One row of a table as a format hands it on: cells by their bounds in its text, so that only what is needed becomes a string. Reused; never kept. */
import type { CellScanner } from "./scanner.ts";
import { mended } from "./text.ts";

export class Row {
  /** Cells in use; what lies beyond belongs to an earlier row. */
  count = 0;
  /** The text in which the row stands, as it is in the file; the row's own from `from` to `to`. */
  source = "";
  from = 0;
  to = 0;
  /** Bounds of each cell in what `sourceOf` gives. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  /** From 1, as a spreadsheet counts: blank rows too. */
  number = 0;
  line = 0;
  lineEnd = 0;
  byteOffset = 0;
  byteEnd = 0;
  /** Quotes stand where they may not; the row was read as well as it can be. */
  isMalformed = false;
  /** Cells may hold bytes that are no character of the encoding. */
  isDamaged = false;
  /** Texts of cells that stand nowhere as they are, such as one with doubled quotes; null for the others. */
  readonly #own: (string | null)[] = [];
  #hasOwn = false;
  /** What scanners have read of cells, by column; NaN where they could not. */
  readonly #figures: number[] = [];
  readonly #decimals: number[] = [];
  #hasFigures = false;

  clear(): void {
    this.count = 0;
    this.isMalformed = false;
    this.#hasOwn = false;
    this.#hasFigures = false;
  }

  /** The next cell, by its bounds in `source`. */
  add(start: number, end: number): void {
    const at = this.count;
    this.starts[at] = start;
    this.ends[at] = end;
    this.count = at + 1;
    if (this.#hasOwn) this.#own[at] = null;
  }

  /** The next cell of a column that has a scanner, which has just read it (or not: then nothing is known of the cell). */
  addScanned(start: number, end: number, { figure, decimals }: CellScanner, isRead: boolean): void {
    const at = this.count;
    this.add(start, end);
    this.#figures[at] = isRead ? figure : Number.NaN;
    this.#decimals[at] = decimals;
    this.#hasFigures = true;
  }

  /** What a scanner has read of the cell, as it stands; NaN where none has. */
  figureOf(index: number): number {
    return this.#hasFigures ? (this.#figures[index] ?? Number.NaN) : Number.NaN;
  }

  /** Decimals of what `figureOf` answers. */
  decimalsOf(index: number): number {
    return this.#decimals[index] ?? 0;
  }

  /** The next cell, by a text of its own. */
  addText(text: string): void {
    const at = this.count;
    if (!this.#hasOwn) this.#own.length = 0;
    while (this.#own.length < at) this.#own.push(null);
    this.#hasOwn = true;
    this.add(0, text.length);
    this.#own[at] = text;
    this.#figures[at] = Number.NaN;
  }

  /** The text in which a cell's bounds count. */
  sourceOf(index: number): string {
    return this.#hasOwn ? (this.#own[index] ?? this.source) : this.source;
  }

  isEmpty(index: number): boolean {
    return index >= this.count || this.starts[index] === this.ends[index];
  }

  /** A cell as text, `""` where the row has none there. */
  text(index: number): string {
    if (index >= this.count) return "";
    const text = this.sourceOf(index).slice(this.starts[index], this.ends[index]);
    return this.isDamaged ? mended(text) : text;
  }

  /** A cell without the blanks around it. */
  trimmed(index: number): string {
    if (this.isEmpty(index)) return "";
    const source = this.sourceOf(index);
    const start = this.starts[index] ?? 0;
    const end = this.ends[index] ?? 0;
    const text = this.isDamaged ? mended(source.slice(start, end)) : source.slice(start, end);
    return isInk(source.charCodeAt(start)) && isInk(source.charCodeAt(end - 1)) ? text : text.trim();
  }

  /** The row as it stands in the file, at most `charsMax` characters. */
  raw(charsMax: number): string {
    const text = this.source.slice(this.from, Math.min(this.to, this.from + charsMax));
    return this.isDamaged ? mended(text) : text;
  }

  /** Nothing stands in it but blanks. */
  isBlank(): boolean {
    for (let index = 0; index < this.count; index += 1) if (!this.isEmpty(index) && !BLANK.test(this.text(index))) return false;
    return true;
  }

  /** The first cell that holds anything, without the blanks around it. */
  firstText(): string {
    for (let index = 0; index < this.count; index += 1) {
      const text = this.trimmed(index);
      if (text !== "") return text;
    }
    return "";
  }

  /** Every cell; for few rows only. */
  cells(): string[] {
    return Array.from({ length: this.count }, (_, index) => this.text(index));
  }
}

/** ASCII that is no blank: of such an end nothing is trimmed. */
const isInk = (code: number): boolean => code > 0x20 && code < 0x7f;

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL and the end-of-file mark 0x1A are blanks here.
const BLANK = /^[\s\u0000\u001a]*$/;
