/** Rule 4 (RULES.md §3): final statements claim interim rows; deletions, corrections and what a final leaves over become removals. */
import {
  type BookedRow,
  byId,
  covers,
  type Desk,
  find,
  groupBy,
  isEffectiveFinal,
  isOpen,
  liveRows,
  type Removal,
  type RowInPlay,
  type StatementInPlay,
  targets,
} from "./nouns.ts";

const REFERENCES = ["bankReference", "customerReference"] as const;
type Reference = (typeof REFERENCES)[number];

/** By amount and shared reference, then by unique amount. By key, rule 3 has claimed them. */
export function claimInterimRows(desk: Desk): void {
  for (const [staged, booked] of [
    [0, 0],
    [1, 1],
    [0, 1],
    [1, 0],
  ] as const)
    claimByReference(desk, { staged: REFERENCES[staged], booked: REFERENCES[booked] });
  const shown = groupBy(finalRows(desk), amountKey);
  for (const [key, waiting] of groupBy(pendingRows(desk), amountKey)) {
    const [row, ...others] = shown.get(key) ?? [];
    const [booked] = waiting;
    if (row && booked && others.length === 0 && waiting.length === 1) claim(desk, row, booked, "interim_same_amount");
  }
}

/** The i-th row of an amount and reference takes the i-th interim one. */
function claimByReference(desk: Desk, columns: { staged: Reference; booked: Reference }): void {
  const waiting = groupBy(pendingRows(desk), (row) => `${amountKey(row)}|${row[columns.booked]}`);
  const shown = groupBy(
    finalRows(desk).filter((row) => isSharedReference(row[columns.staged])),
    (row) => `${amountKey(row)}|${row[columns.staged]}`,
  );
  for (const [key, rows] of shown) {
    for (const [i, row] of rows.entries()) {
      const booked = waiting.get(key)?.[i];
      if (booked) claim(desk, row, booked, "interim_same_reference");
    }
  }
}

/** Six characters or more, and not only filler zeros: what may join two rows as one movement. */
export function isSharedReference(reference: string | null): boolean {
  return reference !== null && reference.length >= 6 && !/^0*$/.test(reference);
}

function claim(desk: Desk, row: RowInPlay, booked: BookedRow, code: "interim_same_reference" | "interim_same_amount"): void {
  const told = booked.isReconciled ? ({ outcome: "conflict", code: "reconciled_row_changed" } as const) : ({ outcome: "update", code } as const);
  find(desk, row, { ...told, targetId: booked.id, targetVersion: booked.version });
}

const amountKey = (row: RowInPlay | BookedRow) =>
  `${"statement" in row ? row.statement.accountId : row.accountId}|${row.postedOn}|${row.amountMinor}`;

function finalRows(desk: Desk): RowInPlay[] {
  return desk.rows.filter((row) => row.statement.kind === "final" && !row.isPending && isOpen(desk, row)).toSorted((a, b) => a.seq - b.seq);
}

/** Booked interim rows on days of this job's final statements that nothing but interim statements claims. */
function pendingRows(desk: Desk): BookedRow[] {
  const claimed = targets(desk, (row) => row.statement.kind !== "interim");
  const finals = desk.statements.filter(isEffectiveFinal);
  return finals
    .flatMap((final) => liveRows(desk, final.accountId).filter((row) => row.isPending && covers(final.days, row.postedOn) && !claimed.has(row.id)))
    .filter((row, index, all) => all.indexOf(row) === index)
    .toSorted(byId);
}

/** Deletions and corrections first; then the interim rows that the final statement leaves over. */
export function proposeRemovals(desk: Desk): void {
  takeBackById(desk);
  if (desk.isWholeRead) takeBackMissing(desk);
  const resets = desk.statements.filter((statement) => statement.isReset && !statement.isReplaced);
  for (const ofDay of groupBy(resets, (reset) => `${reset.accountId}|${reset.asOfOn}`).values()) {
    const final = ofDay.findLast((reset) => reset.kind !== "interim");
    const reset = final ?? ofDay.at(-1);
    if (reset) takeBack(desk, reset);
  }
  const known = new Set(desk.removals.map((removal) => removal.targetId));
  for (const row of pendingRows(desk).filter((pending) => !known.has(pending.id))) {
    const final = desk.statements
      .filter((statement) => isEffectiveFinal(statement) && statement.accountId === row.accountId && covers(statement.days, row.postedOn))
      .at(-1);
    if (final) desk.removals.push(removalOf(final, row, "interim_not_in_final"));
  }
}

/**
 * All that the connection has booked on the day and no row in play shows; an interim group takes back interim rows only. Interim rows stand against a
 * deletion, which leaves nothing final behind, but not against a final correction.
 */
function takeBack(desk: Desk, reset: StatementInPlay): void {
  const claimed = targets(desk, (row) => reset.kind === "interim" || reset.groupStatus === 2 || row.statement.kind !== "interim");
  for (const row of liveRows(desk, reset.accountId)) {
    if (row.postedOn !== reset.asOfOn || claimed.has(row.id) || (reset.kind === "interim" && !row.isPending)) continue;
    desk.removals.push(removalOf(reset, row, reset.groupStatus === 2 ? "deleted_by_bank" : "corrected_by_bank"));
  }
}

/** A row that another connection shows too loses only this sighting. */
function removalOf(statement: StatementInPlay, row: BookedRow, code: Removal["code"]): Removal {
  const isSightedElsewhere = row.sightings.some((sighting) => sighting.connectionId !== row.connectionId);
  return { statementId: statement.id, code: isSightedElsewhere ? "removal_sighting_only" : code, targetId: row.id, targetVersion: row.version };
}

/** What a source takes back by id, of its own connection's rows; what a row of the job turned out to be stays. */
function takeBackById(desk: Desk): void {
  const shown = targets(desk, () => true);
  for (const statement of desk.statements) {
    for (const externalId of statement.removals ?? []) {
      const row = liveRows(desk, statement.accountId).find((booked) => booked.scopedId === `${statement.accountId}:${externalId}`);
      if (row === undefined || shown.has(row.id)) continue;
      desk.removals.push(removalOf(statement, row, row.isReconciled ? "reconciled_row_removed" : "removed_by_source"));
    }
  }
}

/** What a run that read everything no longer shows, from its first day on, of what its own connection booked by the provider's ids. */
function takeBackMissing(desk: Desk): void {
  const shown = targets(desk, () => true);
  const known = new Set(desk.removals.map((removal) => removal.targetId));
  const ofDelta = desk.rows.filter((row) => row.statement.kind === "delta");
  for (const [accountId, rows] of groupBy(ofDelta, (row) => row.statement.accountId)) {
    const firstDay = rows.map((row) => row.postedOn).reduce((first, day) => (day < first ? day : first));
    const last = rows.map((row) => row.statement).reduce((latest, statement) => (statement.place > latest.place ? statement : latest));
    for (const row of liveRows(desk, accountId)) {
      if (row.scopedId === null || row.postedOn < firstDay || shown.has(row.id) || known.has(row.id)) continue;
      const code = row.isReconciled ? "reconciled_row_removed" : row.isPending ? "pending_not_in_whole_read" : "not_in_whole_read";
      desk.removals.push(removalOf(last, row, code));
    }
  }
}
