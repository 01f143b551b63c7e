/** The tables as the code sees them are the tables as the migrations made them: columns, types, what may be empty, what has a default. */
import { getTableColumns, getTableName, is } from "drizzle-orm";
import { getViewConfig, type PgColumn, PgTable, PgView } from "drizzle-orm/pg-core";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import * as schema from "../../src/store/schema.ts";

const owner = new pg.Client({ connectionString: inject("db").adminUrl });
beforeAll(() => owner.connect());
afterAll(() => owner.end());

const line = (table: string, column: PgColumn) =>
  `${table}.${column.name} ${column.getSQLType().replace(/\(3\)$/, "")}${column.notNull ? " not null" : ""}${column.hasDefault ? " default" : ""}`;

const WRITTEN_TYPES: Readonly<Record<string, string>> = { character: "char" };

async function migrated(kind: "r" | "v"): Promise<string[]> {
  const { rows } = await owner.query<{ name: string; type: string; rest: string }>(
    `select c.relname || '.' || a.attname as name, format_type(a.atttypid, null) as type,
            case when a.attnotnull then ' not null' else '' end || case when a.atthasdef then ' default' else '' end as rest
       from pg_attribute a join pg_class c on c.oid = a.attrelid
      where c.relnamespace = 'public'::regnamespace and c.relkind = $1 and a.attnum > 0 and not a.attisdropped`,
    [kind],
  );
  return rows.map((row) => `${row.name} ${WRITTEN_TYPES[row.type] ?? row.type}${row.rest}`).sort();
}

it("every table's columns are those of the migrations", async () => {
  const tables = Object.values(schema).filter((value) => is(value, PgTable));
  const seen = tables.flatMap((table) => Object.values(getTableColumns(table)).map((column) => line(getTableName(table), column)));

  expect(seen.sort()).toEqual(await migrated("r"));
});

it("every view's columns are those of the migrations", async () => {
  const views = Object.values(schema).filter((value) => is(value, PgView));
  const seen = views.flatMap((view) => {
    const { name, selectedFields } = getViewConfig(view);
    return Object.values(selectedFields).flatMap((field) => (isColumn(field) ? [line(name, field)] : []));
  });

  expect(seen.sort()).toEqual(await migrated("v"));
});

/** A view of columns only has nothing else among its fields. */
function isColumn(field: unknown): field is PgColumn {
  return typeof field === "object" && field !== null && "getSQLType" in field && "notNull" in field;
}
