/** What the matcher looks at: the books, the statements of a job, and what it finds. Pure data; decides nothing. */
import type { StoredOutcome } from "../plan.ts";
import type { ReasonCode } from "../reasons.ts";
import type { Day, StatementKind } from "../record.ts";

/** The days of a statement, both included. */
export interface Days {
  from: Day;
  to: Day;
}

/** An appearance of a booked row in a later statement that stands in the books. */
export interface Sighting {
  connectionId: string;
  days: Days | null;
}

export interface BookedRow {
  id: string;
  accountId: string;
  connectionId: string;
  statementId: string;
  /** Of the statement that it stands in first; null for a delta, which covers no day. */
  statementDays: Days | null;
  postedOn: Day;
  amountMinor: bigint;
  bankReference: string | null;
  customerReference: string | null;
  /** The provider's own id with its account before it: `{account}:{id}`. */
  scopedId: string | null;
  identityKey: string;
  occurrence: number;
  isPending: boolean;
  isReconciled: boolean;
  /** A tombstone: a person's is met like a live row, the bank's by nobody. */
  deletedBy: "person" | "bank" | null;
  version: number;
  sightings: Sighting[];
}

/** A final statement whose rows stand in the books: interim rows of its days come too late. */
export interface BookedFinal {
  connectionId: string;
  accountId: string;
  days: Days | null;
}

export interface Books {
  rows: BookedRow[];
  finals: BookedFinal[];
  /** Connections of the same provider as the job's own, itself included. */
  sameProvider: ReadonlySet<string>;
  /** Accounts that other connections feed too. */
  sharedAccounts: ReadonlySet<string>;
}

export interface PlanRow {
  seq: number;
  id: string;
  postedOn: Day;
  amountMinor: bigint;
  bankReference: string | null;
  customerReference: string | null;
  externalId: string | null;
  /** The id that the movement had before it was booked. */
  formerId?: string | null;
  identityKey: string;
  isPending: boolean;
}

/** A mapped statement of the job that is not imported yet, with its valid rows. */
export interface PlanStatement {
  id: string;
  accountId: string;
  kind: StatementKind;
  groupStatus: 1 | 2 | 3 | 4 | null;
  asOfOn: Day | null;
  days: Days | null;
  rows: PlanRow[];
  /** Of a delta: ids that the source takes back. */
  removals?: string[];
}

export interface Finding {
  outcome: StoredOutcome;
  code: ReasonCode | "not_seen_before";
  targetId: string | null;
  /** The target's version, where the finding would change or question the target. */
  targetVersion: number | null;
  /** The occurrence that the row takes under its key when it is booked; null where it takes none. */
  occurrence: number | null;
}

export interface Removal {
  statementId: string;
  code: ReasonCode;
  targetId: string;
  targetVersion: number;
}

/** A statement that takes part, in its turn: final before interim, then file order. */
export interface StatementInPlay extends PlanStatement {
  place: number;
  turn: number;
  isReset: boolean;
  isReplaced: boolean;
}

export interface RowInPlay extends PlanRow {
  statement: StatementInPlay;
}

/** The matcher's desk: what is on it, and what has been found so far. */
export interface Desk {
  connectionId: string;
  /** Changes since a cursor: an id that is not known is a movement that is not known. */
  isIncremental: boolean;
  /** A sync that read everything from the beginning. */
  isWholeRead: boolean;
  books: Books;
  statements: StatementInPlay[];
  rows: RowInPlay[];
  findings: Map<number, Finding>;
  removals: Removal[];
  /** Rows whose finding goes under another key than its target's, or besides it: they get a free occurrence at the end. */
  needOccurrence: Set<number>;
}

export function covers(days: Days | null, day: Day | null): boolean {
  return days !== null && day !== null && days.from <= day && day <= days.to;
}

export function isOpen(desk: Desk, row: PlanRow): boolean {
  return (desk.findings.get(row.seq)?.outcome ?? "new") === "new";
}

/** Records what an open row turned out to be; the occurrence that it would take as a new one stays with it. */
export function find(desk: Desk, row: PlanRow, finding: Omit<Finding, "occurrence">): void {
  desk.findings.set(row.seq, { ...finding, occurrence: desk.findings.get(row.seq)?.occurrence ?? 1 });
}

/** What one statement has claimed so far, booked or staged, with those that count as one with it. */
export function claimsOf(desk: Desk, statement: PlanStatement): Set<string> {
  return targets(desk, (row) => countedWith(row.statement) === countedWith(statement));
}

/** What is counted as one statement. */
export function countedWith(statement: PlanStatement): string {
  return statement.kind === "delta" ? `delta of ${statement.accountId}` : statement.id;
}

/** What the rows that `counts` picks have claimed. */
export function targets(desk: Desk, counts: (row: RowInPlay) => boolean): Set<string> {
  const claimed = new Set<string>();
  for (const row of desk.rows) {
    const target = desk.findings.get(row.seq)?.targetId ?? null;
    if (target !== null && counts(row)) claimed.add(target);
  }
  return claimed;
}

/** Live rows that this connection booked for an account. */
export function liveRows(desk: Desk, accountId: string): BookedRow[] {
  return desk.books.rows.filter((row) => row.accountId === accountId && row.connectionId === desk.connectionId && row.deletedBy === null);
}

/** A final statement of this connection is known for the day, booked or in this job. */
export function hasFinal(desk: Desk, accountId: string, day: Day | null): boolean {
  return (
    desk.books.finals.some((final) => final.connectionId === desk.connectionId && final.accountId === accountId && covers(final.days, day)) ||
    desk.statements.some((statement) => isEffectiveFinal(statement) && statement.accountId === accountId && covers(statement.days, day))
  );
}

export function isEffectiveFinal(statement: StatementInPlay): boolean {
  return statement.kind === "final" && !statement.isReplaced && statement.groupStatus !== 2;
}

export function groupBy<T>(rows: readonly T[], key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(row);
    else groups.set(key(row), [row]);
  }
  return groups;
}

/** By id: uuids compare as their text does, here and in Postgres. */
export function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
