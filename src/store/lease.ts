/** A job's lease with its fencing epoch. Whoever takes it raises the epoch; whoever lost it can write nothing more. Only the database's clock counts. */
import { type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import type { JobId } from "../domain/ids.ts";
import { type JobStatus, STAGES, type Stage } from "../domain/status.ts";
import { rowsOf, type Tx } from "./tenant.ts";

/** 90 s: three times the longest transaction (25 s deadline), renewed by each; a killed worker's job waits no longer than this. */
export const LEASE_SECONDS = 90;

export interface Lease {
  jobId: JobId;
  epoch: number;
}

/** Thrown where a worker wakes up and somebody else has its job: it must stop and write nothing. */
export class LeaseLost extends Error {
  constructor(jobId: JobId) {
    super(`The lease of job ${jobId} went to another worker.`);
    this.name = "LeaseLost";
  }
}

const taken = z.object({ lease_epoch: z.coerce.number(), stage: z.enum(STAGES), status: z.string() });

/**
 * Takes the job's lease where it is free, in one of `stages` and not failed; null where there is nothing to do (done already, or somebody is at it:
 * then `busy` is true and the message should come again).
 */
export async function takeLease(
  tx: Tx,
  jobId: JobId,
  stages: readonly Stage[],
): Promise<{ lease: Lease; stage: Stage } | { lease: null; busy: boolean }> {
  const [row] = await rowsOf(
    tx,
    sql`update ingestion_jobs set lease_epoch = lease_epoch + 1, lease_until = now() + make_interval(secs => ${LEASE_SECONDS}), updated_at = now(),
          started_at = coalesce(started_at, now())
        where id = ${jobId} and stage = any(${sql.param([...stages])}::text[]) and status <> 'failed' and coalesce(lease_until, '-infinity') < now()
        returning lease_epoch, stage, status`,
    taken,
  );
  if (row) return { lease: { jobId, epoch: row.lease_epoch }, stage: row.stage };
  const [found] = await rowsOf(tx, sql`select lease_epoch, stage, status from ingestion_jobs where id = ${jobId}`, taken);
  const status = found?.status as JobStatus | undefined;
  return { lease: null, busy: found !== undefined && stages.includes(found.stage) && status !== "failed" };
}

/**
 * The fence: first statement of every transaction that writes for the job. Renews the lease; throws LeaseLost where the epoch has moved on. `also` is what
 * else the transaction changes of the job's row (`, column = …`): one version of the row instead of two.
 */
export async function holdLease(tx: Tx, lease: Lease, also: SQL = sql``): Promise<void> {
  const rows = await rowsOf(tx, fence(lease, also), taken);
  if (rows.length === 0) throw new LeaseLost(lease.jobId);
}

/** The fence as a part of a larger statement, which must write nothing where this gives no row. */
export function fence(lease: Lease, also: SQL = sql``): SQL {
  return sql`update ingestion_jobs set lease_until = now() + make_interval(secs => ${LEASE_SECONDS}), updated_at = now()${also}
        where id = ${lease.jobId} and lease_epoch = ${lease.epoch} and lease_until is not null returning lease_epoch, stage, status`;
}

/** Gives the lease back, so that the next message need not wait for it to run out. Does nothing where it is no longer ours. */
export async function releaseLease(tx: Tx, lease: Lease): Promise<void> {
  await tx.execute(sql`update ingestion_jobs set lease_until = null, updated_at = now() where id = ${lease.jobId} and lease_epoch = ${lease.epoch}`);
}
