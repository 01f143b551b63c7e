/** The matcher in plain words (RULES.md §2, §3): the books and a job's statements in, a finding per row out. Pure; the set-based sweeps must agree with it. */
import { matchIdentities } from "./match/identity.ts";
import { claimInterimRows, proposeRemovals } from "./match/interim.ts";
import {
  type Books,
  type Desk,
  type Finding,
  groupBy,
  type PlanStatement,
  type Removal,
  type RowInPlay,
  type StatementInPlay,
} from "./match/nouns.ts";
import { askAboutAppends, askAboutSameDay, linkOtherSources } from "./match/questions.ts";
import { matchStrongIds } from "./match/strong-ids.ts";

export type { BookedRow, Books, Finding, PlanRow, PlanStatement, Removal } from "./match/nouns.ts";

export interface PlanJob {
  connectionId: string;
  statements: PlanStatement[];
  /** A sync that went on from a cursor. */
  isIncremental?: boolean;
  /** A sync that read everything from the beginning. */
  isWholeRead?: boolean;
}

/** A job's statements stand in file order. Every valid row of them gets its finding; removals have no row. */
export function matchPlan(job: PlanJob, books: Books): { findings: Map<number, Finding>; removals: Removal[] } {
  const desk = layOut(job, books);
  matchStrongIds(desk);
  matchIdentities(desk);
  claimInterimRows(desk);
  askAboutAppends(desk);
  proposeRemovals(desk);
  linkOtherSources(desk);
  askAboutSameDay(desk);
  settle(desk);
  return { findings: desk.findings, removals: desk.removals };
}

function layOut(job: PlanJob, books: Books): Desk {
  const placed = job.statements
    .map((statement, place) => ({
      ...statement,
      place,
      turn: 0,
      isReplaced: false,
      isReset: (statement.groupStatus === 2 || statement.groupStatus === 3) && statement.asOfOn !== null,
    }))
    .filter((statement) => statement.groupStatus !== 4);
  for (const statement of placed) statement.isReplaced = placed.some((later) => replaces(later, statement));
  const statements = placed.toSorted((a, b) => Number(a.kind === "interim") - Number(b.kind === "interim") || a.place - b.place);
  for (const [turn, statement] of statements.entries()) statement.turn = turn;
  const desk: Desk = {
    connectionId: job.connectionId,
    isIncremental: job.isIncremental ?? false,
    isWholeRead: job.isWholeRead ?? false,
    books,
    statements,
    rows: [],
    findings: new Map(),
    removals: [],
    needOccurrence: new Set(),
  };
  for (const statement of statements) {
    const aside = statement.groupStatus === 2 ? "listed_for_deletion" : statement.isReplaced ? "replaced_in_file" : null;
    for (const row of statement.rows) {
      if (aside === null) desk.rows.push({ ...row, statement });
      else desk.findings.set(row.seq, { outcome: "duplicate", code: aside, targetId: null, targetVersion: null, occurrence: null });
    }
  }
  return desk;
}

/** A later deletion or correction voids what the job said before of the same account and day; an interim one voids interim statements only. */
function replaces(later: StatementInPlay, earlier: StatementInPlay): boolean {
  return (
    later.isReset &&
    later.place > earlier.place &&
    later.accountId === earlier.accountId &&
    later.asOfOn === earlier.asOfOn &&
    (later.kind !== "interim" || earlier.kind === "interim")
  );
}

/** What follows a row of this job follows it to where it went; findings besides their target get a free occurrence; a row of which nothing was found is new. */
function settle(desk: Desk): void {
  const byId = new Map(desk.rows.map((row) => [row.id, row]));
  for (const finding of desk.findings.values()) {
    const owner = finding.outcome === "duplicate" && finding.targetId !== null ? byId.get(finding.targetId) : undefined;
    const followed = owner && desk.findings.get(owner.seq);
    if (followed?.targetId && ["duplicate", "update", "conflict"].includes(followed.outcome)) finding.targetId = followed.targetId;
  }
  for (const [key, rows] of groupBy(desk.rows, (row) => row.identityKey)) allotOccurrences(desk, key, rows);
  for (const row of desk.rows) {
    if (!desk.findings.has(row.seq))
      desk.findings.set(row.seq, { outcome: "new", code: "not_seen_before", targetId: null, targetVersion: null, occurrence: 1 });
  }
}

/** Above all that are booked and all that this job could book under the key. */
function allotOccurrences(desk: Desk, identityKey: string, rows: RowInPlay[]): void {
  const last = Math.max(0, ...desk.books.rows.filter((row) => row.identityKey === identityKey).map((row) => row.occurrence));
  const asking = rows.filter((row) => desk.needOccurrence.has(row.seq)).toSorted((a, b) => a.seq - b.seq);
  for (const [place, row] of asking.entries()) {
    const finding = desk.findings.get(row.seq);
    if (finding) finding.occurrence = last + rows.length + place + 1;
  }
}
