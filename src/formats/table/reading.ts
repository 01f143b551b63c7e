/** Sampled rows → a complete reading: layout, columns, questions, what changed. The part that CSV, JSON, custom text and Excel share. */
import {
  type Inference,
  type Profile,
  type ProfileKind,
  type ProfileSettings,
  type Question,
  type Reading,
  signatureOf,
} from "../../domain/profile.ts";
import { changedColumns } from "./changed.ts";
import { inferTable } from "./infer.ts";
import { looksLikeDate } from "./infer-date.ts";
import { findLayout } from "./layout.ts";
import { Remembered } from "./remembered.ts";
import { type SampleRow, shownTable } from "./sample.ts";
import { accountOf, noteAccount } from "./surroundings.ts";
import { SUMMARY_WORDS, wordsOf } from "./words.ts";

export interface SampledTable {
  kind: ProfileKind;
  rows: readonly SampleRow[];
  given: ProfileSettings;
  /** What is known of the file already: encoding, dialect, path, sheet. */
  shape: Partial<Profile>;
  inference: Inference[];
  /** Names that do not stand in a row (JSON paths, fixed fields); null = the header is looked for. */
  names: readonly string[] | null;
}

export function readTable({ kind, rows, given, shape, inference, names }: SampledTable): Reading {
  const layout = names === null ? findLayout(rows, given) : { headerRow: null, firstRow: given.first_row ?? 1, names: [...names], inference: null };
  const base: Profile = {
    ...DEFAULTS,
    ...shape,
    kind,
    header_row: layout.headerRow,
    first_row: layout.firstRow,
    summary_words: given.summary_words ?? SUMMARY_WORDS,
    currency: given.currency ?? null,
    columns: [],
  };
  const { firstRow } = layout;
  const width = layout.names.length;
  const body = BODIES.find(rows, `${firstRow} ${width}`, () => rows.filter(({ number, cells }) => number >= firstRow && isRowOfTable(cells, width)));
  const table = inferTable({ names: layout.names, rows: body, given }, base);
  const profile: Profile = { ...base, columns: table.columns, currency: table.currency };
  // A header without movements is a statement of days on which nothing moved: there is nothing to ask about.
  const questions = layout.names.length === 0 ? [noTable(kind)] : body.length === 0 ? [] : withTable(table.questions, layout.names, body);
  return {
    profile,
    signature: signatureOf(kind, layout.headerRow === null && names === null ? [`${layout.names.length} columns`] : layout.names),
    inference: [...inference, ...(layout.inference === null ? [] : [layout.inference]), ...accountInference(rows, profile), ...table.inference],
    questions,
    changed: changedColumns(given, profile, body),
  };
}

/** Whose account lines above the table name, where no column does. Its number is not shown. */
function accountInference(rows: readonly SampleRow[], { columns, first_row: firstRow, header_row: headerRow }: Profile): Inference[] {
  if (columns.some(({ role }) => role === "account" || role === "account_name")) return [];
  const around = { ibans: [], numbers: [] };
  const named = rows
    .filter(({ number }) => number < firstRow && number !== headerRow)
    .flatMap(({ number, cells }) => {
      const account = noteAccount(around, cells);
      return account === null ? [] : [{ number, account, label: cells.find((cell) => cell.trim() !== "") ?? "" }];
    });
  const chosen = accountOf(around);
  const first = named.find(({ account }) => account.number === chosen) ?? named[0];
  if (first === undefined) return [];
  const { number, account, label } = first;
  const evidence = `row ${number}: ${label.split(/[:\d]/)[0]?.trim() ?? ""}${account.isIban ? ", with check digits that are right" : ""}`;
  if (chosen === null) return [{ column: null, role: "account", reading: "none: several are named above the table", confidence: "likely", evidence }];
  const reading = `${account.isIban ? "the IBAN" : "the number"} above the table, for all rows`;
  return [{ column: null, role: "account", reading, confidence: account.isIban ? "certain" : "likely", evidence }];
}

const BODIES = new Remembered<readonly SampleRow[], readonly SampleRow[]>();

const DEFAULTS: Profile = {
  version: 1,
  kind: "csv",
  encoding: "utf-8",
  delimiter: ",",
  quote: '"',
  line_end: "\n",
  header_row: null,
  first_row: 1,
  summary_words: SUMMARY_WORDS,
  json_path: null,
  sheet: null,
  fixed_fields: null,
  columns: [],
  currency: null,
};

/** Lines around the table would speak for its columns otherwise: those with few cells, and summaries. */
function isRowOfTable(cells: readonly string[], width: number): boolean {
  const filled = cells.filter((cell) => cell.trim() !== "");
  if (filled.length === 0 || (width > 2 && filled.length < 2)) return false;
  const [word = ""] = wordsOf(filled[0] ?? "").split(" ");
  return !SUMMARY_WORDS.includes(word) || cells.some((cell) => looksLikeDate(cell));
}

/** Who is asked what a column holds sees its rows: once, beside the first question. */
function withTable(questions: Question[], names: readonly string[], rows: readonly SampleRow[]): Question[] {
  const first = questions.find(({ code }) => code === "role");
  return first === undefined ? questions : questions.map((one) => (one === first ? { ...one, table: shownTable(names, rows) } : one));
}

const noTable = (kind: ProfileKind): Question => ({
  code: "layout",
  columns: [],
  role: null,
  message: `No table was found in the file. Describe it by a profile of kind ${kind}, or check that it is the right file.`,
  choices: [],
});
