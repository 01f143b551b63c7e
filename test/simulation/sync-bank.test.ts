/** Banks' APIs on the whole road, from made-up banks to the books: whatever happens on the way, the books end as the bank's own truth. */
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import * as z from "zod";
import type { ConnectionId } from "../../src/domain/ids.ts";
import { DIALECTS, type DialectName, type Fault } from "../fakes/bank/dialect.ts";
import { type FakeBank, startFakeBank } from "../fakes/bank/server.ts";
import { byContent, SyncWorld } from "../harness/sync-world.ts";

let bank: FakeBank;
let world: SyncWorld;

/** The bank's clock begins forty days ago: what a test lets pass is never in the future, of which nobody asks. */
const begin = () => new Date(Date.now() - 40 * 86_400_000);

beforeEach(async () => {
  bank = await startFakeBank({ now: begin(), days: 10, pageSize: 6 });
  world = await SyncWorld.open(inject("db"), {});
});

afterEach(async () => {
  await world.close();
  await bank.close();
});

const settings = z.record(z.string(), z.json());

/** As a person would set it up, but without waiting between requests. */
function connect(name: DialectName, change: (config: Record<string, unknown>) => unknown = (config) => config): Promise<ConnectionId> {
  const { config, credentials } = bank.connection(name);
  // The overlap reaches back to the bank's own today.
  const limits = { ...config.limits, rps: 1_000, overlapDays: 60, ...(name === "berlin" ? { callsPerDay: 10_000 } : {}) };
  const whole = settings.parse(JSON.parse(JSON.stringify(change({ ...config, limits }))));
  return world.connect({ type: "bank_api", config: whole, credentials: settings.parse(JSON.parse(JSON.stringify(credentials))) });
}

const truth = (name: DialectName) =>
  bank[name]
    .truth()
    .map(({ account, ...row }) => ({ external_account_id: account, ...row }))
    .sort(byKey);

const booked = async () => (await world.booked()).map(({ currency: _currency, ...row }) => row).sort(byKey);

const byKey = (a: { external_account_id: string; external_id: string | null }, b: typeof a): number =>
  byContent([a.external_account_id, a.external_id], [b.external_account_id, b.external_id]);

async function syncAgain(id: ConnectionId): Promise<void> {
  await world.sync(id);
  await world.travel();
}

/** SYNC_DAYS=30 for a month. */
const DAYS = Number(process.env["SYNC_DAYS"] ?? "3");
/** Transactions of a fetch: its lease, its settings, then pages. SYNC_DAYS kills it at each of them. */
const KILLED_AT = process.env["SYNC_DAYS"] === undefined ? [2, 4] : [1, 2, 3, 4, 5, 6];

describe.each(DIALECTS)("%s", (name) => {
  it("a first sync, and days of new, booked, void, corrected and vanished rows, are in the books as at the bank", async () => {
    const id = await connect(name);
    await world.travel();
    expect(truth(name).length).toBeGreaterThan(15);
    expect(await booked()).toEqual(truth(name));

    for (let day = 0; day < DAYS; day += 1) {
      bank[name].world.pass(1);
      const [movement] = bank[name].world.movements.filter(({ status }) => status === "posted").slice(-1);
      if (movement !== undefined) bank[name].world.amend(movement, { amountMinor: movement.amountMinor - 1 });
      await syncAgain(id);
      expect(await booked(), `day ${day}`).toEqual(truth(name));
    }

    expect(await world.connection(id)).toMatchObject({ status: "active", failures: 0 });
    expect(bank.violations()).toEqual([]);
  });

  it("a worker that is killed at any transaction of its fetch leaves books that equal an undisturbed run's", async () => {
    const id = await connect(name);
    for (const failure of ["inside", "after"]) {
      for (const step of KILLED_AT) {
        bank[name].world.make({ status: step % 2 === 0 ? "pending" : "posted" });
        world.env = { ...world.env, FAIL_POINTS: `fetching/${step}/${failure}` };
        await syncAgain(id);
        expect(await booked(), `killed ${failure} transaction ${step}`).toEqual(truth(name));
      }
    }
    expect(bank.violations()).toEqual([]);
  });

  it("a lost cursor is a full read, and the books are as after a clean sync", async () => {
    const id = await connect(name);
    await world.travel();
    bank[name].world.pass(2);
    await world.sql.query("update connections set sync_cursor = null where tenant_id = $1", [world.tenantId]);

    await syncAgain(id);

    const pendingBefore = new Set(truth(name).map((row) => row.external_id));
    // What was taken back while the cursor was lost is nowhere said: it can only be more than the bank has, and only pending.
    const rows = await booked();
    const beyond = rows.filter((row) => !pendingBefore.has(row.external_id ?? ""));
    expect(beyond.every((row) => row.is_pending)).toBe(true);
    expect(rows.filter((row) => !beyond.includes(row))).toEqual(truth(name));
  });
});

