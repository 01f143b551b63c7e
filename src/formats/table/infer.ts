/** Columns → a profile's columns with evidence, and the questions that the file leaves open. One decision a column; what is not proven is asked. */
import { exponentOf, isCurrency } from "../../domain/money.ts";
import type {
  AmountReading,
  Choice,
  ColumnReading,
  ColumnRole,
  Inference,
  Profile,
  ProfileColumn,
  ProfileSettings,
  Question,
} from "../../domain/profile.ts";
import { inferAmount } from "./infer-amount.ts";
import { provedBy, tryChain } from "./prove.ts";
import { describeReading, questionOf, sampleOf } from "./questions.ts";
import { assignRoles, type Column, columnsOf, isFreeMoney, signWords, stateOf, type Table } from "./roles.ts";
import { cited, type SampleRow } from "./sample.ts";
import { INTO } from "./words.ts";

export interface InferredTable {
  columns: ProfileColumn[];
  currency: string | null;
  inference: Inference[];
  questions: Question[];
}

const MONEY: readonly ColumnRole[] = ["amount", "debit", "credit", "balance", "fee"];

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
  return { columns: drafts.map(columnOf), currency, inference, questions: dedupe(questions) };
}

/** A column on its way to a decision; more than one choice is a question. */
export interface Draft {
  column: Column;
  choices: ColumnReading[];
  confidence: Inference["confidence"];
  evidence: string;
  asks: Question["code"];
}

interface Work {
  base: Profile;
  rows: readonly SampleRow[];
  drafts: Draft[];
}

const columnOf = ({ column, choices }: Draft): ProfileColumn => ({
  name: column.name,
  index: column.index,
  role: column.role ?? "ignored",
  reading: choices[0] ?? { kind: "text" },
});

