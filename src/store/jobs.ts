/** Jobs at rest: made, moved from stage to stage by compare-and-set, failed with a reason. Never decides what comes next. */
import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import * as z from "zod";
import { type Actor, HOUSE } from "../domain/actor.ts";
import { type ConnectionId, idSchema, type JobId, type RawId, type TenantId } from "../domain/ids.ts";
import { type JobStatus, STAGES, type Stage, stagesBefore, statusOf, WORKING_STAGES } from "../domain/status.ts";
import { recordAudit } from "./audit.ts";
import type { Lease } from "./lease.ts";
import { raiseAlert } from "./outbox.ts";
import { ingestionJobs, rawIngestionData, syncRuns } from "./schema.ts";
import { acrossTenants, type DatabaseEnv, rowsOf, type Tx } from "./tenant.ts";

export interface NewJob {
  tenantId: TenantId;
  connectionId: ConnectionId;
  jobType: "file" | "sync" | "reparse";
  createdBy: string | null;
  /** Of a reparse: the raw file whose bytes were read first. */
  sourceRawId?: RawId;
}

/** A job in its first stage, `deposited`. */
export async function createJob(tx: Tx, job: NewJob): Promise<JobId> {
  const [row] = await tx
    .insert(ingestionJobs)
    .values({
      tenant_id: job.tenantId,
      connection_id: job.connectionId,
      job_type: job.jobType,
      created_by: job.createdBy,
      source_raw_id: job.sourceRawId ?? null,
    })
    .returning({ id: ingestionJobs.id });
  return idSchema<JobId>().parse(row?.id);
}

export interface Move {
  tenantId: TenantId;
  jobId: JobId;
  to: Stage;
  /** Narrows the stages that the table of moves allows. */
  from?: readonly Stage[];
  /** Needed for `done`, where completed and partial both may be. */
  status?: JobStatus;
  actor?: Actor;
}

/** Compare-and-set along the table of moves; false where the job has moved on in the meantime. Every move is in the audit log. */
export async function moveJob(tx: Tx, move: Move): Promise<boolean> {
  const from = move.from ?? stagesBefore(move.to);
  const status = move.status ?? statusOf(move.to);
  const ended = move.to === "done" || move.to === "undone" || move.to === "cancelled";
  const moved = await tx
    .update(ingestionJobs)
    .set({
      stage: move.to,
      ...(status === null ? {} : { status }),
      ...(ended ? { completed_at: sql`now()` } : {}),
      progress_seq: 0,
      stage_done: 0,
      stage_total: null,
      updated_at: sql`now()`,
    })
    .where(and(eq(ingestionJobs.id, move.jobId), inArray(ingestionJobs.stage, [...from])))
    .returning({ connection_id: ingestionJobs.connection_id });
  const job = moved[0];
  if (!job) return false;
  if (move.to === "cancelled") await endOpenRun(tx, move.jobId, { outcome: "cancelled", failure_code: null, failure_message: null });
  await recordAudit(tx, move.actor ?? HOUSE, {
    action: `job.${move.to}`,
    subjectType: "job",
    subjectId: move.jobId,
    jobId: move.jobId,
    connectionId: idSchema<ConnectionId>().parse(job.connection_id),
    details: status === null ? {} : { status },
  });
  return true;
}

/** How far the running stage has come, for people: more steps done, or how many there are in all. Steps are of the stage's own size. */
export async function noteProgress(tx: Tx, jobId: JobId, progress: { done: number } | { total: number }): Promise<void> {
  const set = "done" in progress ? { stage_done: sql`stage_done + ${progress.done}` } : { stage_done: 0, stage_total: progress.total };
  await tx.update(ingestionJobs).set(set).where(eq(ingestionJobs.id, jobId));
}

