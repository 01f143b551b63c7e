/** Runs at rest: begun at most one at a time, kept page by page, sealed with their cursor in one transaction, or ended with their reason (RULES.md §8). Fetches nothing. */
import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import { type Actor, HOUSE } from "../domain/actor.ts";
import { FAILURE_KINDS, type FailureKind, NEEDS_PERSON } from "../domain/connection-health.ts";
import { type ConnectionId, idSchema, type JobId, type RawId, type TenantId } from "../domain/ids.ts";
import {
  failureDelaySeconds,
  freshUntil,
  nextSyncAt,
  SYNC_FREQUENCIES,
  SYNC_TRIGGERS,
  type SyncOutcome,
  type SyncTrigger,
} from "../domain/schedule.ts";
import type { Json } from "../domain/stored.ts";
import { recordAudit } from "./audit.ts";
import { moveJob } from "./jobs.ts";
import { holdLease, type Lease } from "./lease.ts";
import { announce, raiseAlert } from "./outbox.ts";
import { connections, ingestionJobs, rawIngestionData, syncRuns } from "./schema.ts";
import { acrossTenants, type DatabaseEnv, rowsOf, type Tx } from "./tenant.ts";

const json = z.json();

const runRow = z.object({
  connection_id: idSchema<ConnectionId>(),
  connection_type: z.string(),
  status: z.string(),
  deleted: z.boolean(),
  trigger: z.enum(SYNC_TRIGGERS),
  cursor_from: json.nullable(),
  cursor: json.nullable(),
  pages: z.number(),
  restarts: z.number(),
  attempts: z.number(),
  waits: z.boolean(),
});
export type SyncRun = z.infer<typeof runRow>;

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

/** The run of a job and what it is of; null where there is none. `waits`: its next attempt is still to come. */
export async function findRun(tx: Tx, jobId: JobId): Promise<SyncRun | null> {
  const query = sql`
    select u.connection_id, c.connection_type, c.status, c.deleted_at is not null as deleted, u.trigger, u.cursor_from, u.cursor, u.pages, u.restarts, u.attempts,
           coalesce(u.retry_at > now(), false) as waits
      from sync_runs u join connections c on c.tenant_id = u.tenant_id and c.id = u.connection_id where u.job_id = ${jobId}`;
  return (await rowsOf(tx, query, runRow))[0] ?? null;
}

export interface PageRow {
  id: RawId;
  sourceKey: string;
  key: string;
  etag: string;
  fileName: string;
  format: string;
  sizeBytes: number;
  sha256: string;
}

