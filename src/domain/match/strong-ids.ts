/** Rules 1 and 2: the provider's own id, truly unique within an account. */
import { type BookedRow, byId, type Desk, type Finding, groupBy, type RowInPlay } from "./nouns.ts";

export function matchStrongIds(desk: Desk): void {
  const identified = desk.rows.filter((row) => row.externalId !== null);
  for (const [scopedId, rows] of groupBy(identified, (row) => `${row.statement.accountId}:${row.externalId}`)) {
    const [owner] = rows;
    if (owner === undefined) continue;
    const byId = bookedWithId(desk, scopedId);
    for (const row of rows) {
      const booked = metById(desk, row, byId);
      if (row === owner && booked === null) {
        if (isNewById(desk, row)) bookAsNew(desk, row);
        continue;
      }
      const [outcome, code] = row === owner || booked?.deletedBy === "person" ? compareWithBooked(desk, row, booked) : compareWithOwner(row, owner);
      desk.findings.set(row.seq, {
        outcome,
        code,
        targetId: booked?.id ?? owner.id,
        targetVersion: outcome === "duplicate" ? null : (booked?.version ?? null),
        occurrence: null,
      });
      if (row.identityKey !== (row === owner ? booked?.identityKey : owner.identityKey)) desk.needOccurrence.add(row.seq);
    }
  }
}

/** What the row's id meets: our own connection's row of that id, then of the id that it had before it was booked, then another connection's. */
function metById(desk: Desk, row: RowInPlay, byId: BookedRow | null): BookedRow | null {
  if (byId?.connectionId === desk.connectionId) return byId;
  const formerId = row.formerId ?? null;
  const former = formerId === null ? null : bookedWithId(desk, `${row.statement.accountId}:${formerId}`);
  return former?.connectionId === desk.connectionId ? former : byId;
}

/** A source that gives changes, each under an id of its own: what it never gave before is new, however like another movement it is. */
function isNewById(desk: Desk, row: RowInPlay): boolean {
  return desk.isIncremental && row.statement.kind === "delta";
}

function bookAsNew(desk: Desk, row: RowInPlay): void {
  desk.findings.set(row.seq, { outcome: "new", code: "new_id", targetId: null, targetVersion: null, occurrence: null });
  desk.needOccurrence.add(row.seq);
}

/** Our own connection's row before another one's of the same provider; what the bank removed is met by nobody. */
function bookedWithId(desk: Desk, scopedId: string): BookedRow | null {
  const rows = desk.books.rows.filter(
    (row) => row.scopedId === scopedId && row.deletedBy !== "bank" && desk.books.sameProvider.has(row.connectionId),
  );
  return rows.find((row) => row.connectionId === desk.connectionId) ?? rows.toSorted(byId)[0] ?? null;
}

function compareWithBooked(desk: Desk, row: RowInPlay, booked: BookedRow | null): [Finding["outcome"], Finding["code"]] {
  if (booked === null) throw new Error("Only a booked row is compared with.");
  if (booked.deletedBy === "person") return ["duplicate", "deleted_by_person"];
  if (booked.connectionId !== desk.connectionId) return ["duplicate", "same_id_other_connection"];
  if (booked.scopedId !== `${row.statement.accountId}:${row.externalId}`)
    return booked.isReconciled ? ["conflict", "reconciled_row_changed"] : ["update", "pending_to_posted"];
  if (row.identityKey === booked.identityKey && row.isPending === booked.isPending) return ["duplicate", "same_id"];
  if (row.statement.kind === "interim" && !booked.isPending) return ["duplicate", "superseded_by_final"];
  if (booked.isReconciled) return ["conflict", "reconciled_row_changed"];
  if (row.statement.kind === "delta") return ["update", "same_id_changed"];
  if (row.statement.kind === "final" && booked.isPending && !row.isPending) return ["update", "interim_to_final"];
  return ["conflict", "same_id_changed"];
}

function compareWithOwner(row: RowInPlay, owner: RowInPlay): [Finding["outcome"], Finding["code"]] {
  if (row.identityKey === owner.identityKey && row.isPending === owner.isPending) return ["duplicate", "repeated_in_file"];
  if (row.statement.kind === "interim" && owner.statement.kind !== "interim") return ["duplicate", "superseded_by_final"];
  return ["conflict", "repeated_id_changed"];
}
