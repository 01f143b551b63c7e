/** The plan → the books, exactly once: leases the accounts, verifies the whole plan before the first write, books in slices behind the fence. */
import { and, eq, inArray, sql } from "drizzle-orm";
import * as z from "zod";
import { FILE_CONNECTION_TYPES } from "../domain/connection.ts";
import { REMOVAL_SEQ_START } from "../domain/plan.ts";
import { leaseAccounts, releaseAccounts, renewAccountLeases } from "../store/books/account-lease.ts";
import { bookBalances, recomputeBalances } from "../store/books/balances.ts";
import { booksSince, countContradictions, countUnaskedRows, countUnspokenOf, raiseBooksVersions } from "../store/books/overtaken.ts";
import { applyMatches, bookStaged, nextMatchSlice, nextStagedSlice, type Slice } from "../store/books/rows.ts";
import { countChangedTargets, countGoneTargets, countTakenPlaces, hasPinnedTargets, yieldToBooked } from "../store/books/verify.ts";
import { moveJob, noteProgress } from "../store/jobs.ts";
import { holdLease } from "../store/lease.ts";
import { isMappedAnew, isMappedElsewhere } from "../store/mappings.ts";
import { announce } from "../store/outbox.ts";
import { planStanding } from "../store/plan.ts";
import { connections, ingestionJobs, statements } from "../store/schema.ts";
import { DONE, goOnLater, type StageResult, type StageRun, type StageWork, underLease } from "../store/stage.ts";
import { rowsOf, type Tx } from "../store/tenant.ts";
import { proveNeighbours } from "./prove.ts";

/** 25,000 rows × ~20 µs = 0.5 s a transaction: short enough to lose, long enough to be worth its round trips. */
const SLICE_ROWS = 25_000;
/** Accounts that another import holds are free again within seconds, as a rule. */
const BUSY_RETRY_SECONDS = 5;
/** progress_seq counts staged rows up to here, then plan entries from here on. */
const MATCHES_START = 10 * REMOVAL_SEQ_START;

/** 100,000 rows × ~25 µs (an index probe each for what may be booked already, twice) = 2.5 s a transaction. */
const VERIFY_ROWS = 100_000;

export function importJob(run: StageRun): Promise<StageResult> {
  return underLease(run, ["importing"], async (work) => {
    const begun = await work.door.tx((tx) => begin(tx, work));
    if (begun === "busy") return { done: false, retrySeconds: BUSY_RETRY_SECONDS };
    // Part of it stands in the books already: the plan was verified before that.
    const drift = begun > 0 ? 0 : await verifyPlan(work);
    if (drift > 0) {
      await work.door.tx((tx) => backToReview(tx, work, drift));
      return DONE;
    }
    const isBooked = begun >= MATCHES_START || (await takeSlices(work, begun, begun > 0 ? bookRestSlice : bookSlice));
    const isWhole = isBooked && (await takeSlices(work, Math.max(begun, MATCHES_START), matchSlice));
    if (!isWhole) return goOnLater(work, "job.approved");
    await work.door.tx((tx) => finish(tx, work));
    return DONE;
  });
}

/** How far the job has come: 0 where nothing is booked yet. */
async function begin(tx: Tx, work: StageWork): Promise<"busy" | number> {
  await holdLease(tx, work.lease);
  if (!(await leaseAccounts(tx, work.jobId))) return "busy";
  const job = await tx.query.ingestionJobs.findFirst({ columns: { progress_seq: true }, where: (jobs, { eq: is }) => is(jobs.id, work.jobId) });
  return job?.progress_seq ?? 0;
}

/**
 * Verifies the whole plan before the first write, where the books have moved since it was made: slice by slice; the accounts are leased, so what is verified
 * stays so. How many rows have drifted.
 */
async function verifyPlan(work: StageWork): Promise<number> {
  const { jobId } = work;
  // A mapping may have been changed while the job had failed.
  let drift = (await work.door.tx((tx) => isMappedElsewhere(tx, jobId))) ? 1 : 0;
  const since = await work.door.tx((tx) => booksSince(tx, jobId));
  await work.door.tx((tx) => noteStaged(tx, work, since.hasMoved));
  // No job has touched the books of these accounts: every place is as the plan found it, and only people may have changed a row that it is to change.
  if (!since.hasMoved) return drift + ((await work.door.tx((tx) => hasPinnedTargets(tx, jobId))) ? await countChanged(work) : 0);
  drift += await countSlices(work, { first: 0, next: nextStagedSlice }, async (tx, slice) => {
    await noteProgress(tx, jobId, { done: slice.to - slice.from });
    // As a rule no place is taken: then one look is enough.
    if ((await countTakenPlaces(tx, slice)) === 0) return 0;
    await yieldToBooked(tx, slice);
    return countTakenPlaces(tx, slice);
  });
  drift += (await countChanged(work)) + (await work.door.tx((tx) => countGoneTargets(tx, jobId)));
  for (const otherId of since.jobIds) drift += await work.door.tx((tx) => countUnspokenOf(tx, jobId, otherId));
  if (since.jobIds.length > 0)
    drift += await countSlices(work, { first: 0, next: nextStagedSlice }, (tx, slice) => countUnaskedRows(tx, slice, since.jobIds));
  return drift + (await work.door.tx((tx) => countContradictions(tx, jobId)));
}

