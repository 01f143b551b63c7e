/** The books as they were: everything this job did, taken back in slices, all or nothing (RULES.md §7). */
import { eq, sql } from "drizzle-orm";
import { Refusal } from "../domain/refusal.ts";
import { leaseAccounts, releaseAccounts, renewAccountLeases } from "../store/books/account-lease.ts";
import { recomputeBalances, unbookBalances } from "../store/books/balances.ts";
import { raiseBooksVersions } from "../store/books/overtaken.ts";
import {
  type Blocker,
  countUndoSteps,
  openRevised,
  openShared,
  passOn,
  removeRows,
  removeSightings,
  restoreSightings,
  revertRevisions,
  type UndoImpact,
  undoBlockers,
  undoImpact,
} from "../store/books/undo.ts";
import { dropLiveness, moveJob, noteProgress } from "../store/jobs.ts";
import { holdLease } from "../store/lease.ts";
import { announce } from "../store/outbox.ts";
import { ingestionJobs, statements } from "../store/schema.ts";
import { DONE, goOnLater, type StageResult, type StageRun, type StageWork, underLease } from "../store/stage.ts";
import type { Tx } from "../store/tenant.ts";
import { proveNeighbours } from "./prove.ts";
import { type JobAct, requireStage } from "./review.ts";

/** 10,000 rows a transaction: taking a row back costs more than booking it. */
const SLICE_ROWS = 10_000;
const BUSY_RETRY_SECONDS = 5;

/** What an undo would do, and what stands against it. */
export async function readImpact(tx: Tx, act: Pick<JobAct, "jobId">): Promise<UndoImpact & { possible: boolean; blockers: Blocker[] }> {
  await requireStage(tx, act.jobId, ["done"]);
  const blockers = await undoBlockers(tx, act.jobId);
  return { possible: blockers.length === 0, ...(await undoImpact(tx, act.jobId)), blockers };
}

/**
 * Sends the undo on its road; refused at once, by name, where something stands against it. An import that was given up half-way can be undone too: it has held
 * its accounts ever since, so nothing can come to stand against it any more.
 */
export async function requestUndo(tx: Tx, act: JobAct): Promise<void> {
  const { stage, status } = await requireStage(tx, act.jobId, ["done", "importing"]);
  if (stage === "importing" && status !== "failed") await requireStage(tx, act.jobId, ["done"]);
  const blockers = await undoBlockers(tx, act.jobId);
  if (blockers.length > 0) throw blocked(blockers);
  await moveJob(tx, { tenantId: act.tenantId, jobId: act.jobId, to: "undoing", from: [stage], actor: act.actor });
  if (stage === "importing") {
    await tx
      .update(ingestionJobs)
      .set({ progress_seq: 1, error_code: null, error_message: null, error_details: null })
      .where(eq(ingestionJobs.id, act.jobId));
  }
  await announce(tx, act.tenantId, { type: "job.undo", jobId: act.jobId });
}

export function undoJob(run: StageRun): Promise<StageResult> {
  return underLease(run, ["undoing"], async (work) => {
    const ready = await work.door.tx((tx) => prepare(tx, work));
    if (ready === "busy") return { done: false, retrySeconds: BUSY_RETRY_SECONDS };
    if (ready === "blocked") return DONE;
    for (const step of [openRevised, revertRevisions, restoreSightings, removeSightings, openShared, passOn, removeRows]) {
      while ((await slice(work, step)) > 0) {
        if (Date.now() > work.deadline) return goOnLater(work, "job.undo");
      }
    }
    await work.door.tx((tx) => finish(tx, work));
    return DONE;
  });
}

async function prepare(tx: Tx, work: StageWork): Promise<"busy" | "blocked" | "ready"> {
  await holdLease(tx, work.lease);
  if (!(await leaseAccounts(tx, work.jobId))) return "busy";
  const job = await tx.query.ingestionJobs.findFirst({ columns: { progress_seq: true }, where: (jobs, { eq: is }) => is(jobs.id, work.jobId) });
  // Once the first slice has gone, the accounts are leased and nothing new can stand against the rest.
  if ((job?.progress_seq ?? 0) > 0) return "ready";
  const blockers = await undoBlockers(tx, work.jobId);
  if (blockers.length === 0) {
    await tx.update(ingestionJobs).set({ progress_seq: 1 }).where(eq(ingestionJobs.id, work.jobId));
    await noteProgress(tx, work.jobId, { total: await countUndoSteps(tx, work.jobId) });
    return "ready";
  }
  await releaseAccounts(tx, work.jobId);
  await moveJob(tx, { tenantId: work.tenantId, jobId: work.jobId, to: "done", from: ["undoing"], status: await statusBefore(tx, work) });
  await tx
    .update(ingestionJobs)
    .set({ error_code: "undo_blocked", error_message: `The undo was refused and nothing was changed. ${blockers[0]?.message ?? ""}` })
    .where(eq(ingestionJobs.id, work.jobId));
  return "blocked";
}

/** Undone or refused, a job keeps the status it had: what it left behind says which. */
async function statusBefore(tx: Tx, work: StageWork): Promise<"completed" | "partial"> {
  const rows = await tx.execute(sql`
    select 1 from statements where job_id = ${work.jobId} and account_id is null and group_status is distinct from 4
    union all (select 1 from staged_transactions where job_id = ${work.jobId} and invalid_code is not null) limit 1`);
  return rows.rows.length > 0 ? "partial" : "completed";
}

function slice(work: StageWork, step: (tx: Tx, jobId: string, rowsMax: number) => Promise<number>): Promise<number> {
  return work.door.tx(async (tx) => {
    await holdLease(tx, work.lease);
    await renewAccountLeases(tx, work.jobId);
    const taken = await step(tx, work.jobId, SLICE_ROWS);
    await noteProgress(tx, work.jobId, { done: taken });
    return taken;
  });
}

async function finish(tx: Tx, work: StageWork): Promise<void> {
  await holdLease(tx, work.lease);
  await unbookBalances(tx, work.jobId);
  await raiseBooksVersions(tx, work.jobId);
  const taken = await tx
    .update(statements)
    .set({ imported_at: null, books_version: null })
    .where(sql`${statements.job_id} = ${work.jobId} and ${statements.imported_at} is not null`)
    .returning({ id: statements.id });
  await recomputeBalances(tx, work.jobId);
  await proveNeighbours(
    tx,
    taken.map((row) => row.id),
  );
  await releaseAccounts(tx, work.jobId);
  await dropLiveness(tx, work.jobId);
  await moveJob(tx, { tenantId: work.tenantId, jobId: work.jobId, to: "undone", from: ["undoing"], status: await statusBefore(tx, work) });
}

function blocked(blockers: Blocker[]): Refusal {
  return new Refusal({
    status: 409,
    code: "undo_blocked",
    message: `The job cannot be undone: ${blockers[0]?.message ?? ""}${blockers.length > 1 ? ` (and ${blockers.length - 1} more)` : ""}`,
    more: { blockers },
  });
}
