/** Staged rows → a plan: every row's outcome, reason and target (RULES.md §2, §3). Books nothing, asks nobody, and may be run again at any time. */
import { noteProgress } from "../store/jobs.ts";
import type { TenantDoor } from "../store/tenant.ts";
import { askAboutAppends } from "./match/append.ts";
import { recountPlan } from "./match/count.ts";
import { linkOtherSources } from "./match/cross-source.ts";
import { restoreDecisions } from "./match/decisions.ts";
import { matchIdentities, setReplacedAside } from "./match/identity.ts";
import { claimInterimRows } from "./match/interim.ts";
import { type JobShape, prepareJob } from "./match/prepare.ts";
import { proposeRemovals } from "./match/removals.ts";
import { matchSamePlaces, proposeRemovalsOfReparse } from "./match/reparse.ts";
import { askAboutSameDay } from "./match/same-day.ts";
import { settleFindings } from "./match/settle.ts";
import { matchStrongIds } from "./match/strong-ids.ts";
import { hasOpenRows, type MatchJob, ROWS_PER_SLICE_MAX, type Slice, sweep } from "./match/sweep.ts";

/**
 * Makes the plan of a parsed job anew. Each sweep is one idea over the whole job in a transaction of its own, behind the job's fence; a worker killed in
 * between leaves a half plan that the next run clears. Raises `plan_version`. Throws LeaseLost where another worker has the job.
 */
export async function matchRows(door: TenantDoor, job: MatchJob, rowsPerSliceMax = ROWS_PER_SLICE_MAX): Promise<void> {
  const shape = await prepareJob(door, job);
  const slices = slicesOf(shape.rowCount, rowsPerSliceMax);
  await door.tx((tx) => noteProgress(tx, job.lease.jobId, { total: sweepsOf(shape, slices.length) }));
  await setReplacedAside(door, job);
  if (shape.hasStrongIds) for (const slice of slices) await matchStrongIds(door, job, shape, slice);
  if (shape.isReparse) await matchSamePlaces(door, job);
  for (const slice of slices) await matchIdentities(door, job, shape, slice);
  await claimInterimRows(door, job);
  await askAboutAppends(door, job);
  await proposeRemovals(door, job, shape);
  if (shape.isReparse) await proposeRemovalsOfReparse(door, job);
  // Where every row is decided, nothing is left for those who look at what seems new.
  const open = (await hasOpenRows(door, job, shape)) ? slices : [];
  for (const slice of open) await linkOtherSources(door, job, shape, slice);
  for (const slice of open) await askAboutSameDay(door, job, slice);
  await settleFindings(door, job);
  await sweep(door, job, async (tx) => {
    await restoreDecisions(tx, job);
    await recountPlan(tx, job.lease.jobId, { bump: true });
  });
}

/** How many sweeps `matchRows` makes after its preparation. */
function sweepsOf(shape: JobShape, slices: number): number {
  return SWEEPS_OVER_ALL + SWEEPS_IN_SLICES * slices + (shape.hasStrongIds ? slices : 0) + (shape.isReparse ? 2 : 0);
}

/** Replaced rows, interim rows, appends, removals, settling, decisions. */
const SWEEPS_OVER_ALL = 6;
/** Identities, other sources, the same day. */
const SWEEPS_IN_SLICES = 3;

function slicesOf(rowCount: number, rowsMax: number): Slice[] {
  const of = Math.max(1, Math.ceil(rowCount / rowsMax));
  return Array.from({ length: of }, (_, at) => ({ of, at }));
}
