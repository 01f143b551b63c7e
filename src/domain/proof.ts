/** Proof: what a statement says of itself against what it holds (named checks). Pure and of no format; never reads the books. */
import { addMinor, subtractMinor } from "./money.ts";
import type { Minor, ProofCheck } from "./record.ts";

/** What a statement says, and what its movements come to. All amounts in minor units of one currency; null = not said. */
export interface StatementFacts {
  line: number | null;
  /** Interim reports may be partial: a figure that agrees is proof, one that does not is none. */
  isInterim: boolean;
  openingMinor: Minor | null;
  closingMinor: Minor | null;
  /** Σ of the movements in, and of the movements out (as a positive figure). */
  creditsMinor: Minor;
  debitsMinor: Minor;
  creditCount: number;
  debitCount: number;
  transactionCount: number;
  /** Why the movements cannot be added up (an unknown sign, an unreadable amount), or null where they can. */
  unprovable: string | null;
  summaries: {
    creditsMinor: Minor | null;
    debitsMinor: Minor | null;
    creditCount: number | null;
    debitCount: number | null;
  };
  /** Closing available and the float that separates it from the ledger: information only. */
  float: { availableMinor: Minor | null; oneDayMinor: Minor | null; laterMinor: Minor | null };
}

/** The checks that the statement alone can answer: ledger twice, completeness four times, and the float. */
export function proveStatement(facts: StatementFacts): ProofCheck[] {
  return [
    ledgerByDetails(facts),
    ledgerBySummary(facts),
    completeness(facts, { check: "credits_total", said: facts.summaries.creditsMinor, found: facts.creditsMinor, what: "total credits" }),
    completeness(facts, { check: "debits_total", said: facts.summaries.debitsMinor, found: facts.debitsMinor, what: "total debits" }),
    completeness(facts, {
      check: "credits_count",
      said: textOf(facts.summaries.creditCount),
      found: `${facts.creditCount}`,
      what: "number of credits",
    }),
    completeness(facts, { check: "debits_count", said: textOf(facts.summaries.debitCount), found: `${facts.debitCount}`, what: "number of debits" }),
    float(facts),
  ];
}

/** A statement's opening balance against the closing balance of the nearest earlier final statement of the account. */
export function continuity(
  previous: { closingMinor: Minor | null; asOfOn: string | null } | null,
  current: { openingMinor: Minor | null; line: number | null },
): ProofCheck {
  const expected = previous?.closingMinor ?? null;
  const actual = current.openingMinor;
  const found = { check: "continuity", expected, actual, line: current.line };
  if (previous === null) return unproven(found, "There is no earlier final statement of this account to continue from.");
  if (expected === null) return unproven(found, "The statement before this one names no closing ledger balance.");
  if (actual === null) return unproven(found, "The statement names no opening ledger balance.");
  const since = previous.asOfOn === null ? "the statement before" : `the statement of ${previous.asOfOn}`;
  return compared(found, `The opening balance is not the closing balance of ${since}: a statement in between may be missing.`);
}

/**
 * False if any check is false. True if a check holds and no total or record count of the statement stayed open; the float proves nothing.
 * Else null: nothing speaks against the statement, and nothing proves it.
 */
export function statementVerdict(checks: readonly Pick<ProofCheck, "check" | "ok">[]): boolean | null {
  if (checks.some((check) => check.ok === false)) return false;
  if (checks.some((check) => TOTALS.includes(check.check) && check.ok === null)) return null;
  return checks.some((check) => check.ok === true && check.check !== "float") ? true : null;
}

/** Of a whole job, from its statements' verdicts and the checks around them: false where one is broken, true where each holds, else null. */
export function jobVerdict(verdicts: readonly (boolean | null)[]): boolean | null {
  if (verdicts.includes(false)) return false;
  return verdicts.length === 0 || verdicts.includes(null) ? null : true;
}

const TOTALS: readonly string[] = ["account_control_total", "account_record_count"];

