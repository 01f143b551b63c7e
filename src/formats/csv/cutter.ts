/** Text → rows of cells, exactly as papaparse cuts the whole text; malformed rows are given to papaparse itself. Knows no column's meaning. */
import { COLUMNS_MAX, type Encoding } from "../../domain/profile.ts";
import { Row } from "../table/row.ts";
import { type CellScanner, codeAt, NO_STOP } from "../table/scanner.ts";
import { ByteCounter, type Decoded } from "../table/text.ts";
import { cutOddRow } from "./malformed.ts";

/** 1 MiB: a hundred times the longest row seen. An unclosed quote swallows what follows: more of it is not waited for. */
export const ROW_CHARS_MAX = 1024 * 1024;

export interface Dialect {
  delimiter: string;
  quote: '"' | "'" | null;
  line_end: "\n" | "\r";
}

export type Refusal = "row_too_long" | "unclosed_quote" | "too_many_columns";

export interface RowSink {
  /** `row` is reused: what is needed of it is taken at once. */
  row(row: Row): void;
  /** The text cannot be read on from the row that stands at `line`. Nothing comes after it. */
  refused(refusal: Refusal, at: { number: number; line: number }): void;
}

interface CutterStart {
  dialect: Dialect;
  encoding: Encoding;
  position: CutterPosition;
  sink: RowSink;
  scanners?: Scanners;
}

/** Where the next row begins. Small and plain, for the checkpoint. */
export interface CutterPosition {
  byteOffset: number;
  line: number;
  /** Rows before it, blank ones too. */
  rows: number;
}

/** Behind every place: no text is so long, and the engine keeps it as a small integer, with which it counts faster. */
const NONE = 2 ** 30 - 1;
const CR = 0x0d;

/** What reads the cells of each column where they stand; null for columns of text. */
export type Scanners = readonly (CellScanner | null)[];

export class RowCutter {
  readonly position: CutterPosition;
  isRefused = false;
  readonly #dialect: Dialect;
  readonly #sink: RowSink;
  readonly #scanners: Scanners;
  readonly #counter: ByteCounter;
  readonly #row = new Row();
  readonly #delimiterCode: number;
  readonly #quoteCode: number;
  readonly #newlineCode: number;
  #isLast = false;
  /** The delimiter found last, and from where it was looked for. */
  #foundAt = -1;
  #searchedFrom = NONE;
  /** The first line end behind the row's begin. */
  #lineEndAt = NONE;

  constructor({ dialect, encoding, position, sink, scanners = [] }: CutterStart) {
    this.#dialect = dialect;
    this.#sink = sink;
    this.#scanners = scanners;
    this.position = { ...position };
    this.#counter = new ByteCounter(encoding);
    this.#delimiterCode = dialect.delimiter.charCodeAt(0);
    this.#quoteCode = dialect.quote === null ? NO_STOP : dialect.quote.charCodeAt(0);
    this.#newlineCode = dialect.line_end.charCodeAt(0);
  }

  /** Hands on every whole row of a text that begins with a row. `isLast`: nothing comes behind it. Answers how many characters they are. */
  cut({ text, bytes, isDamaged }: Decoded, isLast: boolean): number {
    this.#isLast = isLast;
    this.#counter.open(text, bytes);
    this.#row.isDamaged = isDamaged;
    this.#row.source = text;
    this.#searchedFrom = NONE;
    let at = 0;
    while (at < text.length && !this.isRefused) {
      const next = this.#cutRow(text, at);
      if (next === -1 || this.isRefused) break;
      if (next - at > ROW_CHARS_MAX) this.#refuseLong(text, at);
      else this.#handOn(text, at, next);
      at = next;
    }
    if (!this.isRefused && text.length - at > ROW_CHARS_MAX) this.#refuseLong(text, at);
    return at;
  }

