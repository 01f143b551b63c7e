/** Continuity of an account's final statements (RULES.md §4): each opens where the nearest earlier one closed. Pure; never reads the books. */
import { addMinor, subtractMinor } from "./money.ts";
import { compared, continuity, unproven } from "./proof.ts";
import type { Day, Minor, ProofCheck } from "./record.ts";

/** What continuity needs to know of a final statement of one account and connection. */
export interface FinalStatement {
  id: string;
  /** The days it covers, both included; for a statement of one day they are the same. */
  dayFrom: Day;
  dayTo: Day;
  openingMinor: Minor | null;
  closingMinor: Minor | null;
  line: number | null;
}

/** Opening against the closing before it. A mismatch across business days that no statement covers names them: they are the likely reason. */
export function proveAcross(previous: FinalStatement | null, current: FinalStatement): ProofCheck {
  const check = continuity(previous && { closingMinor: previous.closingMinor, asOfOn: previous.dayTo }, {
    openingMinor: current.openingMinor,
    line: current.line,
  });
  const gap = previous && check.ok === false ? missingBusinessDays(previous.dayTo, current.dayFrom) : null;
  if (previous === null || gap === null) return check;
  const days = gap.from === gap.to ? gap.from : `${gap.from} to ${gap.to}`;
  return { ...check, note: `The opening balance is not the closing balance of the statement of ${previous.dayTo}; no statement covers ${days}.` };
}

/**
 * Ledger by details where the statement names no opening balance: the closing balance before it stands in (RULES.md §4). Null where the statement names
 * its own, or no closing one: then what it proved by itself holds.
 */
export function ledgerFromPrevious(
  previous: FinalStatement | null,
  current: FinalStatement,
  movements: { creditsMinor: Minor; debitsMinor: Minor; count: number; canAdd: boolean },
): ProofCheck | null {
  if (current.openingMinor !== null || current.closingMinor === null) return null;
  const opening = previous?.closingMinor ?? null;
  const actual = opening === null ? null : subtractMinor(addMinor(opening, movements.creditsMinor), movements.debitsMinor);
  const found = { check: "ledger_by_details", expected: current.closingMinor, actual, line: current.line };
  if (previous === null || actual === null)
    return unproven(found, "The statement names no opening ledger balance, and no earlier closing one is known.");
  if (!movements.canAdd) return unproven(found, "Some of the statement's movements cannot be added up.");
  if (missingBusinessDays(previous.dayTo, current.dayFrom) !== null) {
    return unproven(
      found,
      `The statement names no opening ledger balance, and the one before it is of ${previous.dayTo}: the days between are not known.`,
    );
  }
  if (movements.count === 0 && actual !== current.closingMinor) {
    return unproven(found, "The balance moved, but the statement lists no transactions: they were not reported here.");
  }
  return compared(
    found,
    `The closing balance of ${previous.dayTo} plus all transactions is not the closing balance: a transaction is missing, doubled or wrong.`,
  );
}

/** The nearest of `candidates` that ends before `current` begins; of several for the same day the last given. */
export function nearestEarlier(candidates: readonly FinalStatement[], current: FinalStatement): FinalStatement | null {
  let nearest: FinalStatement | null = null;
  for (const candidate of candidates) {
    if (candidate.id !== current.id && candidate.dayTo < current.dayFrom && (nearest === null || candidate.dayTo >= nearest.dayTo))
      nearest = candidate;
  }
  return nearest;
}

/** First and last weekday strictly between two days, or null where there is none. A bank's holidays are not known here. */
export function missingBusinessDays(after: Day, before: Day): { from: Day; to: Day } | null {
  const from = nearestWeekday(after, 1);
  const to = nearestWeekday(before, -1);
  return from < before && to > after && from <= to ? { from, to } : null;
}

function nearestWeekday(day: Day, step: 1 | -1): Day {
  // A day becomes an instant only to count: midnight UTC on both ways.
  const date = new Date(`${day}T00:00:00Z`);
  do date.setUTCDate(date.getUTCDate() + step);
  while (date.getUTCDay() === 0 || date.getUTCDay() === 6);
  return date.toISOString().slice(0, 10);
}
