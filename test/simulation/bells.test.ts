/** The providers' webhooks at the real routes: genuine ones ring once, whatever comes with them; forged, old and future ones leave no trace. */
import { afterAll, beforeAll, expect, inject, it, vi } from "vitest";
import type { ConnectionId } from "../../src/domain/ids.ts";
import { app } from "../../src/routes/app.ts";
import { INSTITUTIONS, liveThroughMonth } from "../fakes/plaid/institutions.ts";
import { type FakePlaid, startFakePlaid } from "../fakes/plaid/start.ts";
import type { FakeItem } from "../fakes/plaid/world.ts";
import { type FakeStripe, startFakeStripe } from "../fakes/stripe/fake.ts";
import { signedOf } from "../fakes/stripe/world.ts";
import { chanceOf } from "../harness/random.ts";
import { SyncWorld } from "../harness/sync-world.ts";

/** BELLS=10000 for a flood. */
const POSTS = Number(process.env["BELLS"] ?? "200");
const SECRET = "whsec_canary_of_a_signing_secret";

let plaid: FakePlaid;
let stripe: FakeStripe;
let world: SyncWorld;
let item: FakeItem;
let plaidId: ConnectionId;
let stripeId: ConnectionId;

// One of each for the file: how many keys nobody knows are looked up in a minute is limited.
beforeAll(async () => {
  plaid = await startFakePlaid({ seed: 3 });
  stripe = await startFakeStripe({ start: Math.floor(Date.now() / 1000) - 86_400 });
  const settings = { PLAID_BASE_URL: plaid.url, PLAID_CLIENT_ID: plaid.clientId, PLAID_SECRET: plaid.secret, STRIPE_BASE_URL: stripe.url };
  world = await SyncWorld.open(inject("db"), settings);
  const [institution] = INSTITUTIONS;
  if (institution === undefined) throw new Error("The stand-in has no bank.");
  item = plaid.world.connect(institution, { isReady: true });
  liveThroughMonth(plaid.world, item, 3);
  plaidId = await world.connect({ type: "plaid", config: { item_id: item.id }, credentials: { access_token: item.accessToken } });
  stripe.books.charge({ amount: 5_000, currency: "usd", description: "Desk lamp" });
  stripeId = await world.connect({
    type: "stripe",
    config: { account_id: stripe.books.settings.id, livemode: false },
    credentials: { api_key: stripe.key.text, webhook_secrets: SECRET },
  });
  await world.travel();
});

afterAll(async () => {
  await world.close();
  await Promise.all([plaid.close(), stripe.close()]);
});

interface Post {
  path: string;
  headers: Record<string, string>;
  body: string;
}

async function deliver({ path, headers, body }: Post): Promise<number> {
  const response = await app.fetch(new Request(`https://stratifi.test${path}`, { method: "POST", headers, body }), world.env, CONTEXT);
  await response.body?.cancel();
  return response.status;
}

const CONTEXT = { waitUntil: () => undefined, passThroughOnException: () => undefined, props: {} };

const now = () => Math.floor(Date.now() / 1000);

async function ofPlaid(code: string, draft: { iat?: number; hash?: string } = {}, more: Record<string, unknown> = {}): Promise<Post> {
  return { path: "/webhooks/plaid", ...(await plaid.webhooks.sign(plaid.webhooks.body(item, code, more), draft)) };
}

function ofStripe(id: string, { at = now(), secret = SECRET }: { at?: number; secret?: string } = {}): Post {
  const event = {
    id,
    object: "event",
    type: "payout.paid",
    created: now(),
    livemode: false,
    api_version: null,
    data: { object: { id: "po_1", object: "payout" } },
  };
  return { path: `/webhooks/stripe/${stripeId}`, ...signedOf(event, { secrets: [secret], at }) };
}

it.each([
  ["signed over another body", async () => ofPlaid("SYNC_UPDATES_AVAILABLE", { hash: "0".repeat(64) })],
  ["of six minutes ago", async () => ofPlaid("SYNC_UPDATES_AVAILABLE", { iat: now() - 360 })],
  ["of tomorrow", async () => ofPlaid("SYNC_UPDATES_AVAILABLE", { iat: now() + 86_400 })],
  ["changed on its way", async () => ofPlaid("SYNC_UPDATES_AVAILABLE").then((post) => ({ ...post, body: post.body.replace("sandbox", "sandbux") }))],
  ["of Stripe with another secret", () => Promise.resolve(ofStripe("evt_1", { secret: "whsec_somebody_else" }))],
  ["of Stripe of an hour ago", () => Promise.resolve(ofStripe("evt_1", { at: now() - 3_600 }))],
  ["of Stripe of in an hour", () => Promise.resolve(ofStripe("evt_1", { at: now() + 3_600 }))],
  ["to a connection that is not there", () => Promise.resolve({ ...ofStripe("evt_1"), path: `/webhooks/stripe/${crypto.randomUUID()}` })],
])("a webhook %s is refused and leaves no trace", async (_what, make) => {
  const post = await make();

  expect(await deliver(post)).toBe(401);

  expect(await world.rows("select 1 from webhook_events where tenant_id = $1")).toEqual([]);
  expect(await world.rows("select 1 from sync_runs where tenant_id = $1 and trigger = 'webhook'")).toEqual([]);
});

