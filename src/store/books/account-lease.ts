/** Accounts are leased to one import or undo at a time, in the order of their ids, so that two jobs never wait for each other. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import { LEASE_SECONDS } from "../lease.ts";
import { rowsOf, type Tx } from "../tenant.ts";

const accountRow = z.object({ id: z.string(), busy: z.boolean() });

/**
 * A job that has begun to write keeps its accounts until it ends, however long its worker was gone, and even where it was given up: its plan was verified
 * against them as they are, and nobody builds on half of it. A person retries it or undoes it.
 */
const isHeld = sql`(lease_job_id is not null and (lease_until > now() or exists (
  select from ingestion_jobs h where h.tenant_id = accounts.tenant_id and h.id = lease_job_id and h.stage in ('importing', 'undoing') and h.progress_seq > 0)))`;

/** Leases every mapped account of the job's statements; false (and nothing leased) where another job has one of them. */
export async function leaseAccounts(tx: Tx, jobId: string): Promise<boolean> {
  const accounts = await rowsOf(
    tx,
    sql`select id, (lease_job_id <> ${jobId} and ${isHeld}) is true as busy from accounts
        where id in (select account_id from statements where job_id = ${jobId} and account_id is not null) order by id for update`,
    accountRow,
  );
  if (accounts.some((account) => account.busy)) return false;
  await renew(
    tx,
    jobId,
    accounts.map((account) => account.id),
  );
  return true;
}

/** Part of every batch: the lease lives as long as somebody works under it. */
export async function renewAccountLeases(tx: Tx, jobId: string): Promise<void> {
  await tx.execute(sql`update accounts set lease_until = now() + make_interval(secs => ${LEASE_SECONDS}) where lease_job_id = ${jobId}`);
}

export async function releaseAccounts(tx: Tx, jobId: string): Promise<void> {
  await tx.execute(sql`update accounts set lease_job_id = null, lease_until = null where lease_job_id = ${jobId}`);
}

/** True where an import or an undo is at work on the account; people's edits wait for it. */
export async function isLeased(tx: Tx, accountId: string): Promise<boolean> {
  const rows = await rowsOf(tx, sql`select id, ${isHeld} as busy from accounts where id = ${accountId} for share`, accountRow);
  return rows.some((account) => account.busy);
}

async function renew(tx: Tx, jobId: string, ids: string[]): Promise<void> {
  await tx.execute(sql`
    update accounts set lease_job_id = ${jobId}, lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
     where id = any(${sql.param(ids)}::uuid[])`);
}
