/** A company's end: its secrets first, then everybody out, then its rows. What is removed is decided by the database (migrations/0015_keeping.sql), never here. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import { idSchema, type SessionId, type TenantId } from "../domain/ids.ts";
import { SEALED_COLUMNS } from "./sealed-columns.ts";
import { acrossTenants, type DatabaseEnv, rowsOf, type Tx } from "./tenant.ts";

const idRow = z.object({ id: z.string() });

/** True where the session was begun so recently that whoever has it has just proved who they are. */
export async function isFreshSession(tx: Tx, sessionId: SessionId, minutes: number): Promise<boolean> {
  const query = sql`select id from sessions where tenant_id = current_tenant() and id = ${sessionId} and created_at > now() - make_interval(mins => ${minutes})`;
  return (await rowsOf(tx, query, idRow)).length > 0;
}

/**
 * Marks the company and closes it, in one transaction: every envelope of the vault is emptied, and with it the data key that would open it; sessions, tokens and
 * invitations end; channels and connections are switched off; open jobs lose their lease. False where the name is not the company's.
 */
export async function closeCompany(tx: Tx, typedName: string): Promise<boolean> {
  const marked = await rowsOf(tx, sql`select id from begin_company_deletion(${typedName}) id where id is not null`, idRow);
  if (marked.length === 0) return false;
  for (const { table, column } of SEALED_COLUMNS) {
    const name = sql.identifier(column);
    await tx.execute(sql`update ${sql.identifier(table)} set ${name} = null where tenant_id = current_tenant() and ${name} is not null`);
  }
  await tx.execute(sql`
    with ended as (update sessions set revoked_at = now() where tenant_id = current_tenant() and revoked_at is null),
         revoked as (update api_tokens set revoked_at = now() where tenant_id = current_tenant() and revoked_at is null),
         withdrawn as (update invitations set revoked_at = now() where tenant_id = current_tenant() and accepted_at is null and revoked_at is null),
         silent as (update notification_channels set enabled = false where tenant_id = current_tenant()),
         off as (update connections set deleted_at = coalesce(deleted_at, now()), next_sync_at = null, sync_frequency = 'manual' where tenant_id = current_tenant()),
         unsent as (delete from outbox where tenant_id = current_tenant() and sent_at is null)
    update ingestion_jobs set status = 'failed', stage = 'cancelled', lease_epoch = lease_epoch + 1, lease_until = null
     where tenant_id = current_tenant() and status in ('pending', 'running')`);
  return true;
}

const tenantRow = z.object({ tenant_id: idSchema<TenantId>() });

/** Companies that are being deleted and whose turn it is. */
export async function tenantsToRemove(env: DatabaseEnv, tenantsMax: number): Promise<TenantId[]> {
  const rows = await acrossTenants(env, (tx) => rowsOf(tx, sql`select t as tenant_id from tenants_to_remove(${tenantsMax}) t`, tenantRow));
  return rows.map((row) => row.tenant_id);
}

/** 2 minutes: above a slice of removal; whoever took it and died is followed then. */
const TAKEN_MINUTES = 2;

/** Takes the company's turn: how long ago it was closed, in seconds; null where somebody else has it, or it is not being deleted. */
export async function takeRemoval(tx: Tx): Promise<number | null> {
  const [row] = await rowsOf(
    tx,
    sql`update tenants set upkeep_due_at = now() + make_interval(mins => ${TAKEN_MINUTES})
         where id = current_tenant() and deleting_at is not null and upkeep_due_at <= now()
         returning extract(epoch from now() - deleting_at) as seconds`,
    z.object({ seconds: z.coerce.number() }),
  );
  return row?.seconds ?? null;
}

/** The next slice is due with the next minute. */
export async function giveTurnBack(tx: Tx): Promise<void> {
  await tx.execute(sql`update tenants set upkeep_due_at = now() where id = current_tenant()`);
}

const uploadRow = z.object({ id: z.string(), r2_key: z.string(), r2_upload_id: z.string() });

/** Files that were coming in parts. */
export function openUploads(tx: Tx, uploadsMax: number): Promise<z.infer<typeof uploadRow>[]> {
  return rowsOf(
    tx,
    sql`select id, r2_key, r2_upload_id from uploads where tenant_id = current_tenant() and completed_at is null order by id limit ${uploadsMax}`,
    uploadRow,
  );
}

export async function forgetUploads(tx: Tx, ids: string[]): Promise<void> {
  await tx.execute(sql`delete from uploads where tenant_id = current_tenant() and id = any(${sql.param(ids)}::uuid[])`);
}

/** One batch of one table; 0 where only the company's own row and its people are left. */
export async function removeRows(tx: Tx, rowsMax: number): Promise<number> {
  const [row] = await rowsOf(tx, sql`select remove_company_rows(${rowsMax}) as removed`, z.object({ removed: z.coerce.number() }));
  return row?.removed ?? 0;
}

/** The last step. Throws where anything is left. */
export async function forgetCompany(tx: Tx): Promise<void> {
  await tx.execute(sql`select forget_company()`);
}