  /** Fills the row that begins at `at`; answers where the next begins, or -1 where the text ends before this one does. */
  #cutRow(text: string, at: number): number {
    const row = this.#row;
    const scanners = this.#scanners;
    row.clear();
    let newlineAt = this.#newlineFrom(text, at);
    this.#lineEndAt = newlineAt;
    let from = at;
    for (;;) {
      const scanner = row.count < scanners.length ? (scanners[row.count] ?? null) : null;
      if (codeAt(text, from) === this.#quoteCode) {
        const close = this.#cutQuoted(text, from, scanner);
        if (close === -1) return this.#isLast ? this.#cutMalformed(text, at) : -1;
        const after = codeAt(text, close + 1);
        if (after === this.#delimiterCode) {
          if (row.count >= COLUMNS_MAX) return this.#refuse("too_many_columns");
          from = close + 2;
          if (newlineAt < from) newlineAt = this.#newlineFrom(text, from);
          continue;
        }
        if (after === -1) return this.#isLast ? this.#end(at, close + 1, close + 1) : -1;
        if (after === this.#newlineCode) return this.#end(at, close + 1, close + 2);
        if (after === CR && codeAt(text, close + 2) === this.#newlineCode) return this.#end(at, close + 1, close + 3);
        return this.#cutMalformed(text, at);
      }
      const scanned = scanner === null ? -1 : scanner.scan(text, from, this.#delimiterCode);
      const after = scanned === -1 ? NO_STOP : codeAt(text, scanned);
      const isLastFigure = scanned === newlineAt || (after === CR && scanned + 1 === newlineAt);
      const delimiterAt = after === this.#delimiterCode ? scanned : isLastFigure ? NONE : this.#delimiterFrom(text, from);
      if (delimiterAt < newlineAt) {
        if (scanner === null) row.add(from, delimiterAt);
        else row.addScanned(from, delimiterAt, scanner, scanned === delimiterAt);
        if (row.count >= COLUMNS_MAX) return this.#refuse("too_many_columns");
        from = delimiterAt + 1;
        continue;
      }
      if (newlineAt === NONE && !this.#isLast) return -1;
      const end = newlineAt === NONE ? text.length : newlineAt;
      const hasReturn = end > from && this.#newlineCode !== CR && text.charCodeAt(end - 1) === CR;
      const to = hasReturn ? end - 1 : end;
      if (scanner === null) row.add(from, to);
      else row.addScanned(from, to, scanner, scanned === to);
      return this.#end(at, to, newlineAt === NONE ? end : end + 1);
    }
  }

  #end(from: number, to: number, next: number): number {
    const row = this.#row;
    row.from = from;
    row.to = to;
    return next;
  }

  #newlineFrom(text: string, from: number): number {
    return orNone(text.indexOf(this.#dialect.line_end, from));
  }

  /** Searched once where a text has few of them: a row's last search is the next row's first. */
  #delimiterFrom(text: string, from: number): number {
    if (this.#foundAt >= from && this.#searchedFrom <= from) return this.#foundAt;
    this.#searchedFrom = from;
    this.#foundAt = orNone(text.indexOf(this.#dialect.delimiter, from));
    return this.#foundAt;
  }

  /** The quote that closes the cell opened at `open`, its cell added; -1 where there is none yet, or where it may be half of a doubled one. */
  #cutQuoted(text: string, open: number, scanner: CellScanner | null): number {
    const scanned = scanner === null ? -1 : scanner.scan(text, open + 1, this.#quoteCode);
    if (scanner !== null && scanned !== -1 && codeAt(text, scanned) === this.#quoteCode && codeAt(text, scanned + 1) !== this.#quoteCode) {
      this.#row.addScanned(open + 1, scanned, scanner, true);
      return scanned;
    }
    const quote = this.#dialect.quote ?? "";
    let isDoubled = false;
    for (let at = text.indexOf(quote, open + 1); at !== -1; at = text.indexOf(quote, at + 1)) {
      if (codeAt(text, at + 1) === this.#quoteCode) {
        isDoubled = true;
        at += 1;
        continue;
      }
      if (isDoubled) this.#row.addText(text.slice(open + 1, at).replaceAll(quote + quote, quote));
      else if (scanner === null) this.#row.add(open + 1, at);
      else this.#row.addScanned(open + 1, at, scanner, false);
      return at;
    }
    return -1;
  }

  /** A quote closes and something else follows: papaparse decides what the row is. */
  #cutMalformed(text: string, at: number): number {
    const odd = cutOddRow(text.slice(at), this.#dialect, this.#isLast);
    if (odd === null) return -1;
    if (odd.isUnclosed) return this.#refuse("unclosed_quote");
    if (odd.cells.length > COLUMNS_MAX) return this.#refuse("too_many_columns");
    const row = this.#row;
    row.clear();
    row.isMalformed = odd.isMalformed;
    for (const cell of odd.cells) row.addText(cell);
    const next = at + odd.next;
    const end = text.charCodeAt(next - 1) === this.#newlineCode ? next - 1 : next;
    return this.#end(at, text.charCodeAt(end - 1) === CR ? end - 1 : end, next);
  }

  #handOn(text: string, at: number, next: number): void {
    const { position } = this;
    const row = this.#row;
    const lines = this.#lineEndAt >= row.to ? 1 : this.#linesFrom(text, this.#lineEndAt);
    position.rows += 1;
    row.number = position.rows;
    row.line = position.line;
    row.lineEnd = position.line + lines - 1;
    row.byteOffset = position.byteOffset;
    row.byteEnd = position.byteOffset + this.#counter.bytes(at, next);
    position.line += lines;
    position.byteOffset = row.byteEnd;
    if (row.count > 1 || row.to > row.from) this.#sink.row(row);
  }

  /** Line ends within the row's own text, and the one behind it. */
  #linesFrom(text: string, from: number): number {
    const newline = this.#dialect.line_end;
    let lines = 1;
    for (let line = from; line !== -1 && line < this.#row.to; line = text.indexOf(newline, line + 1)) lines += 1;
    return lines;
  }

  #refuse(refusal: Refusal): -1 {
    this.isRefused = true;
    this.#sink.refused(refusal, { number: this.position.rows + 1, line: this.position.line });
    return -1;
  }

  /** What stands within the limit says whether a quote is open, so that the answer is the same in pieces of any size. */
  #refuseLong(text: string, at: number): void {
    const odd = cutOddRow(text.slice(at, at + ROW_CHARS_MAX), this.#dialect, true);
    this.#refuse(odd?.isUnclosed === true ? "unclosed_quote" : "row_too_long");
  }
}

const orNone = (index: number): number => (index === -1 ? NONE : index);
