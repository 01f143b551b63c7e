/** A company with a row in every table, filled from the catalogue: its export has one line of each, of nobody else's, and no secret among them. */
import pg from "pg";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import * as z from "zod";
import { idSchema, type TenantId } from "../../src/domain/ids.ts";
import { exportPage, exportTables, isKeptBack } from "../../src/store/export.ts";
import { SEALED_COLUMNS } from "../../src/store/sealed-columns.ts";
import { withTenant } from "../../src/store/tenant.ts";
import { fillTenant, type Row, readCatalogue, type Table } from "./support/full-tenant.ts";

const { url, adminUrl, wsProxy } = inject("db");
const owner = new pg.Client({ connectionString: adminUrl });
const env = { DATABASE_URL: url, DB_WS_PROXY: wsProxy };
let tables: Table[] = [];
let ours: Map<string, Row>;

beforeAll(async () => {
  await owner.connect();
  tables = await readCatalogue(owner);
  ours = await fillTenant(owner, tables);
  await fillTenant(owner, tables);
});
afterAll(() => owner.end());

const rowShape = z.record(z.string(), z.unknown());

async function exported(name: string): Promise<Record<string, unknown>[]> {
  const tenantId = idSchema<TenantId>().parse(ours.get("tenants")?.["id"]);
  const table = exportTables().find((each) => each.name === name);
  if (table === undefined) return [];
  const { lines } = await withTenant(env, tenantId, (tx) => exportPage(tx, table, { after: null, limit: 100 }));
  return lines.map((line) => rowShape.parse(JSON.parse(line)));
}

it("has every table of the catalogue with the company's one row, every column of it", async () => {
  for (const { name, columns } of tables) {
    const rows = await exported(name);

    expect(rows.length, name).toBe(1);
    expect(Object.keys(rows[0] ?? {}).sort(), name).toEqual(columns.map((column) => column.name).sort());
  }
  expect(tables.length).toBeGreaterThan(30);
});

it("says of each sealed column and each hash of a secret only that it is set", async () => {
  for (const { name, columns } of tables) {
    const [row] = await exported(name);
    for (const { name: column } of columns) if (isKeptBack(name, column)) expect(row?.[column], `${name}.${column}`).toEqual({ set: true });
  }
  expect(SEALED_COLUMNS.every(({ table, column }) => isKeptBack(table, column))).toBe(true);
});

it("gives amounts as text, which no reader rounds", async () => {
  const [row] = await exported("transactions");

  expect(row?.["amount_minor"]).toBe("1");
});
