/** The database as the Worker meets it: Postgres, migrated, with the Worker's role let in, behind the bridge. Knows no tenant. */
import { randomBytes } from "node:crypto";
import { type Bridge, startBridge } from "./bridge.ts";
import type { GuardedChild } from "./guarded-child.ts";
import { runMigrations, setWorkerPassword } from "./migrate.ts";
import { MIGRATIONS } from "./paths.ts";
import { type Postgres, type PostgresSettings, startPostgres, urlOf } from "./postgres.ts";

export interface Database {
  /** As the owner: migrations, seeds, tests that look behind row security. */
  ownerUrl: string;
  /** As the Worker: `DATABASE_URL`. */
  workerUrl: string;
  /** `DB_WS_PROXY`. */
  wsProxy: string;
  migrations: number;
  child: GuardedChild;
  stop: () => Promise<void>;
}

export async function startDatabase(settings: PostgresSettings): Promise<Database> {
  const postgres = await startPostgres(settings);
  try {
    const migrations = await runMigrations(postgres.ownerUrl, MIGRATIONS);
    const workerPassword = randomPassword();
    await setWorkerPassword(postgres.ownerUrl, workerPassword);
    const bridge = await startBridge({ port: postgres.port });
    return {
      ownerUrl: postgres.ownerUrl,
      workerUrl: urlOf({ role: "stratifi_worker", password: workerPassword, port: postgres.port }),
      wsProxy: bridge.wsProxy,
      migrations,
      child: postgres.child,
      stop: () => stopDatabase(postgres, bridge),
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

export function randomPassword(): string {
  return randomBytes(32).toString("base64url");
}

async function stopDatabase(postgres: Postgres, bridge: Bridge): Promise<void> {
  await bridge.close();
  await postgres.stop();
}
