/** Runs at rest: kept page by page, sealed with their cursor in one transaction, or ended with their reason (RULES.md §8). Fetches nothing. */
import { and, eq, isNull, sql } from "drizzle-orm";
import * as z from "zod";
import { HOUSE } from "../domain/actor.ts";
import { type ConnectionId, idSchema, type JobId, type RawId, type TenantId } from "../domain/ids.ts";
import { SYNC_TRIGGERS, type SyncOutcome } from "../domain/schedule.ts";
import type { Json } from "../domain/stored.ts";
import { fromHex } from "../lib/crypto.ts";
import { recordAudit } from "./audit.ts";
import { lockConnection } from "./connection-lock.ts";
import { moveJob } from "./jobs.ts";
import { holdLease, type Lease } from "./lease.ts";
import { announce } from "./outbox.ts";
import { connections, ingestionJobs, rawIngestionData, syncRuns } from "./schema.ts";
import { noteFailure, noteSuccess, type RunFailure } from "./sync-health.ts";
import { followUp, hasEarlier } from "./sync-turns.ts";
import { rowsOf, type Tx } from "./tenant.ts";

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

/** What was fetched, with how far the run has come. Holds the fence; with the last page (`isLast`) the connection too, whose cursor moves behind it. */
export async function keepPages(
  tx: Tx,
  lease: Lease,
  run: SyncRun,
  fetched: { tenantId: TenantId; pages: readonly PageRow[]; cursor: Json; isLast: boolean },
): Promise<void> {
  if (fetched.isLast) await lockConnection(tx, run.connection_id);
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
        sha256: fromHex(page.sha256),
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
  await lockConnection(tx, run.connection_id);
  await holdLease(tx, lease);
  await endRun(tx, lease.jobId, { outcome: "not_ready" });
  await noteSuccess(tx, run.connection_id, { now: at.now, isFresh: false });
  await moveJob(tx, { tenantId: at.tenantId, jobId: lease.jobId, to: "done", from: ["fetching"], status: "completed" });
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
  if (restart) await setPagesAside(tx, lease.jobId);
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

/** Pages of a chain that begins anew: kept as they came, never read. */
async function setPagesAside(tx: Tx, jobId: JobId): Promise<void> {
  await tx
    .update(rawIngestionData)
    .set({ set_aside_at: sql`now()` })
    .where(and(eq(rawIngestionData.job_id, jobId), isNull(rawIngestionData.set_aside_at)));
}

/** The provider no longer knows the cursor: the whole window is read anew, and strong ids meet what is booked. */
export async function forgetCursor(tx: Tx, lease: Lease, run: SyncRun): Promise<void> {
  await lockConnection(tx, run.connection_id);
  await holdLease(tx, lease);
  await setPagesAside(tx, lease.jobId);
  await tx.update(syncRuns).set({ cursor: null, cursor_from: null, restarts: sql`restarts + 1` }).where(eq(syncRuns.job_id, lease.jobId));
  await tx.update(connections).set({ sync_cursor: null }).where(eq(connections.id, run.connection_id));
}

/** The run has failed for now, or until a person does something; the connection says which, and when it is tried again. */
export async function failRun(tx: Tx, lease: Lease, run: SyncRun, why: { tenantId: TenantId; failure: RunFailure; now: Date }): Promise<void> {
  const { tenantId, failure, now } = why;
  await lockConnection(tx, run.connection_id);
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
