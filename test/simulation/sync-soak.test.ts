/** Many connections of every kind for a long time: scheduled runs, providers that fail at random, a database that goes away. At the end nothing is lost, nothing doubled, everything fresh. */
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { Message } from "../../src/domain/messages.ts";
import { Unavailable } from "../../src/domain/refusal.ts";
import { dueSyncs, startDue } from "../../src/store/sync-due.ts";
import { withTenant } from "../../src/store/tenant.ts";
import { behindOwnBridge, type InterruptibleDatabase, ownServer } from "../harness/interruptible-database.ts";
import { chanceOf } from "../harness/random.ts";
import { SOAK_KINDS, SoakProviders } from "../harness/soak-providers.ts";
import { byContent, SyncWorld } from "../harness/sync-world.ts";

/** SOAK_RUNS=500 SOAK_CONNECTIONS=30 SOAK_OUTAGE_SECONDS=30 for the whole of it. */
const RUNS = Number(process.env["SOAK_RUNS"] ?? "15");
const CONNECTIONS = Number(process.env["SOAK_CONNECTIONS"] ?? "5");
const SEED = Number(process.env["SOAK_SEED"] ?? "1");
/** Named: a server of the soak's own is stopped for so long. Unnamed: the run's one server is everybody's, so only the way to it is cut, for a second. */
const SERVER_OUTAGE = process.env["SOAK_OUTAGE_SECONDS"];
const OUTAGE_MS = Number(SERVER_OUTAGE ?? "1") * 1_000;
/** While the database is away a message comes again so often. */
const AGAIN_EVERY_MS = 200;

/** An hour each, and a day before them. */
const HOURS = Math.ceil(RUNS / CONNECTIONS) + 24;

let database: InterruptibleDatabase;
let providers: SoakProviders;
let world: SyncWorld;

beforeAll(async () => {
  database = SERVER_OUTAGE === undefined ? await behindOwnBridge(inject("db")) : await ownServer();
  providers = await SoakProviders.open({ seed: SEED, hours: HOURS });
  world = await SyncWorld.open(database.db, {
    PLAID_BASE_URL: providers.plaid.url,
    PLAID_CLIENT_ID: providers.plaid.clientId,
    PLAID_SECRET: providers.plaid.secret,
    STRIPE_BASE_URL: providers.stripe.url,
  });
}, 60_000);

afterAll(async () => {
  await world.close();
  await providers.close();
  await database.close();
});

const chance = chanceOf(SEED);

it("survives it all", { timeout: 3_600_000 }, async () => {
  await connectAll();
  let runs = await begun();
  let inVain = 0;
  let outages = 0;

  while (runs < RUNS) {
    providers.live(chance);
    // Every second connection has a bad moment, as it falls out.
    for (let count = 1 + chance.below(CONNECTIONS); count > 0; count -= 1) providers.goWrong(chance);
    await beDue();
    // Once, in the middle of it, nobody finds the database for a while.
    const isMiddle = outages === 0 && runs * 2 >= RUNS;
    inVain += isMiddle ? await liveThroughOutage() : await carryWithMisses();
    outages += isMiddle ? 1 : 0;
    runs = await begun();
  }
  providers.mend();
  await beDue();
  await world.travel();

  if (SERVER_OUTAGE !== undefined) await sayFigures({ runs: await begun(), outage_seconds: OUTAGE_MS / 1_000, deliveries_in_vain: inVain });
  expect(outages).toBe(1);
  expect(inVain).toBeGreaterThan(0);
  expect(await world.booked()).toEqual(providers.truth().sort(byContent));
  const states = await world.rows("select status, failures, failure_kind, fresh_until > now() as fresh from connections where tenant_id = $1");
  expect(states).toEqual(Array.from({ length: CONNECTIONS }, () => ({ status: "active", failures: 0, failure_kind: null, fresh: true })));
  const open = await world.rows("select stage from ingestion_jobs where tenant_id = $1 and status in ('pending', 'running')");
  expect(open).toEqual([]);
  expect(providers.violations()).toEqual([]);
});

