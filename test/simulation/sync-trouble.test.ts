/** What goes wrong on the way that is no fault of the bank's data: a connector with a fault of its own, and a provider that gives only so much a minute. */
import { afterEach, beforeEach, describe, expect, inject, it, vi } from "vitest";
import type { ConnectionId } from "../../src/domain/ids.ts";
import { viewConnection } from "../../src/routes/connection-view.ts";
import { testConnection } from "../../src/sources/connections.ts";
import { plaid as connector } from "../../src/sources/connectors/plaid.ts";
import { keepDeadLetter } from "../../src/store/dead-letters.ts";
import { withTenant } from "../../src/store/tenant.ts";
import { FAULTS } from "../fakes/plaid/faults.ts";
import { INSTITUTIONS, liveThroughMonth } from "../fakes/plaid/institutions.ts";
import { type FakePlaid, startFakePlaid } from "../fakes/plaid/start.ts";
import type { FakeItem } from "../fakes/plaid/world.ts";
import { plaidTruth } from "../harness/sync-truth.ts";
import { SyncWorld } from "../harness/sync-world.ts";

let plaid: FakePlaid;
let world: SyncWorld;
let item: FakeItem;

async function open(pageSizeMax: number): Promise<ConnectionId> {
  plaid = await startFakePlaid({ seed: 7, pageSizeMax });
  world = await SyncWorld.open(inject("db"), { PLAID_BASE_URL: plaid.url, PLAID_CLIENT_ID: plaid.clientId, PLAID_SECRET: plaid.secret });
  const [institution] = INSTITUTIONS;
  if (institution === undefined) throw new Error("The stand-in has no bank.");
  item = plaid.world.connect(institution);
  liveThroughMonth(plaid.world, item);
  return world.connect({ type: "plaid", config: { item_id: item.id }, credentials: { access_token: item.accessToken } });
}

afterEach(async () => {
  vi.restoreAllMocks();
  await world.close();
  await plaid.close();
});

/** What the books must hold: the bank's own live movements. */
const truth = () => plaidTruth(plaid);

const lastRun = async () =>
  (await world.rows("select outcome, attempts, restarts, pages, failure_kind from sync_runs where tenant_id = $1 order by job_id desc limit 1"))[0];

