/** RULES.md §6: the plan, its version, what a person may decide, and what drift does between approval and the first write. */
import { describe, expect, it } from "vitest";
import { bai2, type Group, type Movement } from "../fixtures/bai2-file.ts";
import { carry, openRoad, type Road } from "./support/road.ts";
import { asOwner } from "./support/tenants.ts";

const ACCOUNT = "0123456789";
const DAY = "2026-03-02";
const RENT: Movement = { out: 120_000, bank: "BR000002", text: "RENT UNIT 7" };
const SALE: Movement = { in: 99_999, bank: "BR000003", text: "ACME INVOICE 2041" };
const FEE: Movement = { out: 500, bank: "BR000009", text: "FEE" };

const day = (rows: Movement[], group: Partial<Group> = {}): Group => ({ on: DAY, statements: [{ account: ACCOUNT, rows }], ...group });

/** A company whose account is mapped before its first file. */
async function known() {
  const road = await openRoad();
  const accountId = await road.knows(ACCOUNT);
  return { road, accountId };
}

/** As `known`, with these movements booked. */
async function booked(rows: Movement[], group: Partial<Group> = {}) {
  const { road, accountId } = await known();
  const job = await road.book(bai2(day(rows, group)));
  return { road, accountId, job };
}

const review = (road: Road, rows: Movement[], group: Partial<Group> = {}, fileId = "2") => road.upload(bai2(day(rows, group), { fileId }));

describe("an approval", () => {
  it("of a plan that changed since it was read answers 412 and books nothing; of the version read now it books", async () => {
    const { road } = await booked([RENT]);
    const job = await review(road, [RENT, SALE]);
    const [sale] = await road.rows(job.id, "new");
    await road.decide(job.id, [{ row_id: sale?.row_id, decision: "skip" }]);

    const stale = await road.api("POST", `/api/jobs/${job.id}/approve`, { plan_version: job.plan_version });
    const now = await road.job(job.id);

    expect(stale).toMatchObject({ status: 412, body: { code: "plan_changed", expected: now.plan_version, seen: job.plan_version } });
    expect(now).toMatchObject({ stage: "in_review", plan_version: job.plan_version + 1 });
    expect(await road.approve(job.id, { plan_version: now.plan_version })).toMatchObject({ stage: "done", status: "completed" });
    expect(await road.amounts()).toEqual(["-120000"]);
  });

  it("without a version takes the current plan, with or without a body", async () => {
    const { road } = await booked([RENT]);
    const job = await review(road, [SALE], { on: "2026-03-03" });

    const answer = await road.api("POST", `/api/jobs/${job.id}/approve`);
    await road.travel();

    expect(answer.status).toBe(202);
    expect(await road.job(job.id)).toMatchObject({ stage: "done", records_imported: 1 });
  });

  it("whose version is sent as another type than JSON is refused, not read over", async () => {
    const { road } = await booked([RENT]);
    const job = await review(road, [SALE], { on: "2026-03-03" });

    const answer = await road.api("POST", `/api/jobs/${job.id}/approve`, new TextEncoder().encode('{"plan_version":0}'));

    expect(answer).toMatchObject({ status: 415, body: { code: "unsupported_content" } });
    expect((await road.job(job.id)).stage).toBe("in_review");
  });

  it("answers 409 undecided_rows while a possible duplicate is open", async () => {
    const { road } = await booked([SALE]);
    const job = await review(road, [{ ...SALE, bank: "OTHER001", text: "SOMETHING ELSE" }]);

    const answer = await road.api("POST", `/api/jobs/${job.id}/approve`, {});

    expect(job).toMatchObject({ undecided: 1, outcomes: { possible_duplicate: 1 } });
    expect(answer).toMatchObject({ status: 409, body: { code: "undecided_rows", expected: 0, seen: 1 } });
    expect(await road.amounts()).toEqual(["99999"]);
  });

  it("a second time answers 409: the job has gone on", async () => {
    const { road, job } = await booked([RENT]);

    expect(await road.api("POST", `/api/jobs/${job.id}/approve`, {})).toMatchObject({
      status: 409,
      body: { code: "wrong_stage", expected: ["in_review"], seen: "done" },
    });
  });
});

