/** What a person is shown: a reading in words, and a question with what each answer makes of some rows. Never answers it. */

import { formatMinor } from "../../domain/money.ts";
import type { Choice, ColumnReading, ColumnRole, ProfileColumn, ProfileSettings, Question } from "../../domain/profile.ts";
import { AmountCells } from "./amount-cell.ts";
import { DateCells } from "./date-cell.ts";
import type { Draft } from "./draft.ts";
import { type Column, isFreeMoney, type Table } from "./roles.ts";
import { Row } from "./row.ts";
import type { SampleRow } from "./sample.ts";

export function describeReading(reading: ColumnReading): string {
  switch (reading.kind) {
    case "date":
      return reading.pattern;
    case "amount": {
      const figure = `1${reading.thousands ?? ""}234${reading.decimal === null ? "" : `${reading.decimal}56`}`;
      const unit = reading.unit === "minor" ? " in minor units" : "";
      const fee = reading.fee === undefined ? "" : reading.fee === "separate" ? ", besides the amount" : ", inside the amount";
      return `${figure}${unit}, plain figures are money ${reading.plain_is}${fee}`;
    }
    case "indicator":
      return `in: ${reading.in.slice(0, 4).join(", ")}; out: ${reading.out.slice(0, 4).join(", ")}`;
    case "pending":
      return `pending: ${reading.pending.join(", ") || "none seen"}`;
    default:
      return "text";
  }
}

const MESSAGES: Record<Question["code"], (name: string) => string> = {
  date_order: (name) => `The dates in column "${name}" can be read in more than one order, and no row decides. Choose the right one.`,
  decimal_mark: (name) => `The marks in column "${name}" can part thousands or decimals, and no row decides. Choose what they are.`,
  sign: (name) => `Nothing says whether the figures in column "${name}" are money in or money out. Choose the right one.`,
  fee: (name) => `Nothing says whether the amount already includes the fee in column "${name}". Choose the right one.`,
  indicator: (name) => `The words in column "${name}" do not say which way the money went. Choose the right ones.`,
  role: (name) => `What column "${name}" holds is not known. Choose it.`,
  account: (name) => `Whether column "${name}" holds the account is not known. Choose it.`,
  layout: (name) => `How "${name}" is laid out is not known. Describe it.`,
};

export function questionOf({ column, choices, asks }: Draft, rows: readonly SampleRow[]): Question {
  return {
    code: asks,
    columns: [column.name],
    role: column.role,
    message: MESSAGES[asks](column.name),
    choices: choices.map((reading): Choice => {
      const setting: ProfileColumn = { name: column.name, index: column.index, role: column.role ?? "ignored", reading };
      return { reading: describeReading(reading), settings: { columns: [setting] }, sample: sampleOf(column, rows, reading) };
    }),
  };
}

const SAMPLE_ROWS = 3;

/** Some of its cells, and what a reading makes of them. */
export function sampleOf(column: Column, _rows: readonly SampleRow[], reading?: ColumnReading): Choice["sample"] {
  return column.values
    .slice(0, SAMPLE_ROWS)
    .map(({ row, text }) => ({ row, value: text.slice(0, 80), becomes: reading === undefined ? text.slice(0, 80) : becomes(text, reading) }));
}

function becomes(text: string, reading: ColumnReading): string {
  const row = new Row();
  row.addText(text);
  if (reading.kind === "date") return new DateCells(reading).read(row, 0) ?? "unreadable";
  if (reading.kind !== "amount") return text.slice(0, 80);
  const minor = new AmountCells(reading).read(row, 0, SHOWN_DECIMALS);
  return minor === null ? "unreadable" : formatMinor(minor, null);
}

const SHOWN_DECIMALS = 2;

/** Without a day and money nothing can be imported: a person says where they are. */
export function missingRoles(columns: readonly Column[], { rows }: Table): Question[] {
  const questions: Question[] = [];
  const ask = (role: ColumnRole, of: readonly Column[], message: string): void => {
    const choices = of.map(
      (column): Choice => ({
        reading: `column "${column.name}"`,
        settings: { columns: [{ name: column.name, index: column.index, role }] },
        sample: sampleOf(column, rows),
      }),
    );
    questions.push({ code: "role", columns: of.map(({ name }) => name), role, message, choices });
  };
  if (!columns.some(({ role }) => role === "posted_on")) {
    ask(
      "posted_on",
      columns.filter(({ date }) => date !== null),
      "No column is known to hold the booking date. Choose it, or describe the file.",
    );
  }
  const hasAmount = columns.some(({ role }) => role === "amount" || role === "debit" || role === "credit");
  const unproven = columns.find(({ role, because }) => role === "amount" && because === "unproven");
  if (!hasAmount || unproven !== undefined) {
    ask(
      "amount",
      columns.filter((column) => column === unproven || isFreeMoney(column)),
      "No column is known to hold the amount. Choose it, or describe the file.",
    );
  }
  return questions;
}

/** One question for columns that are written alike is asked once. */
export function askedOnce(questions: Question[]): Question[] {
  const kept: Question[] = [];
  for (const question of questions) {
    const twin = kept.find((one) => one.code === "date_order" && question.code === "date_order" && sameReadings(one, question));
    if (twin === undefined) kept.push(question);
    else {
      twin.columns.push(...question.columns);
      for (const [at, choice] of twin.choices.entries()) choice.settings = merged(choice.settings, question.choices[at]?.settings);
    }
  }
  return kept;
}

const sameReadings = (one: Question, other: Question): boolean =>
  one.choices.map(({ reading }) => reading).join() === other.choices.map(({ reading }) => reading).join();

const merged = (one: ProfileSettings, other: ProfileSettings | undefined): ProfileSettings => ({
  ...one,
  columns: [...(one.columns ?? []), ...(other?.columns ?? [])],
});
