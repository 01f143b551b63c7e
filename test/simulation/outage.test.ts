/** A database that goes away in the middle of work: whoever waits for it hears that it is away, which is answered with 503 and tried again, and nothing else. */
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, inject, it } from "vitest";
import { Unavailable } from "../../src/domain/refusal.ts";
import { acrossTenants, type DatabaseEnv, type Tx } from "../../src/store/tenant.ts";
import { behindOwnBridge, type InterruptibleDatabase } from "../harness/interruptible-database.ts";

let database: InterruptibleDatabase;
let env: DatabaseEnv;

beforeEach(async () => {
  database = await behindOwnBridge(inject("db"));
  env = { DATABASE_URL: database.db.url, DB_WS_PROXY: database.db.wsProxy };
});

afterEach(() => database.close());

const look = (tx: Tx) => tx.execute(sql`select 1`);

it.each<[string, (tx: Tx) => Promise<unknown>]>([
  [
    "between two questions of a transaction",
    async (tx) => {
      await look(tx);
      await database.goAway();
      await look(tx);
    },
  ],
  ["while it is being asked", (tx) => Promise.all([tx.execute(sql`select pg_sleep(20)`), database.goAway()])],
  [
    "before what was written is committed",
    async (tx) => {
      await look(tx);
      await database.goAway();
    },
  ],
])("%s", async (_when, work) => {
  await expect(acrossTenants(env, work)).rejects.toBeInstanceOf(Unavailable);
  await expect(acrossTenants(env, look)).rejects.toBeInstanceOf(Unavailable);

  env = { ...env, DB_WS_PROXY: (await database.comeBack()).wsProxy };

  expect((await acrossTenants(env, look)).rows).toHaveLength(1);
});
