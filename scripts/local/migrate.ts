/** Brings a database to the newest migration and lets the Worker's role in. Forward only; never drops anything. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import * as z from "zod";

const journalSchema = z.object({
  entries: z.array(z.object({ idx: z.number().int(), when: z.number().int(), tag: z.string() })),
});
export type JournalEntry = z.infer<typeof journalSchema>["entries"][number];

/** Applies what is missing, in the journal's order, in one transaction, and answers how many migrations there are. */
export async function runMigrations(ownerUrl: string, folder: string): Promise<number> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await migrate(drizzle(client), { migrationsFolder: folder });
  } finally {
    await client.end();
  }
  return readJournal(folder).length;
}

/** The migrations make the Worker's role without a password; a local one is new at each start and lives only in memory and `.data/`. */
export async function setWorkerPassword(ownerUrl: string, password: string): Promise<void> {
  if (!/^[\w-]+$/.test(password)) throw new Error("A role's password must be of base64url characters.");
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query(`alter role stratifi_worker login password '${password}'`);
  } finally {
    await client.end();
  }
}

export function readJournal(folder: string): JournalEntry[] {
  return journalSchema.parse(JSON.parse(readFileSync(path.join(folder, "meta/_journal.json"), "utf8"))).entries;
}
