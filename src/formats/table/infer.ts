/** Columns → a profile's columns with evidence, and the questions that the file leaves open. One decision a column; what is not proven is asked. */
import { isCurrency } from "../../domain/money.ts";
import type { Inference, Profile, ProfileColumn, Question } from "../../domain/profile.ts";
import { asOfProgram, columnOf, type Draft, draft, MONEY } from "./draft.ts";
import { askedOnce, describeReading, missingRoles, questionOf } from "./questions.ts";
import { assignRoles, type Column, columnsOf, type Table } from "./roles.ts";
import { settleMoney, type Work } from "./settle-money.ts";

export interface InferredTable {
  columns: ProfileColumn[];
  currency: string | null;
  inference: Inference[];
  questions: Question[];
}

/** `base` is the rest of the profile; its columns and currency are filled here. */
export function inferTable(table: Table, base: Profile): InferredTable {
  const columns = columnsOf(table);
  assignRoles(columns);
  const currency = table.given.currency ?? currencyOf(columns, table);
  const drafts = columns.map((column) => draft(column, columns, currency)).map((one) => asOfProgram(base.kind, one));
  const work: Work = { base: { ...base, currency, columns: [] }, rows: table.rows, drafts };
  settleMoney(work);
  const inference = drafts.filter(({ column }) => column.role !== "ignored").map(inferenceOf);
  if (currency !== null && !columns.some((column) => column.role === "currency")) {
    inference.push({
      column: null,
      role: "currency",
      reading: currency,
      confidence: "likely",
      evidence: table.given.currency ? "given" : "named in a header or beside the figures",
    });
  }
  const questions = [...missingRoles(columns, table), ...drafts.flatMap((one) => (one.choices.length > 1 ? [questionOf(one, table.rows)] : []))];
  return { columns: drafts.map(columnOf), currency, inference, questions: askedOnce(questions) };
}

const inferenceOf = ({ column, choices, confidence, evidence }: Draft): Inference => ({
  column: column.name,
  role: column.role ?? "ignored",
  reading: choices.map(describeReading).join(" or "),
  confidence: choices.length > 1 ? "ambiguous" : confidence,
  evidence,
});

/** In a header (`Betrag (EUR)`, `Amount USD`), or beside every figure. */
function currencyOf(columns: readonly Column[], { given }: Table): string | null {
  if (given.currency !== undefined) return given.currency;
  const money = columns.filter((column) => column.role !== null && MONEY.includes(column.role));
  for (const { name, amount } of money) {
    const code = /(?:^|[^A-Za-z])([A-Z]{3})(?:[^A-Za-z]|$)/.exec(name)?.[1];
    if (code !== undefined && isCurrency(code)) return code;
    if (/€/.test(name)) return "EUR";
    if (amount?.currency) return amount.currency;
  }
  return null;
}
