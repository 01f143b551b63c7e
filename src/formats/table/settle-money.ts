/** Signs, marks and fees of the money columns: what their cells say together, and what the chain of balances proves. Never asks a person. */
import type { ColumnReading, ColumnRole, Profile, ProfileColumn } from "../../domain/profile.ts";
import { columnOf, type Draft, MONEY } from "./draft.ts";
import { provedBy, tryChain } from "./prove.ts";
import { type Column, signWords } from "./roles.ts";
import { cited, type SampleRow } from "./sample.ts";
import { INTO } from "./words.ts";

export interface Work {
  base: Profile;
  rows: readonly SampleRow[];
  drafts: Draft[];
}

/** Signs, marks and fees of the money columns: what the cells and the chain of balances prove, and what is left to ask. */
export function settleMoney(work: Work): void {
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
