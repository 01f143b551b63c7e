/** The sums of a statement that is being read, and its end with the proof. Plain JSON, so that it rests in a checkpoint as it stands. Never reads a file. */
import { addMinor, negateMinor } from "../domain/money.ts";
import { proveStatement } from "../domain/proof.ts";
import type { Day, Minor, StatementEnd, StatementKind, TransactionRecord } from "../domain/record.ts";
import type { Findings } from "./findings.ts";

export interface Tally {
  ordinal: number;
  /** Where the statement begins: the place of its proof. */
  line: number;
  kind: StatementKind;
  currency: string | null;
  /** Ledger balances in the statement's own currency; null where there is none. */
  openingMinor: Minor | null;
  closingMinor: Minor | null;
  availableMinor: Minor | null;
  /** What the statement itself says that its credits and debits come to. */
  said: { creditsMinor: Minor | null; debitsMinor: Minor | null; creditCount: number | null; debitCount: number | null };
  creditsMinor: Minor;
  debitsMinor: Minor;
  creditCount: number;
  debitCount: number;
  /** Why the movements cannot be added up, or null where they can. */
  unprovable: string | null;
  /** First and last day of the movements. */
  firstOn: Day | null;
  lastOn: Day | null;
}

export function openTally(start: { ordinal: number; line: number; kind: StatementKind; currency: string | null }): Tally {
  return {
    ...start,
    openingMinor: null,
    closingMinor: null,
    availableMinor: null,
    said: { creditsMinor: null, debitsMinor: null, creditCount: null, debitCount: null },
    creditsMinor: "0",
    debitsMinor: "0",
    creditCount: 0,
    debitCount: 0,
    unprovable: null,
    firstOn: null,
    lastOn: null,
  };
}

/** Adds a movement of the ledger. What is not booked yet is not to be given here. */
export function addUp(tally: Tally, { amountMinor, currency, sign, postedOn }: TransactionRecord): void {
  if (postedOn !== null) {
    if (tally.firstOn === null || postedOn < tally.firstOn) tally.firstOn = postedOn;
    if (tally.lastOn === null || postedOn > tally.lastOn) tally.lastOn = postedOn;
  }
  if (sign === "credit") tally.creditCount += 1;
  else tally.debitCount += 1;
  if (amountMinor === null || sign === null) tally.unprovable ??= "A transaction has no amount that can be read.";
  else if (currency !== null && tally.currency !== null && currency !== tally.currency) {
    tally.unprovable ??= `A transaction is in ${currency}, the account in ${tally.currency}.`;
  } else if (sign === "credit") tally.creditsMinor = addMinor(tally.creditsMinor, amountMinor);
  else tally.debitsMinor = addMinor(tally.debitsMinor, negateMinor(amountMinor));
}

/** The days from the first movement to the closing balance; null where neither is there. */
export function coveredDays({ firstOn, lastOn }: Tally, asOfOn: Day | null): { from: Day; to: Day } | null {
  const to = asOfOn !== null && (lastOn === null || lastOn < asOfOn) ? asOfOn : lastOn;
  return to === null ? null : { from: firstOn ?? to, to };
}

/** What the end alone knows: `asOfOn` and `covered` are null where the start has said them, or nobody. */
export interface EndPlace {
  lineEnd: number;
  byteEnd: number;
  asOfOn: Day | null;
  covered: { from: Day; to: Day } | null;
}

/** The statement's end with its checks; where the balances do not meet, also a warning that names both figures. */
export function endOf(tally: Tally, findings: Findings, at: EndPlace): StatementEnd {
  const transactionCount = tally.creditCount + tally.debitCount;
  const proof = proveStatement({
    line: tally.line,
    isInterim: tally.kind === "interim",
    openingMinor: tally.openingMinor,
    closingMinor: tally.closingMinor,
    creditsMinor: tally.creditsMinor,
    debitsMinor: tally.debitsMinor,
    creditCount: tally.creditCount,
    debitCount: tally.debitCount,
    transactionCount,
    unprovable: tally.unprovable,
    summaries: tally.said,
    float: { availableMinor: tally.availableMinor, oneDayMinor: null, laterMinor: null },
  });
  const ledger = proof.find(({ check }) => check === "ledger_by_details");
  if (ledger?.ok === false) {
    findings.warn(tally.ordinal, {
      code: "balance_mismatch",
      line: tally.line,
      field: "closing balance",
      value: ledger.expected,
      expected: ledger.actual,
      message: `${ledger.note ?? ""} Compare the statement with the bank's own display before importing.`,
    });
  }
  return {
    type: "statement_end",
    statement: tally.ordinal,
    lineEnd: at.lineEnd,
    byteEnd: at.byteEnd,
    ...(at.covered === null ? {} : { covered: at.covered }),
    ...(at.asOfOn === null ? {} : { asOfOn: at.asOfOn }),
    proof,
    openingMinor: tally.openingMinor,
    closingMinor: tally.closingMinor,
    creditsMinor: tally.creditsMinor,
    debitsMinor: tally.debitsMinor,
    transactionCount,
  };
}