function draft(column: Column, columns: readonly Column[], currency: string | null): Draft {
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
  const fit = column.amount === null ? null : inferAmount(column.values, currency === null ? null : exponentOf(currency));
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
function asOfProgram(kind: Profile["kind"], one: Draft): Draft {
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

/** Signs, marks and fees of the money columns: what the cells and the chain of balances prove, and what is left to ask. */
function settleMoney(work: Work): void {
  const byRole = (role: ColumnRole): Draft | undefined => work.drafts.find(({ column }) => column.role === role);
  const amount = byRole("amount");
  const fee = byRole("fee");
  if (amount !== undefined) settleSign(amount, byRole("indicator"));
  for (const side of [byRole("debit"), byRole("credit")]) if (side !== undefined) settleSide(side);
  if (fee !== undefined) settleFee(fee);
  const open = work.drafts.filter((one) => one.choices.length > 1 && one.column.role !== null && MONEY.includes(one.column.role));
  const balance = byRole("balance");
  if (balance === undefined) return;
  const ways = combinations(work.drafts);
  const plain = provedBy(work.base, work.rows, ways);
  const isSigned = amount?.choices.length === 1 && amount.column.setting?.reading === undefined;
  // By custom a minus is money out; of a card's statement the balance may say the contrary.
  const turned =
    plain === null && isSigned
      ? ways.map((way) => way.map((column) => (column.role === "amount" ? { ...column, reading: turn(column.reading) } : column)))
      : [];
  const proved = plain ?? provedBy(work.base, work.rows, turned);
  if (proved === null) {
    dropUnprovenBalance(work, balance);
    return;
  }
  const chosen = (plain === null ? turned : ways)[proved.at] ?? [];
  const verdict = tryChain({ ...work.base, columns: chosen }, work.rows);
  for (const one of open.length > 0 ? open : [amount, byRole("debit"), byRole("credit")]) {
    const reading = chosen.find((column) => column.index === one?.column.index)?.reading;
    if (one === undefined || reading === undefined || verdict.links < 2) continue;
    const wasOpen = one.choices.length > 1;
    one.choices = [reading];
    if (wasOpen || one.confidence === "likely")
      one.evidence = `${wasOpen ? "" : `${one.evidence}; `}the balance follows in all ${verdict.links} rows that can be checked, from row ${proved.row ?? "?"} on`;
    one.confidence = "certain";
  }
}

/** Two unnamed columns that do not follow from each other: which is the amount is not known. */
function dropUnprovenBalance({ base, rows, drafts }: Work, balance: Draft): void {
  if (!balance.column.because.startsWith("the second")) return;
  const amount = drafts.find(({ column }) => column.role === "amount");
  if (amount === undefined) return;
  const swapped = drafts.map((one) => {
    const role = one === amount ? "balance" : one === balance ? "amount" : one.column.role;
    return { ...columnOf(one), role: role ?? "ignored" };
  });
  if (tryChain({ ...base, columns: swapped }, rows).holds) {
    amount.column.role = "balance";
    balance.column.role = "amount";
    return;
  }
  balance.column.role = "ignored";
  amount.column.because = "unproven";
}

/** Every way to choose among the open readings; at most 64, which six open columns make. */
function combinations(drafts: readonly Draft[]): ProfileColumn[][] {
  let ways: ProfileColumn[][] = [[]];
  for (const one of drafts) {
    const readings = MONEY.includes(one.column.role ?? "ignored") ? one.choices : one.choices.slice(0, 1);
    ways = ways.flatMap((way) =>
      (readings.length === 0 ? [{ kind: "text" } as const] : readings).map((reading) => [...way, { ...columnOf(one), reading }]),
    );
    if (ways.length > WAYS_MAX) ways = ways.slice(0, WAYS_MAX);
  }
  return ways;
}

const WAYS_MAX = 64;

/** Which way a figure without a minus goes: both ways stay open for the chain where the cells do not say. */
function settleSign(amount: Draft, indicator: Draft | undefined): void {
  const fit = amount.column.amount;
  if (amount.column.setting?.reading !== undefined || fit === null) return;
  if (indicator !== undefined) {
    settleIndicator(amount, indicator, fit);
    return;
  }
  if (fit.turned > 0 || fit.sided > 0) {
    const cell = fit.turnedCell ?? fit.sidedCell;
    // Proven only by the chain; by custom a minus is money out.
    amount.evidence = `${amount.evidence}; money out has ${fit.turned > 0 ? "a minus" : "its word"}, ${cell === null ? "" : cited(cell)}`;
    if (amount.confidence === "certain") amount.confidence = "likely";
    return;
  }
  amount.choices = amount.choices.flatMap((reading): ColumnReading[] =>
    reading.kind === "amount" ? [reading, { ...reading, plain_is: reading.plain_is === "in" ? "out" : "in" }] : [reading],
  );
  if (amount.choices.length === 2 && amount.confidence !== "ambiguous") amount.asks = "sign";
  amount.confidence = "ambiguous";
  amount.evidence = `${amount.evidence}; no figure has a minus, and nothing says which way the money went`;
}

/** A minus beside a word for debit says the same twice; then the sign counts and the word is only a kind. */
function settleIndicator(amount: Draft, indicator: Draft, fit: NonNullable<Column["amount"]>): void {
  if (fit.turned === 0) return;
  const words = new Map(indicator.column.values.map(({ row, text }) => [row, INTO.has(signWords(text))]));
  const agrees = amount.column.values.every(({ row, text }) => !/[1-9]/.test(text) || words.get(row) === !/^\s*[-(]|-\s*$/.test(text));
  if (agrees) {
    indicator.column.role = "type";
    indicator.choices = [{ kind: "text" }];
    indicator.evidence = "its words say what the figures' signs say";
    amount.evidence = `${amount.evidence}; signs and words of column "${indicator.column.name}" agree`;
    return;
  }
  amount.evidence = `${amount.evidence}; a minus turns the direction that column "${indicator.column.name}" names`;
  amount.confidence = "likely";
}

/** A column of debits is money out; where all its figures have a minus, they say so themselves. Both signs are for the chain or a person. */
function settleSide(side: Draft): void {
  const fit = side.column.amount;
  if (side.column.setting?.reading !== undefined || fit === null || fit.turned === 0) return;
  if (fit.plain === 0 && side.column.role === "debit") {
    side.choices = side.choices.map(turn);
    return;
  }
  side.choices = side.choices.flatMap((reading) => [reading, turn(reading)]);
  side.confidence = "ambiguous";
  side.asks = "sign";
  side.evidence = `figures with and without a minus stand in it${fit.turnedCell === null ? "" : `, ${cited(fit.turnedCell)}`}`;
}

const turn = (reading: ColumnReading): ColumnReading =>
  reading.kind === "amount" ? { ...reading, plain_is: reading.plain_is === "in" ? "out" : "in" } : reading;

function settleFee(fee: Draft): void {
  const fit = fee.column.amount;
  if (fee.column.setting?.reading !== undefined) return;
  const isAlwaysZero = fit === null || fit.plain + fit.turned + fit.sided === 0;
  const plainIs = fit !== null && fit.turned > 0 && fit.plain === 0 ? "in" : "out";
  const kinds = isAlwaysZero ? (["separate"] as const) : (["separate", "included"] as const);
  fee.choices = fee.choices.flatMap((reading): ColumnReading[] =>
    reading.kind === "amount" ? kinds.map((kind) => ({ ...reading, plain_is: plainIs, fee: kind })) : [reading],
  );
  if (isAlwaysZero) return;
  fee.confidence = "ambiguous";
  fee.asks = "fee";
  fee.evidence = "nothing says whether the amount already has the fee in it";
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

/** Without a day and money nothing can be imported: a person says where they are. */
function missingRoles(columns: readonly Column[], { rows }: Table): Question[] {
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
function dedupe(questions: Question[]): Question[] {
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
