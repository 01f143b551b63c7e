/** What a person does to a job: decide rows, approve the plan, cancel, retry. Each is one transaction with its audit entry; nothing is booked here. */
import { and, eq, isNotNull, sql } from "drizzle-orm";
import type { Actor } from "../domain/actor.ts";
import type { JobId, TenantId } from "../domain/ids.ts";
import { ALLOWED_DECISIONS, type Decision, type Outcome } from "../domain/plan.ts";
import { notFound, Refusal, rawFileExpired } from "../domain/refusal.ts";
import { MOVES, STAGE_MESSAGE, type Stage } from "../domain/status.ts";
import { recordAudit } from "../store/audit.ts";
import { fileExpiredAt } from "../store/expiry.ts";
import { dropLiveness, type JobState, lockJob, moveJob } from "../store/jobs.ts";
import { announce } from "../store/outbox.ts";
import { bumpPlanVersion, decideAll, planRowsBySeq, planStanding, type RowDecision, writeDecisions } from "../store/plan.ts";
import { ingestionJobs, rawIngestionData, statements } from "../store/schema.ts";
import { isUniqueViolation, type Tx } from "../store/tenant.ts";
import { recountPlan } from "./match/count.ts";

export interface JobAct {
  tenantId: TenantId;
  jobId: JobId;
  actor: Actor;
}

export type DecisionRequest =
  | { row_id: string; decision: Decision; transaction_id?: string | undefined }
  | { where: { outcome: Outcome }; decision: Decision };

/** Applies decisions, all or none; returns how many rows they touched and the plan's new version. */
export async function decideRows(
  tx: Tx,
  act: JobAct,
  requests: DecisionRequest[],
): Promise<{ decided: number; plan_version: number; undecided: number }> {
  await requireStage(tx, act.jobId, ["in_review"]);
  let decided = 0;
  for (const request of requests) {
    if (!("where" in request)) continue;
    refuseDecision(request.where.outcome, request.decision, null);
    decided += await decideAll(tx, act.jobId, request.where.outcome, request.decision, act.actor.userId);
  }
  const single = requests.filter((request) => "row_id" in request);
  if (single.length > 0) {
    const decisions = await checkedDecisions(tx, act.jobId, single);
    await writeDecisions(tx, act.jobId, decisions, act.actor.userId);
    decided += decisions.length;
  }
  await recountPlan(tx, act.jobId);
  const planVersion = await bumpPlanVersion(tx, act.jobId);
  await recordAudit(tx, act.actor, {
    action: "plan.decided",
    subjectType: "job",
    subjectId: act.jobId,
    jobId: act.jobId,
    details: { decided, plan_version: planVersion },
  });
  const { undecided } = await planStanding(tx, act.jobId);
  return { decided, plan_version: planVersion, undecided };
}

async function checkedDecisions(tx: Tx, jobId: JobId, requests: Extract<DecisionRequest, { row_id: string }>[]): Promise<RowDecision[]> {
  const rows = new Map(
    (
      await planRowsBySeq(
        tx,
        jobId,
        requests.map((request) => Number(request.row_id)),
      )
    ).map((row) => [row.seq, row]),
  );
  const decisions: RowDecision[] = [];
  for (const request of requests) {
    const row = rows.get(Number(request.row_id));
    if (!row) throw notFound(`row ${request.row_id}`);
    if (row.imported_at !== null) throw alreadyBooked(request.row_id);
    refuseDecision(row.outcome, request.decision, request.row_id);
    const targetId = request.transaction_id ?? null;
    if (targetId !== null) await requireSameAccount(tx, targetId, row.account_id);
    if (request.decision === "link" && targetId === null && row.target_id === null) throw linkToNothing(request.row_id);
    decisions.push({ seq: row.seq, decision: request.decision, targetId });
  }
  return decisions;
}

function refuseDecision(outcome: Outcome, decision: Decision, rowId: string | null): void {
  const allowed: readonly Decision[] = ALLOWED_DECISIONS[outcome];
  if (allowed.includes(decision)) return;
  throw new Refusal({
    status: 422,
    code: "decision_not_possible",
    message: `${rowId === null ? "Rows" : `Row ${rowId}`} with the outcome "${outcome}" cannot be decided as "${decision}". ${
      allowed.length === 0 ? "They stay behind: map the account, or upload a mended file." : `Choose one of: ${allowed.join(", ")}.`
    }`,
    expected: allowed,
    seen: decision,
  });
}

async function requireSameAccount(tx: Tx, transactionId: string, accountId: string | null): Promise<void> {
  const found = await tx.query.transactions.findFirst({
    columns: { account_id: true, deleted_by_job_id: true },
    where: (rows, { eq: is }) => is(rows.id, transactionId),
  });
  if (!found) throw notFound(`transaction ${transactionId}`);
  if (found.deleted_by_job_id !== null) {
    throw new Refusal({
      status: 422,
      code: "transaction_removed",
      message: "The bank took this transaction back, so that nothing can be linked to it. Import the row, or link it to another one.",
    });
  }
  if (found.account_id === accountId) return;
  throw new Refusal({
    status: 422,
    code: "other_account",
    message: "The row and the transaction to link it to belong to different accounts. Link it to a transaction of the same account.",
  });
}

