/** CSV, as the registry knows it. */

import { COLUMNS_MAX } from "../../domain/profile.ts";
import type { Confidence, Format } from "../format.ts";
import { detectEncoding, markLength } from "../table/encoding.ts";
import { ChunkDecoder } from "../table/text.ts";
import { ROLE_NAMES, wordsOf } from "../table/words.ts";
import { cutSample, detectDialect, isMovementLike } from "./dialect.ts";
import { type CsvState, openCsv } from "./parser.ts";
import { readCsv } from "./read.ts";

export const csv: Format<CsvState> = {
  id: "csv",
  title: "CSV",
  resumable: true,
  recognizes: recognizesCsv,
  read: readCsv,
  open: openCsv,
};

/** Never surer than a format with an envelope of its own: a table may stand in any text. */
function recognizesCsv(head: Uint8Array): Confidence {
  const { encoding } = detectEncoding(head);
  const text = new ChunkDecoder(encoding).push(head.subarray(markLength(head, encoding)));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: bytes that no text has.
  const isBinary = /[\u0000-\u0008\u000e-\u0019]/.test(text.slice(0, 4_096));
  if (text.trim() === "" || isBinary || /^\s*[<{[]/.test(text)) return { score: 0, because: "It is no text in rows." };
  const wide = refusalOf(text);
  if (wide !== null) return wide;
  const dialect = detectDialect(text, {});
  const rows = cutSample(text, dialect, 200, true);
  const movements = rows.filter(({ cells }) => isMovementLike(cells)).length;
  const [first] = rows;
  if (movements > 0) return { score: 0.8, because: `It is a table with a date and a figure in ${movements} of its first ${rows.length} rows.` };
  const names = first === undefined || rows.length > 1 ? 0 : first.cells.filter(isKnownName).length;
  if (names >= HEADER_NAMES_MIN) return { score: 0.55, because: `It has one row, with ${names} names of a bank's columns.` };
  const isTable = rows.length > 1 && first !== undefined && first.cells.length > 2 && rows.every(({ cells }) => cells.length === first.cells.length);
  return isTable
    ? { score: 0.55, because: `It is a table of ${first.cells.length} columns.` }
    : { score: 0, because: "It is no table with dates and figures." };
}

/** A date, a text and an amount: fewer names may stand in any text. */
const HEADER_NAMES_MIN = 3;

const isKnownName = (cell: string): boolean => Object.values(ROLE_NAMES).some((names) => names.some((name) => name.test(wordsOf(cell))));

/** A first row that no reader should take up: known from the head alone. */
function refusalOf(text: string): Confidence | null {
  const end = text.search(/[\r\n]/);
  const line = end === -1 ? text : text.slice(0, end);
  const most = Math.max(...[",", ";", "\t", "|"].map((delimiter) => line.split(delimiter).length));
  if (most <= COLUMNS_MAX) return null;
  const message = `The first row has more than ${COLUMNS_MAX} columns: no bank's statement has so many. Check that it is the right file.`;
  return { score: 0.6, because: "It is a table with too many columns.", refusal: { code: "too_many_columns", message } };
}
