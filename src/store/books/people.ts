/** What people do to booked rows: notes and categories, reconciling, deleting and restoring. Each leaves a revision; what the bank said is not theirs to change. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import { rowsOf, type Tx } from "../tenant.ts";

const current = z.object({
  account_id: z.string(),
  reconciled: z.boolean(),
  deleted_at: z.string().nullable(),
  deleted_by_job_id: z.string().nullable(),
});
export type CurrentRow = z.infer<typeof current>;

/** The row, locked until the transaction ends; null where it is not there. */
export async function lockTransaction(tx: Tx, id: string): Promise<CurrentRow | null> {
  const [row] = await rowsOf(
    tx,
    sql`select account_id, reconciled, deleted_at, deleted_by_job_id from transactions where id = ${id} for update`,
    current,
  );
  return row ?? null;
}

/** The columns that are people's own. */
export interface PeopleColumns {
  category?: string | null | undefined;
  note?: string | null | undefined;
  entity_id?: string | null | undefined;
}

export async function editTransaction(tx: Tx, id: string, edit: PeopleColumns, userId: string | null): Promise<void> {
  const changes = [
    ...(edit.category === undefined ? [] : [sql`category = ${edit.category}`]),
    ...(edit.note === undefined ? [] : [sql`note = ${edit.note}`]),
    ...(edit.entity_id === undefined ? [] : [sql`entity_id = ${edit.entity_id}::uuid`]),
  ];
  if (changes.length > 0) await revise(tx, id, "edit", sql.join(changes, sql`, `), userId);
}

export function setReconciled(tx: Tx, id: string, reconciled: boolean, userId: string | null): Promise<void> {
  const change = reconciled
    ? sql`reconciled = true, reconciled_at = now(), reconciled_by = ${userId}::uuid`
    : sql`reconciled = false, reconciled_at = null, reconciled_by = null`;
  return revise(tx, id, reconciled ? "reconcile" : "unreconcile", change, userId);
}

/** A tombstone: the row stays, is shown no more, and is not booked again by the next file. */
export function deleteTransaction(tx: Tx, id: string, userId: string | null): Promise<void> {
  return revise(tx, id, "delete", sql`deleted_at = now(), deleted_by = ${userId}::uuid`, userId);
}

export function restoreTransaction(tx: Tx, id: string, userId: string | null): Promise<void> {
  return revise(tx, id, "restore", sql`deleted_at = null, deleted_by = null, deleted_by_job_id = null`, userId);
}

async function revise(tx: Tx, id: string, kind: string, change: ReturnType<typeof sql>, userId: string | null): Promise<void> {
  await tx.execute(sql`
    with target as (select t.id, to_jsonb(t) as image from transactions t where t.id = ${id}),
    changed as (update transactions t set ${change}, version = t.version + 1, updated_at = now() where t.id = ${id} returning t.*)
    insert into transaction_revisions (tenant_id, transaction_id, version, kind, user_id, before, after)
    select c.tenant_id, c.id, c.version, ${kind}, ${userId}::uuid, b.image, to_jsonb(c) from changed c join target b on b.id = c.id`);
}
