/** The plan → the books, exactly once: leases the accounts, verifies the whole plan before the first write, books in slices behind the fence. */
import { eq, sql } from "drizzle-orm";
import { REMOVAL_SEQ_START } from "../domain/plan.ts";
import { leaseAccounts, releaseAccounts, renewAccountLeases } from "../store/books/account-lease.ts";
import { bookBalances, recomputeBalances } from "../store/books/balances.ts";
import { applyMatches, bookNew, nextMatchSlice, nextStagedSlice } from "../store/books/rows.ts";
import { countDrift, yieldToBooked } from "../store/books/verify.ts";
import { moveJob } from "../store/jobs.ts";
import { holdLease } from "../store/lease.ts";
import { isMappedAnew } from "../store/mappings.ts";
import { announce } from "../store/outbox.ts";
import { planStanding } from "../store/plan.ts";
import { connections, ingestionJobs, statements } from "../store/schema.ts";
import type { Tx } from "../store/tenant.ts";
import { proveNeighbours } from "./prove.ts";
import { DONE, type StageResult, type StageRun, type StageWork, underLease } from "./stage.ts";

/** 10,000 rows × ~90 µs = 0.9 s a transaction: short enough to lose, long enough to be worth the round trip. */
const SLICE_ROWS = 10_000;
/** Accounts that another import holds are free again within seconds, as a rule. */
const BUSY_RETRY_SECONDS = 5;
/** progress_seq counts staged rows up to here, then plan entries from here on. */
const MATCHES_START = 10 * REMOVAL_SEQ_START;

export function importJob(run: StageRun): Promise<StageResult> {
  return underLease(run, ["importing"], async (work) => {
    const ready = await work.door.tx((tx) => prepare(tx, work));
    if (ready === "busy") return { done: false, retrySeconds: BUSY_RETRY_SECONDS };
    if (ready === "drifted") return DONE;
    for (let progress: number | null = ready.progress; progress !== null && progress < MATCHES_START; ) progress = await bookSlice(work, progress);
    for (let progress: number | null = Math.max(ready.progress, MATCHES_START); progress !== null; ) progress = await matchSlice(work, progress);
    await work.door.tx((tx) => finish(tx, work));
    return DONE;
  });
}

type Ready = "busy" | "drifted" | { progress: number };

async function prepare(tx: Tx, work: StageWork): Promise<Ready> {
  await holdLease(tx, work.lease);
  if (!(await leaseAccounts(tx, work.jobId))) return "busy";
  const job = await tx.query.ingestionJobs.findFirst({ columns: { progress_seq: true }, where: (jobs, { eq: is }) => is(jobs.id, work.jobId) });
  const progress = job?.progress_seq ?? 0;
  // Part of it stands in the books already: the plan was verified before that, and the accounts have been leased since.
  if (progress > 0) return { progress };
  await yieldToBooked(tx, work.jobId);
  const drift = await countDrift(tx, work.jobId);
  if (drift === 0) return { progress: 0 };
  await releaseAccounts(tx, work.jobId);
  await backToReview(tx, work, drift);
  return "drifted";
}

async function backToReview(tx: Tx, work: StageWork, drift: number): Promise<void> {
  await moveJob(tx, { tenantId: work.tenantId, jobId: work.jobId, to: "matching", from: ["importing"] });
  await tx
    .update(ingestionJobs)
    .set({
      error_code: "plan_drifted",
      error_message: `The books changed for ${drift} ${drift === 1 ? "row" : "rows"} after this plan was approved. Nothing was booked; the plan was made anew. Review it again.`,
    })
    .where(eq(ingestionJobs.id, work.jobId));
  await announce(tx, work.tenantId, { type: "job.parsed", jobId: work.jobId });
}

/** One slice of staged rows; the next progress, or null where none is left. */
function bookSlice(work: StageWork, from: number): Promise<number | null> {
  return work.door.tx(async (tx) => {
    await holdLease(tx, work.lease);
    const to = await nextStagedSlice(tx, work.jobId, from, SLICE_ROWS);
    if (to === null) return null;
    const booked = await bookNew(tx, { jobId: work.jobId, from, to });
    await progressTo(tx, work, to, booked);
    return to;
  });
}

/** One slice of the plan's other entries. */
function matchSlice(work: StageWork, progress: number): Promise<number | null> {
  return work.door.tx(async (tx) => {
    await holdLease(tx, work.lease);
    const from = progress - MATCHES_START;
    const to = await nextMatchSlice(tx, work.jobId, from, SLICE_ROWS);
    if (to === null) return null;
    const changed = await applyMatches(tx, { jobId: work.jobId, from, to });
    await progressTo(tx, work, MATCHES_START + to, changed);
    return MATCHES_START + to;
  });
}

async function progressTo(tx: Tx, work: StageWork, progress: number, booked: number): Promise<void> {
  await renewAccountLeases(tx, work.jobId);
  await tx
    .update(ingestionJobs)
    .set({ progress_seq: progress, records_imported: sql`records_imported + ${booked}` })
    .where(eq(ingestionJobs.id, work.jobId));
}

async function finish(tx: Tx, work: StageWork): Promise<void> {
  await holdLease(tx, work.lease);
  await bookBalances(tx, work.jobId);
  const imported = await tx
    .update(statements)
    .set({ imported_at: sql`now()` })
    .where(sql`${statements.job_id} = ${work.jobId} and ${statements.account_id} is not null and ${statements.imported_at} is null`)
    .returning({ id: statements.id, connection_id: statements.connection_id });
  await recomputeBalances(tx, work.jobId);
  await proveNeighbours(
    tx,
    imported.map((row) => row.id),
  );
  await releaseAccounts(tx, work.jobId);
  const { unmapped, invalid } = await planStanding(tx, work.jobId);
  const status = unmapped > 0 || invalid > 0 ? "partial" : "completed";
  await moveJob(tx, { tenantId: work.tenantId, jobId: work.jobId, to: "done", from: ["importing"], status });
  await planLateMappings(tx, work);
  const connectionId = imported[0]?.connection_id;
  if (connectionId !== undefined) {
    await tx
      .update(connections)
      .set({ last_sync_at: sql`now()`, last_success_at: sql`now()`, last_error: null })
      .where(eq(connections.id, connectionId));
  }
}

/** What a person mapped while the rest was booked is planned at once: nobody else would look for it. */
async function planLateMappings(tx: Tx, work: StageWork): Promise<void> {
  if (!(await isMappedAnew(tx, work.jobId))) return;
  await moveJob(tx, { tenantId: work.tenantId, jobId: work.jobId, to: "matching", from: ["done"], status: "running" });
  await announce(tx, work.tenantId, { type: "job.parsed", jobId: work.jobId });
}
