/** One column on its way to a decision: the readings that its own cells leave open, with the evidence. Never looks at the chain of balances. */
import { exponentOf } from "../../domain/money.ts";
import type { AmountReading, ColumnReading, ColumnRole, Inference, Profile, ProfileColumn, Question } from "../../domain/profile.ts";
import { amountFitOf, type Column, signWords, stateOf } from "./roles.ts";
import { INTO } from "./words.ts";

export const MONEY: readonly ColumnRole[] = ["amount", "debit", "credit", "balance", "fee"];

/** A column on its way to a decision; more than one choice is a question. */
export interface Draft {
  column: Column;
  choices: ColumnReading[];
  confidence: Inference["confidence"];
  evidence: string;
  asks: Question["code"];
}

export const columnOf = ({ column, choices }: Draft): ProfileColumn => ({
  name: column.name,
  index: column.index,
  role: column.role ?? "ignored",
  reading: choices[0] ?? { kind: "text" },
});

export function draft(column: Column, columns: readonly Column[], currency: string | null): Draft {
  const given = column.setting?.reading;
  const made = (choices: ColumnReading[], confidence: Inference["confidence"], evidence: string, asks: Question["code"] = "role"): Draft => ({
    column,
    choices,
    confidence,
    evidence,
    asks,
  });
  if (given !== undefined) return made([given], "certain", "given");
  const role = column.role ?? "ignored";
  if ((role === "posted_on" || role === "value_on") && column.date !== null) return dateDraft(column, columns);
  if (MONEY.includes(role)) return moneyDraft(column, columns, currency);
  if (role === "indicator") return indicatorDraft(column);
  if (role === "pending") {
    const texts = [...new Set(column.values.map(({ text }) => text))];
    const pick = (state: string): string[] => texts.filter((text) => stateOf(text) === state).slice(0, 50);
    return made([{ kind: "pending", pending: pick("pending"), void: pick("void") }], "likely", column.because);
  }
  return made([{ kind: "text" }], column.isGiven ? "certain" : "likely", column.because);
}

/** A column that no row decides takes the order that a sister column, written alike, proves. */
function dateDraft(column: Column, columns: readonly Column[]): Draft {
  const fit = column.date;
  if (fit === null) throw new Error("A date column has a fit.");
  const patterns = fit.patterns.map((pattern): ColumnReading => ({ kind: "date", pattern }));
  const sister = columns.find((one) => one !== column && one.date?.confidence === "certain" && fit.patterns.includes(one.date.patterns[0] ?? ""));
  if (fit.confidence === "ambiguous" && sister?.date) {
    const pattern = sister.date.patterns[0] ?? "";
    return {
      column,
      choices: [{ kind: "date", pattern }],
      confidence: "likely",
      evidence: `column "${sister.name}" is written alike, ${sister.date.evidence}`,
      asks: "date_order",
    };
  }
  return { column, choices: patterns, confidence: fit.confidence, evidence: fit.evidence, asks: "date_order" };
}

function moneyDraft(column: Column, columns: readonly Column[], currency: string | null): Draft {
  const fit = column.amount === null ? null : amountFitOf(column.values, currency === null ? null : exponentOf(currency));
  const unit = /\b(minor|cents?|pence)\b/.test(column.words) ? "minor" : "major";
  const plain = column.role === "debit" || column.role === "fee" ? "out" : "in";
  const reading = (marks: Pick<AmountReading, "decimal" | "thousands">): AmountReading => ({ kind: "amount", ...marks, plain_is: plain, unit });
  const others = columns.filter((one) => one !== column && one.role !== null && MONEY.includes(one.role) && one.amount !== null);
  const sister = others.find((one) => one.amount?.confidence === "certain" && !one.amount.isBare);
  if (fit === null || fit.isBare) {
    const marks = sister?.amount?.marks[0] ?? { decimal: null, thousands: fit?.marks[0]?.thousands ?? null };
    const evidence = fit === null ? "its cells are blank" : fit.evidence;
    return { column, choices: [reading(marks)], confidence: fit === null ? "likely" : "certain", evidence, asks: "decimal_mark" };
  }
  const alike = sister?.amount?.marks[0];
  if (fit.confidence === "ambiguous" && alike !== undefined && fit.marks.some((marks) => marks.decimal === alike.decimal)) {
    return {
      column,
      choices: [reading(alike)],
      confidence: "likely",
      evidence: `column "${sister?.name}" is written alike, ${sister?.amount?.evidence}`,
      asks: "decimal_mark",
    };
  }
  return { column, choices: fit.marks.map(reading), confidence: fit.confidence, evidence: fit.evidence, asks: "decimal_mark" };
}

function indicatorDraft(column: Column): Draft {
  const texts = [...new Set(column.values.map(({ text }) => text))];
  const into = texts.filter((text) => INTO.has(signWords(text)));
  const out = texts.filter((text) => !INTO.has(signWords(text)));
  const isComplete = into.length > 0 && out.length > 0;
  const standard: ColumnReading = { kind: "indicator", in: [...into, ...STANDARD.in], out: [...out, ...STANDARD.out] };
  const choices: ColumnReading[] = [isComplete ? { kind: "indicator", in: into, out } : standard];
  return { column, choices, confidence: "likely", evidence: `its words ${texts.slice(0, 4).join(", ")}`, asks: "indicator" };
}

const STANDARD = { in: ["C", "CR", "CREDIT", "H", "Haben"], out: ["D", "DR", "DEBIT", "S", "Soll"] };

/** Programs and spreadsheets write decimals with a point, also where the sample happens to have none. */
export function asOfProgram(kind: Profile["kind"], one: Draft): Draft {
  if (kind !== "json" && kind !== "xlsx") return one;
  const choices = one.choices.map(
    (reading): ColumnReading => (reading.kind === "amount" && reading.decimal === null ? { ...reading, decimal: "." } : reading),
  );
  return kind === "json" ? withUnits({ ...one, choices }) : { ...one, choices };
}

/** Programs write cents as whole figures as often as they write whole units: where no figure has decimals and no name says so, a person is asked. */
function withUnits(one: Draft): Draft {
  const { column, choices } = one;
  const isBare = column.amount?.isBare === true && column.setting?.reading === undefined;
  if (!isBare || !MONEY.includes(column.role ?? "ignored") || choices.some((reading) => reading.kind === "amount" && reading.unit === "minor"))
    return one;
  const both = choices.flatMap((reading): ColumnReading[] => (reading.kind === "amount" ? [reading, { ...reading, unit: "minor" }] : [reading]));
  return { ...one, choices: both, confidence: "ambiguous", evidence: "whole figures only: they may be whole units or cents" };
}