/** The job keeps its stage and says why it stopped; its bytes may come again. For what will not heal by itself only. */
export async function failJob(
  tx: Tx,
  tenantId: TenantId,
  lease: Lease,
  why: { code: string; message: string; details?: Record<string, string | number | null> },
): Promise<void> {
  await tx
    .update(ingestionJobs)
    .set({
      status: "failed",
      error_code: why.code,
      error_message: why.message,
      error_details: why.details ?? null,
      lease_until: null,
      completed_at: sql`now()`,
      updated_at: sql`now()`,
    })
    .where(and(eq(ingestionJobs.id, lease.jobId), eq(ingestionJobs.lease_epoch, lease.epoch)));
  await dropLiveness(tx, lease.jobId);
  await recordAudit(tx, HOUSE, {
    action: "job.failed",
    subjectType: "job",
    subjectId: lease.jobId,
    jobId: lease.jobId,
    details: { code: why.code },
  });
  await raiseAlert(tx, tenantId, { event: "job_failed", jobId: lease.jobId, payload: { code: why.code } });
}

/** The bytes of this job may come again: it was undone, cancelled or failed (RULES.md §7). */
export async function dropLiveness(tx: Tx, jobId: JobId): Promise<void> {
  await tx.update(rawIngestionData).set({ is_live: false }).where(eq(rawIngestionData.job_id, jobId));
}

/** Of a job that fetches: its run ends with it. */
async function endOpenRun(
  tx: Tx,
  jobId: JobId,
  end: Pick<typeof syncRuns.$inferInsert, "outcome" | "failure_code" | "failure_message">,
): Promise<void> {
  await tx
    .update(syncRuns)
    .set({ ...end, ended_at: sql`now()` })
    .where(and(eq(syncRuns.job_id, jobId), isNull(syncRuns.outcome)));
}

const stageRow = z.object({
  stage: z.enum(STAGES),
  status: z.enum(["pending", "running", "completed", "partial", "failed"]),
  plan_version: z.number(),
});
export type JobState = z.infer<typeof stageRow>;

/** Where the job stands, its row locked until the transaction ends; null where there is no such job. */
export async function lockJob(tx: Tx, jobId: JobId): Promise<JobState | null> {
  const [row] = await rowsOf(tx, sql`select stage, status, plan_version from ingestion_jobs where id = ${jobId} for update`, stageRow);
  return row ?? null;
}

const stalledRow = z.object({ tenant_id: idSchema<TenantId>(), job_id: idSchema<JobId>() });

/** Jobs of all tenants that stand still in a working stage, longest first: ids only. */
export async function stalledJobs(
  env: DatabaseEnv,
  limit: { stillSeconds: number; jobsMax: number },
): Promise<{ tenantId: TenantId; jobId: JobId }[]> {
  const query = sql`select tenant_id, job_id from stalled_jobs(make_interval(secs => ${limit.stillSeconds}), ${limit.jobsMax})`;
  const rows = await acrossTenants(env, (tx) => rowsOf(tx, query, stalledRow));
  return rows.map((row) => ({ tenantId: row.tenant_id, jobId: row.job_id }));
}

/** Notes that the job was looked at, so that the next look is as far away as the first; its stage, or null where it has ended. */
export async function touchJob(tx: Tx, jobId: JobId): Promise<Stage | null> {
  const [row] = await tx
    .update(ingestionJobs)
    .set({ updated_at: sql`now()` })
    .where(and(eq(ingestionJobs.id, jobId), inArray(ingestionJobs.status, ["pending", "running"])))
    .returning({ stage: ingestionJobs.stage });
  return row?.stage ?? null;
}

/** A job whose message was given up: it says so and waits for a person's retry; true. What has ended, or waits for a person anyway, is left alone. */
export async function parkJob(tx: Tx, tenantId: TenantId, jobId: JobId, why: { code: string; message: string }): Promise<boolean> {
  const parked = await tx
    .update(ingestionJobs)
    .set({ status: "failed", error_code: why.code, error_message: why.message, lease_until: null, completed_at: sql`now()`, updated_at: sql`now()` })
    .where(and(eq(ingestionJobs.id, jobId), inArray(ingestionJobs.status, ["pending", "running"]), inArray(ingestionJobs.stage, [...WORKING_STAGES])))
    .returning({ id: ingestionJobs.id });
  if (parked.length === 0) return false;
  await endOpenRun(tx, jobId, { outcome: "failed", failure_code: why.code, failure_message: why.message });
  await dropLiveness(tx, jobId);
  await recordAudit(tx, HOUSE, { action: "job.parked", subjectType: "job", subjectId: jobId, jobId, details: { code: why.code } });
  await raiseAlert(tx, tenantId, { event: "job_failed", jobId, payload: { code: why.code } });
  return true;
}