/** What goes to the log from here on. */
function listen(): string[] {
  const said: string[] = [];
  for (const level of ["log", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation((...words: unknown[]) => void said.push(words.join(" ")));
  return said;
}

async function everythingOf(tables: readonly string[]): Promise<string> {
  const texts: string[] = [];
  for (const table of tables) texts.push(JSON.stringify(await world.rows(`select to_jsonb(x) as row from ${table} x where tenant_id = $1`)));
  return texts.join("\n");
}

describe("a connector with a fault of its own", () => {
  let id: ConnectionId;

  beforeEach(async () => {
    id = await open(25);
    await world.travel();
    plaid.world.add(item, { amountMinor: "-77", isPending: false });
  });

  it("ends the run as failed after as many attempts as an outage; its connection says so, is not fresh by it, and stays in the timetable", async () => {
    const before = await world.connection(id);
    const said = listen();
    // Its own words are shown to nobody: they may quote a credential.
    const fault = new TypeError(`cannot read properties of ${item.accessToken}`);
    const fetched = vi.spyOn(connector, "fetchPages").mockRejectedValue(fault);
    vi.spyOn(connector, "test").mockRejectedValue(fault);
    await world.sync(id);

    await world.travel();
    const tried = await testConnection(world.env, world.tenantId, id);

    expect(fetched).toHaveBeenCalledTimes(5);
    expect(await lastRun()).toMatchObject({ outcome: "failed", failure_kind: "unexpected" });
    expect((await world.jobs()).at(-1)).toMatchObject({ stage: "fetching", status: "failed", error_code: "unexpected_error" });
    const failed = await world.connection(id);
    expect(failed).toMatchObject({ status: "active", failures: 1, failure_kind: "unexpected", fresh_until: before["fresh_until"] });
    expect(failed["next_sync_at"]).not.toBeNull();
    const view = await withTenant(world.env, world.tenantId, (tx) => viewConnection(tx, id));
    expect(view).toMatchObject({ state: { code: "failing", next_step: "sync" }, failure: { needs_person: false, count: 1 } });
    expect(view.state.sentence).toMatch(/^Something went wrong in this program that nobody foresaw.+It is tried again by itself\.$/);
    expect(tried).toMatchObject({ ok: false, failure: { kind: "unexpected", code: "unexpected_error" } });
    expect(await world.rows("select 1 from dead_letters where tenant_id = $1")).toEqual([]);
    const rows = await everythingOf(["connections", "sync_runs", "ingestion_jobs", "outbox", "ingestion_audit_log"]);
    expect(rows).toContain("that nobody foresaw");
    for (const words of [item.accessToken, "cannot read properties"]) expect(rows + said.join("\n")).not.toContain(words);
    // Who mends it is told where it was.
    expect(said.join("\n")).toMatch(/"sync_failed".+"error":"TypeError".+"at":"at /);
  });

  it("that is over at the next attempt costs nothing but time", async () => {
    listen();
    vi.spyOn(connector, "fetchPages").mockRejectedValueOnce(new RangeError("too deep"));
    await world.sync(id);

    await world.travel();

    expect(await lastRun()).toMatchObject({ outcome: "fetched", failure_kind: null });
    expect(await world.booked()).toEqual(truth());
    expect(await world.connection(id)).toMatchObject({ failures: 0, failure_kind: null, last_error: null });
  });

  it("whose fetch was given up for whatever reason says so too, and is tried again by itself", async () => {
    const { jobId } = await world.sync(id);
    const [message] = await world.takeOutbox();

    if (message !== undefined) await withTenant(world.env, world.tenantId, (tx) => keepDeadLetter(tx, message, 20));

    expect(message).toMatchObject({ type: "sync.due", job_id: jobId });
    expect(await lastRun()).toMatchObject({ outcome: "failed" });
    const failed = await world.connection(id);
    expect(failed).toMatchObject({ status: "active", failures: 1, failure_kind: "unexpected", failure_code: "gave_up" });
    expect(failed["next_sync_at"]).not.toBeNull();
  });

  it("a cursor that a later version no longer understands is a lost one: the whole window is read again, and the books are the bank's", async () => {
    await world.sql.query(`update connections set sync_cursor = '{"of": "another time"}' where tenant_id = $1`, [world.tenantId]);
    await world.sync(id);

    await world.travel();

    expect(await lastRun()).toMatchObject({ outcome: "fetched", restarts: 1 });
    expect(await world.booked()).toEqual(truth());
  });
});

describe("a provider that gives only so much a minute", () => {
  const asked = (path: string) => plaid.calls.filter((call) => call === path).length;

  it("is asked for a long chain in portions, a minute apart, and nothing is asked twice", async () => {
    await open(1);
    plaid.calls.length = 0;

    await world.travel();

    expect(truth().length).toBeGreaterThan(40);
    expect(await world.booked()).toEqual(truth());
    expect(asked("/transactions/sync")).toBe(truth().length);
    expect(await lastRun()).toMatchObject({ outcome: "fetched", restarts: 0, pages: truth().length + 1 });
    const held = await world.rows<{ seconds: number }>(
      "select extract(epoch from not_before - created_at)::float8 as seconds from outbox where tenant_id = $1 and message_type = 'sync.due' order by id",
    );
    expect(held).toHaveLength(Math.ceil(truth().length / 40));
    expect(held.slice(1).every(({ seconds }) => seconds > 20 && seconds <= 60)).toBe(true);
  });

  it("and refuses a page in the middle is asked for the chain from its first page again, as it says itself", async () => {
    const id = await open(10);
    await world.travel();
    for (let count = 0; count < 35; count += 1) plaid.world.add(item, { amountMinor: String(-100 - count), isPending: false });
    plaid.calls.length = 0;
    plaid.faults.order("/transactions/sync", NO_FAULT, NO_FAULT, FAULTS.rateLimited());
    await world.sync(id);

    await world.travel();

    expect(await world.booked()).toEqual(truth());
    expect(asked("/transactions/sync")).toBe(2 + 1 + 4);
    expect(await lastRun()).toMatchObject({ outcome: "fetched", restarts: 1 });
  });

  it("and refuses the balances when all movements are in is asked for the balances alone", async () => {
    const id = await open(10);
    await world.travel();
    for (let count = 0; count < 35; count += 1) plaid.world.add(item, { amountMinor: String(-100 - count), isPending: false });
    plaid.calls.length = 0;
    plaid.faults.order("/accounts/balance/get", FAULTS.rateLimited("BALANCE_LIMIT"), FAULTS.internal());
    await world.sync(id);

    await world.travel();

    expect(await world.booked()).toEqual(truth());
    expect(asked("/transactions/sync")).toBe(4);
    expect(asked("/accounts/balance/get")).toBe(3);
    expect(await lastRun()).toMatchObject({ outcome: "fetched", restarts: 0, pages: 5 });
    expect(plaid.violations).toEqual([]);
  });
});

/** A call that goes well. */
const NO_FAULT = { kind: "slow", ms: 0 } as const;
