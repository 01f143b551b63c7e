/** Staged rows → a plan, proven; straight on to the books where all is clear and the connection says so (RULES.md §4, §6). */
import { eq } from "drizzle-orm";
import type { ConnectionConfig } from "../domain/connection.ts";
import type { Stage } from "../domain/status.ts";
import { connectionConfig } from "../store/connections.ts";
import { moveJob } from "../store/jobs.ts";
import { holdLease } from "../store/lease.ts";
import { isMappedAnew } from "../store/mappings.ts";
import { announce, raiseAlert } from "../store/outbox.ts";
import { type PlanStanding, planStanding } from "../store/plan.ts";
import { ingestionJobs } from "../store/schema.ts";
import { DONE, type StageResult, type StageRun, type StageWork, underLease } from "../store/stage.ts";
import type { Tx } from "../store/tenant.ts";
import { matchRows } from "./match.ts";
import { judgeJobs, proveContinuity } from "./prove.ts";

export function matchJob(run: StageRun): Promise<StageResult> {
  return underLease(run, ["matching"], async (work) => {
    await matchRows(work.door, { tenantId: work.tenantId, lease: work.lease });
    await work.door.tx(async (tx) => {
      await holdLease(tx, work.lease);
      await proveContinuity(tx, work.jobId);
      await settle(tx, work);
    });
    return DONE;
  });
}

async function settle(tx: Tx, work: StageWork): Promise<void> {
  if (await isMappedAnew(tx, work.jobId)) {
    // A person mapped while the rows were matched: the plan is of yesterday's accounts and is made anew.
    await announce(tx, work.tenantId, { type: "job.parsed", jobId: work.jobId });
    return;
  }
  const standing = await planStanding(tx, work.jobId);
  const job = await tx.query.ingestionJobs.findFirst({
    columns: { connection_id: true, proof_ok: true },
    where: (jobs, { eq: is }) => is(jobs.id, work.jobId),
  });
  const config = await connectionConfig(tx, job?.connection_id ?? "");
  const obstacles = config.auto_import ? autoImportObstacles(standing, config) : [];
  const to = nextStage(standing, config.auto_import === true && obstacles.length === 0);
  const note = obstacles.length > 0 ? `Not imported by itself: ${obstacles.join("; ")}.` : null;
  const proof = (await judgeJobs(tx, [work.jobId])).get(work.jobId) ?? null;
  await tx
    .update(ingestionJobs)
    .set({ auto_import_note: note, ...(to === "importing" ? { error_code: null, error_message: null } : {}) })
    .where(eq(ingestionJobs.id, work.jobId));
  // Said when it is found, not again each time the plan is made anew.
  if (proof === false && job?.proof_ok !== false) await raiseAlert(tx, work.tenantId, { event: "proof_broken", jobId: work.jobId });
  const leftBehind = standing.unmapped > 0 || standing.invalid > 0;
  const status = to !== "done" ? undefined : leftBehind ? ("partial" as const) : ("completed" as const);
  await moveJob(tx, { tenantId: work.tenantId, jobId: work.jobId, to, from: ["matching"], ...(status ? { status } : {}) });
  if (to === "importing") await announce(tx, work.tenantId, { type: "job.approved", jobId: work.jobId });
  else if (to !== "done")
    await raiseAlert(tx, work.tenantId, { event: to === "needs_mapping" ? "job_needs_mapping" : "job_in_review", jobId: work.jobId });
}

/** `needs_mapping` only when nothing at all is mapped; a file without a statement, or with nothing left to book, is done. */
export function nextStage(standing: PlanStanding, autoImport: boolean): Stage {
  if (standing.statements === 0) return "done";
  if (standing.ready === 0 && standing.imported > 0) return "done";
  if (standing.ready === 0 && standing.unmapped > 0) return "needs_mapping";
  return autoImport ? "importing" : "in_review";
}

/** Why a job of an auto-importing connection must wait for a person; empty where nothing speaks against it. */
export function autoImportObstacles(standing: PlanStanding, config: ConnectionConfig): string[] {
  const obstacles: string[] = [];
  if (standing.unmapped > 0) obstacles.push(`${standing.unmapped} account statements are not mapped`);
  if (standing.undecided > 0) obstacles.push(`${standing.undecided} rows wait for a decision`);
  if (standing.invalid > 0) obstacles.push(`${standing.invalid} rows cannot be booked`);
  if (standing.errors > 0) obstacles.push(`${standing.errors} parts of the file could not be read`);
  if (standing.broken.length > 0) obstacles.push(`the proof is broken (${standing.broken.join(", ")})`);
  if (standing.totals_unproven > 0) obstacles.push(`${standing.totals_unproven} statements do not prove their control total`);
  if (config.require_proof === "ledger" && standing.ledger_unproven > 0)
    obstacles.push(`${standing.ledger_unproven} statements do not prove their ledger`);
  return obstacles;
}
