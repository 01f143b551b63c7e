/** How a QIF is read, from a sample of it: the order of its days and the marks of its figures, decided over all its rows, with the evidence. Pure. */

import { formatMinor } from "../../domain/money.ts";
import type {
  AmountReading,
  Choice,
  ColumnReading,
  DateReading,
  Inference,
  Profile,
  ProfileColumn,
  Question,
  Reading,
} from "../../domain/profile.ts";
import { byteText } from "../encoding.ts";
import type { ReadGiven } from "../format.ts";
import { LineCutter } from "../lines.ts";
import { parsePattern, readDate } from "../table/date-cell.ts";
import { detectEncoding } from "../table/encoding.ts";
import { inferAmount } from "../table/infer-amount.ts";
import { inferDate } from "../table/infer-date.ts";
import type { SampleValue } from "../table/sample.ts";
import { fullYear, readAmount } from "./cells.ts";
import { RecordAssembler } from "./records.ts";
import { sectionOf } from "./sections.ts";

/** The letters of QIF that need a reading. */
export const DATE = "D";
export const AMOUNT = "T";

export function readQif(sample: Uint8Array, given: ReadGiven): Reading {
  const values = valuesOf(sample, given.whole);
  const encoding = detectEncoding(sample).encoding;
  const changed: string[] = [];
  const date = decideDate(values.dates, givenReading(given, DATE), changed);
  const amount = decideAmount(values.amounts, givenReading(given, AMOUNT), changed);
  const [first] = date.choices;
  const [figure] = amount.choices;
  const columns: ProfileColumn[] = [
    { name: DATE, index: 0, role: "posted_on", reading: first ?? { kind: "date", pattern: "MM/DD/YYYY" } },
    { name: AMOUNT, index: 1, role: "amount", reading: figure ?? PLAIN },
  ];
  const questions = [
    ...(date.choices.length > 1 ? [dateQuestion(date.choices, values.dates)] : []),
    ...(amount.choices.length > 1 ? [amountQuestion(amount.choices, values.amounts)] : []),
  ];
  const profile = {
    ...EMPTY,
    encoding: encoding.startsWith("utf-16") ? "utf-8" : encoding,
    columns,
    currency: given.profile?.currency ?? null,
  } as const;
  return { profile, signature: "qif", inference: [...date.inference, ...amount.inference], questions, changed };
}

const PLAIN: AmountReading = { kind: "amount", decimal: ".", thousands: ",", plain_is: "in", unit: "major" };

/** What a table has and QIF has not. */
const EMPTY: Omit<Profile, "encoding" | "columns" | "currency"> = {
  version: 1,
  kind: "qif",
  delimiter: "^",
  quote: null,
  line_end: "\n",
  header_row: null,
  first_row: 1,
  summary_words: [],
  json_path: null,
  sheet: null,
  fixed_fields: null,
};

/** The days and figures of the movements, each with its line. A record that the sample's end may have cut is not looked at. */
function valuesOf(sample: Uint8Array, isWhole: boolean): { dates: SampleValue[]; amounts: SampleValue[] } {
  const dates: SampleValue[] = [];
  const amounts: SampleValue[] = [];
  let isMovement = true;
  const assembler = new RecordAssembler({
    header: (text) => {
      const { kind } = sectionOf(text);
      if (kind !== "same") isMovement = kind === "movements";
    },
    record: ({ fields, line }) => {
      if (!isMovement) return;
      const day = fields.get("D") ?? "";
      const figure = fields.get("T") ?? fields.get("U") ?? "";
      if (day !== "") dates.push({ row: line, text: fullYear(day) });
      if (figure !== "") amounts.push({ row: line, text: figure });
    },
  });
  const cutter = new LineCutter({
    byteOffset: 0,
    state: { number: 1, isSkipping: false },
    sink: { line: (line) => assembler.add(line), tooLong: () => undefined },
  });
  cutter.feed(byteText(sample));
  if (isWhole) cutter.finish();
  if (isWhole) assembler.flush();
  return { dates, amounts };
}

interface Decision<R extends ColumnReading> {
  choices: R[];
  inference: Inference[];
}

function givenReading({ profile }: ReadGiven, name: string): ColumnReading | null {
  return profile?.columns?.find((column) => column.name === name)?.reading ?? null;
}

