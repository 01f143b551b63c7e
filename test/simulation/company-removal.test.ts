/** A company with a row in every table goes, batch by batch, as the Worker's role does it: nothing of it is left, and nothing of another is touched. */
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, inject, it } from "vitest";
import * as z from "zod";
import { fillTenant, type Row, readCatalogue, type Table } from "./support/full-tenant.ts";

const owner = new pg.Client({ connectionString: inject("db").adminUrl });
const worker = new pg.Client({ connectionString: inject("db").url });
let tables: Table[] = [];
let leaving: Map<string, Row>;
let staying: Map<string, Row>;

beforeAll(async () => {
  await owner.connect();
  await worker.connect();
  tables = await readCatalogue(owner);
});
beforeEach(async () => {
  leaving = await fillTenant(owner, tables);
  staying = await fillTenant(owner, tables);
  // Every column is filled; neither of them is leaving yet.
  await owner.query("update tenants set deleting_at = null where id = any($1)", [[textOf(leaving, "id"), textOf(staying, "id")]]);
});
afterAll(async () => {
  await owner.end();
  await worker.end();
});

const textOf = (rows: Map<string, Row>, column: string) => z.string().parse(rows.get("tenants")?.[column]);

/** One statement of the Worker's, at work for the company that leaves. */
async function asWorker(statement: string, values: unknown[] = []): Promise<number> {
  await worker.query("begin");
  try {
    await worker.query("select set_config('app.tenant_id', $1, true)", [textOf(leaving, "id")]);
    const { rows } = await worker.query<{ n: unknown }>(statement, values);
    await worker.query("commit");
    return Number(rows[0]?.n ?? 0);
  } catch (error) {
    await worker.query("rollback");
    throw error;
  }
}

/** Every row of a company, by table. */
async function rowsOf(rows: Map<string, Row>): Promise<Record<string, unknown[]>> {
  const found: Record<string, unknown[]> = {};
  for (const { name, columns } of tables) {
    const column = columns.some((each) => each.name === "tenant_id") ? "tenant_id" : name === "tenants" ? "id" : null;
    const where = column === null ? `id = '${String(rows.get(name)?.["id"])}'` : `${column} = '${textOf(rows, "id")}'`;
    found[name] = (await owner.query(`select to_jsonb(t) as row from ${name} t where ${where} order by 1`)).rows;
  }
  return found;
}

const close = () => asWorker("select count(begin_company_deletion($1)) as n", [textOf(leaving, "name")]);

async function removeAll(): Promise<number> {
  let batches = 0;
  while ((await asWorker("select remove_company_rows(1) as n")) > 0) batches += 1;
  return batches;
}

it("goes to its last row, and another company stays as it was, to the letter", async () => {
  const before = await rowsOf(staying);

  expect(await close()).toBe(1);
  const batches = await removeAll();
  await asWorker("select 1 as n from forget_company()");

  expect(batches).toBeGreaterThan(30);
  expect(Object.values(await rowsOf(leaving)).flat()).toEqual([]);
  expect(await rowsOf(staying)).toEqual(before);
});

it("a batch that is rolled back is done again by the next one", async () => {
  await close();
  for (let batch = 0; batch < 10; batch += 1) await asWorker("select remove_company_rows(1) as n");
  const halfway = await rowsOf(leaving);
  await asWorker("select remove_company_rows(1000) / 0 as n").catch(() => undefined);

  expect(await rowsOf(leaving)).toEqual(halfway);
  await removeAll();
  await asWorker("select 1 as n from forget_company()");
  expect(Object.values(await rowsOf(leaving)).flat()).toEqual([]);
});

it("no row of a company goes that was not closed, whoever asks", async () => {
  await expect(asWorker("select remove_company_rows(1000) as n")).rejects.toThrow("not being deleted");
  await expect(asWorker("select 1 as n from forget_company()")).rejects.toThrow("not being deleted");
  expect(await asWorker("select count(begin_company_deletion('another name')) as n")).toBe(0);
  expect((await rowsOf(leaving))["transactions"]).toHaveLength(1);
});

it("the company's own row does not go while anything is left", async () => {
  await close();

  await expect(asWorker("select 1 as n from forget_company()")).rejects.toThrow("There are rows");
});

it("somebody who belongs to another company too stays a person", async () => {
  const person = String(leaving.get("users")?.["id"]);
  await owner.query("insert into memberships (tenant_id, user_id, role) values ($1, $2, 'viewer')", [textOf(staying, "id"), person]);

  await close();
  await removeAll();
  await asWorker("select 1 as n from forget_company()");

  const { rows } = await owner.query("select count(*)::int as n from users where id = $1", [person]);
  expect(rows).toEqual([{ n: 1 }]);
});
