/** Plaid on the whole road in Node, from its stand-in to the books; every kind of fault, and the Worker's own runtime, are in test/worker/sync-plaid.test.ts. */
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { startSyncs, tellStale, testConnections } from "../../src/cron.ts";
import { HOUSE } from "../../src/domain/actor.ts";
import { type ConnectionId, type JobId, parseId } from "../../src/domain/ids.ts";
import { reparseJob } from "../../src/pipeline/reparse.ts";
import { retryJob } from "../../src/pipeline/review.ts";
import { requestUndo } from "../../src/pipeline/undo.ts";
import { withTenant } from "../../src/store/tenant.ts";
import { FAULTS, LOGIN_REQUIRED } from "../fakes/plaid/faults.ts";
import { INSTITUTIONS, liveThroughMonth, somethingNew } from "../fakes/plaid/institutions.ts";
import { type FakePlaid, startFakePlaid } from "../fakes/plaid/start.ts";
import type { FakeItem } from "../fakes/plaid/world.ts";
import { plaidTruth } from "../harness/sync-truth.ts";
import { SyncWorld } from "../harness/sync-world.ts";

let plaid: FakePlaid;
let world: SyncWorld;
let item: FakeItem;

beforeEach(async () => {
  plaid = await startFakePlaid({ seed: 7, pageSizeMax: 25 });
  world = await SyncWorld.open(inject("db"), { PLAID_BASE_URL: plaid.url, PLAID_CLIENT_ID: plaid.clientId, PLAID_SECRET: plaid.secret });
  const [institution] = INSTITUTIONS;
  if (institution === undefined) throw new Error("The stand-in has no bank.");
  item = plaid.world.connect(institution);
  liveThroughMonth(plaid.world, item);
});

afterEach(async () => {
  await world.close();
  await plaid.close();
});

const connect = (): Promise<ConnectionId> =>
  world.connect({ type: "plaid", config: { item_id: item.id }, credentials: { access_token: item.accessToken } });

/** What the books must hold: the bank's own live movements. */
const truth = () => plaidTruth(plaid);

describe("a first sync", () => {
  it("books all that the bank has, over several pages, and the next one what is new", async () => {
    const id = await connect();

    await world.travel();

    expect(truth().length).toBeGreaterThan(30);
    expect(await world.booked()).toEqual(truth());
    expect(await world.connection(id)).toMatchObject({ status: "active", failures: 0, sync_again: false });

    const fresh = [somethingNew(plaid.world, item, false), somethingNew(plaid.world, item, true)];
    await world.sync(id);
    await world.travel();

    expect(fresh.filter((one) => one !== null).length).toBe(2);
    expect(await world.booked()).toEqual(truth());
    expect(plaid.violations).toEqual([]);
  });

  it("of a bank that has prepared nothing yet ends without progress, and is not fresh", async () => {
    item.isReady = false;
    const id = await connect();

    await world.travel();

    const [run] = await world.rows("select outcome, pages from sync_runs where tenant_id = $1");
    expect(run).toEqual({ outcome: "not_ready", pages: 0 });
    expect(await world.connection(id)).toMatchObject({ sync_cursor: null, last_success_at: null });

    item.isReady = true;
    await world.sync(id);
    await world.travel();
    expect(await world.booked()).toEqual(truth());
  });
});

