/** Text in pieces → rows of cells, exactly as papaparse cuts the whole text; malformed rows are given to papaparse itself. Knows no column's meaning. */
import Papa from "papaparse";
import { COLUMNS_MAX, type Encoding } from "../../domain/profile.ts";
import { Row } from "../table/row.ts";
import { ByteCounter, mayHaveBytesAside } from "../table/text.ts";

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

/** Where the next row begins. Small and plain, for the checkpoint. */
export interface CutterPosition {
  byteOffset: number;
  line: number;
  /** Rows before it, blank ones too. */
  rows: number;
}

const NONE = Number.MAX_SAFE_INTEGER;
const CR = 0x0d;

export class RowCutter {
  readonly position: CutterPosition;
  isRefused = false;
  readonly #dialect: Dialect;
  readonly #sink: RowSink;
  readonly #counter: ByteCounter;
  readonly #row = new Row();
  readonly #delimiterCode: number;
  readonly #quoteCode: number;
  readonly #newlineCode: number;
  #text = "";
  #isLast = false;
  /** The delimiter found last, and from where it was looked for. */
  #foundAt = -1;
  #searchedFrom = NONE;
  /** Shorter than this the open row is not tried again: it was not whole at half that length. */
  #retryAt = 0;

  constructor({ dialect, encoding, position, sink }: { dialect: Dialect; encoding: Encoding; position: CutterPosition; sink: RowSink }) {
    this.#dialect = dialect;
    this.#sink = sink;
    this.position = { ...position };
    this.#counter = new ByteCounter(encoding);
    this.#delimiterCode = dialect.delimiter.charCodeAt(0);
    this.#quoteCode = dialect.quote === null ? -1 : dialect.quote.charCodeAt(0);
    this.#newlineCode = dialect.line_end.charCodeAt(0);
  }

  /** Takes the next piece of text, of any length. */
  feed(text: string): void {
    if (this.isRefused || text === "") return;
    this.#text = this.#text === "" ? text : this.#text + text;
    if (this.#text.length >= this.#retryAt) this.#cutAll();
  }

  finish(): void {
    if (this.isRefused) return;
    this.#isLast = true;
    this.#cutAll();
  }

  #cutAll(): void {
    const text = this.#text;
    this.#counter.open(text);
    this.#row.isDamaged = mayHaveBytesAside(text);
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
    this.#text = this.isRefused ? "" : text.slice(at);
    this.#retryAt = this.#text.length > RETRY_FROM ? Math.min(this.#text.length * 2, ROW_CHARS_MAX + 1) : 0;
  }

  /** Fills the row that begins at `at`; answers where the next begins, or -1 where the text ends before this one does. */
  #cutRow(text: string, at: number): number {
    const row = this.#row;
    const { delimiter, line_end: newline } = this.#dialect;
    row.clear();
    let nextNewline = orNone(text.indexOf(newline, at));
    let nextDelimiter = this.#delimiterFrom(text, delimiter, at);
    let from = at;
    for (;;) {
      if (text.charCodeAt(from) === this.#quoteCode) {
        const close = this.#closingQuote(text, from);
        if (close === -1) return this.#isLast ? this.#cutMalformed(text, at) : -1;
        const after = close + 1 === text.length ? -1 : text.charCodeAt(close + 1);
        if (after === this.#delimiterCode) {
          if (row.count >= COLUMNS_MAX) return this.#refuse("too_many_columns", text);
          from = close + 2;
          if (nextNewline < from) nextNewline = orNone(text.indexOf(newline, from));
          if (nextDelimiter < from) nextDelimiter = this.#delimiterFrom(text, delimiter, from);
          continue;
        }
        if (after === -1) return this.#isLast ? this.#end(text, at, close + 1, close + 1) : -1;
        if (after === this.#newlineCode) return this.#end(text, at, close + 1, close + 2);
        if (after === CR && text.charCodeAt(close + 2) === this.#newlineCode) return this.#end(text, at, close + 1, close + 3);
        return this.#cutMalformed(text, at);
      }
      if (nextDelimiter < nextNewline) {
        row.add(text, from, nextDelimiter);
        if (row.count >= COLUMNS_MAX) return this.#refuse("too_many_columns", text);
        from = nextDelimiter + 1;
        nextDelimiter = this.#delimiterFrom(text, delimiter, from);
        continue;
      }
      if (nextNewline === NONE && !this.#isLast) return -1;
      const end = nextNewline === NONE ? text.length : nextNewline;
      const hasReturn = end > from && this.#newlineCode !== CR && text.charCodeAt(end - 1) === CR;
      row.add(text, from, hasReturn ? end - 1 : end);
      return this.#end(text, at, hasReturn ? end - 1 : end, nextNewline === NONE ? end : end + 1);
    }
  }

  #end(text: string, from: number, to: number, next: number): number {
    const row = this.#row;
    row.source = text;
    row.from = from;
    row.to = to;
    return next;
  }

  /** Searched once where a text has few of them: a row's last search is the next row's first. */
  #delimiterFrom(text: string, delimiter: string, from: number): number {
    if (this.#foundAt >= from && this.#searchedFrom <= from) return this.#foundAt;
    this.#searchedFrom = from;
    this.#foundAt = orNone(text.indexOf(delimiter, from));
    return this.#foundAt;
  }

  /** The quote that closes the cell opened at `open`, its cell added; -1 where there is none yet, or where it may be half of a doubled one. */
  #closingQuote(text: string, open: number): number {
    const quote = this.#dialect.quote ?? "";
    let isDoubled = false;
    for (let at = text.indexOf(quote, open + 1); at !== -1; at = text.indexOf(quote, at + 1)) {
      if (text.charCodeAt(at + 1) === this.#quoteCode) {
        isDoubled = true;
        at += 1;
        continue;
      }
      if (isDoubled) this.#row.addText(text.slice(open + 1, at).replaceAll(quote + quote, quote));
      else this.#row.add(text, open + 1, at);
      return at;
    }
    return -1;
  }

