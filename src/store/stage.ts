/** What every stage of the road shares: one connection, the job's lease, and how it ends. Never decides what the stage does. */
import type { JobId, TenantId } from "../domain/ids.ts";
import type { JobMessageType } from "../domain/messages.ts";
import type { Stage } from "../domain/status.ts";
import type { Env } from "../env.ts";
import { withFailPoints } from "./fail-points.ts";
import { type Lease, LeaseLost, releaseLease, takeLease } from "./lease.ts";
import { announce } from "./outbox.ts";
import { type TenantDoor, withTenantDoor } from "./tenant.ts";

/** What a message asks: this job, one stage further. */
export interface StageRun {
  env: Env;
  tenantId: TenantId;
  jobId: JobId;
}

/** `done`: acknowledge. `retry`: the same message again later, without counting it as a fault. */
export type StageResult = { done: true } | { done: false; retrySeconds: number };

export const DONE: StageResult = { done: true };

export interface StageWork extends StageRun {
  door: TenantDoor;
  lease: Lease;
  stage: Stage;
  /** When this message's time is up, as Date.now() counts: what is left then goes out as the same message again. */
  deadline: number;
}

/** 60 s a message: small jobs of other tenants get their turn, and the platform's 30 s of grace is never a surprise to more than one slice. */
const TIME_BUDGET_MS = 60_000;

/** 20 s: a stage that is busy elsewhere is looked at again well before its lease (90 s) runs out. */
const BUSY_RETRY_SECONDS = 20;

/**
 * Runs `work` under the job's lease, where the job stands in one of `stages`; anything else is a message that came twice or too late, and done.
 * The lease is given back at the end; a worker that lost it stops without a trace.
 */
export function underLease(run: StageRun, stages: readonly Stage[], work: (work: StageWork) => Promise<StageResult>): Promise<StageResult> {
  return withTenantDoor(run.env, run.tenantId, async (opened) => {
    const door = withFailPoints(run.env, stages.at(-1) ?? "", opened);
    const taken = await door.tx((tx) => takeLease(tx, run.jobId, stages));
    if (taken.lease === null) return taken.busy ? { done: false, retrySeconds: BUSY_RETRY_SECONDS } : DONE;
    const { lease, stage } = taken;
    try {
      return await work({ ...run, door, lease, stage, deadline: Date.now() + TIME_BUDGET_MS });
    } catch (error) {
      if (error instanceof LeaseLost) return DONE;
      throw error;
    } finally {
      await door.tx((tx) => releaseLease(tx, lease)).catch(() => undefined);
    }
  });
}

/** The time is up: the same message goes out again behind those that wait, or after `delaySeconds`, and the stage goes on from where it is. */
export async function goOnLater(work: StageWork, type: JobMessageType, delaySeconds = 0): Promise<StageResult> {
  await work.door.tx((tx) => announce(tx, work.tenantId, { type, jobId: work.jobId, delaySeconds }));
  return DONE;
}