describe("a decision", () => {
  it("defaults to import for what is new and to link for a duplicate, which leaves its line as a sighting", async () => {
    const { road } = await booked([RENT]);
    const job = await review(road, [RENT, SALE]);
    const rows = await road.rows(job.id);

    await road.approve(job.id);

    expect(rows.map((row) => [row.outcome, row.decision, row.default_decision])).toEqual([
      ["duplicate", null, "link"],
      ["new", null, "import"],
    ]);
    const [rent] = await road.transactions();
    expect((await road.transaction(rent?.id ?? "")).sightings).toMatchObject([{ job_id: job.id, line_start: rows[0]?.line_start }]);
  });

  it.each([
    ["import", ["99999", "99999"], 0],
    ["link", ["99999"], 1],
    ["skip", ["99999"], 0],
  ] as const)("%s of a possible duplicate leaves %j in the books", async (decision, amounts, sightings) => {
    const { road } = await booked([SALE]);
    const [sale] = await road.transactions();
    const job = await review(road, [{ ...SALE, bank: "OTHER001", text: "SOMETHING ELSE" }]);
    const [row] = await road.rows(job.id, "possible_duplicate");

    await road.decide(job.id, [{ row_id: row?.row_id, decision }]);
    await road.approve(job.id);

    expect(row).toMatchObject({ default_decision: null, target: { transaction_id: sale?.id, in_this_job: false } });
    expect(await road.amounts()).toEqual(amounts);
    expect((await road.transaction(sale?.id ?? "")).sightings).toHaveLength(sightings);
  });

  it("that an outcome does not allow, that links to nothing or to another account's row, is refused and none is written", async () => {
    const { road } = await booked([RENT]);
    const other = await road.book(bai2({ on: DAY, statements: [{ account: "5550001111", rows: [FEE] }] }, { fileId: "3" }));
    const [elsewhere] = await road.transactions(`job_id=${other.id}`);
    const job = await review(road, [RENT, SALE]);
    const [duplicate, fresh] = await road.rows(job.id);
    const decide = (...decisions: unknown[]) => road.api("POST", `/api/jobs/${job.id}/decisions`, decisions);

    const toNothing = await decide({ row_id: duplicate?.row_id, decision: "skip" }, { row_id: fresh?.row_id, decision: "link" });
    const toAnother = await decide({ row_id: fresh?.row_id, decision: "link", transaction_id: elsewhere?.id });
    const unknown = await decide({ row_id: "999", decision: "skip" });
    const wholesale = await road.api("POST", `/api/jobs/${job.id}/decisions`, { where: { outcome: "unmapped" }, decision: "import" });

    expect(toNothing).toMatchObject({ status: 422, body: { code: "link_needs_target" } });
    expect(toAnother).toMatchObject({ status: 422, body: { code: "other_account" } });
    expect(unknown).toMatchObject({ status: 404 });
    expect(wholesale).toMatchObject({ status: 422, body: { code: "decision_not_possible", expected: [] } });
    expect((await road.rows(job.id)).map((row) => row.decision)).toEqual([null, null]);
  });

  it("survives a new plan where the row still is what it was", async () => {
    const { road } = await booked([RENT]);
    const file = bai2(
      {
        on: DAY,
        statements: [
          { account: ACCOUNT, rows: [RENT, SALE] },
          { account: "5550001111", rows: [FEE] },
        ],
      },
      { fileId: "2" },
    );
    const job = await road.upload(file);
    const [sale] = await road.rows(job.id, "new");
    await road.decide(job.id, [{ row_id: sale?.row_id, decision: "skip" }]);

    await road.mapAll();
    await road.travel();

    expect(await road.rows(job.id, "new")).toMatchObject([{ row_id: sale?.row_id, decision: "skip" }, { decision: null }]);
    await road.approve(job.id);
    expect(await road.amounts()).toEqual(["-120000", "-500"]);
  });
});