function decideDate(values: SampleValue[], given: ColumnReading | null, changed: string[]): Decision<DateReading> {
  const fits = given?.kind === "date" ? misfit(values, given) : undefined;
  if (given?.kind === "date" && fits === null)
    return { choices: [given], inference: [inferred(DATE, "posted_on", given.pattern, "certain", "as was said before")] };
  if (fits !== undefined && fits !== null)
    changed.push(`The days (D) no longer fit what was said: line ${fits.row} has "${fits.text.slice(0, 20)}".`);
  // Days that the calendar has in no order are mistakes of their rows, and speak for no order.
  const found = inferDate(values.filter(isSomeDay), { isNamed: true });
  if (found === null) return { choices: [], inference: [] };
  const patterns = found.confidence === "ambiguous" ? found.patterns : found.patterns.slice(0, 1);
  const choices = patterns.map((pattern): DateReading => ({ kind: "date", pattern }));
  return { choices, inference: [inferred(DATE, "posted_on", patterns.join(" or "), found.confidence, found.evidence)] };
}

const ORDERS = ["YYYY-MM-DD", "DD/MM/YYYY", "MM/DD/YYYY", "YYYYMMDD"].map(parsePattern).filter((pattern) => pattern !== null);

const isSomeDay = ({ text }: SampleValue): boolean => ORDERS.some((pattern) => readDate(text, pattern) !== null) || /\p{L}/u.test(text);

/** The first value that a reading cannot read; null where it reads all. */
function misfit(values: SampleValue[], { pattern }: DateReading): SampleValue | null {
  const parsed = parsePattern(pattern);
  return values.find(({ text }) => parsed === null || readDate(text, parsed) === null) ?? null;
}

function decideAmount(values: SampleValue[], given: ColumnReading | null, changed: string[]): Decision<AmountReading> {
  if (given?.kind === "amount") {
    const odd = values.find(({ text }) => readAmount(text, given, null) === null);
    if (odd === undefined) return { choices: [given], inference: [inferred(AMOUNT, "amount", marksOf(given), "certain", "as was said before")] };
    changed.push(`The figures (T) no longer fit what was said: line ${odd.row} has "${odd.text.slice(0, 20)}".`);
  }
  const found = inferAmount(values, null);
  if (found === null) return { choices: [], inference: [] };
  const marks = found.confidence === "ambiguous" ? found.marks : found.marks.slice(0, 1);
  const choices = marks.map(({ decimal, thousands }): AmountReading => ({ ...PLAIN, decimal, thousands }));
  return { choices, inference: [inferred(AMOUNT, "amount", choices.map(marksOf).join(" or "), found.confidence, found.evidence)] };
}

const marksOf = ({ decimal, thousands }: AmountReading): string => `1${thousands ?? ""}234${decimal === null ? "" : `${decimal}56`}`;

/** Rows are counted by the line of the file on which they begin. */
const inferred = (column: string, role: Inference["role"], reading: string, confidence: Inference["confidence"], evidence: string): Inference => ({
  column,
  role,
  reading,
  confidence,
  evidence: evidence.replace(/\brow (\d)/g, "line $1"),
});

const SAMPLE_ROWS = 3;

function dateQuestion(choices: DateReading[], values: SampleValue[]): Question {
  return {
    code: "date_order",
    columns: [DATE],
    role: "posted_on",
    message: "The days (D) can be read in more than one order, and no row decides. Choose the right one.",
    choices: choices.map((reading): Choice => {
      const pattern = parsePattern(reading.pattern);
      const becomes = (text: string): string => (pattern === null ? null : readDate(text, pattern)) ?? "unreadable";
      return choiceOf(reading, { name: DATE, index: 0, role: "posted_on", shown: reading.pattern, values, becomes });
    }),
  };
}

function amountQuestion(choices: AmountReading[], values: SampleValue[]): Question {
  return {
    code: "decimal_mark",
    columns: [AMOUNT],
    role: "amount",
    message: "The marks in the figures (T) can part thousands or decimals, and no row decides. Choose what they are.",
    choices: choices.map((reading): Choice => {
      const becomes = (text: string): string => {
        const minor = readAmount(text, reading, null);
        return minor === null ? "unreadable" : formatMinor(minor, null);
      };
      return choiceOf(reading, { name: AMOUNT, index: 1, role: "amount", shown: marksOf(reading), values, becomes });
    }),
  };
}

interface Shown {
  name: string;
  index: number;
  role: "posted_on" | "amount";
  shown: string;
  values: SampleValue[];
  becomes: (text: string) => string;
}

const choiceOf = (reading: ColumnReading, { name, index, role, shown, values, becomes }: Shown): Choice => ({
  reading: shown,
  settings: { columns: [{ name, index, role, reading }] },
  sample: values.slice(0, SAMPLE_ROWS).map(({ row, text }) => ({ row, value: text.slice(0, 40), becomes: becomes(text) })),
});
