/** Stripe on the whole road, from its stand-in to the books: whatever happens on the way, the books end as Stripe's own ledger. */
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import type { ConnectionId } from "../../src/domain/ids.ts";
import type { Json } from "../../src/domain/stored.ts";
import { ringStripe } from "../../src/sources/bells.ts";
import { type FakeStripe, startFakeStripe } from "../fakes/stripe/fake.ts";
import { trueBalancesOf } from "../fakes/stripe/truth.ts";
import { type Fault, signedOf } from "../fakes/stripe/world.ts";
import { stripeTruth } from "../harness/sync-truth.ts";
import { byContent, SyncWorld } from "../harness/sync-world.ts";

const DAY = 86_400;
const SECRET = "whsec_of_the_test";

let stripe: FakeStripe;
let world: SyncWorld;

beforeEach(async () => {
  // The stages ask the real clock: the stand-in's begins within the days that every run reads again.
  stripe = await startFakeStripe({ start: Math.floor(Date.now() / 1000) - 5 * DAY });
  world = await SyncWorld.open(inject("db"), { STRIPE_BASE_URL: stripe.url });
});

afterEach(async () => {
  await world.close();
  await stripe.close();
});

const connect = (config: { [key: string]: Json } = {}): Promise<ConnectionId> =>
  world.connect({ type: "stripe", config: { livemode: false, ...config }, credentials: { api_key: stripe.key.text, webhook_secrets: SECRET } });

/** Charges in two currencies, a refund, a dispute: enough for several pages. */
function trade(charges: number): void {
  for (let count = 0; count < charges; count += 1) {
    const charge = stripe.books.charge({ amount: 1_000 + count * 7, currency: count % 9 === 0 ? "eur" : "usd", days: count % 3 === 0 ? 3 : 2 });
    if (count % 11 === 0) stripe.books.refund(charge.id, 500);
    if (count % 40 === 0) stripe.books.dispute(charge.id);
    stripe.world.advance(61);
  }
}

const truth = (fees: "separate" | "net" = "separate") => stripeTruth(stripe.books, fees);

async function syncAgain(id: ConnectionId): Promise<void> {
  await world.sync(id);
  await world.travel();
}

describe("a first sync and the next", () => {
  it("books every line and its fee, several pages long, each currency in an account of its own, with its balances", async () => {
    trade(150);
    const id = await connect();

    await world.travel();

    expect(truth().length).toBeGreaterThan(300);
    expect(await world.booked()).toEqual(truth());
    const balances = await world.rows(
      "select currency, current_balance_minor as current, available_balance_minor as available from accounts where tenant_id = $1 order by currency",
    );
    expect(balances).toEqual(
      trueBalancesOf(stripe.books)
        .map(({ currency, currentMinor, availableMinor }) => ({ currency, current: currentMinor, available: availableMinor }))
        .sort(byContent),
    );
    expect(await world.connection(id)).toMatchObject({ status: "active", failures: 0, provider_key: `stripe:${stripe.books.settings.id}:test` });

    trade(10);
    await syncAgain(id);
    expect(await world.booked()).toEqual(truth());
    expect(stripe.world.violations).toEqual([]);
  });

  it("with fees in the net books one line each", async () => {
    trade(20);
    await connect({ fee_handling: "net" });

    await world.travel();

    expect(await world.booked()).toEqual(truth("net"));
  });

  it("a sync without news books nothing and changes nothing", async () => {
    trade(30);
    const id = await connect();
    await world.travel();
    const before = await world.rows("select id, version from transactions where tenant_id = $1 order by id");

    await syncAgain(id);

    expect(await world.rows("select id, version from transactions where tenant_id = $1 order by id")).toEqual(before);
  });
});

describe("what Stripe says later", () => {
  it("pending becomes available as the same row, which keeps what a person wrote", async () => {
    trade(5);
    const id = await connect();
    await world.travel();
    await world.sql.query("update transactions set note = 'checked' where tenant_id = $1", [world.tenantId]);
    const before = await world.rows("select id from transactions where tenant_id = $1 order by id");
    stripe.world.advance(4 * DAY);

    await syncAgain(id);

    expect(await world.booked()).toEqual(truth());
    expect((await world.booked()).some((row) => row.is_pending)).toBe(false);
    expect(await world.rows("select id from transactions where tenant_id = $1 order by id")).toEqual(before);
    expect(await world.rows("select distinct note from transactions where tenant_id = $1")).toEqual([{ note: "checked" }]);
  });

  it("a payout's line takes up the bank's reference when it is known", async () => {
    trade(5);
    stripe.world.advance(3 * DAY);
    const payout = stripe.books.payout();
    const id = await connect();
    await world.travel();
    const referenceOf = async () =>
      (await world.rows("select bank_reference from transactions where tenant_id = $1 and customer_reference = $2", [payout.id]))[0]?.[
        "bank_reference"
      ];
    const atFirst = await referenceOf();
    stripe.world.advance(4 * DAY);

    await syncAgain(id);

    expect(atFirst).toBe(payout.id);
    expect(await referenceOf()).toBe(payout.trace_id?.value);
    expect(await world.booked()).toEqual(truth());
  });

  it("a change of the fee setting holds from then on: what is booked stays, and the sum is Stripe's net", async () => {
    trade(10);
    const id = await connect();
    await world.travel();
    await world.sql.query(`update connections set config = config || '{"fee_handling":"net"}' where tenant_id = $1`, [world.tenantId]);
    stripe.world.advance(60);

    await syncAgain(id);

    expect(await world.booked()).toEqual(truth());
    const moved = stripe.books.entries.reduce((sum, { net }) => sum + net, 0);
    expect((await world.booked()).reduce((sum, row) => sum + Number(row.amount_minor), 0)).toBe(moved);
  });

  it("a line that cannot be read is left out and named, and the others are booked", async () => {
    trade(5);
    const odd = stripe.books.adjust({ amount: 5, currency: "usd", type: "adjustment", category: "other_adjustment", description: "odd" });
    odd.net = 6;
    await connect();

    await world.travel();

    expect(await world.booked()).toEqual(truth().filter((row) => row.external_id !== odd.id));
    expect(await world.rows("select code, record from job_problems where tenant_id = $1")).toEqual([{ code: "net_differs", record: odd.id }]);
  });
});