describe("what the bank changes its mind about", () => {
  it("is one row: pending, then posted under another id with another amount, keeping what a person wrote", async () => {
    const id = await connect();
    await world.travel();
    const pendingId = plaid.world.add(item, { amountMinor: "-1999", isPending: true }).id;
    await world.sync(id);
    await world.travel();
    await world.sql.query("update transactions set note = 'lunch' where tenant_id = $1 and external_transaction_id like '%' || $2", [
      world.tenantId,
      pendingId,
    ]);

    const posted = plaid.world.post(item, pendingId, { amountMinor: "-2399" });
    await world.sync(id);
    await world.travel();

    expect(await world.booked()).toEqual(truth());
    const rows = await world.rows(
      "select note, amount_minor, is_pending from transactions where tenant_id = $1 and external_transaction_id like '%' || $2",
      [posted.id],
    );
    expect(rows).toEqual([{ note: "lunch", amount_minor: "-2399", is_pending: false }]);
  });

  it("is taken back, changed, and two equal movements stay two", async () => {
    const id = await connect();
    await world.travel();
    const [first, second] = plaid.world.live(item);
    if (first === undefined || second === undefined) throw new Error("The month is empty.");
    plaid.world.remove(item, first.id);
    plaid.world.change(item, second.id, { amountMinor: "-4242" });
    const twin = { amountMinor: "-500", isPending: false, name: "COFFEE" };
    plaid.world.add(item, twin);
    await world.sync(id);
    await world.travel();
    plaid.world.add(item, twin);
    plaid.world.add(item, twin);
    await world.sync(id);
    await world.travel();

    expect(await world.booked()).toEqual(truth());
    expect((await world.booked()).filter((row) => row.amount_minor === "-500")).toHaveLength(3);
  });

  it("waits for a person where they reconciled the row, and nothing is overwritten", async () => {
    const id = await connect();
    await world.travel();
    const [first] = plaid.world.live(item).filter((row) => !row.isPending);
    if (first === undefined) throw new Error("The month is empty.");
    await world.sql.query(
      "update transactions set reconciled = true, version = version + 1 where tenant_id = $1 and external_transaction_id like '%' || $2",
      [world.tenantId, first.id],
    );
    world.person.approves = false;
    plaid.world.remove(item, first.id);
    await world.sync(id);
    await world.travel();

    const stages = (await world.jobs()).map((job) => job.stage);
    expect(stages).toEqual(["done", "in_review"]);
    expect((await world.booked()).some((row) => row.external_id === first.id)).toBe(true);

    plaid.world.add(item, { amountMinor: "-77", isPending: false });
    await world.sync(id);
    await world.travel();

    expect((await world.jobs()).map((job) => job.stage)).toEqual(["done", "in_review", "waiting"]);
  });
});

describe("a provider in trouble", () => {
  it("that stays away ends the run, keeps the connection in the timetable, and says when", async () => {
    const id = await connect();
    await world.travel();
    for (let call = 0; call < 6; call += 1) plaid.faults.order("/transactions/sync", FAULTS.internal());
    plaid.world.add(item, { amountMinor: "-77", isPending: false });
    await world.sync(id);

    await world.travel();

    const failed = await world.connection(id);
    expect(failed).toMatchObject({ status: "active", failures: 1, failure_kind: "unavailable" });
    expect(failed["next_sync_at"]).not.toBeNull();
    expect((await world.jobs()).at(-1)).toMatchObject({ stage: "fetching", status: "failed" });

    plaid.faults.clear();
    await world.sync(id);
    await world.travel();
    expect(await world.booked()).toEqual(truth());
    expect(await world.connection(id)).toMatchObject({ failures: 0, failure_kind: null, last_error: null });
  });

  it("that wants a new sign-in stops the timetable and tells somebody, once", async () => {
    const id = await connect();
    await world.travel();
    item.error = LOGIN_REQUIRED;
    for (let turn = 0; turn < 2; turn += 1) {
      await world.sync(id);
      await world.travel();
    }

    expect(await world.connection(id)).toMatchObject({ status: "error", failure_kind: "reauthenticate", next_sync_at: null });
    const alerts = await world.rows("select 1 from outbox where tenant_id = $1 and payload ->> 'event' = 'connection_needs_reauthentication'");
    expect(alerts).toHaveLength(1);
  });

  it("that no longer knows the cursor is read anew from the beginning, and the books are as after a clean sync", async () => {
    const id = await connect();
    await world.travel();
    const before = await world.booked();
    plaid.faults.order("/transactions/sync", FAULTS.invalidCursor());
    plaid.world.add(item, { amountMinor: "-77", isPending: false });
    await world.sync(id);

    await world.travel();

    expect(await world.booked()).toEqual(truth());
    expect((await world.booked()).length).toBe(before.length + 1);
  });
});

it("a worker that is killed at any transaction of its fetch leaves books that equal an undisturbed run's", async () => {
  const id = await connect();
  let step = 1;
  for (const failure of ["inside", "after"] as const) {
    for (step = 1; step <= 7; step += 2) {
      plaid.world.add(item, { amountMinor: String(-100 - step), isPending: false });
      world.env = { ...world.env, FAIL_POINTS: `fetching/${step}/${failure}` };
      await world.sync(id);
      await world.travel();

      expect(await world.booked(), `killed ${failure} transaction ${step}`).toEqual(truth());
    }
  }
  expect(plaid.violations).toEqual([]);
});

