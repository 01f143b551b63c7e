/** The running balance as a judge: which way of reading amounts makes each balance follow from the one before. Tries readings; never chooses without proof. */

import { exponentOf, isCurrency } from "../../domain/money.ts";
import type { Profile, ProfileColumn } from "../../domain/profile.ts";
import { AmountReader } from "./amounts.ts";
import { addToChain, type ChainState, startOfChain } from "./chain.ts";
import { ColumnMap } from "./columns.ts";
import { Row } from "./row.ts";
import type { SampleRow } from "./sample.ts";

export interface Verdict {
  links: number;
  /** Every balance follows, oldest or newest first. */
  holds: boolean;
  /** The first row whose balance follows from the one before. */
  row: number | null;
}

/** 500 rows prove as much as a million. */
const ROWS_MAX = 500;

export function tryChain(profile: Profile, rows: readonly SampleRow[]): Verdict {
  const columns = new ColumnMap(profile);
  if (columns.balanceIndex === -1) return { links: 0, holds: false, row: null };
  const amounts = new AmountReader(columns);
  const chains = new Map<string, ChainState>();
  const row = new Row();
  let first: number | null = null;
  for (const { number, cells } of rows.slice(0, ROWS_MAX)) {
    row.clear();
    row.number = number;
    for (const cell of cells) row.addText(cell.trim());
    if (columns.postedOn === null || columns.postedOn.read(row) === null || columns.state(row) === "void") continue;
    const code = columns.currencyText(row)?.toUpperCase() ?? profile.currency;
    const exponent = exponentOf(code !== null && isCurrency(code) ? code : profile.currency);
    const amount = amounts.read(row, exponent) === null ? Number.NaN : amounts.figure;
    const balance = amounts.readBalance(row, exponent);
    const fee = Number(amounts.readFee(row, exponent) ?? "0");
    const key = `${columns.account(row)}|${code ?? ""}`;
    const chain = chains.get(key) ?? startOfChain();
    chains.set(key, chain);
    addToChain(chain, amount + fee, balance, { number, line: number });
    if (chain.links === 1) first ??= number;
  }
  const all = [...chains.values()].filter((chain) => chain.links > 0);
  const links = all.reduce((sum, chain) => sum + chain.links, 0);
  const holds = links > 0 && (all.every((chain) => chain.oldestFirst.breaks === 0) || all.every((chain) => chain.newestFirst.breaks === 0));
  return { links, holds, row: first };
}

/** The only one of several sets of columns under which the chain holds; null where none or several do. */
export function provedBy(
  base: Profile,
  rows: readonly SampleRow[],
  candidates: readonly ProfileColumn[][],
): { at: number; row: number | null } | null {
  const held = candidates.map((columns, at) => ({ at, verdict: tryChain({ ...base, columns }, rows) })).filter(({ verdict }) => verdict.holds);
  const [only] = held;
  return held.length === 1 && only !== undefined ? { at: only.at, row: only.verdict.row } : null;
}