  /** A quote closes and something else follows: papaparse decides what the row is. */
  #cutMalformed(text: string, at: number): number {
    const { delimiter, quote, line_end: newline } = this.#dialect;
    const parser = new Papa.Parser({ delimiter, newline, quoteChar: quote ?? "", header: false, preview: 1 });
    const { data, errors, meta } = parser.parse(text.slice(at), 0, !this.#isLast);
    const [cells] = data;
    if (cells === undefined) return -1;
    if (errors.some(({ code }) => code === "MissingQuotes")) return this.#refuse("unclosed_quote", text);
    if (cells.length > COLUMNS_MAX) return this.#refuse("too_many_columns", text);
    const row = this.#row;
    row.clear();
    row.isMalformed = errors.length > 0;
    for (const [index, cell] of cells.entries()) row.addText(index === cells.length - 1 && cell.endsWith("\r") ? cell.slice(0, -1) : cell);
    const next = at + meta.cursor;
    const end = text.charCodeAt(next - 1) === this.#newlineCode ? next - 1 : next;
    return this.#end(text, at, text.charCodeAt(end - 1) === CR ? end - 1 : end, next);
  }

  #handOn(text: string, at: number, next: number): void {
    const { position } = this;
    const row = this.#row;
    const bytes = this.#counter.bytes(at, next);
    let lines = 1;
    const newline = this.#dialect.line_end;
    for (let line = text.indexOf(newline, at); line !== -1 && line < row.to; line = text.indexOf(newline, line + 1)) lines += 1;
    position.rows += 1;
    row.number = position.rows;
    row.line = position.line;
    row.lineEnd = position.line + lines - 1;
    row.byteOffset = position.byteOffset;
    row.byteEnd = position.byteOffset + bytes;
    position.line += lines;
    position.byteOffset += bytes;
    if (row.count > 1 || row.to > row.from) this.#sink.row(row);
  }

  #refuse(refusal: Refusal, text: string): number {
    this.isRefused = true;
    this.#sink.refused(refusal, { number: this.position.rows + 1, line: this.position.line });
    return text.length;
  }

  /** What stands within the limit says whether a quote is open, so that the answer is the same in pieces of any size. */
  #refuseLong(text: string, at: number): void {
    const { delimiter, quote, line_end: newline } = this.#dialect;
    const parser = new Papa.Parser({ delimiter, newline, quoteChar: quote ?? "", header: false, preview: 1 });
    const { errors } = parser.parse(text.slice(at, at + ROW_CHARS_MAX), 0, false);
    this.#refuse(errors.some(({ code }) => code === "MissingQuotes") ? "unclosed_quote" : "row_too_long", text);
  }
}

/** 64 KB: below it trying again costs nothing worth saving. */
const RETRY_FROM = 64 * 1024;

const orNone = (index: number): number => (index === -1 ? NONE : index);