describe("between approval and the first write", () => {
  it("a row that another job has booked becomes its duplicate, with the reason", async () => {
    const { road } = await booked([RENT]);
    const first = await review(road, [RENT, SALE], {}, "2");
    const second = await review(road, [RENT, SALE, FEE], {}, "3");

    await road.approve(first.id);
    const done = await road.approve(second.id);

    expect(done).toMatchObject({ stage: "done", status: "completed", records_imported: 1 });
    expect((await road.rows(second.id)).map((row) => row.reason_code)).toEqual(["already_booked", "booked_meanwhile", "not_seen_before"]);
    expect(await road.amounts()).toEqual(["-120000", "-500", "99999"]);
  });

  it("any other change of a target sends the job back to review with nothing written and the reason, and what it says then can be approved", async () => {
    const { road } = await booked([SALE], { modifier: 3 });
    const [sale] = await road.transactions();
    const job = await review(road, [SALE, FEE], { modifier: 2 });
    await road.ok("POST", `/api/jobs/${job.id}/approve`, {});
    await road.ok("PATCH", `/api/transactions/${sale?.id}`, { note: "ask Ada" });
    const before = await road.dump();

    await road.travel();

    const back = await road.job(job.id);
    expect(back).toMatchObject({ stage: "in_review", status: "running", error_code: "plan_drifted", records_imported: 0 });
    expect(back.plan_version).toBeGreaterThan(job.plan_version);
    expect({ ...(await road.dump()), accounts: null }).toEqual({ ...before, accounts: null });
    expect(await road.approve(job.id)).toMatchObject({ stage: "done", error_code: null, error_message: null });
    expect(await road.transactions()).toMatchObject([{ amount_minor: "-500" }, { id: sale?.id, is_pending: false, note: "ask Ada" }]);
  });

  it("a duplicate whose target was undone sends the job back, and its row is new then", async () => {
    const { road, job: first } = await booked([RENT]);
    const second = await review(road, [RENT]);
    await road.ok("POST", `/api/jobs/${second.id}/approve`, {});
    await road.ok("POST", `/api/jobs/${first.id}/undo`);

    const messages = await road.takeOutbox();
    for (const message of messages.toReversed()) await carry(message);
    await road.travel();

    expect(await road.job(second.id)).toMatchObject({ stage: "in_review", error_code: "plan_drifted", outcomes: { new: 1, duplicate: 0 } });
    expect(await road.amounts()).toEqual([]);
  });

  it("an account that another job holds keeps the import waiting, and nothing is written until it is free", async () => {
    const { road, accountId, job: first } = await booked([RENT]);
    const second = await review(road, [SALE]);
    await asOwner("update accounts set lease_job_id = $2, lease_until = now() + interval '1 minute' where id = $1", [accountId, first.id]);
    await road.ok("POST", `/api/jobs/${second.id}/approve`, {});
    const [message] = (await road.takeOutbox()).filter((each) => each.type === "job.approved");
    if (message === undefined) throw new Error("The approval was not announced.");

    const busy = await carry(message);
    const meanwhile = await road.amounts();
    await asOwner("update accounts set lease_until = now() where id = $1", [accountId]);
    const free = await carry(message);

    expect(busy).toEqual({ done: false, retrySeconds: expect.any(Number) });
    expect(meanwhile).toEqual(["-120000"]);
    expect(free).toEqual({ done: true });
    expect(await road.amounts()).toEqual(["-120000", "99999"]);
  });

  it("an import that began to write keeps its accounts, however long its worker is gone", async () => {
    const { road, accountId, job: first } = await booked([RENT]);
    const second = await review(road, [SALE]);
    await asOwner("update accounts set lease_job_id = $2, lease_until = now() - interval '1 hour' where id = $1", [accountId, first.id]);
    await asOwner("update ingestion_jobs set stage = 'importing', status = 'running', progress_seq = 1 where id = $1", [first.id]);
    await road.ok("POST", `/api/jobs/${second.id}/approve`, {});
    const [message] = (await road.takeOutbox()).filter((each) => each.type === "job.approved");
    if (message === undefined) throw new Error("The approval was not announced.");

    const [rent] = await road.transactions();
    const edit = await road.api("PATCH", `/api/transactions/${rent?.id}`, { note: "x" });

    expect(await carry(message)).toMatchObject({ done: false });
    expect(edit).toMatchObject({ status: 409, body: { code: "account_busy" } });
    expect(await road.amounts()).toEqual(["-120000"]);
  });
});

describe("rows that cannot be booked yet", () => {
  it("stay behind: the job ends partial, and a mapping confirmed later brings it back to be finished", async () => {
    const { road } = await booked([RENT]);
    const both = bai2(
      {
        on: DAY,
        statements: [
          { account: ACCOUNT, rows: [SALE] },
          { account: "5550001111", rows: [FEE] },
        ],
      },
      { fileId: "2" },
    );
    const job = await road.upload(both);
    const partial = await road.approve(job.id);

    await road.mapAll();
    await road.travel();
    const again = await road.job(job.id);
    const cancelled = await road.api("POST", `/api/jobs/${job.id}/cancel`);
    const done = await road.approve(job.id);

    expect(job).toMatchObject({ stage: "in_review", outcomes: { new: 1, unmapped: 1 } });
    expect(partial).toMatchObject({ stage: "done", status: "partial", records_imported: 1 });
    expect(again).toMatchObject({ stage: "in_review", status: "running", outcomes: { new: 2, unmapped: 0 } });
    expect(again.totals).toEqual([{ currency: "USD", in_minor: "0", out_minor: "500", count: 1 }]);
    expect(cancelled).toMatchObject({ status: 409, body: { code: "partly_booked" } });
    expect(done).toMatchObject({ stage: "done", status: "completed", records_imported: 2 });
    expect(await road.amounts()).toEqual(["-120000", "-500", "99999"]);
    await road.undo(job.id);
    expect(await road.amounts()).toEqual(["-120000"]);
  });

  it("because a row is invalid leave the job partial, with the row and its reason among the rejects", async () => {
    const { road } = await booked([RENT]);
    const job = await review(road, [SALE, { text: "NO AMOUNT" }]);

    const done = await road.approve(job.id);
    const rejects = await road.api("GET", `/api/jobs/${job.id}/rejects.csv`);

    expect(job).toMatchObject({ records_failed: 1, outcomes: { invalid: 1, new: 1 } });
    expect(await road.rows(job.id, "invalid")).toMatchObject([{ reason_code: "amount_missing", default_decision: "skip", imported: true }]);
    expect(done).toMatchObject({ stage: "done", status: "partial", records_imported: 1 });
    expect(rejects.body["text"]).toMatch(/amount_missing|no amount/);
    expect(await road.amounts()).toEqual(["-120000", "99999"]);
  });
});