/** What was fetched, with how far the run has come. Holds the fence. */
export async function keepPages(
  tx: Tx,
  lease: Lease,
  run: SyncRun,
  fetched: { tenantId: TenantId; pages: readonly PageRow[]; cursor: Json },
): Promise<void> {
  await holdLease(tx, lease);
  if (fetched.pages.length > 0) {
    await tx.insert(rawIngestionData).values(
      fetched.pages.map((page, index) => ({
        tenant_id: fetched.tenantId,
        id: page.id,
        connection_id: run.connection_id,
        job_id: lease.jobId,
        page_no: run.pages + index,
        source_key: page.sourceKey,
        r2_key: page.key,
        etag: page.etag,
        file_name: page.fileName,
        content_type: "application/json",
        format: page.format,
        size_bytes: page.sizeBytes,
        sha256: Uint8Array.from(page.sha256.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
        raw_data: { received_by: "sync" },
        // Pages are exempt from the rule of same bytes.
        is_live: false,
      })),
    );
  }
  await tx
    .update(syncRuns)
    .set({
      cursor: fetched.cursor,
      pages: run.pages + fetched.pages.length,
      attempts: 0,
      retry_at: null,
      failure_kind: null,
      failure_code: null,
      failure_message: null,
    })
    .where(eq(syncRuns.job_id, lease.jobId));
}

/**
 * The last page is in: the connection's cursor moves, the job goes to be read, or waits until the one before it has ended. False, and nothing has changed,
 * where the connection's cursor is no longer the one that the run began with.
 */
export async function sealRun(tx: Tx, lease: Lease, run: SyncRun, sealed: { tenantId: TenantId; cursor: Json; now: Date }): Promise<boolean> {
  const moved = await tx
    .update(connections)
    .set({ sync_cursor: sealed.cursor })
    .where(
      and(
        eq(connections.id, run.connection_id),
        sql`${connections.sync_cursor} is not distinct from ${run.cursor_from === null ? null : JSON.stringify(run.cursor_from)}::jsonb`,
      ),
    )
    .returning({ id: connections.id });
  if (moved.length === 0) return false;
  await endRun(tx, lease.jobId, { outcome: "fetched" });
  await noteSuccess(tx, run.connection_id, { now: sealed.now, isFresh: true });
  const isBehind = await hasEarlier(tx, run.connection_id, lease.jobId);
  await moveJob(tx, { tenantId: sealed.tenantId, jobId: lease.jobId, to: isBehind ? "waiting" : "deposited", from: ["fetching"] });
  if (isBehind) return true;
  await announce(tx, sealed.tenantId, { type: "job.deposited", jobId: lease.jobId });
  await followUp(tx, sealed.tenantId, run.connection_id);
  return true;
}

/** The provider has nothing prepared yet: the run ends without a cursor, counts as not fresh, and another one comes soon. */
export async function endNotReady(tx: Tx, lease: Lease, run: SyncRun, at: { tenantId: TenantId; now: Date }): Promise<void> {
  await holdLease(tx, lease);
  await endRun(tx, lease.jobId, { outcome: "not_ready" });
  await noteSuccess(tx, run.connection_id, { now: at.now, isFresh: false });
  await moveJob(tx, { tenantId: at.tenantId, jobId: lease.jobId, to: "done", from: ["fetching"], status: "completed" });
}

export interface RunFailure {
  kind: FailureKind;
  code: string;
  message: string;
  retryAfterSeconds: number | null;
  requestId: string | null;
}

/** The same run goes on later: from where it is, or, `restart`, from the first cursor of its chain with its pages set aside. */
export async function postponeRun(
  tx: Tx,
  lease: Lease,
  tenantId: TenantId,
  later: { failure: RunFailure; delaySeconds: number; restart: boolean },
): Promise<void> {
  const { failure, delaySeconds, restart } = later;
  await holdLease(tx, lease);
  if (restart) {
    await tx
      .update(rawIngestionData)
      .set({ set_aside_at: sql`now()` })
      .where(and(eq(rawIngestionData.job_id, lease.jobId), isNull(rawIngestionData.set_aside_at)));
  }
  await tx
    .update(syncRuns)
    .set({
      attempts: sql`attempts + 1`,
      retry_at: sql`now() + make_interval(secs => ${delaySeconds})`,
      failure_kind: failure.kind,
      failure_code: failure.code,
      failure_message: failure.message,
      request_id: failure.requestId,
      ...(restart ? { cursor: sql`cursor_from`, restarts: sql`restarts + 1` } : {}),
    })
    .where(eq(syncRuns.job_id, lease.jobId));
  await announce(tx, tenantId, { type: "sync.due", jobId: lease.jobId, delaySeconds });
}

/** The provider no longer knows the cursor: the whole window is read anew, and strong ids meet what is booked. */
export async function forgetCursor(tx: Tx, lease: Lease, run: SyncRun): Promise<void> {
  await holdLease(tx, lease);
  await tx
    .update(rawIngestionData)
    .set({ set_aside_at: sql`now()` })
    .where(and(eq(rawIngestionData.job_id, lease.jobId), isNull(rawIngestionData.set_aside_at)));
  await tx.update(syncRuns).set({ cursor: null, cursor_from: null, restarts: sql`restarts + 1` }).where(eq(syncRuns.job_id, lease.jobId));
  await tx.update(connections).set({ sync_cursor: null }).where(eq(connections.id, run.connection_id));
}

/** The run has failed for now, or until a person does something; the connection says which, and when it is tried again. */
export async function failRun(tx: Tx, lease: Lease, run: SyncRun, why: { tenantId: TenantId; failure: RunFailure; now: Date }): Promise<void> {
  const { tenantId, failure, now } = why;
  await holdLease(tx, lease);
  await endRun(tx, lease.jobId, { outcome: "failed", failure });
  await tx
    .update(ingestionJobs)
    .set({
      status: "failed",
      error_code: failure.code,
      error_message: failure.message,
      lease_until: null,
      completed_at: sql`now()`,
      updated_at: sql`now()`,
    })
    .where(eq(ingestionJobs.id, lease.jobId));
  await recordAudit(tx, HOUSE, {
    action: "job.failed",
    subjectType: "job",
    subjectId: lease.jobId,
    jobId: lease.jobId,
    connectionId: run.connection_id,
    details: { code: failure.code, kind: failure.kind },
  });
  await noteFailure(tx, tenantId, run.connection_id, failure, now);
}

/** What a failed run or test says of its connection: when it is tried again, or that a person has to act, who is then told. */
export async function noteFailure(tx: Tx, tenantId: TenantId, connectionId: ConnectionId, failure: RunFailure, now: Date): Promise<void> {
  const [before] = await rowsOf(
    tx,
    sql`select failures, status, failure_kind from connections where id = ${connectionId} for update`,
    z.object({ failures: z.number(), status: z.string(), failure_kind: z.enum(FAILURE_KINDS).nullable() }),
  );
  if (before === undefined) return;
  const delay = failureDelaySeconds(failure.kind, before.failures + 1, failure.retryAfterSeconds);
  const needsPerson = NEEDS_PERSON.includes(failure.kind);
  await tx
    .update(connections)
    .set({
      failures: before.failures + 1,
      failure_kind: failure.kind,
      failure_code: failure.code,
      failed_at: now.toISOString(),
      last_error: failure.message,
      last_sync_at: sql`now()`,
      next_sync_at: delay === null ? null : new Date(now.getTime() + delay * 1_000).toISOString(),
      ...(needsPerson && before.status === "active" ? { status: "error" } : {}),
      updated_at: sql`now()`,
    })
    .where(eq(connections.id, connectionId));
  // Said once, when it begins to need somebody.
  if (!needsPerson || before.status !== "active") return;
  await raiseAlert(tx, tenantId, { event: "connection_needs_reauthentication", connectionId, payload: { code: failure.code } });
}

const timetableRow = z.object({
  frequency: z.enum(SYNC_FREQUENCIES),
  hour: z.number(),
  time_zone: z.string(),
  status: z.string(),
  spread: z.coerce.number(),
});

/** When the connection is due next by its timetable; null where it is paused, broken, or a person's to start. */
export async function nextTurn(tx: Tx, connectionId: ConnectionId, now: Date): Promise<Date | null> {
  const [row] = await rowsOf(tx, sql`${timetableOf} where id = ${connectionId}`, timetableRow);
  if (row === undefined || row.status !== "active") return null;
  return nextSyncAt({ frequency: row.frequency, hour: row.hour, timeZone: row.time_zone }, now, row.spread);
}

/** Spread over the hour by the connection's own id, the same every time. */
const timetableOf = sql`select sync_frequency as frequency, sync_hour as hour, sync_time_zone as time_zone, status,
  abs(hashtextextended(id::text, 0)) % 1000 / 1000.0 as spread from connections`;

async function noteSuccess(tx: Tx, connectionId: ConnectionId, { now, isFresh }: { now: Date; isFresh: boolean }): Promise<void> {
  const [row] = await rowsOf(tx, sql`${timetableOf} where id = ${connectionId}`, timetableRow);
  if (row === undefined) return;
  const timetable = { frequency: row.frequency, hour: row.hour, timeZone: row.time_zone };
  const next = row.status === "inactive" ? null : nextSyncAt(timetable, now, row.spread);
  const soon = new Date(now.getTime() + NOT_READY_MS);
  const until = freshUntil(row.frequency, now);
  await tx
    .update(connections)
    .set({
      failures: 0,
      failure_kind: null,
      failure_code: null,
      failed_at: null,
      last_error: null,
      last_sync_at: sql`now()`,
      ...(isFresh ? { last_success_at: sql`now()`, fresh_until: until?.toISOString() ?? null } : {}),
      next_sync_at: (isFresh ? next : soon)?.toISOString() ?? null,
      ...(row.status === "error" || row.status === "pending_setup" ? { status: "active" } : {}),
      updated_at: sql`now()`,
    })
    .where(eq(connections.id, connectionId));
}

/** 5 minutes: how long a provider takes, as a rule, to prepare what it has just been connected to. */
const NOT_READY_MS = 5 * 60_000;

async function endRun(tx: Tx, jobId: JobId, end: { outcome: SyncOutcome; failure?: RunFailure }): Promise<void> {
  const { failure } = end;
  const said =
    failure === undefined
      ? {}
      : { failure_kind: failure.kind, failure_code: failure.code, failure_message: failure.message, request_id: failure.requestId };
  await tx
    .update(syncRuns)
    .set({ outcome: end.outcome, ended_at: sql`now()`, retry_at: null, ...said })
    .where(eq(syncRuns.job_id, jobId));
}

/**
 * A job whose changes are to be booked before those of later ones: on the road, or failed on it, where a person retries or cancels it. One that failed while it
 * was fetched has moved nothing.
 */
const standsBefore = (alias: string): SQL =>
  sql.raw(`(${alias}.status in ('pending', 'running') or (${alias}.status = 'failed' and ${alias}.stage not in ('fetching', 'cancelled')))`);

/** A run of the connection before this one is still on the road. */
async function hasEarlier(tx: Tx, connectionId: ConnectionId, jobId: JobId): Promise<boolean> {
  // The row is locked, so that the earlier one's end and this look do not miss each other.
  await tx.execute(sql`select 1 from connections where id = ${connectionId} for update`);
  const [row] = await rowsOf(
    tx,
    sql`select count(*) as n from ingestion_jobs o where o.connection_id = ${connectionId} and o.job_type = 'sync' and o.id < ${jobId} and ${standsBefore("o")}`,
    z.object({ n: z.coerce.number() }),
  );
  return (row?.n ?? 0) > 0;
}

/** The run that waited goes on, where nobody is before it any more; and who rang meanwhile is fetched for. */
export async function wakeSync(tx: Tx, tenantId: TenantId, connectionId: ConnectionId): Promise<void> {
  await tx.execute(sql`select 1 from connections where id = ${connectionId} for update`);
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
async function followUp(tx: Tx, tenantId: TenantId, connectionId: ConnectionId): Promise<void> {
  const [row] = await tx
    .select({ again: connections.sync_again, status: connections.status })
    .from(connections)
    .where(eq(connections.id, connectionId));
  if (row?.again !== true || row.status !== "active") return;
  await startSync(tx, { tenantId, connectionId, trigger: "again", actor: HOUSE });
}

const dueRow = z.object({ tenant_id: idSchema<TenantId>(), connection_id: idSchema<ConnectionId>() });
type Due = { tenantId: TenantId; connectionId: ConnectionId };

/** Connections of all tenants: ids only. */
async function dueBy(env: DatabaseEnv, query: SQL): Promise<Due[]> {
  const rows = await acrossTenants(env, (tx) => rowsOf(tx, query, dueRow));
  return rows.map((row) => ({ tenantId: row.tenant_id, connectionId: row.connection_id }));
}

/** Whose turn it is by the timetable, fairly by company. */
export const dueSyncs = (env: DatabaseEnv, max: number): Promise<Due[]> => dueBy(env, sql`select tenant_id, connection_id from due_syncs(${max})`);

/** Whose last look was a day ago. */
export const dueTests = (env: DatabaseEnv, max: number): Promise<Due[]> =>
  dueBy(env, sql`select tenant_id, connection_id from due_connection_tests(${max})`);

/** Whose data is older than it should be. */
export const staleConnections = (env: DatabaseEnv, max: number): Promise<Due[]> =>
  dueBy(env, sql`select tenant_id, connection_id from stale_connections(${max})`);

/** Runs that wait for nobody any more. */
export const wakeableSyncs = (env: DatabaseEnv, max: number): Promise<Due[]> =>
  dueBy(env, sql`select tenant_id, connection_id from wakeable_syncs(${max})`);

/** A due connection begins its run, and its next turn is set before the run says otherwise. */
export async function startDue(tx: Tx, { tenantId, connectionId }: Due, now: Date): Promise<void> {
  const next = await nextTurn(tx, connectionId, now);
  const taken = await tx
    .update(connections)
    .set({ next_sync_at: next?.toISOString() ?? null })
    .where(
      and(
        eq(connections.id, connectionId),
        isNull(connections.deleted_at),
        eq(connections.status, "active"),
        sql`${connections.next_sync_at} <= now()`,
      ),
    )
    .returning({ id: connections.id });
  if (taken.length > 0) await startSync(tx, { tenantId, connectionId, trigger: "schedule", actor: HOUSE });
}

/** Connections, of whatever company, that are to what the provider names. */
export const ownersOfProvider = (env: DatabaseEnv, identity: string): Promise<Due[]> =>
  dueBy(env, sql`select tenant_id, connection_id from connections_of_provider(${identity})`);

/** Whose the connection is; null where there is none. */
export async function tenantOfConnection(env: DatabaseEnv, id: ConnectionId): Promise<TenantId | null> {
  const [row] = await acrossTenants(env, (tx) =>
    rowsOf(tx, sql`select tenant_of_connection(${id}) as tenant_id`, z.object({ tenant_id: idSchema<TenantId>().nullable() })),
  );
  return row?.tenant_id ?? null;
}