describe("a Stripe in trouble", () => {
  const KINDS: Fault["kind"][] = ["rate_limited", "server_error", "unavailable", "cut", "malformed", "reset"];

  it.each(KINDS)("%s: the run goes on where it stopped, nothing is lost, nothing doubled", async (kind) => {
    trade(130);
    const id = await connect();
    stripe.world.fault({ kind, path: "/v1/balance_transactions", after: 1 });

    await world.travel();

    expect(await world.booked()).toEqual(truth());
    expect(await world.connection(id)).toMatchObject({ status: "active", failures: 0, failure_kind: null });
    const firstPages = stripe.world.calls.filter(
      ({ path, query, status }) => path === "/v1/balance_transactions" && status === 200 && /limit=100$/.test(query),
    );
    expect(firstPages).toHaveLength(1);
  });

  it("a revoked key stops the timetable and says why; a good one goes on where it was", async () => {
    trade(5);
    const id = await connect();
    await world.travel();
    stripe.key.isRevoked = true;
    trade(3);
    await syncAgain(id);
    const refused = await world.connection(id);
    stripe.key.isRevoked = false;

    await syncAgain(id);

    expect(refused).toMatchObject({ status: "error", failure_kind: "refused", next_sync_at: null });
    expect(JSON.stringify(refused)).not.toContain(stripe.key.text);
    expect(await world.booked()).toEqual(truth());
  });

  it("a cursor that was lost is a clean sync: the books do not change", async () => {
    trade(40);
    const id = await connect();
    await world.travel();
    const before = await world.booked();
    await world.sql.query("update connections set sync_cursor = null where tenant_id = $1", [world.tenantId]);

    await syncAgain(id);

    expect(await world.booked()).toEqual(before);
  });
});

it("twenty clicks at once are one run and one more behind it", async () => {
  trade(20);
  const id = await connect();
  await world.travel();

  const begun = await Promise.all(Array.from({ length: 20 }, () => world.sync(id)));
  await world.travel();

  expect(begun.filter((run) => run.begun)).toHaveLength(1);
  expect(await world.rows("select outcome from sync_runs where tenant_id = $1")).toEqual(Array.from({ length: 3 }, () => ({ outcome: "fetched" })));
  expect(await world.booked()).toEqual(truth());
});

it("a worker that is killed at any transaction of its fetch leaves books that equal an undisturbed run's", { timeout: 120_000 }, async () => {
  const id = await connect();
  for (const failure of ["inside", "after"] as const) {
    for (let step = 1; step <= 8; step += 1) {
      trade(3);
      world.env = { ...world.env, FAIL_POINTS: `fetching/${step}/${failure}` };
      await syncAgain(id);

      expect(await world.booked(), `killed ${failure} transaction ${step}`).toEqual(truth());
    }
  }
  expect(stripe.world.violations).toEqual([]);
});

describe("webhooks", () => {
  const post = async (id: ConnectionId, event: object, at = Math.floor(Date.now() / 1000)) => {
    const { body, headers } = signedOf(event, { secrets: [SECRET], at });
    return ringStripe(world.env, id, { headers: new Headers(headers), body: new TextEncoder().encode(body) });
  };

  it("a payment at the shop rings, and the next thing that is known of it is in the books; the same event again does nothing", async () => {
    const id = await connect();
    await world.travel();
    stripe.books.charge({ amount: 4_200 });
    const event = stripe.world.events.at(-1)?.event ?? {};

    const taken = [await post(id, event), await post(id, event)];
    await world.travel();

    expect(taken).toEqual([true, true]);
    expect(await world.booked()).toEqual(truth());
    expect((await world.rows("select trigger from sync_runs where tenant_id = $1 order by job_id")).map((run) => run["trigger"])).toEqual([
      "setup",
      "webhook",
    ]);
    expect(await post(id, event, Math.floor(Date.now() / 1000) - 400)).toBe(false);
  });

  it("the account that ends what it had allowed ends the timetable, and what is booked stays", async () => {
    trade(3);
    const id = await connect();
    await world.travel();
    stripe.world.deauthorize(stripe.books);
    const event = stripe.world.events.at(-1)?.event ?? {};

    await post(id, event);

    expect(await world.connection(id)).toMatchObject({ status: "error", failure_kind: "gone", next_sync_at: null });
    expect(await world.booked()).toEqual(truth());
  });
});