it.each<[string, Fault]>([
  ["answers 429", { kind: "rate_limited" }],
  ["answers 503", { kind: "status", status: 503 }],
  ["breaks off its answer", { kind: "cut" }],
  ["books while it is read", { kind: "meanwhile", happens: (books) => books.make({ status: "posted" }) }],
])("a bank that %s: nothing is lost and nothing doubled", async (_what, fault) => {
  const id = await connect("mercury");
  bank.mercury.fail({ ...fault, path: "transactions", times: 2 });

  await world.travel();
  await syncAgain(id);

  expect(await booked()).toEqual(truth("mercury"));
  expect(await world.connection(id)).toMatchObject({ status: "active", failures: 0, failure_kind: null });
});

it("twenty clicks at once are one run and one more behind it", async () => {
  const id = await connect("mercury");
  await world.travel();

  const begun = await Promise.all(Array.from({ length: 20 }, () => world.sync(id)));
  await world.travel();

  expect(begun.filter((run) => run.begun)).toHaveLength(1);
  expect(await booked()).toEqual(truth("mercury"));
});

it("an ended consent stops the timetable until somebody gives a new one", async () => {
  const id = await connect("berlin");
  await world.travel();
  bank.berlin.endConsent();
  await syncAgain(id);

  expect(await world.connection(id)).toMatchObject({ status: "error", failure_kind: "reauthenticate", next_sync_at: null });
});

it("a status that nobody has mapped keeps its row out of the books, and says so", async () => {
  bank.mercury.fail({ kind: "changed", path: "transactions", change: (answer) => answer.replace('"status":"sent"', '"status":"heldForReview"') });
  await connect("mercury");

  await world.travel();

  const problems = await world.rows("select code, severity from job_problems where tenant_id = $1");
  expect(problems).toEqual([{ code: "unmapped_status", severity: "error" }]);
  expect(await booked()).toHaveLength(truth("mercury").length - 1);
});

it("rows without an id are counted: equal ones stay as many as the bank has, on whatever page, and another sync adds none", async () => {
  const twin = {
    accountId: bank.berlin.world.accounts[0]?.id ?? "",
    amountMinor: -500,
    description: "Coffee",
    counterparty: "Elm",
    status: "posted",
  } as const;
  for (let one = 0; one < 8; one += 1) {
    bank.berlin.world.make(twin);
    if (one % 3 === 0) bank.berlin.world.make({ status: "posted" });
  }
  const withoutId = (config: Record<string, unknown>) => {
    const transactions = z.looseObject({ map: z.looseObject({}) }).parse(config["transactions"]);
    const { id: _id, bankReference: _reference, customerReference: _other, ...map } = transactions.map;
    return { ...config, transactions: { ...transactions, map } };
  };
  const id = await connect("berlin", withoutId);
  await world.travel();
  const posted = bank.berlin.truth().filter((row) => !row.is_pending).length;
  const first = await world.booked();

  bank.berlin.world.make(twin);
  await syncAgain(id);
  await syncAgain(id);

  expect(first).toHaveLength(posted);
  expect(first.filter(({ amount_minor: amount }) => amount === "-500")).toHaveLength(8);
  expect((await world.booked()).filter(({ amount_minor: amount }) => amount === "-500")).toHaveLength(9);
  expect(await world.booked()).toHaveLength(posted + 1);
});
