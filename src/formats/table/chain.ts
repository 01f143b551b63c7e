/** The running balance as a chain: each balance is the one before plus the amount. Holds for oldest first and newest first; names the first broken row. */
import { compared, unproven } from "../../domain/proof.ts";
import type { Minor, ProofCheck } from "../../domain/record.ts";

interface Break {
  row: number;
  line: number;
  expected: number;
  actual: number;
}

interface Way {
  breaks: number;
  first: Break | null;
}

/** Plain JSON, for the checkpoint. All figures are exact: at most 15 digits. */
export interface ChainState {
  /** Balances with one before them to be held against. */
  links: number;
  oldestFirst: Way;
  newestFirst: Way;
  /** Σ of the amounts before the first balance, its own included; the first balance itself. */
  headSum: number;
  firstAmount: number;
  first: number | null;
  last: number | null;
  lastAmount: number;
  /** Σ of the amounts behind the last balance. */
  tailSum: number;
  /** A row without a readable amount or with more than 15 digits: the chain is interrupted there. */
  gaps: number;
}

export const startOfChain = (): ChainState => ({
  links: 0,
  oldestFirst: { breaks: 0, first: null },
  newestFirst: { breaks: 0, first: null },
  headSum: 0,
  firstAmount: 0,
  first: null,
  last: null,
  lastAmount: 0,
  tailSum: 0,
  gaps: 0,
});

/** The next row, in file order, in exact numbers: `amount` is NaN where it cannot be read, `balance` null where the row names none. */
export function addToChain(chain: ChainState, amount: number, balance: number | null, at: { number: number; line: number }): void {
  if (!isExact(amount) || (balance !== null && !isExact(balance))) {
    chain.gaps += 1;
    chain.last = null;
    return;
  }
  if (balance === null) {
    if (chain.first === null) chain.headSum += amount;
    else chain.tailSum += amount;
    return;
  }
  if (chain.last !== null) {
    chain.links += 1;
    link(chain.oldestFirst, chain.last + chain.tailSum + amount, balance, at);
    link(chain.newestFirst, chain.last - chain.lastAmount - chain.tailSum, balance, at);
  }
  if (chain.first === null) {
    chain.headSum += amount;
    chain.firstAmount = amount;
    chain.first = balance;
  }
  chain.last = balance;
  chain.lastAmount = amount;
  chain.tailSum = 0;
}

/** 15 characters, a minus being one. False for NaN. */
const isExact = (figure: number): boolean => figure > -1e14 && figure < 1e15;

function link(way: Way, expected: number, actual: number, { number, line }: { number: number; line: number }): void {
  if (expected === actual) return;
  way.breaks += 1;
  way.first ??= { row: number, line, expected, actual };
}

export interface ChainResult {
  check: ProofCheck;
  order: "oldest_first" | "newest_first";
  openingMinor: Minor | null;
  closingMinor: Minor | null;
  brokenAt: Break | null;
}

/** `daysFall`: the last row's day is before the first one's; it decides where the chain holds or breaks alike both ways. */
export function endOfChain(chain: ChainState, { line, daysFall }: { line: number; daysFall: boolean }): ChainResult | null {
  const { first, last, links, gaps } = chain;
  if (first === null) return null;
  const difference = chain.oldestFirst.breaks - chain.newestFirst.breaks;
  const isNewestFirst = difference > 0 || (difference === 0 && daysFall);
  const way = isNewestFirst ? chain.newestFirst : chain.oldestFirst;
  const order = isNewestFirst ? "newest_first" : "oldest_first";
  const found = { check: "running_balance", line };
  if (way.first !== null) {
    const { row, expected, actual } = way.first;
    const said = { ...found, line: way.first.line, expected: `${expected}`, actual: `${actual}` };
    const whatElse = way.breaks === 1 ? "Every other row follows." : `It breaks ${way.breaks} times in ${links} rows.`;
    const check = compared(said, `The running balance breaks first at row ${row}: ${expected} should follow, the row shows ${actual}. ${whatElse}`);
    return { check, order, openingMinor: null, closingMinor: null, brokenAt: way.first };
  }
  if (last === null || gaps > 0) {
    const check = unproven(
      { ...found, expected: null, actual: null },
      "A row's amount cannot be read, so that the running balance is interrupted there.",
    );
    return { check, order, openingMinor: null, closingMinor: null, brokenAt: null };
  }
  const atEnd = isNewestFirst ? last - chain.lastAmount - chain.tailSum : last + chain.tailSum;
  const atStart = isNewestFirst ? first + chain.headSum - chain.firstAmount : first - chain.headSum;
  // Newest first, what stands above the first balance came after it.
  const [opening, closing] = isNewestFirst ? [atEnd, atStart] : [atStart, atEnd];
  const said = { ...found, expected: `${closing}`, actual: `${closing}` };
  const check =
    links === 0
      ? unproven({ ...said, expected: null, actual: null }, "Only one row names a balance, so that nothing follows from it.")
      : compared(said, "");
  return { check, order, openingMinor: `${opening}`, closingMinor: `${closing}`, brokenAt: null };
}