/** Approves the plan that was read. 412 where it changed since, 409 while a row waits for a person. */
export async function approveJob(tx: Tx, act: JobAct, planVersion: number | null): Promise<void> {
  const job = await requireStage(tx, act.jobId, ["in_review"]);
  if (planVersion !== null && planVersion !== job.plan_version) {
    throw new Refusal({
      status: 412,
      code: "plan_changed",
      message: "The plan changed since you read it. Look at it again, then approve the version you see.",
      expected: job.plan_version,
      seen: planVersion,
    });
  }
  const { undecided } = await planStanding(tx, act.jobId);
  if (undecided > 0) {
    throw new Refusal({
      status: 409,
      code: "undecided_rows",
      message: `${undecided} ${undecided === 1 ? "row waits" : "rows wait"} for a decision. Decide every possible duplicate, conflict and removal, then approve.`,
      expected: 0,
      seen: undecided,
    });
  }
  await moveJob(tx, { tenantId: act.tenantId, jobId: act.jobId, to: "importing", from: ["in_review"], actor: act.actor });
  await tx
    .update(ingestionJobs)
    .set({ approved_by: act.actor.userId, approved_at: sql`now()`, error_code: null, error_message: null })
    .where(eq(ingestionJobs.id, act.jobId));
  await announce(tx, act.tenantId, { type: "job.approved", jobId: act.jobId });
}

/** Ends a job that has booked nothing; whoever works on it stops at the fence, and its bytes may come again. */
export async function cancelJob(tx: Tx, act: JobAct): Promise<void> {
  const stages = (Object.keys(MOVES) as Stage[]).filter((stage) => (MOVES[stage] as readonly Stage[]).includes("cancelled"));
  await requireStage(tx, act.jobId, stages);
  const booked = await tx.$count(statements, and(eq(statements.job_id, act.jobId), isNotNull(statements.imported_at)));
  if (booked > 0) throw partlyBooked(booked);
  await tx.update(ingestionJobs).set({ lease_epoch: sql`lease_epoch + 1`, lease_until: null }).where(eq(ingestionJobs.id, act.jobId));
  await moveJob(tx, { tenantId: act.tenantId, jobId: act.jobId, to: "cancelled", actor: act.actor });
  await dropLiveness(tx, act.jobId);
}

/** Sends a failed or parked job on from where it stopped. */
export async function retryJob(tx: Tx, act: JobAct): Promise<void> {
  const job = await lockJob(tx, act.jobId);
  if (!job) throw notFound("job");
  const message = STAGE_MESSAGE[job.stage];
  if (job.status !== "failed" || message === null) {
    throw new Refusal({
      status: 409,
      code: "nothing_to_retry",
      message: `Only a failed job can be retried; this one is ${job.status} in stage "${job.stage}".`,
      expected: "failed",
      seen: job.status,
    });
  }
  if (job.stage === "fetching") throw fetchAnew();
  const expiredAt = job.stage === "deposited" || job.stage === "parsing" ? await fileExpiredAt(tx, act.jobId) : null;
  if (expiredAt !== null) throw rawFileExpired(expiredAt);
  await tx
    .update(ingestionJobs)
    .set({
      status: job.stage === "deposited" ? "pending" : "running",
      error_code: null,
      error_message: null,
      error_details: null,
      completed_at: null,
      lease_until: null,
      updated_at: sql`now()`,
    })
    .where(eq(ingestionJobs.id, act.jobId));
  try {
    // A reparse holds no one's place: its bytes are its source's. Pages of a sync never do.
    await tx
      .update(rawIngestionData)
      .set({ is_live: true })
      .where(and(eq(rawIngestionData.job_id, act.jobId), sql`coalesce(raw_data ->> 'received_by', '') not in ('reparse', 'sync')`));
  } catch (error) {
    if (!isUniqueViolation(error, "raw_ingestion_data_content")) throw error;
    throw new Refusal(
      {
        status: 409,
        code: "duplicate_file",
        message: "The same bytes have come again in the meantime and stand in another job. Go on with that one.",
      },
      { cause: error },
    );
  }
  await announce(tx, act.tenantId, { type: message, jobId: act.jobId });
  await recordAudit(tx, act.actor, {
    action: "job.retried",
    subjectType: "job",
    subjectId: act.jobId,
    jobId: act.jobId,
    details: { stage: job.stage },
  });
}

/** The job, locked, where it stands in one of the stages; 404 and 409 otherwise. */
export async function requireStage(tx: Tx, jobId: JobId, stages: readonly Stage[]): Promise<JobState> {
  const job = await lockJob(tx, jobId);
  if (!job) throw notFound("job");
  if (stages.includes(job.stage)) return job;
  throw new Refusal({
    status: 409,
    code: "wrong_stage",
    message: `This cannot be done while the job is in stage "${job.stage}".`,
    expected: stages,
    seen: job.stage,
  });
}

function partlyBooked(statementCount: number): Refusal {
  return new Refusal({
    status: 409,
    code: "partly_booked",
    message: `${statementCount} of this job's statements are in the books already, so it cannot be cancelled. Skip the other rows and approve; or approve, then undo.`,
    expected: 0,
    seen: statementCount,
  });
}

function alreadyBooked(rowId: string): Refusal {
  return new Refusal({ status: 409, code: "already_booked", message: `Row ${rowId} is in the books already. Undo the job to take it back.` });
}

function linkToNothing(rowId: string): Refusal {
  return new Refusal({
    status: 422,
    code: "link_needs_target",
    message: `Row ${rowId} has no target to link to. Give the transaction_id it belongs to.`,
  });
}

function fetchAnew(): Refusal {
  return new Refusal({
    status: 409,
    code: "fetch_anew",
    message: "A fetch that failed kept nothing of it. Fetch the connection again: what was missed comes with it.",
  });
}