/** Expected against actual, both there: true, or false with the sentence that says what broke. */
export function compared(found: Omit<ProofCheck, "ok" | "note">, whenBroken: string): ProofCheck {
  const ok = found.expected === found.actual;
  return { ...found, ok, note: ok ? null : whenBroken };
}

/** A check that cannot be made, and why. */
export function unproven(found: Omit<ProofCheck, "ok" | "note">, because: string): ProofCheck {
  return { ...found, ok: null, note: because };
}

function ledgerByDetails(facts: StatementFacts): ProofCheck {
  const { openingMinor: opening, closingMinor: closing } = facts;
  const actual = opening === null ? null : subtractMinor(addMinor(opening, facts.creditsMinor), facts.debitsMinor);
  const found = { check: "ledger_by_details", expected: closing, actual, line: facts.line };
  const missing = missingBalance(facts);
  if (missing !== null) return unproven(found, missing);
  if (facts.unprovable !== null) return unproven(found, facts.unprovable);
  if (facts.transactionCount === 0 && closing !== actual) {
    return unproven(found, "The balance moved, but the statement lists no transactions: they were not reported here.");
  }
  return judged(
    facts,
    compared(found, "The opening balance plus all transactions is not the closing balance: a transaction is missing, doubled or wrong."),
  );
}

function ledgerBySummary(facts: StatementFacts): ProofCheck {
  const { openingMinor: opening, closingMinor: closing } = facts;
  const { creditsMinor: credits, debitsMinor: debits } = facts.summaries;
  const canAdd = opening !== null && credits !== null && debits !== null;
  const actual = canAdd ? subtractMinor(addMinor(opening, credits), debits) : null;
  const found = { check: "ledger_by_summary", expected: closing, actual, line: facts.line };
  const missing = missingBalance(facts);
  if (missing !== null) return unproven(found, missing);
  if (!canAdd) return unproven(found, "The statement does not name both total credits and total debits.");
  return judged(facts, compared(found, "The opening balance plus total credits minus total debits is not the closing balance."));
}

function completeness(facts: StatementFacts, claim: { check: string; said: string | null; found: string; what: string }): ProofCheck {
  const found = { check: claim.check, expected: claim.said, actual: claim.found, line: facts.line };
  if (claim.said === null) return unproven(found, `The statement does not name its ${claim.what}.`);
  if (facts.transactionCount === 0) return unproven(found, "The statement lists no transactions.");
  if (facts.unprovable !== null) return unproven(found, facts.unprovable);
  return judged(
    facts,
    compared(found, `The statement's ${claim.what} and the transactions it lists do not agree: a transaction is missing, doubled or wrong.`),
  );
}

/** Banks define float in more than one way, so that a difference is worth a note and never a refusal. */
function float(facts: StatementFacts): ProofCheck {
  const { availableMinor, oneDayMinor, laterMinor } = facts.float;
  const canAdd = availableMinor !== null && oneDayMinor !== null && laterMinor !== null;
  const actual = canAdd ? addMinor(addMinor(availableMinor, oneDayMinor), laterMinor) : null;
  const found = { check: "float", expected: facts.closingMinor, actual, line: facts.line };
  if (facts.closingMinor === null || !canAdd) return unproven(found, "The statement does not name its available balance with its float.");
  if (actual === facts.closingMinor) return { ...found, ok: true, note: null };
  return unproven(found, "Available balance plus float is not the closing balance. This is information only.");
}

function missingBalance(facts: StatementFacts): string | null {
  if (facts.closingMinor === null) return "The statement names no closing ledger balance.";
  if (facts.openingMinor === null) return "The statement names no opening ledger balance.";
  return null;
}

function judged(facts: StatementFacts, check: ProofCheck): ProofCheck {
  if (!facts.isInterim || check.ok !== false) return check;
  return { ...check, ok: null, note: "An interim report may list only part of the day, so that a difference proves nothing." };
}

const textOf = (count: number | null): string | null => (count === null ? null : `${count}`);
