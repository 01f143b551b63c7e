/** RULES.md §9: what people see of a job at each stage, its counters, and what a mapping sets going. */
import { describe, expect, it } from "vitest";
import { FailPoint } from "../../src/store/fail-points.ts";
import { bai2, type Group, type Movement } from "../fixtures/bai2-file.ts";
import { carry, type Job, openRoad, type Road } from "./support/road.ts";

const ACCOUNT = "0123456789";
const OTHER = "5550001111";
const RENT: Movement = { out: 120_000, bank: "BR000002", text: "RENT UNIT 7" };
const SALE: Movement = { in: 99_999, bank: "BR000003", text: "ACME INVOICE 2041" };
const FEE: Movement = { out: 500, bank: "BR000009", text: "FEE" };

const day = (rows: Movement[], group: Partial<Group> = {}): Group => ({ on: "2026-03-02", statements: [{ account: ACCOUNT, rows }], ...group });

/** One message further along the road. */
async function step(road: Road, jobId: string): Promise<[stage: string, status: string]> {
  for (const message of await road.takeOutbox()) await carry(message);
  const { stage, status } = await road.job(jobId);
  return [stage, status];
}

describe("a job's stage and status", () => {
  it("go from deposited and pending through running to done and completed, then to undone, one message at a time", async () => {
    const road = await openRoad();
    const { jobId } = await road.deposit(bai2(day([RENT])));
    const deposited = await road.job(jobId);

    const seen = [await step(road, jobId), await step(road, jobId)];
    await road.mapAll();
    seen.push(["matching", (await road.job(jobId)).status], await step(road, jobId));
    const approved = await road.api("POST", `/api/jobs/${jobId}/approve`, {});
    seen.push(await step(road, jobId));
    await road.ok("POST", `/api/jobs/${jobId}/undo`);
    seen.push(await step(road, jobId));

    expect(deposited).toMatchObject({ stage: "deposited", status: "pending", started_at: null, completed_at: null });
    expect(approved.body).toMatchObject({ stage: "importing", status: "running" });
    expect(seen).toEqual([
      ["matching", "running"],
      ["needs_mapping", "running"],
      ["matching", "running"],
      ["in_review", "running"],
      ["done", "completed"],
      ["undone", "completed"],
    ]);
    expect(await road.job(jobId)).toMatchObject({ started_at: expect.any(String), completed_at: expect.any(String) });
  });

  it("a failure keeps its stage, says why in words, and its problems name line and record", async () => {
    const road = await openRoad();

    const job = await road.upload(new TextEncoder().encode("01,BANK,CORP,260302,0600,1,,,7/\n99,0,0,2/\n"));

    expect(job).toMatchObject({
      stage: "parsing",
      status: "failed",
      records_fetched: 0,
      error_code: expect.any(String),
      completed_at: expect.any(String),
    });
    expect(job.error_message).toMatch(/version/i);
    expect(await road.api("POST", `/api/jobs/${job.id}/cancel`)).toMatchObject({ status: 202, body: { stage: "cancelled", status: "failed" } });
  });

  it("a file that holds no statement has nothing to review: it is done", async () => {
    const road = await openRoad();

    const job = await road.upload(new TextEncoder().encode("01,BANK,CORP,260302,0600,1,,,2/\n99,0,0,2/\n"));

    expect(job).toMatchObject({ stage: "done", status: "completed", records_fetched: 0, statements: [] });
  });

  it("cancelling is failing, at each stage before the books, and what was announced before does nothing after", async () => {
    const road = await openRoad();
    const accountId = await road.account({ account_number: ACCOUNT });
    const stages: string[] = [];
    for (const steps of [0, 1, 2]) {
      const { jobId } = await road.deposit(bai2(day([RENT]), { fileId: `1${steps}` }));
      for (let taken = 0; taken < steps; taken += 1) await step(road, jobId);
      stages.push((await road.job(jobId)).stage);

      const cancelled = await road.api("POST", `/api/jobs/${jobId}/cancel`);
      await road.travel();

      expect(cancelled).toMatchObject({ status: 202, body: { stage: "cancelled", status: "failed" } });
      expect(await road.job(jobId)).toMatchObject({ stage: "cancelled", status: "failed" });
    }
    await road.map("6789", accountId);
    await road.travel();
    const reviewed = await road.upload(bai2(day([RENT]), { fileId: "13" }));
    stages.push(reviewed.stage);
    await road.ok("POST", `/api/jobs/${reviewed.id}/cancel`);
    const importing = await road.upload(bai2(day([RENT]), { fileId: "14" }));
    await road.ok("POST", `/api/jobs/${importing.id}/approve`, {});

    expect(stages).toEqual(["deposited", "matching", "needs_mapping", "in_review"]);
    expect(await road.api("POST", `/api/jobs/${importing.id}/cancel`)).toMatchObject({
      status: 409,
      body: { code: "wrong_stage", seen: "importing" },
    });
    await road.travel();
    expect(await road.amounts()).toEqual(["-120000"]);
  });
});

