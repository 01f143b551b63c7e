/** Staged rows → a plan: every row's outcome, reason and target (RULES.md §2, §3). Books nothing, asks nobody, and may be run again at any time. */
import type { TenantDoor } from "../store/tenant.ts";
import { askAboutAppends } from "./match/append.ts";
import { recountPlan } from "./match/count.ts";
import { linkOtherSources } from "./match/cross-source.ts";
import { restoreDecisions } from "./match/decisions.ts";
import { matchIdentities, setReplacedAside } from "./match/identity.ts";
import { claimInterimRows } from "./match/interim.ts";
import { prepareJob } from "./match/prepare.ts";
import { proposeRemovals } from "./match/removals.ts";
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
  await setReplacedAside(door, job);
  if (shape.hasStrongIds) for (const slice of slices) await matchStrongIds(door, job, slice);
  for (const slice of slices) await matchIdentities(door, job, shape, slice);
  await claimInterimRows(door, job);
  await askAboutAppends(door, job);
  await proposeRemovals(door, job);
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

function slicesOf(rowCount: number, rowsMax: number): Slice[] {
  const of = Math.max(1, Math.ceil(rowCount / rowsMax));
  return Array.from({ length: of }, (_, at) => ({ of, at }));
}
