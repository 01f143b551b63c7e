/** A bell, the clock and a fetch at its end meet at one connection at the same moment: they follow one another, and none of them has to give up. */
import { sql } from "drizzle-orm";
import pg from "pg";
import { afterEach, beforeEach, expect, inject, it } from "vitest";
import { HOUSE } from "../../src/domain/actor.ts";
import type { ConnectionId, JobId } from "../../src/domain/ids.ts";
import { hasEarlier, startSync } from "../../src/store/sync-turns.ts";
import { type Tx, withTenant } from "../../src/store/tenant.ts";
import { keepEvent } from "../../src/store/webhook-inbox.ts";
import { type FakeStripe, startFakeStripe } from "../fakes/stripe/fake.ts";
import { SyncWorld } from "../harness/sync-world.ts";

let stripe: FakeStripe;
let world: SyncWorld;
let id: ConnectionId;

beforeEach(async () => {
  stripe = await startFakeStripe({ start: Math.floor(Date.now() / 1_000) - 86_400 });
  world = await SyncWorld.open(inject("db"), { STRIPE_BASE_URL: stripe.url });
  id = await world.connect({ type: "stripe", config: { livemode: false }, credentials: { api_key: stripe.key.text } });
});

afterEach(async () => {
  await world.close();
  await stripe.close();
});

const inTenant = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => withTenant(world.env, world.tenantId, work);

const rung = (tx: Tx) =>
  keepEvent(tx, {
    tenantId: world.tenantId,
    connectionId: id,
    provider: "stripe",
    eventId: "evt_1",
    eventType: "payout.paid",
    effect: "sync",
    code: null,
    payload: {},
  });

it("a bell that came while a fetch was being sealed waits for it, and the fetch does not wait for the bell", async () => {
  const kept = signal();
  const sealing = signal();
  const fetch = inTenant(async (tx) => {
    await tx.execute(sql`update connections set updated_at = now() where id = ${id}`);
    sealing.give();
    await kept.given;
    return hasEarlier(tx, id, (await openJob()) as JobId);
  });
  const bell = inTenant(async (tx) => {
    await sealing.given;
    await rung(tx);
    kept.give();
    return startSync(tx, { tenantId: world.tenantId, connectionId: id, trigger: "webhook", actor: HOUSE });
  });

  expect(await Promise.all([fetch, bell])).toMatchObject([false, { begun: false }]);
  expect(await world.connection(id)).toMatchObject({ sync_again: true });
});

it.each([
  ["brings the last page", false],
  ["is refused", true],
])("a fetch that %s takes its connection before its job: whoever has the connection can still ask for the job", async (_how, isRevoked) => {
  stripe.key.isRevoked = isRevoked;
  const [message] = await world.takeOutbox();
  if (message === undefined) throw new Error("There is no fetch.");
  const other = new pg.Client(inject("db").adminUrl);
  await other.connect();
  await other.query("begin");
  await other.query("select 1 from connections where id = $1 for no key update", [id]);

  const fetching = world.deliver(message);
  await waitsFor(other);
  const job = await other.query("select 1 from ingestion_jobs where id = $1 for update nowait", [await openJob()]);
  await other.query("commit");
  await other.end();

  expect(job.rowCount).toBe(1);
  expect(await fetching).toBe(true);
});

const openJob = async (): Promise<string> => (await world.rows<{ id: string }>("select id from ingestion_jobs where tenant_id = $1"))[0]?.id ?? "";

/** Until somebody stands behind what `holder` has locked. */
async function waitsFor(holder: pg.Client): Promise<void> {
  const { rows: own } = await holder.query<{ pid: number }>("select pg_backend_pid() as pid");
  for (let look = 0; look < 500; look += 1) {
    const waiting = await world.sql.query("select 1 from pg_locks where not granted and $1 = any (pg_blocking_pids(pid))", [own[0]?.pid]);
    if (waiting.rows.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("Nobody waits.");
}

function signal(): { given: Promise<void>; give: () => void } {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}
