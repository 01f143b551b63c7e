/** What a person is asked to map: of a connection that was deleted only what still waits, and every count is the count of the list. */
import { afterEach, beforeEach, expect, inject, it } from "vitest";
import * as z from "zod";
import { HOUSE } from "../../src/domain/actor.ts";
import { type ConnectionId, type JobId, parseId } from "../../src/domain/ids.ts";
import { cancelJob } from "../../src/pipeline/review.ts";
import { viewConnection } from "../../src/routes/connection-view.ts";
import { deleteConnection } from "../../src/store/connections.ts";
import { listMappings } from "../../src/store/mappings.ts";
import { type Tx, withTenant } from "../../src/store/tenant.ts";
import { type FakeBank, startFakeBank } from "../fakes/bank/server.ts";
import { type FakeStripe, startFakeStripe } from "../fakes/stripe/fake.ts";
import { SyncWorld } from "../harness/sync-world.ts";

let stripe: FakeStripe;
let bank: FakeBank;
let world: SyncWorld;

beforeEach(async () => {
  stripe = await startFakeStripe({ start: Math.floor(Date.now() / 1_000) - 86_400 });
  bank = await startFakeBank({ now: new Date(Date.now() - 86_400_000), days: 3 });
  world = await SyncWorld.open(inject("db"), { STRIPE_BASE_URL: stripe.url });
  world.person = { maps: false, approves: false };
});

afterEach(async () => {
  await world.close();
  await Promise.all([stripe.close(), bank.close()]);
});

const inTenant = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => withTenant(world.env, world.tenantId, work);

const mappingRow = z.object({ external_account_id: z.string(), waiting_rows: z.number() });

/** What the page lists and the badge counts. */
async function toMap(): Promise<z.infer<typeof mappingRow>[]> {
  return z.array(mappingRow).parse(await inTenant((tx) => listMappings(tx, { status: "unmapped" })));
}

async function connectShop(): Promise<ConnectionId> {
  stripe.books.charge({ amount: 5_000, currency: "usd", description: "Desk lamp" });
  return world.connect({ type: "stripe", config: { livemode: false }, credentials: { api_key: stripe.key.text } });
}

async function connectBank(): Promise<ConnectionId> {
  const { config, credentials } = bank.connection("mercury");
  const settings = z.record(z.string(), z.json());
  const whole = settings.parse(JSON.parse(JSON.stringify({ ...config, limits: { ...config.limits, rps: 1_000 } })));
  return world.connect({ type: "bank_api", config: whole, credentials: settings.parse(JSON.parse(JSON.stringify(credentials))) });
}

it("the accounts of a deleted connection are asked for while rows of theirs wait, and no longer", async () => {
  const shop = await connectShop();
  const bankId = await connectBank();
  await world.travel();
  const [job] = await world.rows<{ id: string }>("select id from ingestion_jobs where tenant_id = $1 and connection_id = $2", [shop]);
  const all = await toMap();
  const ofBank = bank.mercury.world.accounts.map(({ id }) => id);

  await inTenant((tx) => deleteConnection(tx, shop));
  const waiting = await toMap();
  await inTenant((tx) => cancelJob(tx, { tenantId: world.tenantId, jobId: parseId<JobId>(job?.id ?? ""), actor: HOUSE }));
  const left = await toMap();

  expect(all.length).toBeGreaterThan(ofBank.length);
  expect(waiting).toEqual(all);
  expect(waiting.filter((row) => !ofBank.includes(row.external_account_id)).every((row) => row.waiting_rows > 0)).toBe(true);
  expect(left.map((row) => row.external_account_id).sort()).toEqual(ofBank.sort());
  expect((await inTenant((tx) => viewConnection(tx, bankId))).unmapped).toBe(left.length);
});

it("a living connection's accounts are asked for before anything of theirs waits", async () => {
  const id = await connectBank();
  await world.travel();
  const [job] = await world.rows<{ id: string }>("select id from ingestion_jobs where tenant_id = $1");
  await inTenant((tx) => cancelJob(tx, { tenantId: world.tenantId, jobId: parseId<JobId>(job?.id ?? ""), actor: HOUSE }));

  const left = await toMap();

  expect(left).toHaveLength(bank.mercury.world.accounts.length);
  expect(left.every((row) => row.waiting_rows === 0)).toBe(true);
  expect((await inTenant((tx) => viewConnection(tx, id))).unmapped).toBe(left.length);
});
