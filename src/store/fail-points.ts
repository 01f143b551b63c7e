/** Where a worker is made to fail on purpose, in local and test runs only: inside and after every transaction of every stage. Elsewhere nothing of it is alive. */
import type { Env } from "../env.ts";
import type { TenantDoor, Tx } from "./tenant.ts";

/**
 * How a step fails. `inside`: before its commit, which is rolled back. `after`: behind its commit; the lease is given back on the way out.
 * `gone`: behind its commit, and nothing more is heard of the worker: its lease stays until it runs out.
 */
export const FAILURES = ["inside", "after", "gone"] as const;
export type Failure = (typeof FAILURES)[number];

/** The steps of the queue's consumer that are no transaction of a stage. */
export const QUEUE_STEPS = ["outbox/sent", "message/done"] as const;
export type QueueStep = (typeof QUEUE_STEPS)[number];

/** What a fail-point throws. */
export class FailPoint extends Error {
  constructor(step: string) {
    super(`The worker was made to fail at ${step}.`);
    this.name = "FailPoint";
  }
}

type FailEnv = Pick<Env, "ENVIRONMENT" | "FAIL_POINTS">;

/** What FAIL_POINTS names, in environments that may have it; else null. */
function armed(env: FailEnv): string | null {
  return env.ENVIRONMENT === "local" || env.ENVIRONMENT === "test" ? (env.FAIL_POINTS ?? null) : null;
}

/** Fails where FAIL_POINTS names this step of the consumer. */
export function failAt(env: FailEnv, step: QueueStep): void {
  if (armed(env) === step) throw new FailPoint(step);
}

/**
 * The stage's door. FAIL_POINTS `importing/3/inside` makes the third transaction of a run of the stage fail so; the first takes the lease. A worker
 * that is `gone` writes nothing more.
 */
export function withFailPoints(env: FailEnv, stage: string, door: TenantDoor): TenantDoor {
  const point = armed(env);
  if (point === null) return door;
  let count = 0;
  let isGone = false;
  return {
    tx: async <T>(work: (tx: Tx) => Promise<T>, deadlineMs?: number): Promise<T> => {
      if (isGone) throw new FailPoint(point);
      count += 1;
      const step = `${stage}/${count}`;
      const result = await door.tx(async (tx) => {
        const found = await work(tx);
        if (point === `${step}/inside`) throw new FailPoint(point);
        return found;
      }, deadlineMs);
      isGone = point === `${step}/gone`;
      if (isGone || point === `${step}/after`) throw new FailPoint(point);
      return result;
    },
  };
}
