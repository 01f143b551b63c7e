/** Everything a company has, as text, a page of one table at a time. Made from the schema, so that a table added later is in it; secrets are never read. */
import { getTableColumns, getTableName, is, type SQL, sql } from "drizzle-orm";
import { type PgColumn, PgTable } from "drizzle-orm/pg-core";
import * as z from "zod";
import * as schema from "./schema.ts";
import { SEALED_COLUMNS } from "./sealed-columns.ts";
import { rowsOf, type Tx } from "./tenant.ts";

/**
 * Beside the vault's envelopes: what proves who somebody is, and the keyed hashes by which account numbers are found. Of these an export says only that they are
 * set. A test asks for a decision on every column of bytes.
 */
export const KEPT_BACK: Readonly<Record<string, readonly string[]>> = {
  api_tokens: ["token_hash"],
  idempotency_keys: ["key_hash", "fingerprint"],
  accounts: ["account_number_hash"],
  account_mappings: ["external_account_id"],
  statements: ["external_account_id"],
};

export interface ExportTable {
  name: string;
  columns: PgColumn[];
}

/** `tenants` and `users` first, as far as they are the company's, then every table with a tenant, by name. */
export function exportTables(): ExportTable[] {
  const all = Object.values(schema)
    .filter((value) => is(value, PgTable))
    .map((table) => ({ name: getTableName(table), columns: Object.values(getTableColumns(table)) }));
  const isGlobal = ({ name }: ExportTable) => name === "tenants" || name === "users";
  const ofTenant = all.filter((table) => !isGlobal(table)).sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...all.filter(isGlobal), ...ofTenant];
}

const pageRow = z.object({ line: z.string(), place: z.array(z.string()) });

export interface ExportPage {
  /** JSON, one object a row. */
  lines: string[];
  /** The last row's key; null where the table is at its end. */
  next: string[] | null;
}

/** The rows after `after`, along the primary key. Row security holds them to the company; `tenants` and `users` have theirs too. */
export async function exportPage(tx: Tx, table: ExportTable, { after, limit }: { after: string[] | null; limit: number }): Promise<ExportPage> {
  const key = await keyOf(tx, table.name);
  const columns = key.map((name) => sql`t.${sql.identifier(name)}`);
  const own = table.columns.some((column) => column.name === "tenant_id") ? sql`t.tenant_id = current_tenant()` : sql`true`;
  const behind =
    after === null
      ? sql`true`
      : sql`(${sql.join(columns, sql`, `)}) > (${sql.join(
          after.map((value, index) => sql`${value}::${sql.raw(typeOf(table, key[index] ?? ""))}`),
          sql`, `,
        )})`;
  const rows = await rowsOf(
    tx,
    sql`select row_to_json(r.*)::text as line, k.place from ${sql.identifier(table.name)} t
          cross join lateral (select ${sql.join(
            table.columns.map((column) => shown(table.name, column)),
            sql`, `,
          )}) r
          cross join lateral (select array[${sql.join(
            columns.map((name) => sql`${name}::text`),
            sql`, `,
          )}] as place) k
         where ${own} and ${behind} order by ${sql.join(columns, sql`, `)} limit ${limit}`,
    pageRow,
  );
  return { lines: rows.map((row) => row.line), next: rows.length < limit ? null : (rows.at(-1)?.place ?? null) };
}

/** Numbers that JSON's readers would round are text; of what is kept back only that it is there. */
function shown(table: string, column: PgColumn): SQL {
  const name = sql.identifier(column.name);
  if (isKeptBack(table, column.name)) return sql`case when t.${name} is not null then '{"set":true}'::jsonb end as ${name}`;
  const isWide = column.name.endsWith("_minor") || column.getSQLType() === "numeric";
  return isWide ? sql`t.${name}::text as ${name}` : sql`t.${name}`;
}

export function isKeptBack(table: string, column: string): boolean {
  return (KEPT_BACK[table] ?? []).includes(column) || SEALED_COLUMNS.some((sealed) => sealed.table === table && sealed.column === column);
}

function typeOf(table: ExportTable, name: string): string {
  const column = table.columns.find((each) => each.name === name);
  if (column === undefined) throw new Error(`The key of ${table.name} names a column that the schema lacks.`);
  return column.getSQLType();
}

/** The primary key's columns, in its order: what a page goes on from. */
async function keyOf(tx: Tx, table: string): Promise<string[]> {
  const rows = await rowsOf(
    tx,
    sql`select a.attname as name from pg_index i cross join unnest(i.indkey::int2[]) with ordinality as k(num, place)
          join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.num
         where i.indrelid = ${`public.${table}`}::regclass and i.indisprimary order by k.place`,
    z.object({ name: z.string() }),
  );
  if (rows.length === 0) throw new Error(`The table ${table} has no primary key.`);
  return rows.map((row) => row.name);
}

const fileRow = z.object({ line: z.string(), place: z.array(z.string()) });

/** The stored files, each with its key in R2 and the address that gives it out. */
export async function exportFiles(tx: Tx, { after, limit }: { after: string[] | null; limit: number }): Promise<ExportPage> {
  const rows = await rowsOf(
    tx,
    sql`select json_build_object('job_id', job_id, 'page', page_no, 'file_name', file_name, 'size_bytes', size_bytes, 'sha256', encode(sha256, 'hex'),
                 'r2_key', r2_key, 'received_at', received_at, 'expired_at', object_expired_at,
                 'fetch', case when object_expired_at is null then '/api/jobs/' || job_id || '/file?page=' || page_no end)::text as line,
               array[id::text] as place
          from raw_ingestion_data where tenant_id = current_tenant() and id > ${after?.[0] ?? "00000000-0000-0000-0000-000000000000"}::uuid
         order by id limit ${limit}`,
    fileRow,
  );
  return { lines: rows.map((row) => row.line), next: rows.length < limit ? null : (rows.at(-1)?.place ?? null) };
}
