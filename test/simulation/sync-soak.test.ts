/** Many connections for a long time: scheduled runs, a provider that fails at random, a database that goes away. At the end nothing is lost, nothing doubled, everything fresh. */
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { ConnectionId } from "../../src/domain/ids.ts";
import { Unavailable } from "../../src/domain/refusal.ts";
import { dueSyncs, startDue } from "../../src/store/sync-due.ts";
import { withTenant } from "../../src/store/tenant.ts";
import { FAULTS } from "../fakes/plaid/faults.ts";
import { INSTITUTIONS, liveThroughMonth, somethingNew } from "../fakes/plaid/institutions.ts";
import { type FakePlaid, startFakePlaid } from "../fakes/plaid/start.ts";
import type { FakeItem } from "../fakes/plaid/world.ts";
import type { StripeBooks } from "../fakes/stripe/books.ts";
import { type FakeStripe, startFakeStripe } from "../fakes/stripe/fake.ts";
import { trueRowsOf } from "../fakes/stripe/truth.ts";
import { type Chance, chanceOf } from "../harness/random.ts";
import { byContent, SyncWorld } from "../harness/sync-world.ts";

/** SOAK_RUNS=500 SOAK_CONNECTIONS=30 for the whole of it. */
const RUNS = Number(process.env["SOAK_RUNS"] ?? "18");
const CONNECTIONS = Number(process.env["SOAK_CONNECTIONS"] ?? "6");
const SEED = Number(process.env["SOAK_SEED"] ?? "1");

let plaid: FakePlaid;
let stripe: FakeStripe;
let world: SyncWorld;
const items: FakeItem[] = [];
const shops: StripeBooks[] = [];

beforeAll(async () => {
  plaid = await startFakePlaid({ seed: SEED, pageSizeMax: 40 });
  stripe = await startFakeStripe({ start: Math.floor(Date.now() / 1000) - 86_400 });
  world = await SyncWorld.open(inject("db"), {
    PLAID_BASE_URL: plaid.url,
    PLAID_CLIENT_ID: plaid.clientId,
    PLAID_SECRET: plaid.secret,
    STRIPE_BASE_URL: stripe.url,
  });
}, 60_000);

afterAll(async () => {
  await world.close();
  await Promise.all([plaid.close(), stripe.close()]);
});

it("survives it all", { timeout: 1_800_000 }, async () => {
  const chance = chanceOf(SEED);
  await connectAll();
  let runs = await begun();
  let outages = 0;

  for (let turn = 0; runs < RUNS; turn += 1) {
    for (const item of items) happenAtBank(item, chance);
    for (const books of shops) happenInShop(books, chance);
    stripe.world.advance(3_600);
    for (let count = chance.below(4); count > 0; count -= 1) goWrong(chance);
    await beDue();
    // One message in twelve finds no database, and every tenth turn nobody does for a while.
    outages += await carryThroughOutages(chance, turn % 10 === 9 ? 20 : 2);
    runs = await begun();
  }
  plaid.faults.clear();
  await beDue();
  await world.travel();

  expect(outages).toBeGreaterThan(0);
  expect(await world.booked()).toEqual(truth());
  const states = await world.rows("select status, failures, failure_kind, fresh_until > now() as fresh from connections where tenant_id = $1");
  expect(states).toEqual(Array.from({ length: CONNECTIONS }, () => ({ status: "active", failures: 0, failure_kind: null, fresh: true })));
  const open = await world.rows("select stage from ingestion_jobs where tenant_id = $1 and status in ('pending', 'running')");
  expect(open).toEqual([]);
  expect([...plaid.violations, ...stripe.world.violations]).toEqual([]);
});

async function connectAll(): Promise<void> {
  for (let index = 0; index < CONNECTIONS; index += 1) {
    if (index % 2 === 0) await connectPlaid(index);
    else await connectStripe();
  }
  await world.travel();
}

async function connectPlaid(index: number): Promise<ConnectionId> {
  const institution = INSTITUTIONS[index % INSTITUTIONS.length];
  if (institution === undefined) throw new Error("The stand-in has no bank.");
  const item = plaid.world.connect(institution, { isReady: true });
  liveThroughMonth(plaid.world, item, 5);
  items.push(item);
  return world.connect({ type: "plaid", config: { item_id: item.id }, credentials: { access_token: item.accessToken } });
}

