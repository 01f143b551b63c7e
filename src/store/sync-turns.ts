/** Whose turn it is within one connection: at most one run is open, one more follows it, and changes wait for those before them (RULES.md §8). */
import { eq, type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import { type Actor, HOUSE } from "../domain/actor.ts";
import { type ConnectionId, idSchema, type JobId, type TenantId } from "../domain/ids.ts";
import type { SyncTrigger } from "../domain/schedule.ts";
import { recordAudit } from "./audit.ts";
import { lockConnection } from "./connection-lock.ts";
import { moveJob } from "./jobs.ts";
import { announce } from "./outbox.ts";
import { connections } from "./schema.ts";
import { rowsOf, type Tx } from "./tenant.ts";

export interface NewRun {
  tenantId: TenantId;
  connectionId: ConnectionId;
  trigger: SyncTrigger;
  actor: Actor;
}

/**
 * Begins a run, where none is open: its job, its row, its message. Where one is, the connection is to be fetched once more behind it, however often this is
 * asked. `jobId` is the run that answers; `begun` false: it was there.
 */
export async function startSync(tx: Tx, run: NewRun): Promise<{ jobId: JobId; begun: boolean }> {
  await lockConnection(tx, run.connectionId);
  const [made] = await rowsOf(
    tx,
    sql`insert into ingestion_jobs (tenant_id, connection_id, job_type, stage, status, created_by)
        values (${run.tenantId}, ${run.connectionId}, 'sync', 'fetching', 'running', ${run.actor.userId})
        on conflict (tenant_id, connection_id) where job_type = 'sync' and stage in ('fetching', 'waiting') and status <> 'failed' do nothing returning id`,
    z.object({ id: idSchema<JobId>() }),
  );
  if (made === undefined) return { jobId: await ringAgain(tx, run), begun: false };
  await tx.execute(sql`
    insert into sync_runs (tenant_id, job_id, connection_id, trigger, requested_by, cursor_from, cursor)
    select c.tenant_id, ${made.id}, c.id, ${run.trigger}, ${run.actor.userId}::uuid, c.sync_cursor, c.sync_cursor from connections c where c.id = ${run.connectionId}`);
  await tx.update(connections).set({ sync_again: false, updated_at: sql`now()` }).where(eq(connections.id, run.connectionId));
  await announce(tx, run.tenantId, { type: "sync.due", jobId: made.id });
  await recordAudit(tx, run.actor, {
    action: "sync.begun",
    subjectType: "job",
    subjectId: made.id,
    jobId: made.id,
    connectionId: run.connectionId,
    details: { trigger: run.trigger },
  });
  return { jobId: made.id, begun: true };
}

/** The open run, which another one is to follow; not for the timetable's sake, whose next turn comes anyway. */
async function ringAgain(tx: Tx, { connectionId, trigger }: NewRun): Promise<JobId> {
  const [open] = await rowsOf(
    tx,
    sql`with asked as (update connections set sync_again = true, updated_at = now() where id = ${connectionId} and ${trigger} <> 'schedule')
        select id from ingestion_jobs where connection_id = ${connectionId} and job_type = 'sync' and stage in ('fetching', 'waiting') and status <> 'failed'`,
    z.object({ id: idSchema<JobId>() }),
  );
  if (open === undefined) throw new Error(`Connection ${connectionId} has no open run, and none could be made.`);
  return open.id;
}

/**
 * A job whose changes are to be booked before those of later ones: on the road, or failed on it, where a person retries or cancels it. One that failed while it
 * was fetched has moved nothing.
 */
const standsBefore = (alias: string): SQL =>
  sql.raw(`(${alias}.status in ('pending', 'running') or (${alias}.status = 'failed' and ${alias}.stage not in ('fetching', 'cancelled')))`);

/** A run of the connection before this one is still on the road. */
export async function hasEarlier(tx: Tx, connectionId: ConnectionId, jobId: JobId): Promise<boolean> {
  // The row is locked, so that the earlier one's end and this look do not miss each other.
  await lockConnection(tx, connectionId);
  const [row] = await rowsOf(
    tx,
    sql`select count(*) as n from ingestion_jobs o where o.connection_id = ${connectionId} and o.job_type = 'sync' and o.id < ${jobId} and ${standsBefore("o")}`,
    z.object({ n: z.coerce.number() }),
  );
  return (row?.n ?? 0) > 0;
}

/** The run that waited goes on, where nobody is before it any more; and who rang meanwhile is fetched for. */
export async function wakeSync(tx: Tx, tenantId: TenantId, connectionId: ConnectionId): Promise<void> {
  await lockConnection(tx, connectionId);
  const [waiting] = await rowsOf(
    tx,
    sql`select w.id from ingestion_jobs w where w.connection_id = ${connectionId} and w.job_type = 'sync' and w.stage = 'waiting' and w.status = 'running' and not exists (
          select from ingestion_jobs o where o.tenant_id = w.tenant_id and o.connection_id = w.connection_id and o.id < w.id and o.job_type = 'sync'
             and ${standsBefore("o")}) limit 1`,
    z.object({ id: idSchema<JobId>() }),
  );
  if (waiting === undefined) return;
  await moveJob(tx, { tenantId, jobId: waiting.id, to: "deposited", from: ["waiting"] });
  await announce(tx, tenantId, { type: "job.deposited", jobId: waiting.id });
  await followUp(tx, tenantId, connectionId);
}

/** Somebody rang while a run was open: one more, whatever their number. */
export async function followUp(tx: Tx, tenantId: TenantId, connectionId: ConnectionId): Promise<void> {
  const [row] = await tx
    .select({ again: connections.sync_again, status: connections.status })
    .from(connections)
    .where(eq(connections.id, connectionId));
  if (row?.again !== true || row.status !== "active") return;
  await startSync(tx, { tenantId, connectionId, trigger: "again", actor: HOUSE });
}
