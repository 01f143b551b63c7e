/** One row of a table as a format hands it on: cells by their bounds in a text, so that only what is needed becomes a string. Reused; never kept. */
import { mended } from "./text.ts";

export class Row {
  /** Cells in use; what lies beyond belongs to an earlier row. */
  count = 0;
  readonly texts: string[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  /** The row's own text, as it stands in the file. */
  source = "";
  from = 0;
  to = 0;
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

  clear(): void {
    this.count = 0;
    this.isMalformed = false;
  }

  add(text: string, start: number, end: number): void {
    const at = this.count;
    this.texts[at] = text;
    this.starts[at] = start;
    this.ends[at] = end;
    this.count = at + 1;
  }

  addText(text: string): void {
    this.add(text, 0, text.length);
  }

  /** A cell as text, `""` where the row has none there. */
  text(index: number): string {
    if (index >= this.count) return "";
    const text = (this.texts[index] ?? "").slice(this.starts[index], this.ends[index]);
    return this.isDamaged ? mended(text) : text;
  }

  /** The row as it stands in the file, at most `charsMax` characters. */
  raw(charsMax: number): string {
    const text = this.source.slice(this.from, Math.min(this.to, this.from + charsMax));
    return this.isDamaged ? mended(text) : text;
  }

  /** Every cell; for few rows only. */
  cells(): string[] {
    return Array.from({ length: this.count }, (_, index) => this.text(index));
  }
}