async function connectStripe(): Promise<ConnectionId> {
  const books = stripe.world.account();
  const key = stripe.world.key(books);
  books.charge({ amount: 5_000, currency: "usd", description: "Desk lamp" });
  shops.push(books);
  return world.connect({ type: "stripe", config: { account_id: books.settings.id, livemode: false }, credentials: { api_key: key.text } });
}

function happenAtBank(item: FakeItem, chance: Chance): void {
  const live = plaid.world.live(item);
  const pending = live.filter((row) => row.isPending);
  const fate = chance.below(100);
  if (fate < 55) somethingNew(plaid.world, item, chance.percent(40));
  else if (fate < 75 && pending.length > 0) plaid.world.post(item, chance.pick(pending).id);
  else if (fate < 85 && live.length > 0) plaid.world.remove(item, chance.pick(live).id);
  else if (fate < 95 && live.length > 0) {
    const row = chance.pick(live);
    plaid.world.change(item, row.id, { amountMinor: String(BigInt(row.amountMinor) + 1n) });
  }
}

function happenInShop(books: StripeBooks, chance: Chance): void {
  if (chance.percent(60)) books.charge({ amount: 100 + chance.below(9_000), currency: "usd", description: "Wall clock" });
  if (chance.percent(10)) books.topUp({ amount: 700, currency: "usd" });
}

function goWrong(chance: Chance): void {
  const fault = chance.below(6);
  if (fault === 0) plaid.faults.order("/transactions/sync", FAULTS.rateLimited());
  else if (fault === 1) plaid.faults.order("/transactions/sync", FAULTS.mutation());
  else if (fault === 2) plaid.faults.order("/transactions/sync", { kind: "cut_off" });
  else if (fault === 3) plaid.faults.order("/transactions/sync", FAULTS.invalidCursor());
  else if (fault === 4) stripe.world.fault({ kind: "rate_limited", retryAfterSeconds: 1 });
  else stripe.world.fault({ kind: chance.pick(["server_error", "cut", "malformed"]) });
}

/** The hour passes: all are due, and begin as the cron begins them. */
async function beDue(): Promise<void> {
  await world.sql.query("update connections set next_sync_at = now() where tenant_id = $1 and status = 'active'", [world.tenantId]);
  for (const due of await dueSyncs(world.env, 10_000)) {
    if (due.tenantId === world.tenantId) await withTenant(world.env, due.tenantId, (tx) => startDue(tx, due, new Date()));
  }
}

/** Carries everything; some messages meet a database that is away, and come again as the queue brings them again. How many did. */
async function carryThroughOutages(chance: Chance, awayMax: number): Promise<number> {
  const here = world.env;
  let away = 0;
  for (const message of await world.takeOutbox()) {
    if (away < awayMax && chance.percent(awayMax > 2 ? 60 : 8)) {
      away += 1;
      world.env = { ...here, DB_WS_PROXY: "127.0.0.1:9/nobody" };
      await expect(world.carry(message)).rejects.toBeInstanceOf(Unavailable);
      world.env = here;
    }
    await world.carry(message);
  }
  await world.travel();
  return away;
}

async function begun(): Promise<number> {
  const [row] = await world.rows<{ n: string }>("select count(*) as n from sync_runs where tenant_id = $1");
  return Number(row?.n ?? 0);
}

/** What the providers' own ledgers say. */
function truth() {
  const ofPlaid = plaid.truth().flatMap((row) =>
    row.is_live
      ? [
          {
            external_account_id: row.account_id,
            external_id: row.external_id,
            amount_minor: row.amount_minor,
            currency: row.currency,
            posted_on: row.posted_on,
            is_pending: row.is_pending,
          },
        ]
      : [],
  );
  const ofStripe = shops.flatMap((books) =>
    trueRowsOf(books, "separate").map((row) => ({
      external_account_id: row.account,
      external_id: row.externalId,
      amount_minor: row.amountMinor,
      currency: row.currency,
      posted_on: row.postedOn,
      is_pending: row.isPending,
    })),
  );
  return [...ofPlaid, ...ofStripe].sort(byContent);
}
