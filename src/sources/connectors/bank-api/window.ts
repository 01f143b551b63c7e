/** Which days one request asks for. Pure. */
import type { BankApiConfig } from "../../../domain/bank-api/config.ts";
import { addDays } from "../../../domain/date.ts";
import { ALL_ACCOUNTS, type BankCursor, type ChainStep, type PendingRow } from "./cursor.ts";

export interface Window {
  /** Instants; the end is that of the run, or the beginning of the next window. */
  sinceAt: string;
  untilAt: string;
  /** Days; both belong to the window. */
  since: string;
  until: string;
  isLast: boolean;
}

interface Asked {
  paging: BankApiConfig["transactions"]["paging"];
  since: string;
  /** An instant. */
  startedAt: string;
  /** From 0. */
  number: number;
}

export function windowOf({ paging, since, startedAt, number }: Asked): Window {
  const today = startedAt.slice(0, 10);
  if (paging.kind !== "time_window") return { since, until: today, sinceAt: midnight(since), untilAt: startedAt, isLast: true };
  const first = addDays(since, number * paging.days);
  const next = addDays(first, paging.days);
  const isLast = midnight(next) >= startedAt;
  // The windows meet at an instant: a row on it comes twice under one id, and never not at all.
  return { since: first, until: isLast ? today : addDays(next, -1), sinceAt: midnight(first), untilAt: isLast ? startedAt : midnight(next), isLast };
}

const midnight = (day: string): string => `${day}T00:00:00Z`;

/**
 * The step's first day: the day that was read last less the overlap, however long ago it is, and as early as what is pending, which is followed as far
 * as the look-back. Without a day it is the look-back's.
 */
export function sinceOf({
  config,
  cursor,
  step,
  today,
}: {
  config: BankApiConfig;
  cursor: BankCursor | null;
  step: ChainStep;
  today: string;
}): string {
  const { lookbackDays, overlapDays } = config.limits;
  const earliest = addDays(today, -lookbackDays);
  const read = cursor?.since[step.account?.id ?? ALL_ACCOUNTS];
  if (read === undefined) return earliest;
  const overlapping = addDays(read, -overlapDays);
  const pending = pendingOf(cursor?.pending ?? [], step).map(({ from }) => from);
  return [overlapping, ...pending.filter((from) => from >= earliest)].toSorted()[0] ?? overlapping;
}

/** The pending rows that the step's answer would name. */
export const pendingOf = (pending: readonly PendingRow[], { account }: ChainStep): PendingRow[] =>
  pending.filter((row) => account === null || row.account === account.id);
