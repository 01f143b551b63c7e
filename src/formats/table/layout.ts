/** Where in the rows the table stands: its header and its first movement. Preambles and summaries are around it. Never reads a value. */
import { type ColumnSetting, columnNames, type Inference, reduceName } from "../../domain/profile.ts";
import { looksLikeFigure } from "./infer-amount.ts";
import { looksLikeDate } from "./infer-date.ts";
import type { SampleRow } from "./sample.ts";
import { ROLE_NAMES, wordsOf } from "./words.ts";

export interface Layout {
  headerRow: number | null;
  firstRow: number;
  names: string[];
  inference: Inference;
}

/** `given.header_row` null = none; the columns' names, where given, say which row is the header, else its number does. */
export function findLayout(
  rows: readonly SampleRow[],
  given: { header_row?: number | null | undefined; first_row?: number | undefined; columns?: readonly ColumnSetting[] | undefined },
): Layout {
  const firstRow = given.first_row ?? 1;
  if (given.header_row === null)
    return withoutHeader(
      rows.filter(({ number }) => number >= firstRow),
      "given",
    );
  const named = byNames(rows, given.columns ?? []);
  if (named !== null) return withHeader(named, `row ${named.number} holds the names of the columns`, "certain");
  const said = given.columns?.some(({ name }) => name !== undefined) ? undefined : rows.find(({ number }) => number === given.header_row);
  if (said !== undefined) return withHeader(said, "given", "certain");
  const at = rows.findIndex(({ cells }) => isMovement(cells));
  const header = at === -1 ? rows.find(({ cells }) => knownNames(cells) >= 2) : headerBefore(rows, at);
  if (header !== undefined) {
    const known = knownNames(header.cells);
    return withHeader(header, `row ${header.number} holds names (${known} of them known) and no figures`, known >= 2 ? "certain" : "likely");
  }
  return withoutHeader(rows.slice(Math.max(at, 0)), "the first row with a date and a figure has no row of names before it");
}

/** A date in one cell and a figure in another. */
function isMovement(cells: readonly string[]): boolean {
  const dateAt = cells.findIndex((cell) => looksLikeDate(cell));
  return dateAt !== -1 && cells.some((cell, at) => at !== dateAt && looksLikeFigure(cell) && !looksLikeDate(cell));
}

/** The nearest row above that is about as wide as the first movement, with names and neither dates nor figures. */
function headerBefore(rows: readonly SampleRow[], at: number): SampleRow | undefined {
  const width = rows[at]?.cells.length ?? 0;
  for (let back = at - 1; back >= Math.max(0, at - ROWS_BETWEEN_MAX); back -= 1) {
    const row = rows[back];
    if (row === undefined) continue;
    const filled = row.cells.filter((cell) => cell.trim() !== "");
    const isWide = row.cells.length >= Math.min(width, 2) && filled.length * 2 >= width;
    if (isWide && filled.every((cell) => !looksLikeDate(cell) && !looksLikeFigure(cell))) return row;
  }
  return undefined;
}

/** 3 rows: an opening balance or a line of units may stand between names and movements. */
const ROWS_BETWEEN_MAX = 3;

function byNames(rows: readonly SampleRow[], columns: readonly ColumnSetting[]): SampleRow | null {
  const names = columns
    .flatMap(({ name }) => (name === undefined ? [] : [reduceName(name)]))
    .filter((name) => name !== "" && !/^column \d+$/.test(name));
  if (names.length === 0) return null;
  const counted = rows.slice(0, HEADER_ROWS_MAX).map((row) => {
    const cells = new Set(row.cells.map(reduceName));
    return { row, found: names.filter((name) => cells.has(name)).length };
  });
  const [best] = counted.sort((a, b) => b.found - a.found);
  return best !== undefined && best.found * 2 > names.length ? best.row : null;
}

/** 200 rows: no preamble is longer. */
const HEADER_ROWS_MAX = 200;

const ALL_NAMES = Object.values(ROLE_NAMES).flat();

const knownNames = (cells: readonly string[]): number =>
  cells.filter((cell) => cell.trim() !== "" && ALL_NAMES.some((names) => names.test(wordsOf(cell)))).length;

function withHeader(row: SampleRow, evidence: string, confidence: Inference["confidence"]): Layout {
  const inference: Inference = { column: null, role: "header", reading: `row ${row.number}`, confidence, evidence };
  return {
    headerRow: row.number,
    firstRow: row.number + 1,
    names: columnNames(row.cells),
    inference,
  };
}

function withoutHeader(rows: readonly SampleRow[], evidence: string): Layout {
  const width = Math.max(0, ...rows.slice(0, HEADER_ROWS_MAX).map(({ cells }) => cells.length));
  const inference: Inference = { column: null, role: "header", reading: "none", confidence: evidence === "given" ? "certain" : "likely", evidence };
  return { headerRow: null, firstRow: rows[0]?.number ?? 1, names: Array.from({ length: width }, (_, at) => `column ${at + 1}`), inference };
}