describe("a job's counters", () => {
  it("are rows read, matched, booked or updated, and invalid", async () => {
    const road = await openRoad();
    await road.knows(ACCOUNT);
    await road.book(bai2(day([SALE, FEE], { modifier: 3 })));

    const job = await road.book(bai2(day([SALE, FEE, RENT, { text: "NO AMOUNT" }], { modifier: 2 }), { fileId: "2" }));

    expect(job).toMatchObject({
      records_fetched: 4,
      records_processed: 3,
      records_imported: 3,
      records_failed: 1,
      outcomes: { update: 2, new: 1, invalid: 1 },
    });
  });

  it("count what nobody mapped as read and not as matched", async () => {
    const road = await openRoad();

    const job = await road.upload(bai2(day([SALE, FEE])));

    expect(job).toMatchObject({ records_fetched: 2, records_processed: 0, records_imported: 0, records_failed: 0 });
  });
});

describe("mappings", () => {
  it("needs_mapping is only where nothing at all is mapped", async () => {
    const road = await openRoad();
    const accountId = await road.account();
    const file = (fileId: string) =>
      bai2(
        {
          on: "2026-03-02",
          statements: [
            { account: ACCOUNT, rows: [RENT] },
            { account: OTHER, rows: [FEE] },
          ],
        },
        { fileId },
      );
    const nothing = await road.upload(file("1"));

    await road.map("6789", accountId);
    await road.travel();

    expect(nothing.stage).toBe("needs_mapping");
    expect(await road.job(nothing.id)).toMatchObject({ stage: "in_review", outcomes: { new: 1, unmapped: 1 } });
  });

  it("a new one sets every job going that waits for it, and none that was cancelled", async () => {
    const road = await openRoad();
    const jobs: Job[] = [];
    for (const fileId of ["1", "2", "3"]) jobs.push(await road.upload(bai2(day([RENT]), { fileId })));
    await road.ok("POST", `/api/jobs/${jobs[1]?.id}/cancel`);
    const [before] = await road.mappings();

    await road.mapAll();
    await road.travel();

    expect(before).toMatchObject({ waiting_jobs: 2, waiting_rows: 2, verified: false, account_id: null });
    const stages = await Promise.all(jobs.map(async ({ id }) => (await road.job(id)).stage));
    expect(stages).toEqual(["in_review", "cancelled", "in_review"]);
  });

  it("one that is confirmed while the plan is being made is in the plan", async () => {
    const road = await openRoad();
    const { jobId } = await road.deposit(bai2(day([RENT])));
    await step(road, jobId);
    await road.mapAll();

    await road.travel();

    expect(await road.job(jobId)).toMatchObject({ stage: "in_review", outcomes: { new: 1, unmapped: 0 } });
  });

  it("one that is confirmed while the rest is being booked brings the job back to review", async () => {
    const road = await openRoad();
    await road.knows(ACCOUNT);
    await road.book(bai2(day([RENT])));
    const both = bai2(
      {
        on: "2026-03-02",
        statements: [
          { account: ACCOUNT, rows: [RENT] },
          { account: OTHER, rows: [FEE] },
        ],
      },
      { fileId: "2" },
    );
    const job = await road.upload(both);
    await road.ok("POST", `/api/jobs/${job.id}/approve`, {});
    await road.mapAll();

    await road.travel();

    expect(await road.job(job.id)).toMatchObject({ stage: "in_review", outcomes: { duplicate: 1, new: 1, unmapped: 0 } });
    expect(await road.approve(job.id)).toMatchObject({ stage: "done", status: "completed" });
  });

  it("with booked rows cannot be pointed elsewhere (409); once they are undone it can", async () => {
    const road = await openRoad();
    await road.knows(ACCOUNT);
    const job = await road.book(bai2(day([RENT])));
    const [mapping] = await road.mappings();
    const elsewhere = await road.account({ name: "Elsewhere" });
    const remap = () => road.api("PUT", `/api/mappings/${mapping?.id}`, { account_id: elsewhere });

    const refused = await remap();
    await road.undo(job.id);
    const allowed = await remap();

    expect(mapping?.booked_rows).toBe(true);
    expect(refused).toMatchObject({ status: 409, body: { code: "mapping_in_use" } });
    expect(allowed).toMatchObject({ status: 200, body: { account_id: elsewhere, verified: true, booked_rows: false } });
  });

  it("to an account of another currency is refused (422)", async () => {
    const road = await openRoad();
    await road.upload(bai2(day([RENT])));

    const answer = await road.map("6789", await road.account({ currency: "EUR" }));

    expect(answer).toMatchObject({ status: 422, body: { code: "currency_differs", expected: "USD", seen: "EUR" } });
  });

  it("are suggested by number and currency, and remembered: the next file needs nobody", async () => {
    const road = await openRoad();
    const accountId = await road.account({ account_number: ACCOUNT });
    await road.account({ name: "Other currency", account_number: ACCOUNT, currency: "EUR" });
    await road.upload(bai2(day([RENT])));
    const [suggested] = await road.mappings("status=unmapped");

    await road.map("6789", accountId);
    await road.travel();
    const next = await road.upload(bai2(day([SALE], { on: "2026-03-03" }), { fileId: "2" }));

    expect(suggested).toMatchObject({ account_id: null, suggested_account_id: accountId, verified: false, last_four: "6789" });
    expect(JSON.stringify(suggested)).not.toContain(ACCOUNT);
    expect(next).toMatchObject({ stage: "in_review", outcomes: { unmapped: 0, new: 1 } });
  });
});

