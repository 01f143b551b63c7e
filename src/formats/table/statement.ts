/** One account's statement while its rows come in: totals, days and the chain of balances. Plain JSON throughout; never reads a cell. */
import { addMinor, subtractMinor } from "../../domain/money.ts";
import { problem } from "../../domain/problem.ts";
import type { Day, Minor, ProofCheck, StatementRecord, TransactionRecord } from "../../domain/record.ts";
import { Sum } from "../bai2/sum.ts";
import { figureOf } from "./amount-cell.ts";
import { endBalances } from "./balances.ts";
import { type ChainState, endOfChain, startOfChain } from "./chain.ts";
import type { Surroundings } from "./surroundings.ts";

export interface StatementState {
  ordinal: number;
  number: string | null;
  currency: string | null;
  line: number;
  /** Exact sums: a small part that is added to, and the rest in decimal text. */
  credits: SumState;
  debits: SumState;
  count: number;
  unreadable: number;
  from: Day | null;
  to: Day | null;
  firstOn: Day | null;
  lastOn: Day | null;
  chain: ChainState;
}

interface SumState {
  low: number;
  high: Minor;
}

export const openStatement = (ordinal: number, { number, currency, line }: Pick<StatementState, "number" | "currency" | "line">): StatementState => ({
  ordinal,
  number,
  currency,
  line,
  credits: { low: 0, high: "0" },
  debits: { low: 0, high: "0" },
  count: 0,
  unreadable: 0,
  from: null,
  to: null,
  firstOn: null,
  lastOn: null,
  chain: startOfChain(),
});

/** Counts a movement and its day; `figure` is its amount as an exact number, NaN where it has none or more than 15 digits. */
export function countMovement(statement: StatementState, { amountMinor, postedOn }: TransactionRecord, figure: number): void {
  statement.count += 1;
  if (amountMinor === null) statement.unreadable += 1;
  else addUp(statement, amountMinor, figure);
  if (postedOn === null) return;
  if (statement.from === null || postedOn < statement.from) statement.from = postedOn;
  if (statement.to === null || postedOn > statement.to) statement.to = postedOn;
  statement.firstOn ??= postedOn;
  statement.lastOn = postedOn;
}

/** A fee besides the amount is a movement of its own. */
export function countFee(statement: StatementState, fee: Minor): void {
  statement.count += 1;
  addUp(statement, fee, figureOf(fee));
}

function addUp(statement: StatementState, amount: Minor, figure: number): void {
  const isDebit = amount.charCodeAt(0) === MINUS;
  const sum = isDebit ? statement.debits : statement.credits;
  if (Number.isNaN(figure)) sum.high = addMinor(sum.high, isDebit ? amount.slice(1) : amount);
  else sum.low += isDebit ? -figure : figure;
  if (sum.low > 2 ** 52) {
    sum.high = addMinor(sum.high, `${sum.low}`);
    sum.low = 0;
  }
}

const MINUS = 0x2d;

const totalOf = ({ low, high }: SumState): Minor => {
  const sum = Sum.of(high);
  sum.addSmall(low);
  return sum.toString();
};

/** Its last records: a broken chain as a problem, and the end with what is proven. */
export function endStatement(
  statement: StatementState,
  { statements, around }: { statements: readonly StatementState[]; around: Surroundings },
  last: { line: number; byteOffset: number },
): StatementRecord[] {
  const daysFall = statement.firstOn !== null && statement.lastOn !== null && statement.lastOn < statement.firstOn;
  const chain = endOfChain(statement.chain, { line: statement.line, daysFall });
  const creditsMinor = totalOf(statement.credits);
  const debitsMinor = totalOf(statement.debits);
  const { ordinal, currency, to, line, unreadable } = statement;
  const moved = subtractMinor(creditsMinor, debitsMinor);
  const ends = endBalances({ ordinal, currency, to, line, unreadable, moved, chain, around: statements.length === 1 ? around : null });
  const { openingMinor, closingMinor } = ends;
  const proof: ProofCheck[] = [...(chain === null ? [] : [chain.check]), ...ends.proof];
  const records: StatementRecord[] = [...ends.records];
  if (chain?.brokenAt) {
    const broken = problem({
      severity: "warning",
      code: "running_balance_broken",
      line: chain.brokenAt.line,
      record: `row ${chain.brokenAt.row}`,
      field: "balance",
      value: `${chain.brokenAt.actual}`,
      expected: `${chain.brokenAt.expected}`,
      message: `${chain.check.note ?? ""} A row is missing, doubled, wrong or out of order: compare with the bank before importing.`,
    });
    records.push({ type: "problem", statement: statement.ordinal, problem: broken });
  }
  records.push({
    type: "statement_end",
    statement: statement.ordinal,
    lineEnd: last.line,
    byteEnd: last.byteOffset,
    ...(statement.from !== null && statement.to !== null ? { covered: { from: statement.from, to: statement.to } } : {}),
    proof,
    openingMinor,
    closingMinor,
    creditsMinor,
    debitsMinor,
    transactionCount: statement.count,
  });
  return records;
}
