/** Continuity against the books (RULES.md §4): proven with the plan, and again when a neighbour arrives late or is undone. */
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { JobId } from "../../src/domain/ids.ts";
import { proveContinuity, proveNeighbours } from "../../src/pipeline/prove.ts";
import { Books, type StatementSpec } from "../harness/books.ts";

let books: Books;
beforeAll(async () => {
  books = await Books.open(inject("db"));
});
afterAll(() => books.close());

/** Monday, Tuesday, Wednesday of one account: each day takes 10 in. */
async function threeDays() {
  const account = await books.account();
  const connection = await books.connection();
  const day = (asOfOn: string, openingMinor: bigint | null, closingMinor: bigint, more: Partial<StatementSpec> = {}) => ({
    account,
    asOfOn,
    openingMinor,
    closingMinor,
    rows: [],
    ...more,
  });
  return { connection, monday: day("2026-03-02", 100n, 110n), tuesday: day("2026-03-03", 110n, 120n), wednesday: day("2026-03-04", 120n, 130n), day };
}

const prove = (jobId: JobId) => books.withJob(jobId, (door) => door.tx((tx) => proveContinuity(tx, jobId)));

async function delivered(connection: string, statements: StatementSpec[]): Promise<{ jobId: JobId; ids: string[] }> {
  const jobId = await books.job(connection, statements);
  await prove(jobId);
  return {
    jobId,
    ids: (await books.rows<{ id: string }>("select id from statements where job_id = $1 order by ordinal", [jobId])).map((row) => row.id),
  };
}

async function setImported(at: { jobId: JobId; ids: string[] }, imported: boolean): Promise<void> {
  await books.sql.query("update statements set imported_at = case when $2::boolean then now() end where job_id = $1", [at.jobId, imported]);
  await books.withJob(at.jobId, (door) => door.tx((tx) => proveNeighbours(tx, at.ids)));
}

const okOf = async (jobId: JobId) =>
  (
    await books.rows<{ ok: boolean | null }>("select (continuity ->> 'ok')::boolean as ok from statements where job_id = $1 order by ordinal", [
      jobId,
    ])
  ).map((row) => row.ok);

it("statements of one delivery continue one another, and the first has nothing to continue from", async () => {
  const { connection, monday, tuesday, wednesday } = await threeDays();

  const { jobId } = await delivered(connection, [monday, tuesday, { ...wednesday, openingMinor: 121n }]);

  expect(await okOf(jobId)).toEqual([null, true, false]);
});

it("a statement that arrives late heals the gap, and undoing it opens the gap again", async () => {
  const { connection, monday, tuesday, wednesday } = await threeDays();
  await setImported(await delivered(connection, [monday]), true);
  const after = await delivered(connection, [wednesday]);
  await setImported(after, true);
  const broken = await okOf(after.jobId);
  const late = await delivered(connection, [tuesday]);

  await setImported(late, true);
  const healed = await okOf(after.jobId);
  await setImported(late, false);

  expect([broken, healed, await okOf(after.jobId)]).toEqual([[false], [true], [false]]);
  expect(await okOf(late.jobId)).toEqual([true]);
});

it("another connection's or account's statement continues nothing", async () => {
  const { monday, tuesday } = await threeDays();
  await setImported(await delivered(await books.connection(), [monday]), true);

  const { jobId } = await delivered(await books.connection(), [tuesday, { ...tuesday, account: await books.account() }]);

  expect(await okOf(jobId)).toEqual([null, null]);
});

it("interim statements, deletions and tests are no witnesses", async () => {
  const { connection, monday, tuesday, day } = await threeDays();

  const { jobId } = await delivered(connection, [
    monday,
    day("2026-03-03", 0n, 999n, { kind: "interim" }),
    day("2026-03-03", 0n, 999n, { groupStatus: 2 }),
    { ...tuesday, asOfOn: "2026-03-04" },
  ]);

  expect((await okOf(jobId)).at(-1)).toBe(true);
});

it("a ledger without an opening balance is proven from the statement before", async () => {
  const { connection, monday, day } = await threeDays();
  await setImported(await delivered(connection, [monday]), true);
  const jobId = await books.job(connection, [day("2026-03-03", null, 150n)]);
  await books.sql.query(
    `update statements set credits_minor = 40, transaction_count = 1,
       proof = '[{"check": "ledger_by_details", "expected": "150", "actual": null, "ok": null, "line": 1, "note": "no opening"}]' where job_id = $1`,
    [jobId],
  );

  await prove(jobId);

  expect(await books.rows("select proof -> 0 ->> 'ok' as ok, continuity ->> 'ok' as continuity from statements where job_id = $1", [jobId])).toEqual([
    { ok: "true", continuity: null },
  ]);
});
