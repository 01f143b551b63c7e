/** The set-based sweeps against real books: what only the database can show. The law at random is match-property.test.ts. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { matchRows } from "../../src/pipeline/match.ts";
import { LeaseLost } from "../../src/store/lease.ts";
import { listTransactions } from "../../src/store/read/books.ts";
import { Books, type PlannedRow, type RowSpec } from "../harness/books.ts";
import { explaining, explainMatch, nodesOf, type PlanNode, scansOf } from "../harness/explain.ts";

let books: Books;
beforeAll(async () => {
  books = await Books.open(inject("db"));
});
afterAll(() => books.close());

const DAY = "2026-03-02";
const wire: RowSpec = { amount: 125_000n, on: DAY, text: "INCOMING WIRE", bankReference: "REF-000001" };
const fee: RowSpec = { amount: -1_500n, on: DAY, text: "FEE" };

async function feed() {
  const account = await books.account();
  const connection = await books.connection();
  return { account, connection, day: (rows: RowSpec[], more = {}) => ({ account, asOfOn: DAY, groupStatus: 1 as const, rows, ...more }) };
}

const outcomes = (plan: PlannedRow[]) => plan.map((row) => `${row.outcome}:${row.reason_code}`);

describe("counting", () => {
  it("a first statement is all new", async () => {
    const { connection, day } = await feed();

    const { plan } = await books.planOf(connection, [day([wire, fee])]);

    expect(outcomes(plan)).toEqual(["new:not_seen_before", "new:not_seen_before"]);
  });

  it("two identical lines in one statement are two transactions", async () => {
    const { connection, day } = await feed();

    const { plan } = await books.planOf(connection, [day([fee, fee])]);

    expect(plan.map((row) => [row.outcome, row.occurrence])).toEqual([
      ["new", null],
      ["new", 2],
    ]);
  });

  it("the same statement again is all duplicates of the rows it booked", async () => {
    const { connection, day } = await feed();
    await books.booked(connection, [day([wire, wire, fee])]);

    const { plan } = await books.planOf(connection, [day([wire, wire, fee])]);

    expect(plan.map((row) => row.outcome)).toEqual(["duplicate", "duplicate", "duplicate"]);
    expect(new Set(plan.map((row) => row.target_id)).size).toBe(3);
  });

  it("a statement that stands twice in one file counts once", async () => {
    const { connection, day } = await feed();

    const { plan } = await books.planOf(connection, [day([wire, wire]), day([wire, wire, fee])]);

    expect(outcomes(plan)).toEqual([
      "new:not_seen_before",
      "new:another_of_same",
      "duplicate:repeated_in_file",
      "duplicate:repeated_in_file",
      "new:not_seen_before",
    ]);
    expect(plan[2]?.target_id).toBe(plan[0]?.id);
    expect(plan[3]?.target_id).toBe(plan[1]?.id);
  });
});

describe("a plan", () => {
  it("counts every outcome, and totals what it would book", async () => {
    const { account, connection, day } = await feed();
    await books.booked(connection, [day([wire])]);

    const jobId = await books.job(connection, [
      day([wire, wire, fee, { ...fee, text: "UNREADABLE", invalid: true }]),
      { account: await books.account("EUR"), currency: "EUR", rows: [fee] },
    ]);
    await books.match(jobId);

    const [job] = await books.rows(
      "select outcomes, totals, records_processed::int, records_failed::int, plan_version from ingestion_jobs where id = $1",
      [jobId],
    );
    expect(job).toEqual({
      outcomes: { new: 3, duplicate: 1, possible_duplicate: 0, update: 0, removal: 0, conflict: 0, unmapped: 0, invalid: 1 },
      totals: [
        { currency: "EUR", in_minor: "0", out_minor: "1500", count: 1 },
        { currency: "USD", in_minor: "125000", out_minor: "1500", count: 2 },
      ],
      records_processed: 4,
      records_failed: 1,
      plan_version: 1,
    });
    expect(account).not.toBe("");
  });

  it("made again is the same plan with the next version", async () => {
    const { connection, day } = await feed();
    const { jobId, plan } = await books.planOf(connection, [day([wire, wire, fee])]);

    await books.match(jobId);

    expect(await books.plan(jobId)).toEqual(plan);
    expect(await books.rows("select plan_version from ingestion_jobs where id = $1", [jobId])).toEqual([{ plan_version: 2 }]);
  });

  it("keeps what people decided, where outcome and target are what they were", async () => {
    const { connection, day } = await feed();
    await books.booked(connection, [day([{ ...fee, text: "CARD 12" }], { groupStatus: null })]);
    const { jobId, plan } = await books.planOf(connection, [
      day([{ ...fee, text: "CARD PAYMENT" }, wire, { ...wire, text: "OTHER" }], { groupStatus: null }),
    ]);
    const person = await books.user("Ada");
    await books.decide(jobId, plan[0]?.seq ?? -1, "link", person);
    await books.decide(jobId, plan[1]?.seq ?? -1, "skip", person);

    await books.match(jobId);

    expect((await books.plan(jobId)).map((row) => [row.outcome, row.decision])).toEqual([
      ["possible_duplicate", "link"],
      ["new", "skip"],
      ["new", null],
    ]);
    expect(await books.rows("select totals -> 0 ->> 'count' as count from ingestion_jobs where id = $1", [jobId])).toEqual([{ count: "1" }]);
  });

  it("drops a decision whose target has become another one", async () => {
    const { connection, day } = await feed();
    await books.booked(connection, [day([{ ...fee, text: "CARD 12" }], { groupStatus: null })]);
    const { jobId, plan } = await books.planOf(connection, [day([{ ...fee, text: "CARD PAYMENT" }], { groupStatus: null })]);
    const person = await books.user("Ada");
    await books.decide(jobId, plan[0]?.seq ?? -1, "link", person);
    await books.deleteByPerson(plan[0]?.target_id ?? "", person);

    await books.match(jobId);

    expect((await books.plan(jobId)).map((row) => [row.outcome, row.decision])).toEqual([["new", null]]);
  });

  it("waits for a mapping, and takes its rows up once the account is known", async () => {
    const { account, connection, day } = await feed();
    await books.booked(connection, [day([wire])]);
    const other = await books.connection("file");
    const jobId = await books.job(other, [day([wire, fee])], { mapped: false });
    await books.match(jobId);
    const before = outcomes(await books.plan(jobId));

    await books.map(other, account);
    await books.match(jobId);

    expect(before).toEqual(["unmapped:account_unmapped", "unmapped:account_unmapped"]);
    expect(outcomes(await books.plan(jobId))).toEqual(["duplicate:already_booked", "new:not_seen_before"]);
  });

  it("leaves statements alone that were imported before", async () => {
    const { connection, day } = await feed();
    const { jobId } = await books.planOf(connection, [day([wire])]);
    await books.applyPlan(jobId);

    await books.match(jobId);

    expect(outcomes(await books.plan(jobId))).toEqual(["new:not_seen_before"]);
    expect(await books.rows("select totals from ingestion_jobs where id = $1", [jobId])).toEqual([{ totals: [] }]);
  });

  it("says who deleted a movement, and when", async () => {
    const { connection, day } = await feed();
    const jobId = await books.booked(connection, [day([wire])]);
    const person = await books.user("Ada");
    await books.deleteByPerson((await books.plan(jobId))[0]?.id ?? "", person);

    const { plan } = await books.planOf(connection, [day([wire])]);

    expect(plan[0]?.reason).toMatch(/^Deleted by Ada on \d{4}-\d\d-\d\d; only a person restores it\.$/);
  });

  it("is written by nobody who has lost the job's lease", async () => {
    const { connection, day } = await feed();
    const jobId = await books.job(connection, [day([wire, wire])]);

    const late = books.withJob(jobId, async (door, lease) =>
      matchRows(door, { tenantId: books.tenantId, lease: { ...lease, epoch: lease.epoch - 1 } }),
    );

    await expect(late).rejects.toThrow(LeaseLost);
    expect(await books.rows("select seq from staged_matches where job_id = $1", [jobId])).toEqual([]);
  });
});

describe("the planner, on rows written a moment ago and never analysed", () => {
  it("finds equal movements by the identity index and possible duplicates by the amount index", async () => {
    const { account, connection } = await feed();
    const rows = Array.from({ length: 2_000 }, (_, index): RowSpec => ({ amount: BigInt(index % 700), on: DAY, text: `PAYMENT ${index}` }));
    await books.booked(connection, [{ account, asOfOn: DAY, rows }]);
    const other = await books.connection("file");
    const jobId = await books.job(other, [{ account, asOfOn: DAY, rows: rows.map((row) => ({ ...row, text: `${row.text} X` })) }]);

    const plans = await explainMatch(books, jobId);

    const probes = plans.flatMap((plan) => scansOf(plan, "transactions"));
    // What each index is asked for: a condition that leaves its later columns out would read the whole account.
    const asked = {
      transactions_identity: /posted_on/,
      transactions_amount: /amount_minor .*posted_on|posted_on.*amount_minor/,
      transactions_pkey: / \(id = /,
      transactions_pending: /posted_on/,
    };
    expect(probes.map((scan) => scan["Index Name"])).toEqual(expect.arrayContaining(["transactions_identity", "transactions_amount"]));
    for (const [index, condition] of Object.entries(asked)) {
      for (const scan of probes.filter((probe) => probe["Index Name"] === index)) expect(scan["Index Cond"]).toMatch(condition);
    }
    expect(probes.filter((scan) => !Object.keys(asked).includes(scan["Index Name"] ?? scan["Node Type"]))).toEqual([]);
  });

  it("walks the company's rows by day for a page of them, whatever it takes their number to be", async () => {
    const { account, connection } = await feed();
    const rows = Array.from({ length: 3_000 }, (_, index): RowSpec => ({ amount: BigInt(index), on: DAY, text: `PAYMENT ${index}` }));
    const jobId = await books.booked(connection, [{ account, asOfOn: DAY, rows }]);
    const plans: PlanNode[] = [];

    const page = await books.withJob(jobId, (door) =>
      door.tx(async (tx) => {
        // As after a quarter of a million rows, of which there are no figures yet: reading all and sorting them looks cheaper.
        await tx.execute(sql`select set_config('random_page_cost', '1000', true)`);
        return listTransactions(explaining(tx, plans), { includeDeleted: false, after: null, limit: 50 });
      }),
    );

    expect(page).toHaveLength(50);
    expect(plans.flatMap((plan) => scansOf(plan, "transactions")).map((scan) => scan["Index Name"])).toEqual(["transactions_day"]);
    expect(plans.flatMap(nodesOf).filter((node) => node["Node Type"].includes("Sort"))).toEqual([]);
  });
});
