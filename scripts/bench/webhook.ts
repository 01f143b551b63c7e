/** webhook: how soon a provider's genuine bell is answered by the Worker as it is deployed, with its inbox row, its run and its message committed by then. */
import path from "node:path";
import { type ConnectionId, parseId, type TenantId } from "../../src/domain/ids.ts";
import type { Json } from "../../src/domain/stored.ts";
import { setCredentials } from "../../src/store/credentials.ts";
import { withTenant } from "../../src/store/tenant.ts";
import { INSTITUTIONS, liveThroughMonth } from "../../test/fakes/plaid/institutions.ts";
import { type FakePlaid, startFakePlaid } from "../../test/fakes/plaid/start.ts";
import { type FakeStripe, startFakeStripe } from "../../test/fakes/stripe/fake.ts";
import { signedOf } from "../../test/fakes/stripe/world.ts";
import { randomKey } from "../local/dev-vars.ts";
import { freePort } from "../local/ports.ts";
import { buildWeb, isWebBuilt } from "../local/web-build.ts";
import { startWorker, waitForWorker } from "../local/worker.ts";
import { type Bench, type BenchContext, type Measured, median } from "./bench.ts";
import { type Stack, withClient } from "./stack.ts";

export const webhook: Bench = {
  name: "webhook",
  goal: { value: 100, unit: "ms", bound: "max" },
  about:
    "95 of 100 genuine webhooks of Plaid and of Stripe, one after the other, are kept and answered within this time; and with four senders at once",
  run: measure,
};

/** Of each provider, once one after the other and once by four. */
const BELLS = 300;
const WARM_UP = 200;
const SENDERS = 4;
const SECRET = "whsec_of_the_benchmark";

interface Bell {
  address: string;
  headers: Record<string, string>;
  body: string;
}

async function measure(context: BenchContext): Promise<Measured> {
  const stack = await context.stack();
  if (!isWebBuilt()) buildWeb();
  const plaid = await startFakePlaid({ seed: 5 });
  const stripe = await startFakeStripe({ start: Math.floor(Date.now() / 1_000) - 86_400 });
  const { address, settings, lines, stop } = await startRealWorker(context, stack, { plaid, stripe });
  try {
    const bells = await bellsOf({ stack, settings, plaid, stripe });
    const answered: Record<string, number[]> = {};
    const strange = () => ({ address: `${address}/webhooks/plaid`, headers: {}, body: "{}" });
    await send(await many(WARM_UP, strange, address), { senders: 1, status: 401 });
    const refused = await send(await many(BELLS, strange, address), { senders: 1, status: 401 });
    for (const [provider, make] of Object.entries(bells)) {
      await send(await many(WARM_UP, make, address), { senders: 1 });
      answered[`${provider}_1`] = await send(await many(BELLS, make, address), { senders: 1 });
      answered[`${provider}_${SENDERS}`] = await send(await many(BELLS, make, address), { senders: SENDERS });
    }
    const kept = await withClient(stack.ownerUrl, async (client) => {
      const { rows } = await client.query<{ n: number }>("select count(*)::int as n from webhook_events where processed_at is not null");
      return rows[0]?.n ?? 0;
    });
    const sent = 2 * (WARM_UP + 2 * BELLS);
    if (kept !== sent) throw new Error(`${sent} webhooks were answered, and ${kept} were kept and acted upon.`);
    return {
      figure: Math.max(p95(answered["plaid_1"] ?? []), p95(answered["stripe_1"] ?? [])),
      details: {
        bells_each: BELLS,
        refused_without_database: describe(refused),
        plaid_one_sender: describe(answered["plaid_1"] ?? []),
        plaid_four_senders: describe(answered[`plaid_${SENDERS}`] ?? []),
        stripe_one_sender: describe(answered["stripe_1"] ?? []),
        stripe_four_senders: describe(answered[`stripe_${SENDERS}`] ?? []),
        bound_by:
          "the local runtime's own way to the Worker, a connection to Postgres, a dozen round trips on it, and a commit that waits for the disk",
      },
    };
  } catch (error) {
    throw new Error(`The webhooks were not all taken. The Worker's last lines:\n${lines.slice(-20).join("\n")}`, { cause: error });
  } finally {
    await stop();
    await Promise.all([plaid.close(), stripe.close()]);
  }
}

interface Settings extends Record<string, string> {
  DATABASE_URL: string;
  DB_WS_PROXY: string;
  VAULT_KEYS: string;
  VAULT_KEY_ID: string;
}

/** The Worker itself, with its queue and its cron's messages, beside the benchmarks' own. */
async function startRealWorker({ folder }: BenchContext, stack: Stack, { plaid, stripe }: { plaid: FakePlaid; stripe: FakeStripe }) {
  const settings: Settings = {
    ENVIRONMENT: "local",
    SESSION_KEY: randomKey(),
    VAULT_KEYS: JSON.stringify({ k1: randomKey() }),
    VAULT_KEY_ID: "k1",
    LOOKUP_KEY: stack.lookupKey,
    DATABASE_URL: stack.workerUrl,
    DB_WS_PROXY: stack.wsProxy,
    PLAID_BASE_URL: plaid.url,
    PLAID_CLIENT_ID: plaid.clientId,
    PLAID_SECRET: plaid.secret,
    STRIPE_BASE_URL: stripe.url,
  };
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const lines: string[] = [];
  const child = startWorker({ port, dataDir: path.join(folder, "webhook"), envFiles: [], settings, onLine: (line) => lines.push(line) });
  try {
    await waitForWorker(address, child, 60_000);
  } catch (error) {
    await child.stop();
    throw new Error(`The Worker did not start.\n${lines.slice(-20).join("\n")}`, { cause: error });
  }
  return { address, settings, lines, stop: () => child.stop() };
}

