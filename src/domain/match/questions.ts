/** What a person is asked, and what another source answers: resends that may be additions, other connections, statements that cover the same day. */

import { isSharedReference } from "./interim.ts";
import {
  type BookedRow,
  byId,
  claimsOf,
  covers,
  type Desk,
  find,
  groupBy,
  hasFinal,
  isOpen,
  liveRows,
  type RowInPlay,
  type StatementInPlay,
  targets,
} from "./nouns.ts";

/** Sources book the same movement up to this many days apart. */
const DAYS_APART_MAX = 3;
/**
 * A status 1 resend that shows fewer rows than there are is no superset: its exact matches without any reference may be additions. What is booked is resent
 * by all of the file's statements of the account and day together; what earlier statements of the file show, by each for itself.
 */
export function askAboutAppends(desk: Desk): void {
  const resends = desk.statements.filter((statement) => isResend(desk, statement));
  const asked: { row: RowInPlay; targetVersion: number | null }[] = [];
  for (const statement of resends) {
    const claimed = claimsOf(desk, statement);
    const booked = liveRows(desk, statement.accountId).filter(
      (row) => row.postedOn === statement.asOfOn && row.isPending === (statement.kind === "interim"),
    );
    const siblings = resends.filter(
      (other) => other.accountId === statement.accountId && other.asOfOn === statement.asOfOn && other.kind === statement.kind,
    );
    const staged = desk.rows.filter((row) => siblings.includes(row.statement) && isOpen(desk, row));
    const expected = booked.length + staged.filter((row) => row.statement.turn < statement.turn).length;
    const claimedByFile = targets(desk, (row) => siblings.includes(row.statement));
    const shown = booked.filter((row) => claimedByFile.has(row.id)).length + staged.filter((row) => claimed.has(row.id)).length;
    if (shown >= expected) continue;
    for (const row of desk.rows.filter((candidate) => candidate.statement === statement && hasNoReference(candidate))) {
      const finding = desk.findings.get(row.seq);
      const target = finding?.code === "already_booked" ? booked.find((other) => other.id === finding.targetId) : null;
      const isInJob = finding?.code === "repeated_in_file" && staged.some((other) => other.id === finding.targetId);
      if (target || isInJob) asked.push({ row, targetVersion: target?.version ?? null });
    }
  }
  for (const { row, targetVersion } of asked) {
    const targetId = desk.findings.get(row.seq)?.targetId ?? null;
    desk.findings.set(row.seq, { outcome: "possible_duplicate", code: "append_or_resend", targetId, targetVersion, occurrence: null });
    desk.needOccurrence.add(row.seq);
  }
}

function isResend(desk: Desk, statement: StatementInPlay): boolean {
  if (statement.groupStatus !== 1 || statement.kind === "delta" || statement.isReplaced || statement.asOfOn === null) return false;
  const isReset = desk.statements.some((other) => other.isReset && other.accountId === statement.accountId && other.asOfOn === statement.asOfOn);
  return !isReset && !(statement.kind === "interim" && hasFinal(desk, statement.accountId, statement.asOfOn));
}

function hasNoReference(row: RowInPlay): boolean {
  return (row.bankReference ?? "") === "" && (row.customerReference ?? "") === "";
}

/** Another connection's row of the same amount within three days, each the other's only candidate: linked, or asked about. */
export function linkOtherSources(desk: Desk): void {
  const claimed = new Set([...targets(desk, () => true), ...desk.removals.map((removal) => removal.targetId)]);
  const asking = desk.rows.filter((row) => isOpen(desk, row) && desk.books.sharedAccounts.has(row.statement.accountId));
  const links: { row: RowInPlay; target: BookedRow }[] = [];
  for (const row of asking) {
    const [target, ...others] = desk.books.rows.filter(
      (booked) =>
        booked.deletedBy === null &&
        booked.connectionId !== desk.connectionId &&
        isNear(row, booked) &&
        !claimed.has(booked.id) &&
        !isSpokenFor(desk, row, booked),
    );
    if (target && others.length === 0 && asking.filter((other) => isNear(other, target)).length === 1) links.push({ row, target });
  }
  for (const { row, target } of links) {
    const told =
      row.postedOn === target.postedOn
        ? ({ outcome: "duplicate", code: "other_source_same_day", targetVersion: null } as const)
        : sharesReference(row, target)
          ? ({ outcome: "duplicate", code: "other_source_same_reference", targetVersion: null } as const)
          : ({ outcome: "possible_duplicate", code: "other_source_near", targetVersion: target.version } as const);
    find(desk, row, { ...told, targetId: target.id });
  }
}

function isNear(row: RowInPlay, booked: BookedRow): boolean {
  return (
    row.statement.accountId === booked.accountId &&
    row.amountMinor === booked.amountMinor &&
    Math.abs(dayNumber(row.postedOn) - dayNumber(booked.postedOn)) <= DAYS_APART_MAX
  );
}

/** This connection has shown the booked row before, in a statement that says nothing of this day: that was another movement. */
function isSpokenFor(desk: Desk, row: RowInPlay, booked: BookedRow): boolean {
  return booked.sightings.some((sighting) => sighting.connectionId === desk.connectionId && !covers(sighting.days, row.postedOn));
}

function sharesReference(row: RowInPlay, booked: BookedRow): boolean {
  return [row.bankReference, row.customerReference].some(
    (reference) => isSharedReference(reference) && [booked.bankReference, booked.customerReference].includes(reference),
  );
}

/** A day as a count of days; both days are given as `YYYY-MM-DD`, so no zone takes part. */
function dayNumber(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 86_400_000;
}

/**
 * Same connection, account, day and amount, another text, between a statement of this file and a booked one that both cover the day. What any statement of
 * the file has claimed is no question; nor are two rows of one file, which the bank lists as two movements.
 */
export function askAboutSameDay(desk: Desk): void {
  const settled = new Set([...targets(desk, () => true), ...desk.removals.map((removal) => removal.targetId)]);
  for (const statement of desk.statements) {
    for (const rows of groupBy(askingRows(desk, statement), (row) => `${row.postedOn}|${row.amountMinor}`).values()) {
      for (const [i, row] of rows.entries()) {
        const target = bookedOnSameDay(desk, row)
          .filter((booked) => !settled.has(booked.id))
          .toSorted(byId)[i];
        if (target)
          find(desk, row, { outcome: "possible_duplicate", code: "same_day_same_amount", targetId: target.id, targetVersion: target.version });
      }
    }
  }
}

function bookedOnSameDay(desk: Desk, row: RowInPlay): BookedRow[] {
  return liveRows(desk, row.statement.accountId).filter(
    (booked) =>
      booked.postedOn === row.postedOn &&
      booked.amountMinor === row.amountMinor &&
      booked.statementId !== row.statement.id &&
      covers(booked.statementDays, booked.postedOn),
  );
}

/** Open rows on a day that their own statement covers. */
function askingRows(desk: Desk, statement: StatementInPlay): RowInPlay[] {
  if (statement.kind === "delta") return [];
  return desk.rows
    .filter((row) => row.statement === statement && isOpen(desk, row) && covers(statement.days, row.postedOn))
    .toSorted((a, b) => a.seq - b.seq);
}
