/** What inference looks at: the sampled rows as text, column by column. Holds no decision. */
import type { ShownTable } from "../../domain/profile.ts";

export interface SampleRow {
  /** From 1, as a spreadsheet counts. */
  number: number;
  cells: string[];
}

export interface SampleValue {
  row: number;
  text: string;
}

/** A column's cells that hold anything, trimmed. */
export function valuesOf(rows: readonly SampleRow[], index: number): SampleValue[] {
  const values: SampleValue[] = [];
  for (const { number, cells } of rows) {
    const text = cells[index]?.trim() ?? "";
    if (text !== "") values.push({ row: number, text });
  }
  return values;
}

/** `row 17: 25.03.2026`. */
export const cited = ({ row, text }: SampleValue): string => `row ${row}: ${text.slice(0, 40)}`;

/** 8 rows show what a column holds. 100 columns are twice a bank's widest. 40 characters tell a date from a name: 8 × 100 × 40 = 32 KB at most. */
const SHOWN_ROWS = 8;
const SHOWN_COLUMNS = 100;
const SHOWN_CHARS = 40;
/** A whole line is cut by its places: 400 characters are wider than any bank's fixed line. */
const SHOWN_LINE_CHARS = 400;

/** The first rows, for a person. */
export function shownTable(names: readonly string[], rows: readonly SampleRow[]): ShownTable {
  const shown = rows.slice(0, SHOWN_ROWS).map(({ number, cells }) => ({
    row: number,
    cells: cells.slice(0, SHOWN_COLUMNS).map((cell) => cell.slice(0, SHOWN_CHARS)),
  }));
  return { names: names.slice(0, SHOWN_COLUMNS), rows: shown };
}

/** The first lines as they stand, for the person who says where they are cut. */
export function shownLines(lines: readonly SampleRow[]): ShownTable {
  return {
    names: [],
    rows: lines.slice(0, SHOWN_ROWS).map(({ number, cells }) => ({ row: number, cells: [(cells[0] ?? "").slice(0, SHOWN_LINE_CHARS)] })),
  };
}