/** As many of each kind. */
async function connectAll(): Promise<void> {
  for (let index = 0; index < CONNECTIONS; index += 1) {
    const kind = SOAK_KINDS[index % SOAK_KINDS.length];
    if (kind === undefined) throw new Error("There is no kind of connection.");
    await world.connect((await providers.party(kind)).setUp);
  }
  await world.travel();
}

/** The hour passes: all are due, and begin as the cron begins them. */
async function beDue(): Promise<void> {
  await world.sql.query("update connections set next_sync_at = now() where tenant_id = $1 and status = 'active'", [world.tenantId]);
  for (const due of await dueSyncs(world.env, 10_000)) {
    if (due.tenantId === world.tenantId) await withTenant(world.env, due.tenantId, (tx) => startDue(tx, due, new Date()));
  }
}

/** Carries everything; one message in twelve finds no database, and comes again as the queue brings it again. How many did. */
async function carryWithMisses(): Promise<number> {
  const here = world.env;
  let inVain = 0;
  for (const message of await world.takeOutbox()) {
    if (chance.percent(8)) {
      inVain += 1;
      world.env = { ...here, DB_WS_PROXY: "127.0.0.1:9/nobody" };
      await expect(world.deliver(message)).rejects.toBeInstanceOf(Unavailable);
      world.env = here;
    }
    await world.carry(message);
  }
  await world.travel();
  return inVain;
}

/**
 * The database goes away under fetches and imports that are in the middle of their work, and stays away; what meets it comes again and again, and the hour
 * goes on at the providers. How many deliveries were in vain.
 */
async function liveThroughOutage(): Promise<number> {
  const due = await world.takeOutbox();
  // Half of the fetches are done: their pages are on the road while the others fetch.
  for (const message of due.splice(0, due.length / 2)) await world.carry(message);
  const again: Message[] = [];
  let inVain = 0;
  const deliver = async (message: Message) => {
    try {
      if (await world.deliver(message)) return;
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      inVain += 1;
    }
    again.push(message);
  };
  const underWay = [...due, ...(await world.takeOutbox())].map(deliver);
  await Promise.race(underWay);
  await database.goAway();
  await Promise.all(underWay);

  const backAt = performance.now() + OUTAGE_MS;
  providers.live(chance);
  do {
    await expect(dueSyncs(world.env, 1)).rejects.toBeInstanceOf(Unavailable);
    await Promise.all(again.splice(0).map(deliver));
    await wait(AGAIN_EVERY_MS);
  } while (performance.now() < backAt);
  await world.reconnect(await database.comeBack());

  for (const message of again) await world.carry(message);
  await world.travel();
  return inVain + 1;
}

/** Of a soak on demand: how much there was. */
async function sayFigures(known: Record<string, number>): Promise<void> {
  const [kinds] = await world.rows(
    `select (select json_object_agg(k, n) from (select connection_type as k, count(*) as n from connections where tenant_id = $1 group by 1) c) as connections,
            (select json_object_agg(k, n) from (select coalesce(failure_kind, 'none') as k, count(*) as n from sync_runs where tenant_id = $1 and outcome = 'failed' group by 1) f) as runs_failed,
            (select sum(restarts)::int from sync_runs where tenant_id = $1) as chains_begun_anew,
            (select count(*)::int from raw_ingestion_data where tenant_id = $1) as pages,
            (select count(*)::int from transactions where tenant_id = $1 and deleted_at is null) as live_rows,
            (select count(*)::int from transactions where tenant_id = $1 and deleted_at is not null) as removed_rows,
            (select count(*)::int from transaction_revisions where tenant_id = $1) as revisions`,
  );
  process.stdout.write(`soak: ${JSON.stringify({ seed: SEED, ...known, faults: providers.faults, ...kinds })}\n`);
}

async function begun(): Promise<number> {
  const [row] = await world.rows<{ n: string }>("select count(*) as n from sync_runs where tenant_id = $1");
  return Number(row?.n ?? 0);
}
