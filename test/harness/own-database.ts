/** A test's own database beside the run's: made with every migration, and taken away at the end. */
import pg from "pg";
import { runMigrations } from "../../scripts/local/migrate.ts";
import { MIGRATIONS } from "../../scripts/local/paths.ts";
import { dropDatabase } from "./drop-database.ts";
import type { TestDatabase } from "./provided.ts";

export interface OwnDatabase extends TestDatabase {
  drop: () => Promise<void>;
}

/** `name`: letters, digits and underscores. */
export async function makeDatabase(shared: TestDatabase, name: string): Promise<OwnDatabase> {
  const of = (url: string) => url.replace(/\/\w+$/, `/${name}`);
  await asOwner(shared, (owner) => owner.query(`create database ${name}`));
  await runMigrations(of(shared.adminUrl), MIGRATIONS);
  return {
    url: of(shared.url),
    adminUrl: of(shared.adminUrl),
    wsProxy: shared.wsProxy,
    drop: () => asOwner(shared, (owner) => dropDatabase(owner, name)),
  };
}

async function asOwner(shared: TestDatabase, work: (owner: pg.Client) => Promise<unknown>): Promise<void> {
  const owner = new pg.Client({ connectionString: shared.adminUrl });
  await owner.connect();
  try {
    await work(owner);
  } finally {
    await owner.end();
  }
}