it("a flood of them, doubled and in disorder, leaves one effect each, and the books as they are", { timeout: 900_000 }, async () => {
  const chance = chanceOf(5);
  const genuine: Post[] = [];
  for (let index = 0; index < POSTS / 4; index += 1) {
    if (index % 2 === 0) genuine.push(ofStripe(`evt_${index}`));
    else genuine.push(await ofPlaid("SYNC_UPDATES_AVAILABLE", { iat: now() - (index % 100) }, { initial_update_complete: index % 4 === 1 }));
  }
  const forged = await Promise.all(
    genuine.map((_post, index) =>
      index % 2 === 0
        ? Promise.resolve(ofStripe(`evt_${index}`, { secret: "whsec_forged" }))
        : ofPlaid("SYNC_UPDATES_AVAILABLE", { hash: "0".repeat(64) }),
    ),
  );
  const posts = [...genuine, ...genuine, ...forged, ...forged].map((post) => ({
    post,
    isForged: forged.includes(post),
    at: chance.below(1_000_000),
  }));

  const statuses = new Map<string, number>();
  const waiting = posts.toSorted((a, b) => a.at - b.at);
  const sender = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const answer = `${next.isForged ? "forged" : "genuine"} ${await deliver(next.post)}`;
      statuses.set(answer, (statuses.get(answer) ?? 0) + 1);
    }
  };
  await Promise.all([sender(), sender(), sender(), sender()]);
  await world.travel();

  expect([...statuses.keys()].sort()).toEqual(["forged 401", "genuine 200"]);
  const distinct = new Set(
    genuine.map(({ headers, body }) => `${headers["stripe-signature"] ?? ""}${headers["plaid-verification"]?.split(".")[1] ?? ""}${body}`),
  );
  const kept = await world.rows<{ provider: string; deliveries: number }>("select provider, deliveries from webhook_events where tenant_id = $1");
  expect(kept).toHaveLength(distinct.size);
  expect(kept.reduce((sum, { deliveries }) => sum + deliveries, 0)).toBe(2 * genuine.length);
  const runs = await world.rows<{ connection_id: string }>(
    "select connection_id from sync_runs where tenant_id = $1 and trigger in ('webhook', 'again')",
  );
  // One that began at once, and one more behind it, however many rang.
  expect(runs.filter((run) => run.connection_id === plaidId).length).toBeLessThanOrEqual(2);
  expect(runs.filter((run) => run.connection_id === stripeId).length).toBeLessThanOrEqual(2);
  expect((await world.rows("select 1 from ingestion_jobs where tenant_id = $1 and status in ('pending', 'running')")).length).toBe(0);
});

it("a login that wants a new sign-in is told by its bell, and goes on when the bank says that it is repaired", async () => {
  expect(
    await deliver(await ofPlaid("ERROR", {}, { error: { error_type: "ITEM_ERROR", error_code: "ITEM_LOGIN_REQUIRED", error_message: "" } })),
  ).toBe(200);
  expect(await world.connection(plaidId)).toMatchObject({ status: "error", failure_kind: "reauthenticate", next_sync_at: null });

  expect(await deliver(await ofPlaid("LOGIN_REPAIRED"))).toBe(200);
  await world.travel();

  expect(await world.connection(plaidId)).toMatchObject({ status: "active", failure_kind: null });
});

it("no secret of a provider stands in any row, in any page, or in any line of the log", async () => {
  const said: string[] = [];
  const spies = (["log", "warn", "error"] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation((...words) => void said.push(words.join(" "))),
  );
  try {
    await deliver(ofStripe("evt_9"));
    item.error = { error_type: "ITEM_ERROR", error_code: "ITEM_LOGIN_REQUIRED", error_message: "" };
    await world.sync(plaidId);
    await world.travel();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }

  const secrets = [item.accessToken, plaid.secret, stripe.key.text, SECRET];
  const tables = await world.sql.query<{ name: string }>(
    "select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace",
  );
  for (const { name } of tables.rows) {
    const rows = JSON.stringify(await world.rows(`select to_jsonb(x) as row from ${name} x where tenant_id = $1`));
    for (const secret of secrets) expect(rows.includes(secret), `${name} holds a secret`).toBe(false);
  }
  const pages = [...world.bucket.objects.values()].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
  for (const secret of secrets) expect(pages.includes(secret) || said.join("\n").includes(secret)).toBe(false);
  expect(pages.length).toBeGreaterThan(1_000);
  expect(said.length).toBeGreaterThan(0);
});
