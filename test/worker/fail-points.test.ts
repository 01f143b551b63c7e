/** Workers that fail at every step of every stage in turn: the books come out as if nothing had happened. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { sweep } from "../../src/cron.ts";
import type { Message } from "../../src/domain/messages.ts";
import { checkEnv } from "../../src/env.ts";
import { FAILURES, FailPoint, type Failure } from "../../src/store/fail-points.ts";
import { bai2, type Group, type Movement } from "../fixtures/bai2-file.ts";
import { type BooksFigures, booksOf } from "../harness/multiset.ts";
import { carry, openRoad, type Road } from "./support/road.ts";
import { asOwner } from "./support/tenants.ts";

const STAGE_OF = {
  "sync.due": "fetching",
  "job.deposited": "parsing",
  "job.parsed": "matching",
  "job.approved": "importing",
  "job.undo": "undoing",
  "alert.raised": null,
} as const;

/** No stage has so many transactions; one that has goes round in circles. */
const STEPS_MAX = 80;

const FEW = 40;
/** 25,500 rows of 200 bytes are five reads of 1 MiB, two slices of an import and three of an undo. */
const MANY = 25_500;

const movement = (no: number): Movement => ({
  [no % 3 === 0 ? "in" : "out"]: 1_000 + (no % 977),
  bank: `BR${String(no).padStart(8, "0")}`,
  text: `INVOICE ${no} ${"OF A LONG AND WORDY SUPPLIER ".repeat(5)}`,
});

const interim: Group = {
  on: "2026-03-02",
  modifier: 3,
  statements: [
    {
      account: "0123456789",
      opening: 1_000_000,
      rows: [
        { out: 700, bank: "IN000001", text: "CARD" },
        { out: 800, bank: "IN000002", text: "CARD THAT GOES" },
      ],
    },
  ],
};
const firstFinal: Group = {
  on: "2026-03-01",
  statements: [
    {
      account: "0123456789",
      opening: 0,
      closing: 1_000_000,
      available: 900_000,
      rows: [
        { in: 500_000, bank: "AA000001", text: "SALE" },
        { in: 500_000, text: "CASH" },
      ],
    },
    { account: "9876543210", opening: 10, rows: [{ in: 5, text: "INTEREST" }] },
  ],
};

/** Repeats the first day, replaces the interim rows, brings many new ones, and an account that nobody knows. */
function secondFile(rows: number): Uint8Array {
  const card: Movement = { out: 700, bank: "IN000001", text: "CARD, BOOKED" };
  const secondFinal: Group = {
    on: "2026-03-02",
    statements: [
      { account: "0123456789", opening: 1_000_000, available: 5, rows: [card, ...Array.from({ length: rows }, (_, no) => movement(no))] },
      { account: "5555555555", opening: 0, rows: [{ in: 1, text: "UNKNOWN" }] },
    ],
  };
  return bai2([firstFinal, secondFinal], { fileId: "2" });
}

/** The same for every way of failing. */
let undisturbedFew: Promise<Snapshots> | undefined;

interface Snapshots {
  planned: BooksFigures;
  booked: BooksFigures;
  undone: BooksFigures;
}

/** The same history for every company; `travel` is how its messages get through. */
async function history(rows: number, travel: (road: Road) => Promise<unknown>): Promise<Snapshots> {
  const road = await openRoad();
  const books = () => booksOf(asOwner, road.tenantId);
  await road.account({ name: "Operating", account_number: "0123456789" });
  await road.account({ name: "Savings", account_number: "9876543210" });
  await road.book(bai2([firstFinal, interim], { fileId: "1" }), undefined);

  const { jobId } = await road.deposit(secondFile(rows), { file_name: "second.bai" });
  await travel(road);
  const planned = await books();
  await road.decide(jobId, { where: { outcome: "removal" }, decision: "import" });
  await road.ok("POST", `/api/jobs/${jobId}/approve`, {});
  await travel(road);
  const booked = await books();
  await road.ok("POST", `/api/jobs/${jobId}/undo`);
  await travel(road);
  return { planned, booked, undone: await books() };
}

