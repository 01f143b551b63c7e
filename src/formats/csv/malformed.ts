/** Rows that break the rules of quotes, as papaparse cuts them. Reads no row that keeps the rules. */
import Papa from "papaparse";
import type { Dialect } from "./cutter.ts";

export interface OddRow {
  cells: string[];
  /** Behind its line end. */
  next: number;
  /** A quote opens and never closes. */
  isUnclosed: boolean;
  isMalformed: boolean;
}

/** The first row of the text; null where it may go on behind the text's end. */
export function cutOddRow(text: string, { delimiter, quote, line_end: newline }: Dialect, isLast: boolean): OddRow | null {
  const parser = new Papa.Parser({ delimiter, newline, quoteChar: quote ?? "", header: false, preview: 1 });
  const { data, errors, meta } = parser.parse(text, 0, !isLast);
  const [cells] = data;
  if (cells === undefined) return null;
  return {
    cells: cells.map((cell, index) => (index === cells.length - 1 && cell.endsWith("\r") ? cell.slice(0, -1) : cell)),
    next: meta.cursor,
    isUnclosed: errors.some(({ code }) => code === "MissingQuotes"),
    isMalformed: errors.length > 0,
  };
}
