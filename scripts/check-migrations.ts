/** `npm run migrations:check`: the journal and its files agree, all apply to an empty database, and src/store/schema.ts describes the result. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { is } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import pg from "pg";
import * as schema from "../src/store/schema.ts";
import { randomPassword } from "./local/database.ts";
import { type JournalEntry, readJournal, runMigrations } from "./local/migrate.ts";
import { MIGRATIONS } from "./local/paths.ts";
import { startPostgres } from "./local/postgres.ts";
import { explain } from "./local/refusal.ts";

try {
  const files = readdirSync(MIGRATIONS).filter((name) => name.endsWith(".sql"));
  const journal = readJournal(MIGRATIONS);
  const problems = [...journalProblems(journal, files), ...(await schemaProblems())];
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length === 0)
    process.stdout.write(`${journal.length} migrations: numbered, applied to an empty database, and as src/store/schema.ts says.\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}

/** The migrator applies only what is younger than the youngest applied: an entry with an older time would be skipped in silence. */
function journalProblems(journal: JournalEntry[], files: string[]): string[] {
  const problems: string[] = [];
  const tags = new Set(journal.map((entry) => `${entry.tag}.sql`));
  for (const file of files) if (!tags.has(file)) problems.push(`migrations/${file} is not in meta/_journal.json, so it would never run.`);
  for (const [index, entry] of journal.entries()) {
    const before = journal[index - 1];
    const number = String(index).padStart(4, "0");
    if (!files.includes(`${entry.tag}.sql`)) problems.push(`The journal names ${entry.tag}, but migrations/${entry.tag}.sql is missing.`);
    if (entry.idx !== index || !entry.tag.startsWith(`${number}_`))
      problems.push(`${entry.tag} is number ${index} in the journal and should begin with ${number}_.`);
    if (before !== undefined && entry.when <= before.when)
      problems.push(`${entry.tag} is not younger ("when") than ${before.tag}, so it would be skipped.`);
  }
  return problems;
}

async function schemaProblems(): Promise<string[]> {
  const folder = mkdtempSync(path.join(tmpdir(), "stratifi-migrations-"));
  try {
    const postgres = await startPostgres({ dir: path.join(folder, "postgres"), password: randomPassword(), isDurable: false });
    try {
      await runMigrations(postgres.ownerUrl, MIGRATIONS);
      await runMigrations(postgres.ownerUrl, MIGRATIONS);
      return differences({ described: describedColumns(), actual: await actualColumns(postgres.ownerUrl) });
    } finally {
      await postgres.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** "table.column" → "type not null". */
type Columns = Map<string, string>;

function describedColumns(): Columns {
  const columns: Columns = new Map();
  for (const table of Object.values(schema)) {
    if (!is(table, PgTable)) continue;
    const config = getTableConfig(table);
    for (const column of config.columns) columns.set(`${config.name}.${column.name}`, describe(column.getSQLType(), column.notNull));
  }
  return columns;
}

async function actualColumns(ownerUrl: string): Promise<Columns> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; type: string; not_null: boolean }>(
      `select c.relname || '.' || a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as not_null
       from pg_attribute a join pg_class c on c.oid = a.attrelid
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
       order by c.relname, a.attnum`,
    );
    return new Map(rows.map((row) => [row.name, describe(row.type, row.not_null)]));
  } finally {
    await client.end();
  }
}

/** The same type by one name: drizzle says char(3), Postgres character(3). */
function describe(type: string, isNotNull: boolean): string {
  const name = type
    .replace(/^character varying/, "varchar")
    .replace(/^character/, "char")
    .replace("timestamp with time zone", "timestamptz")
    .replaceAll(" ", "");
  return isNotNull ? `${name} not null` : name;
}

function differences({ described, actual }: { described: Columns; actual: Columns }): string[] {
  const problems: string[] = [];
  for (const [name, type] of actual) {
    const said = described.get(name);
    if (said === undefined) problems.push(`${name} (${type}) is in the database but not in src/store/schema.ts.`);
    else if (said !== type) problems.push(`${name} is ${type} in the database but ${said} in src/store/schema.ts.`);
  }
  for (const name of described.keys()) if (!actual.has(name)) problems.push(`${name} is in src/store/schema.ts but in no migration.`);
  return problems;
}