it("a fetch that was undone is planned anew from its own pages; one that stands is not, since later ones build on it", async () => {
  const id = await connect();
  await world.travel();
  const before = await world.booked();
  const [job] = await world.jobs();
  const jobId = parseId<JobId>(job?.id ?? "");
  const act = { tenantId: world.tenantId, jobId, actor: HOUSE };
  const asItIs = { format: null, profileId: null, settings: null };

  await expect(withTenant(world.env, world.tenantId, (tx) => reparseJob(tx, act, asItIs))).rejects.toMatchObject({
    details: { code: "sync_stands" },
  });
  await withTenant(world.env, world.tenantId, (tx) => requestUndo(tx, act));
  await world.travel();
  expect(await world.booked()).toEqual([]);
  await withTenant(world.env, world.tenantId, (tx) => reparseJob(tx, act, asItIs));
  await world.travel();

  expect(await world.booked()).toEqual(before);
  plaid.world.add(item, { amountMinor: "-77", isPending: false });
  await world.sync(id);
  await world.travel();
  expect(await world.booked()).toEqual(truth());
});

it("accounts that the settings name are mapped when they first come, and the others wait for a person", async () => {
  const [first] = item.accounts;
  const [account] = await world.rows<{ id: string }>("insert into accounts (tenant_id, name, currency) values ($1, 'Ours', 'USD') returning id");
  world.person.maps = false;
  await world.connect({
    type: "plaid",
    config: {
      item_id: item.id,
      account_identifiers: [{ external_account_id: first?.id ?? "", account_id: account?.id ?? "", name: "Operating at Meridian" }],
    },
    credentials: { access_token: item.accessToken },
  });

  await world.travel();

  const mapped = await world.rows(
    "select external_account_id, account_id, external_account_name from account_mappings where tenant_id = $1 and verified",
  );
  expect(mapped).toEqual([{ external_account_id: first?.id, account_id: account?.id, external_account_name: "Operating at Meridian" }]);
  const open = await world.rows("select 1 from account_mappings where tenant_id = $1 and not verified");
  expect(open.length).toBeGreaterThan(0);
});

it("changes wait for the ones before them, also where those failed after they were fetched, and apply in their order once they are retried", async () => {
  const id = await connect();
  await world.travel();
  const [row] = plaid.world.live(item).filter((one) => !one.isPending);
  if (row === undefined) throw new Error("The month is empty.");
  plaid.world.change(item, row.id, { amountMinor: "-1" });
  const { jobId } = await world.sync(id);
  for (const message of await world.takeOutbox()) await world.carry(message);
  const kept = new Map(world.bucket.objects);
  world.bucket.objects.clear();
  await world.travel();
  for (const [key, bytes] of kept) world.bucket.objects.set(key, bytes);
  plaid.world.change(item, row.id, { amountMinor: "-2" });
  await world.sync(id);
  await world.travel();
  expect((await world.jobs()).slice(-2)).toMatchObject([
    { stage: "parsing", status: "failed", error_code: "raw_file_missing" },
    { stage: "waiting" },
  ]);

  await withTenant(world.env, world.tenantId, (tx) => retryJob(tx, { tenantId: world.tenantId, jobId, actor: HOUSE }));
  await world.travel();

  expect((await world.jobs()).slice(-2)).toMatchObject([{ stage: "done" }, { stage: "done" }]);
  expect(await world.booked()).toEqual(truth());
});

it("the clock begins what is due, once; looks after each connection daily; and tells once a day of data that is too old", async () => {
  const id = await connect();
  await world.travel();
  const touch = (set: string) => world.sql.query(`update connections set ${set} where tenant_id = $1 and id = $2`, [world.tenantId, id]);
  const told = (event: string) => world.rows("select 1 from outbox where tenant_id = $1 and payload ->> 'event' = $2", [event]);

  await touch("next_sync_at = now()");
  await startSyncs(world.env);
  await startSyncs(world.env);
  await world.travel();
  await touch("fresh_until = now() - interval '1 minute'");
  await tellStale(world.env);
  await tellStale(world.env);
  item.error = LOGIN_REQUIRED;
  await touch("tested_at = now() - interval '25 hours'");
  await testConnections(world.env);

  expect((await world.rows("select trigger from sync_runs where tenant_id = $1 order by job_id")).map((run) => run["trigger"])).toEqual([
    "setup",
    "schedule",
  ]);
  expect(await told("freshness_lost")).toHaveLength(1);
  expect(await told("connection_needs_reauthentication")).toHaveLength(1);
  expect(await world.connection(id)).toMatchObject({ status: "error", failure_kind: "reauthenticate", test_ok: false, next_sync_at: null });
});
