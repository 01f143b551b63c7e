/** A tenant with one full row in every table, made from the catalogue alone, so that a table added later is filled without being asked. */
import type pg from "pg";
import * as z from "zod";

const columnShape = z.object({ name: z.string(), type: z.string(), not_null: z.boolean() });
const keyShape = z.object({ columns: z.array(z.string()), target: z.string(), target_columns: z.array(z.string()) });
const tableShape = z.object({ name: z.string(), columns: z.array(columnShape), keys: z.array(keyShape), words: z.record(z.string(), z.string()) });

export type Table = z.infer<typeof tableShape>;
export type ForeignKey = z.infer<typeof keyShape>;
export type Row = Record<string, unknown>;

/** Every table with its columns, foreign keys, and for a column of a closed list its first word. */
export async function readCatalogue(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query(`
    select c.relname as name,
      (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, null), 'not_null', a.attnotnull) order by a.attnum)
         from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
      coalesce((select json_agg(json_build_object('target', k.confrelid::regclass::text,
           'columns', (select json_agg(a.attname order by n) from unnest(k.conkey) with ordinality u(num, n) join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.num),
           'target_columns', (select json_agg(a.attname order by n) from unnest(k.confkey) with ordinality u(num, n) join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.num))
           order by k.conname)
         from pg_constraint k where k.conrelid = c.oid and k.contype = 'f'), '[]') as keys,
      coalesce((select json_object_agg(a.attname, substring(pg_get_constraintdef(k.oid) from '''([^'']+)''::text'))
         from pg_constraint k join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
         where k.conrelid = c.oid and k.contype = 'c' and cardinality(k.conkey) = 1 and pg_get_constraintdef(k.oid) like '%= ANY%::text%'), '{}') as words
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by c.relname`);
  return z.array(tableShape).parse(rows);
}

/** Fills every table for one new tenant as the owner; the rows by table, `tenants` and `users` among them. */
export async function fillTenant(owner: pg.Client, tables: readonly Table[]): Promise<Map<string, Row>> {
  const made = new Map<string, Row>();
  for (const table of inOrder(tables)) made.set(table.name, await insertRow(owner, table, firstRow(table, made)));
  for (const table of tables) await closeCircles(owner, table, made);
  return made;
}

export async function insertRow(client: pg.Client, table: Table, row: Row): Promise<Row> {
  const given = table.columns.filter((column) => row[column.name] !== undefined);
  const places = given.map((column, index) => `$${index + 1}::${column.type}`);
  const { rows } = await client.query<Row>(
    `insert into ${table.name} (${given.map((column) => column.name).join(", ")}) values (${places.join(", ")}) returning ${textColumns(table)}`,
    given.map((column) => row[column.name]),
  );
  const [inserted] = rows;
  if (inserted === undefined) throw new Error(`Nothing was inserted into ${table.name}.`);
  return inserted;
}

/** Every column as text: what is read back goes in again through the same casts. */
function textColumns(table: Table): string {
  return table.columns.map((column) => `${column.name}::text as ${column.name}`).join(", ");
}

/** A table comes after those that it cannot be written without. */
function inOrder(tables: readonly Table[]): Table[] {
  const ordered: Table[] = [];
  const waiting = new Set(tables);
  while (waiting.size > 0) {
    const ready = [...waiting].filter((table) => hasTenant(table, ordered) && table.keys.every((key) => isMet(key, table, ordered)));
    if (ready.length === 0) throw new Error(`These tables need each other: ${[...waiting].map((table) => table.name).join(", ")}`);
    for (const table of ready) {
      ordered.push(table);
      waiting.delete(table);
    }
  }
  return ordered;
}

/** A tenant's row comes after the tenant, whether or not a key says so. */
function hasTenant(table: Table, ordered: readonly Table[]): boolean {
  return !table.columns.some((column) => column.name === "tenant_id") || ordered.some((other) => other.name === "tenants");
}

function isMet(key: ForeignKey, table: Table, ordered: readonly Table[]): boolean {
  return ordered.some((other) => other.name === key.target) || isOptional(key, table);
}

/** A key with a column that may stay empty, beside the tenant. */
function isOptional(key: ForeignKey, table: Table): boolean {
  return ownColumns(key).some((name) => table.columns.some((column) => column.name === name && !column.not_null));
}

/** The columns of a key without the tenant. */
export const ownColumns = (key: ForeignKey): string[] => key.columns.filter((name) => name !== "tenant_id");

function firstRow(table: Table, made: ReadonlyMap<string, Row>): Row {
  const row: Row = {};
  for (const column of table.columns) row[column.name] = table.words[column.name] ?? madeUp(column.type);
  for (const key of table.keys) Object.assign(row, referenceTo(key, made));
  const tenant = made.get("tenants");
  if (tenant !== undefined) row["tenant_id"] = tenant["id"];
  return row;
}

function referenceTo(key: ForeignKey, made: ReadonlyMap<string, Row>): Row {
  const target = made.get(key.target);
  return Object.fromEntries(key.columns.map((name, index) => [name, target === undefined ? null : target[key.target_columns[index] ?? ""]]));
}

/** What two tables say of each other can be said only when both have their row. */
async function closeCircles(owner: pg.Client, table: Table, made: ReadonlyMap<string, Row>): Promise<void> {
  const row = made.get(table.name);
  if (row === undefined) return;
  for (const key of table.keys) {
    const open = ownColumns(key).filter((name) => row[name] === null);
    const reference = referenceTo(key, made);
    for (const name of open) {
      await owner.query(`update ${table.name} set ${name} = $1 where tenant_id = $2`, [reference[name], row["tenant_id"]]);
      row[name] = reference[name];
    }
  }
}

const VALUES: Readonly<Record<string, () => unknown>> = {
  uuid: () => crypto.randomUUID(),
  text: () => crypto.randomUUID(),
  "text[]": () => ["jobs:read"],
  character: () => "USD",
  bytea: () => Buffer.from(crypto.randomUUID()),
  jsonb: () => "{}",
  boolean: () => false,
  smallint: () => 1,
  integer: () => 1,
  bigint: () => 1,
  "uuid[]": () => [],
  "bigint[]": () => [],
  numeric: () => 1,
  date: () => "2026-03-01",
  inet: () => "192.0.2.1",
  "timestamp with time zone": () => "2026-03-01T00:00:00Z",
};

function madeUp(type: string): unknown {
  const make = VALUES[type];
  if (make === undefined) throw new Error(`No value is known for the type ${type}: add one.`);
  return make();
}