interface World {
  stack: Stack;
  settings: Settings;
  plaid: FakePlaid;
  stripe: FakeStripe;
}

type Make = (number: number, address: string) => Promise<Bell> | Bell;

/** A company with one connection to each, and how each of them rings. No bell is like another. */
async function bellsOf({ stack, settings, plaid, stripe }: World): Promise<Record<"plaid" | "stripe", Make>> {
  const [institution] = INSTITUTIONS;
  if (institution === undefined) throw new Error("The stand-in has no bank.");
  const item = plaid.world.connect(institution, { isReady: true });
  liveThroughMonth(plaid.world, item, 3);
  stripe.books.charge({ amount: 5_000, currency: "usd", description: "Desk lamp" });
  const account = stripe.books.settings.id;
  const company = await newCompany(stack);
  await company.connect(settings, {
    type: "plaid",
    key: `plaid:${item.id}`,
    config: { item_id: item.id },
    credentials: { access_token: item.accessToken },
  });
  const shop = await company.connect(settings, {
    type: "stripe",
    key: `stripe:${account}:test`,
    config: { account_id: account, livemode: false },
    credentials: { api_key: stripe.key.text, webhook_secrets: SECRET },
  });
  return {
    plaid: async (number, address) => {
      const body = plaid.webhooks.body(item, "SYNC_UPDATES_AVAILABLE").replace(/\}\s*$/, `,"sequence":${number}}`);
      return { address: `${address}/webhooks/plaid`, ...(await plaid.webhooks.sign(body)) };
    },
    stripe: (number, address) => {
      const at = Math.floor(Date.now() / 1_000);
      const object = { id: `po_${number}`, object: "payout" };
      const event = { id: `evt_${number}`, object: "event", type: "payout.paid", created: at, livemode: false, api_version: null, data: { object } };
      return { address: `${address}/webhooks/stripe/${shop}`, ...signedOf(event, { secrets: [SECRET], at }) };
    },
  };
}

interface Draft {
  type: "plaid" | "stripe";
  /** What the provider knows it by. */
  key: string;
  config: { [key: string]: Json };
  credentials: { [key: string]: Json };
}

async function newCompany(stack: Stack) {
  const oneId = (text: string, values: unknown[]) =>
    withClient(stack.ownerUrl, async (client) => {
      const { rows } = await client.query<{ id: string }>(text, values);
      return rows[0]?.id ?? "";
    });
  const tenantId = parseId<TenantId>(await oneId("insert into tenants (name, slug) values ('Bells', gen_random_uuid()::text) returning id", []));
  return {
    connect: async (settings: Settings, { type, key, config, credentials }: Draft): Promise<ConnectionId> => {
      const made = await oneId(
        "insert into connections (tenant_id, name, connection_type, config, provider_key, sync_frequency) values ($1, $2, $2, $3, $4, 'hourly') returning id",
        [tenantId, type, JSON.stringify(config), key],
      );
      const id = parseId<ConnectionId>(made);
      await withTenant(settings, tenantId, (tx) => setCredentials(tx, settings, { tenantId, id, credentials, userId: null }));
      return id;
    },
  };
}

let made = 0;

async function many(count: number, make: Make, address: string): Promise<Bell[]> {
  const bells: Bell[] = [];
  for (let one = 0; one < count; one += 1) {
    made += 1;
    bells.push(await make(made, address));
  }
  return bells;
}

/** Milliseconds from each question to its answer; throws where one is not taken. */
async function send(bells: Bell[], { senders, status = 200 }: { senders: number; status?: number }): Promise<number[]> {
  const waiting = [...bells];
  const took: number[] = [];
  const sender = async () => {
    for (let bell = waiting.shift(); bell !== undefined; bell = waiting.shift()) {
      const startedAt = performance.now();
      const answer = await fetch(bell.address, { method: "POST", headers: bell.headers, body: bell.body });
      const text = await answer.text();
      took.push(performance.now() - startedAt);
      if (answer.status !== status) throw new Error(`A webhook was answered with ${answer.status}: ${text}`);
    }
  };
  await Promise.all(Array.from({ length: senders }, sender));
  return took;
}

const p95 = (took: readonly number[]): number => took.toSorted((a, b) => a - b)[Math.ceil(took.length * 0.95) - 1] ?? Number.NaN;

const describe = (took: readonly number[]): string =>
  `p95 ${p95(took).toFixed(1)}, median ${median(took).toFixed(1)}, longest ${Math.max(...took).toFixed(1)} ms`;
