/** Which characters part cells, quote them and end lines, found by which choice makes rows with a date and a figure. Never reads what they mean. */
import type { Confidence, Inference } from "../../domain/profile.ts";
import { looksLikeFigure } from "../table/infer-amount.ts";
import { looksLikeDate } from "../table/infer-date.ts";
import type { Row } from "../table/row.ts";
import type { SampleRow } from "../table/sample.ts";
import { textOnly } from "../table/text.ts";
import { type Dialect, RowCutter } from "./cutter.ts";

const DELIMITERS = [",", ";", "\t", "|", "^", "~", "\u001f", "\u001e"] as const;

/** 100 rows: enough to tell delimiters apart, few enough to try each. */
const TRIED_ROWS = 100;
/** 128 KB of text hold 100 rows of any bank. */
const TRIED_CHARS = 128 * 1024;

export interface FoundDialect extends Dialect {
  confidence: Confidence;
  inference: Inference[];
}

/** What is given is not looked for. */
export function detectDialect(text: string, given: Partial<Dialect>): FoundDialect {
  const lineEnd = given.line_end ?? (text.includes("\n") ? "\n" : text.includes("\r") ? "\r" : "\n");
  const head = text.slice(0, TRIED_CHARS);
  const quotes = given.quote === undefined ? quotesIn(head) : [given.quote];
  const delimiters = given.delimiter === undefined ? DELIMITERS.filter((one) => head.includes(one)) : [given.delimiter];
  const tried = (delimiters.length === 0 ? [","] : delimiters)
    .flatMap((delimiter) => quotes.map((quote): Dialect => ({ delimiter, quote, line_end: lineEnd })))
    .map((dialect) => ({ dialect, ...score(cutSample(head, dialect, TRIED_ROWS)) }))
    .sort((a, b) => b.score - a.score);
  const [best] = tried;
  if (best === undefined) throw new Error("At least one delimiter is tried.");
  const isGiven = given.delimiter !== undefined;
  const confidence = isGiven || (best.withDates > 0 && best.columns > 1) ? "certain" : "likely";
  const name = NAMES.get(best.dialect.delimiter) ?? best.dialect.delimiter;
  const evidence = isGiven ? "given" : `parts ${best.steady} of ${best.rows} rows into ${best.columns} columns`;
  const inference: Inference[] = [{ column: null, role: "delimiter", reading: name, confidence, evidence }];
  return { ...best.dialect, confidence, inference };
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ["\t", "tab"],
  ["\u001f", "unit separator"],
  ["\u001e", "record separator"],
]);

/** Single quotes only where cells are quoted with them and none with double ones. */
function quotesIn(head: string): ('"' | "'")[] {
  const single = head.match(/(?:^|[,;\t|\n])'[^'\n]*'(?=[,;\t|\r\n])/g)?.length ?? 0;
  return single > 1 && !/(?:^|[,;\t|\n])"/.test(head) ? ["'"] : ['"'];
}

/** The rows of a text's beginning; the last, which may be cut off, is left out. */
export function cutSample(text: string, dialect: Dialect, rowsMax: number, isWhole = false): SampleRow[] {
  const rows: SampleRow[] = [];
  const sink = {
    row: (row: Row) => {
      if (rows.length < rowsMax) rows.push({ number: row.number, cells: row.cells() });
    },
    refused: () => undefined,
  };
  const cutter = new RowCutter({ dialect, encoding: "utf-8", position: { byteOffset: 0, line: 1, rows: 0 }, sink });
  const isWanting = (): boolean => rows.length < rowsMax && !cutter.isRefused;
  let at = 0;
  for (let size = PIECE_CHARS; at + size < text.length && isWanting(); ) {
    const taken = cutter.cut(textOnly(text.slice(at, at + size)), false);
    at += taken;
    size = taken === 0 ? size * 2 : PIECE_CHARS;
  }
  if (isWanting()) at += cutter.cut(textOnly(text.slice(at)), false);
  if (isWanting() && (isWhole || rows.length === 0)) cutter.cut(textOnly(text.slice(at)), true);
  return rows;
}

const PIECE_CHARS = 16 * 1024;

/** Rows with a whole date and a whole figure count most, then rows of one width, then columns. */
function score(rows: readonly SampleRow[]): { score: number; withDates: number; columns: number; steady: number; rows: number } {
  const widths = new Map<number, number>();
  let withDates = 0;
  for (const { cells } of rows) {
    widths.set(cells.length, (widths.get(cells.length) ?? 0) + 1);
    if (isMovementLike(cells)) withDates += 1;
  }
  const [columns = 0, steady = 0] = [...widths].filter(([width]) => width > 1).sort((a, b) => b[1] - a[1])[0] ?? [];
  const share = rows.length === 0 ? 0 : steady / rows.length;
  return { score: withDates * 1_000 + share * 100 + Math.min(columns, 50), withDates, columns, steady, rows: rows.length };
}

/** A cell that is a date and another that is a figure. */
export function isMovementLike(cells: readonly string[]): boolean {
  const dateAt = cells.findIndex((cell) => looksLikeDate(cell));
  return dateAt !== -1 && cells.some((cell, at) => at !== dateAt && looksLikeFigure(cell) && !looksLikeDate(cell));
}