describe("a stage that runs", () => {
  it("says how far it has come, while it plans, books and takes back", async () => {
    const road = await openRoad();
    await road.knows(ACCOUNT);
    const { jobId } = await road.deposit(bai2(day([RENT, SALE])));
    await step(road, jobId);

    const matching = await stoppedAt(road, jobId, "matching/8/after");
    await road.ok("POST", `/api/jobs/${jobId}/approve`, {});
    const importing = await stoppedAt(road, jobId, "importing/5/after");
    await road.ok("POST", `/api/jobs/${jobId}/undo`);
    const undoing = await stoppedAt(road, jobId, "undoing/2/after");

    expect(matching?.total).toBeGreaterThan(matching?.done ?? 0);
    expect(matching?.done).toBeGreaterThan(0);
    expect(importing).toEqual({ done: 2, total: 4 });
    expect(undoing).toEqual({ done: 0, total: 2 });
    expect((await road.job(jobId)).stage_progress).toBeNull();
  });
});

/** What the job's page says where its worker stopped; afterwards the job goes on to the stage's end. */
async function stoppedAt(road: Road, jobId: string, failPoint: string): Promise<Job["stage_progress"]> {
  const [message] = await road.takeOutbox();
  if (message === undefined) throw new Error("No message is on the road.");
  await expect(carry(message, { FAIL_POINTS: failPoint })).rejects.toThrow(FailPoint);
  const { stage_progress: progress } = await road.job(jobId);
  await carry(message);
  await road.travel();
  return progress;
}
