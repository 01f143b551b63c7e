/** What every format turns bytes into: the canonical records, in file order. Pure data; no format's own words beyond type codes. */
import type { Problem } from "./problem.ts";

/** A bank's calendar day, `YYYY-MM-DD`; never an instant. */
export type Day = string;
/** A wall-clock time in the account's own zone, `HH:MM`; `24:00` is the end of the day. */
export type TimeOfDay = string;
/** Integer minor units in decimal digits with an optional minus; never a float, of any length. */
export type Minor = string;

export type StatementKind = "final" | "interim" | "delta";

/** Where a record stands in its file. Lines count from 1, bytes from 0; the end is exclusive. */
export interface Place {
  line: number;
  lineEnd: number;
  byteOffset: number;
  byteEnd: number;
}

/**
 * One account statement begins (RULES.md §1). Its ordinal counts statements of the file from 0. Several may be open at once (a CSV with an account
 * column): a record names its statement, and each is ended once.
 */
export interface StatementStart {
  type: "statement";
  ordinal: number;
  /** As the bank wrote it, leading zeros kept. Secret: it goes through the vault before it rests. */
  /** Null: the file names no account, so that it is the connection's only one. */
  externalAccountId: string | null;
  currency: string | null;
  asOfOn: Day | null;
  asOfTime: TimeOfDay | null;
  coveredFrom: Day | null;
  coveredTo: Day | null;
  kind: StatementKind;
  /** BAI2: 1 update, 2 deletion, 3 correction, 4 test. Other formats: null. */
  groupStatus: 1 | 2 | 3 | 4 | null;
  /** The account is named by a provider's own id, which is no account number and rests as it is; with what people know it by. */
  provider?: { accountName: string | null; lastFour: string | null };
  /** Of an archive: the name of the file in it. Lines and bytes of the statement and its rows are then that file's. */
  member?: string;
  place: Place;
}

export type Sign = "credit" | "debit";

/** A balance or summary exactly as the statement says it; unsigned summaries stay unsigned. */
export interface BalanceRecord {
  type: "balance";
  statement: number;
  typeCode: string;
  level: "status" | "summary";
  sign: Sign | null;
  amountMinor: Minor | null;
  currency: string | null;
  asOfOn: Day | null;
  asOfTime: TimeOfDay | null;
  itemCount: number | null;
  fundsType: string | null;
  /** The instant of a balance that an API gave, UTC; it then holds over day and time. */
  asOfAt?: string;
  line: number;
}

/** One movement. Positive is into the account. */
export interface TransactionRecord {
  type: "transaction";
  statement: number;
  /** Signed; null where the bank gave no amount. Unsigned as printed where `sign` is null. */
  amountMinor: Minor | null;
  currency: string | null;
  postedOn: Day | null;
  valueOn: Day | null;
  typeCode: string;
  /** Null where the type code's sign is unknown or no money moved (BAI2 890). */
  sign: Sign | null;
  fundsType: string | null;
  /** `""` where the field was there and empty, null where it was not there at all. */
  bankReference: string | null;
  customerReference: string | null;
  description: string;
  externalTransactionId: string | null;
  /** The id under which the source gave this movement before it was booked (Plaid's `pending_transaction_id`). */
  replacesExternalId?: string;
  isPending: boolean;
  /** The record's own lines as they came, decoded, without line ends, joined by `\n`; at most 4,000 characters. */
  raw: string;
  place: Place;
}

/** A source says that a row it gave earlier is gone (an API's delta). */
export interface RemovalRecord {
  type: "removal";
  /** The ordinal of its account's statement. */
  statement: number;
  /** As the transaction had it. */
  externalTransactionId: string;
  line: number;
}

/** One named check: `true | false | null` (not provable), with what was expected and what was found. */
export interface ProofCheck {
  check: string;
  expected: string | null;
  actual: string | null;
  ok: boolean | null;
  line: number | null;
  /** A sentence where `ok` is not true: what broke, or why it cannot be proven. */
  note: string | null;
}

/** The statement is complete: what it says of itself against what it holds. */
export interface StatementEnd {
  type: "statement_end";
  statement: number;
  lineEnd: number;
  byteEnd: number;
  /** The first and last day of its movements, from a format that knows them only here (CSV and its like); it then holds over the start's. */
  covered?: { from: Day; to: Day };
  /** The day of the closing balance, from a format that names it only here (MT940, OFX); it then holds over the start's. */
  asOfOn?: Day;
  /** Checks that the file alone can prove: totals, counts, ledger, completeness (RULES.md §4). */
  proof: ProofCheck[];
  /** Closing and opening ledger balance where the statement names them; feeds continuity. */
  openingMinor: Minor | null;
  closingMinor: Minor | null;
  /** Σ credits and Σ debits (as a positive figure) of its movements, with their number. */
  creditsMinor: Minor;
  debitsMinor: Minor;
  transactionCount: number;
}

/** A check above the statement: a group's or the file's totals and counts. `statements` are the ordinals it speaks of. */
export interface EnvelopeCheck {
  type: "check";
  scope: "group" | "file";
  statements: { from: number; to: number } | null;
  check: ProofCheck;
}

export interface ProblemRecord {
  type: "problem";
  /** The statement it stands in, where there is one. */
  statement: number | null;
  problem: Problem;
}

export type StatementRecord = StatementStart | BalanceRecord | TransactionRecord | RemovalRecord | StatementEnd | EnvelopeCheck | ProblemRecord;
