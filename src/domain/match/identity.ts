/** Rule 3: the k-th movement of a statement meets the k-th of the books; what is left is new. */
import { type BookedRow, claimsOf, countedWith, type Desk, type Finding, groupBy, hasFinal, type RowInPlay, type StatementInPlay } from "./nouns.ts";

/**
 * Counting is a statement's: for each key and k the first statement's row meets the books, and later statements' rows follow it. The pages of a delta are one
 * list: an account's statements among them count as one.
 */
export function matchIdentities(desk: Desk): void {
  const claims = new Map(desk.statements.map((statement) => [countedWith(statement), claimsOf(desk, statement)]));
  for (const rows of groupBy(desk.rows, (row) => row.identityKey).values()) {
    const owners: { row: RowInPlay; met: BookedRow | null }[] = [];
    for (const ofStatement of groupBy(rows, (row) => countedWith(row.statement)).values()) {
      for (const [index, row] of ofStatement.toSorted((a, b) => rank(desk, a) - rank(desk, b) || a.seq - b.seq).entries()) {
        const owner = owners[index];
        if (owner) follow(desk, row, owner);
        else owners[index] = { row, met: meetBooks(desk, row, index + 1, claims.get(countedWith(row.statement)) ?? new Set()) };
      }
    }
  }
}

/** Rows that an id has decided hold the first places, those it found changed the last. */
function rank(desk: Desk, row: RowInPlay): number {
  return desk.needOccurrence.has(row.seq) ? 2 : desk.findings.has(row.seq) ? 0 : 1;
}

function meetBooks(desk: Desk, row: RowInPlay, k: number, claimed: Set<string>): BookedRow | null {
  if (desk.findings.has(row.seq)) return null;
  const ofKey = desk.books.rows.filter((booked) => booked.identityKey === row.identityKey);
  const meetable = ofKey
    .filter((booked) => booked.deletedBy !== "bank")
    .toSorted((a, b) => Number(claimed.has(b.id)) - Number(claimed.has(a.id)) || a.occurrence - b.occurrence);
  const met = meetable[k - 1];
  if (met) {
    desk.findings.set(row.seq, { ...whatWasMet(desk, row, met), targetId: met.id, occurrence: null });
    return met;
  }
  if (isSuperseded(desk, row.statement, row)) {
    desk.findings.set(row.seq, { outcome: "duplicate", code: "superseded_by_final", targetId: null, targetVersion: null, occurrence: null });
    return null;
  }
  const occurrence = Math.max(0, ...ofKey.map((booked) => booked.occurrence)) + k - meetable.length;
  if (occurrence !== 1) desk.findings.set(row.seq, { outcome: "new", code: "another_of_same", targetId: null, targetVersion: null, occurrence });
  return null;
}

function whatWasMet(desk: Desk, row: RowInPlay, met: BookedRow): Pick<Finding, "outcome" | "code" | "targetVersion"> {
  if (met.deletedBy === "person") return { outcome: "duplicate", code: "deleted_by_person", targetVersion: null };
  const confirms = row.statement.kind === "final" && !row.isPending && met.isPending && met.connectionId === desk.connectionId;
  if (!confirms) return { outcome: "duplicate", code: "already_booked", targetVersion: null };
  if (met.isReconciled) return { outcome: "conflict", code: "reconciled_row_changed", targetVersion: met.version };
  return { outcome: "update", code: "interim_to_final", targetVersion: met.version };
}

function follow(desk: Desk, row: RowInPlay, owner: { row: RowInPlay; met: BookedRow | null }): void {
  if (desk.findings.has(row.seq)) return;
  const first = desk.findings.get(owner.row.seq);
  const targetId = first?.targetId ?? null;
  const lateWithoutTarget = targetId === null && isSuperseded(desk, owner.row.statement, owner.row);
  const code = owner.met?.deletedBy === "person" ? "deleted_by_person" : lateWithoutTarget ? "superseded_by_final" : "repeated_in_file";
  desk.findings.set(row.seq, {
    outcome: "duplicate",
    code,
    targetId: lateWithoutTarget ? null : (targetId ?? owner.row.id),
    targetVersion: null,
    occurrence: null,
  });
}

function isSuperseded(desk: Desk, statement: StatementInPlay, row: RowInPlay): boolean {
  return statement.kind === "interim" && hasFinal(desk, statement.accountId, row.postedOn);
}