const countChanged = (work: StageWork): Promise<number> => countSlices(work, { first: -1, next: nextMatchSlice }, countChangedTargets);

/** The sum over all slices, each in a transaction that keeps the leases alive. */
async function countSlices(
  work: StageWork,
  slices: { first: number; next: typeof nextStagedSlice },
  count: (tx: Tx, slice: Slice) => Promise<number>,
): Promise<number> {
  let sum = 0;
  const take = (from: number) =>
    work.door.tx(async (tx) => {
      await holdLease(tx, work.lease);
      await renewAccountLeases(tx, work.jobId);
      const to = await slices.next(tx, work.jobId, from, VERIFY_ROWS);
      if (to !== null) sum += await count(tx, { jobId: work.jobId, from, to });
      return to;
    });
  for (let from: number | null = slices.first; from !== null; ) from = await take(from);
  return sum;
}

/** Takes slice after slice; true where none is left, false where the time is up. At least one is taken. */
async function takeSlices(work: StageWork, from: number, take: (work: StageWork, from: number) => Promise<number | null>): Promise<boolean> {
  for (let at = await take(work, from); at !== null; at = await take(work, at)) {
    if (Date.now() > work.deadline) return false;
  }
  return true;
}

/** Each row is verified, then booked: twice the rows are the steps of an import. Where no account's books have moved, the first half is done at once. */
async function noteStaged(tx: Tx, work: StageWork, hasMoved: boolean): Promise<void> {
  const [row] = await rowsOf(
    tx,
    sql`select coalesce(max(seq), 0) as last from staged_transactions where job_id = ${work.jobId}`,
    z.object({ last: z.coerce.number() }),
  );
  const last = row?.last ?? 0;
  await noteProgress(tx, work.jobId, { total: 2 * last });
  if (!hasMoved) await noteProgress(tx, work.jobId, { done: last });
}

async function backToReview(tx: Tx, work: StageWork, drift: number): Promise<void> {
  await holdLease(tx, work.lease);
  await releaseAccounts(tx, work.jobId);
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
const bookSlice = (work: StageWork, from: number) => bookNext(work, from, false);

/**
 * As `bookSlice`, for a job that goes on where another worker stopped: only where that one was gone for longer than its accounts' lease may others have
 * booked since, and what they booked this job need not.
 */
const bookRestSlice = (work: StageWork, from: number) => bookNext(work, from, true);

function bookNext(work: StageWork, from: number, yields: boolean): Promise<number | null> {
  return work.door.tx(async (tx) => {
    await holdLease(tx, work.lease);
    const to = await nextStagedSlice(tx, work.jobId, from, SLICE_ROWS);
    if (to === null) return null;
    if (yields) await yieldToBooked(tx, { jobId: work.jobId, from, to });
    const booked = await bookStaged(tx, { jobId: work.jobId, from, to });
    await progressTo(tx, work, to, { booked, taken: to - from });
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
    await progressTo(tx, work, MATCHES_START + to, { booked: changed, taken: 0 });
    return MATCHES_START + to;
  });
}

async function progressTo(tx: Tx, work: StageWork, progress: number, { booked, taken }: { booked: number; taken: number }): Promise<void> {
  await renewAccountLeases(tx, work.jobId);
  await tx
    .update(ingestionJobs)
    .set({ progress_seq: progress, records_imported: sql`records_imported + ${booked}`, stage_done: sql`stage_done + ${taken}` })
    .where(eq(ingestionJobs.id, work.jobId));
}

async function finish(tx: Tx, work: StageWork): Promise<void> {
  await holdLease(tx, work.lease);
  await bookBalances(tx, work.jobId);
  await raiseBooksVersions(tx, work.jobId);
  const imported = await tx
    .update(statements)
    .set({ imported_at: sql`now()`, books_version: sql`(select a.books_version from accounts a where a.id = ${statements.account_id})` })
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
      // What a connection fetched was fresh when it was fetched, not when somebody approved it (store/sync-health.ts).
      .where(and(eq(connections.id, connectionId), inArray(connections.connection_type, FILE_CONNECTION_TYPES)));
  }
}

/** What a person mapped while the rest was booked is planned at once: nobody else would look for it. */
async function planLateMappings(tx: Tx, work: StageWork): Promise<void> {
  if (!(await isMappedAnew(tx, work.jobId))) return;
  await moveJob(tx, { tenantId: work.tenantId, jobId: work.jobId, to: "matching", from: ["done"], status: "running" });
  await announce(tx, work.tenantId, { type: "job.parsed", jobId: work.jobId });
}
