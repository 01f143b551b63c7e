/** What goes wrong on the way that is no fault of the bank's data: a connector with a fault of its own, and a provider that gives only so much a minute. */
import { afterEach, beforeEach, describe, expect, inject, it, vi } from "vitest";
import type { ConnectionId } from "../../src/domain/ids.ts";
import { viewConnection } from "../../src/routes/connection-view.ts";
import { testConnection } from "../../src/sources/connections.ts";
import { plaid as connector } from "../../src/sources/connectors/plaid.ts";
import { withTenant } from "../../src/store/tenant.ts";
import { INSTITUTIONS, liveThroughMonth } from "../fakes/plaid/institutions.ts";
import { type FakePlaid, startFakePlaid } from "../fakes/plaid/start.ts";
import type { FakeItem } from "../fakes/plaid/world.ts";
import { byContent, SyncWorld } from "../harness/sync-world.ts";

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
function truth() {
  return plaid
    .truth()
    .filter((row) => row.is_live)
    .map((row) => ({
      external_account_id: row.account_id,
      external_id: row.external_id,
      amount_minor: row.amount_minor,
      currency: row.currency,
      posted_on: row.posted_on,
      is_pending: row.is_pending,
    }))
    .sort(byContent);
}

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

  it("a cursor that a later version no longer understands is a lost one: the whole window is read again, and the books are the bank's", async () => {
    await world.sql.query(`update connections set sync_cursor = '{"of": "another time"}' where tenant_id = $1`, [world.tenantId]);
    await world.sync(id);

    await world.travel();

    expect(await lastRun()).toMatchObject({ outcome: "fetched", restarts: 1 });
    expect(await world.booked()).toEqual(truth());
  });
});