/** Carries every message through a failure of each of its steps in turn, in these stages; counts the failures by stage. */
async function travelFailing(
  road: Road,
  failure: Failure,
  failures: Map<string, number>,
  stages: readonly string[] = Object.values(STAGE_OF).filter((stage) => stage !== null),
): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    const messages = await road.takeOutbox();
    if (messages.length === 0) return;
    for (const message of messages) {
      const stage = STAGE_OF[message.type];
      const fails = stage !== null && stages.includes(stage);
      await carryFailing(road, message, { failure, stage: fails ? stage : null }, failures);
    }
  }
  throw new Error("The road has no end.");
}

async function carryFailing(
  road: Road,
  message: Message,
  { failure, stage }: { failure: Failure; stage: string | null },
  failures: Map<string, number>,
): Promise<void> {
  for (let step = 1; step <= STEPS_MAX; step += 1) {
    const isThrough = await comesThrough(message, stage === null ? {} : { FAIL_POINTS: `${stage}/${step}/${failure}` });
    await letLeasesRunOut(road);
    if (isThrough) return;
    failures.set(stage ?? "", (failures.get(stage ?? "") ?? 0) + 1);
    if (failure === "gone") await bringBack(road);
  }
  throw new Error(`${message.type} has more than ${STEPS_MAX} steps.`);
}

/** False where the worker was made to fail. */
async function comesThrough(message: Message, settings: { FAIL_POINTS?: string }): Promise<boolean> {
  try {
    const result = await carry(message, settings);
    expect(result.done, "nobody else is at work").toBe(true);
    return true;
  } catch (error) {
    if (!(error instanceof FailPoint)) throw error;
    return false;
  }
}

/** What 90 seconds would do. */
async function letLeasesRunOut(road: Road): Promise<void> {
  await asOwner("update ingestion_jobs set lease_until = now() - interval '1 second' where tenant_id = $1 and lease_until is not null", [
    road.tenantId,
  ]);
}

/** The message is lost with its worker: the sweeper finds the job and announces it. Here the same message goes on, so the announced one is one more. */
async function bringBack(road: Road): Promise<void> {
  await asOwner("update ingestion_jobs set updated_at = now() - interval '1 hour' where tenant_id = $1 and status in ('pending', 'running')", [
    road.tenantId,
  ]);
  await sweep(env);
}

describe("a worker that fails", () => {
  it.each(FAILURES)(
    "%s each transaction of each stage in turn leaves the books of an undisturbed run",
    async (failure) => {
      const failures = new Map<string, number>();
      undisturbedFew ??= history(FEW, (road) => road.travel());
      const undisturbed = await undisturbedFew;

      const disturbed = await history(FEW, (road) => travelFailing(road, failure, failures));

      expect(undisturbed.booked["transactions"]?.rows).toBe(FEW + 5);
      expect(disturbed).toEqual(undisturbed);
      // The least that each stage writes: lease, beginning, work, end. A stage that loses its fail-points shows here.
      for (const [stage, least] of Object.entries({ parsing: 5, matching: 8, importing: 4, undoing: 6 })) {
        expect(failures.get(stage) ?? 0, stage).toBeGreaterThanOrEqual(least);
      }
    },
    120_000,
  );

  it("between the chunks and slices of a large file leaves the books of an undisturbed run", async () => {
    const failures = new Map<string, number>();
    const undisturbed = await history(MANY, (road) => road.travel());

    const disturbed = await history(MANY, (road) => travelFailing(road, "gone", failures, ["parsing", "importing", "undoing"]));

    expect(undisturbed.booked["transactions"]?.rows).toBe(MANY + 5);
    expect(disturbed).toEqual(undisturbed);
  }, 120_000);

  it("on purpose does so in local and test runs only", async () => {
    const point = "parsing/1/after";
    const road = await openRoad();
    const { jobId } = await road.deposit(bai2(firstFinal));
    const [message] = await road.takeOutbox();
    if (message === undefined) throw new Error("A deposit announces its job.");

    await carry(message, { ENVIRONMENT: "production", FAIL_POINTS: point });

    expect(await road.job(jobId)).toMatchObject({ stage: "matching" });
    expect(() => checkEnv({ ...env, ENVIRONMENT: "production", FAIL_POINTS: point })).toThrow(/FAIL_POINTS.*local runs only/);
  });
});
