/** The CSV parser: bytes in pieces → rows → records, by a complete profile. Holds one row at most; never infers, never throws for what a file holds. */
import type { FixedField, Profile } from "../../domain/profile.ts";
import type { StatementRecord } from "../../domain/record.ts";
import type { Checkpoint, ParseOptions, Parser } from "../format.ts";
import { markLength } from "../table/encoding.ts";
import { TableReader } from "../table/records.ts";
import type { Row } from "../table/row.ts";
import { startOfTable, type TableState } from "../table/state.ts";
import { type CutterPosition, type Refusal, ROW_CHARS_MAX, RowCutter, type RowSink } from "./cutter.ts";
import { RowFeed } from "./feed.ts";

export interface CsvState {
  position: CutterPosition;
  isRefused: boolean;
  table: TableState;
}

export class CsvParser implements Parser<CsvState> {
  readonly #feed: RowFeed;
  readonly #cutter: RowCutter;
  readonly #table: TableReader;
  readonly #encoding: Profile["encoding"];
  /** Bytes of a byte order mark may still come. */
  #head: Uint8Array | null;

  constructor(profile: Profile, resume?: Checkpoint<CsvState>) {
    const state = resume?.state;
    this.#encoding = profile.encoding;
    const table = new TableReader(profile, state === undefined ? startOfTable() : structuredClone(state.table));
    this.#table = table;
    const position = state?.position ?? { byteOffset: 0, line: 1, rows: 0 };
    const fields = profile.fixed_fields;
    const sink = new TableSink(table, fields);
    const scanners = fields === null ? table.scanners() : [];
    this.#cutter = new RowCutter({ dialect: profile, encoding: profile.encoding, position, sink, scanners });
    this.#cutter.isRefused = state?.isRefused ?? false;
    this.#feed = new RowFeed(this.#cutter, profile.encoding);
    this.#head = position.byteOffset === 0 ? new Uint8Array(0) : null;
  }

  push(chunk: Uint8Array): StatementRecord[] {
    this.#feed.feed(this.#head === null ? chunk : this.#behindMark(chunk, false));
    return this.#table.takeOut();
  }

  end(): StatementRecord[] {
    if (this.#head !== null) this.#feed.feed(this.#behindMark(new Uint8Array(0), true));
    this.#feed.finish();
    const { line, byteOffset } = this.#cutter.position;
    this.#table.end({ line: Math.max(1, line - 1), byteOffset });
    return this.#table.takeOut();
  }

  checkpoint(): Checkpoint<CsvState> {
    const position = { ...this.#cutter.position };
    return { byteOffset: position.byteOffset, state: { position, isRefused: this.#cutter.isRefused, table: structuredClone(this.#table.state) } };
  }

  /** The first three bytes are waited for: they may be a mark, which is no text. */
  #behindMark(chunk: Uint8Array, isLast: boolean): Uint8Array {
    const waiting = this.#head ?? new Uint8Array(0);
    const bytes = new Uint8Array(waiting.length + chunk.length);
    bytes.set(waiting);
    bytes.set(chunk, waiting.length);
    if (bytes.length < MARK_BYTES && !isLast) {
      this.#head = bytes;
      return new Uint8Array(0);
    }
    this.#head = null;
    const mark = markLength(bytes, this.#encoding);
    this.#cutter.position.byteOffset += mark;
    return bytes.subarray(mark);
  }
}

/** Rows for the table; one class, so that the engine knows whom the cutter calls. */
class TableSink implements RowSink {
  readonly #table: TableReader;
  readonly #fields: readonly FixedField[] | null;

  constructor(table: TableReader, fields: readonly FixedField[] | null) {
    this.#table = table;
    this.#fields = fields;
  }

  row(row: Row): void {
    this.#table.row(this.#fields === null ? row : cutFields(row, this.#fields));
  }

  refused(refusal: Refusal, { number, line }: { number: number; line: number }): void {
    this.#table.report({ code: refusal, line, record: `row ${number}`, ...REFUSALS[refusal](number) });
  }
}

/** A line's fields by their places: the line is the row's only cell. */
function cutFields(row: Row, fields: readonly FixedField[]): Row {
  const line = row.sourceOf(0);
  const isOwn = line !== row.source;
  const from = row.starts[0] ?? 0;
  const end = row.ends[0] ?? 0;
  row.clear();
  for (const { start, length } of fields) {
    const at = Math.min(from + start - 1, end);
    const to = Math.min(at + length, end);
    if (isOwn) row.addText(line.slice(at, to));
    else row.add(at, to);
  }
  return row;
}

const MARK_BYTES = 3;

export function openCsv(options: ParseOptions, resume?: Checkpoint<CsvState>): CsvParser {
  if (options.profile === undefined) throw new Error("A CSV parser was opened without a profile: `read` makes one.");
  return new CsvParser(options.profile, resume);
}

const REFUSALS: Record<Refusal, (row: number) => { expected: string; message: string }> = {
  row_too_long: (row) => ({
    expected: `at most ${ROW_CHARS_MAX} characters in a row`,
    message: `Row ${row} has more than 1 MiB without an end: the file is damaged or is no table. Nothing from this row on was read; ask the bank to send it again.`,
  }),
  unclosed_quote: (row) => ({
    expected: "a quote that closes",
    message: `A quote opens in row ${row} and never closes, so that everything behind it would be one cell. Nothing from this row on was read; mend the quote, or ask the bank to send the file again.`,
  }),
  too_many_columns: (row) => ({
    expected: "at most 1000 columns",
    message: `Row ${row} has more than 1000 columns: no bank's statement has so many. Nothing from this row on was read; check the delimiter and the file.`,
  }),
};
