/** Two companies with a row in every table: neither sees, changes, references or even detects the other's, on any table. */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { fillTenant, insertRow, ownColumns, type Row, readCatalogue, type Table } from "./support/full-tenant.ts";

const owner = new pg.Client({ connectionString: inject("db").adminUrl });
const worker = new pg.Client({ connectionString: inject("db").url });
let tables: Table[] = [];
let ours: Map<string, Row>;
let theirs: Map<string, Row>;

beforeAll(async () => {
  await owner.connect();
  await worker.connect();
  tables = await readCatalogue(owner);
  ours = await fillTenant(owner, tables);
  theirs = await fillTenant(owner, tables);
});
afterAll(async () => {
  await owner.end();
  await worker.end();
});

/** What came of one statement, as another tenant's program would see it: the number of rows, or the database's code. */
async function outcomeOf(client: pg.Client, tenantId: unknown, statement: string, values: unknown[] = []): Promise<number | string> {
  await client.query("begin");
  try {
    await client.query("select set_config('app.tenant_id', $1, true)", [tenantId]);
    return (await client.query(statement, values)).rowCount ?? 0;
  } catch (error) {
    return error instanceof pg.DatabaseError ? (error.code ?? "") : String(error);
  } finally {
    await client.query("rollback");
  }
}

const NOT_ALLOWED = "42501";
const FOREIGN_KEY = "23503";

const rowIn = (rows: ReadonlyMap<string, Row>, table: string): Row => rows.get(table) ?? {};
const tenantTables = () => tables.filter((table) => table.columns.some((column) => column.name === "tenant_id"));
const ourId = () => rowIn(ours, "tenants")["id"];
const theirId = () => rowIn(theirs, "tenants")["id"];

/** Asks every tenant table the same and keeps the answers that are not among the expected. */
async function answersOutside(expected: readonly (number | string)[], ask: (table: Table) => Promise<number | string>): Promise<string[]> {
  const outside: string[] = [];
  for (const table of tenantTables()) {
    const outcome = await ask(table);
    if (!expected.includes(outcome)) outside.push(`${table.name}: ${outcome}`);
  }
  return outside;
}

it("both companies have a row in every table", () => {
  const names = tables.map((table) => table.name).sort();

  expect([...ours.keys()].sort()).toEqual(names);
  expect([...theirs.keys()].sort()).toEqual(names);
  expect(names.length).toBeGreaterThan(30);
});

describe("for the Worker at work for one company", () => {
  it("its own row is there in every table, and it is the only one", async () => {
    expect(await answersOutside([1], (table) => outcomeOf(worker, ourId(), `select from ${table.name}`))).toEqual([]);
    expect(await outcomeOf(worker, ourId(), "select from tenants")).toBe(1);
    expect(await outcomeOf(worker, ourId(), "select from users")).toBe(1);
  });

  it("the other's rows cannot be seen when they are asked for by name", async () => {
    expect(await answersOutside([0], (table) => outcomeOf(worker, ourId(), `select from ${table.name} where tenant_id = $1`, [theirId()]))).toEqual(
      [],
    );
    expect(await outcomeOf(worker, ourId(), "select from tenants where id = $1", [theirId()])).toBe(0);
    expect(await outcomeOf(worker, ourId(), "select from users where id = $1", [rowIn(theirs, "users")["id"]])).toBe(0);
  });

  it("the other's rows cannot be changed", async () => {
    const change = (table: Table) => outcomeOf(worker, ourId(), `update ${table.name} set tenant_id = tenant_id where tenant_id = $1`, [theirId()]);

    expect(await answersOutside([0, NOT_ALLOWED], change)).toEqual([]);
  });

  it("the other's rows cannot be deleted", async () => {
    const remove = (table: Table) => outcomeOf(worker, ourId(), `delete from ${table.name} where tenant_id = $1`, [theirId()]);

    expect(await answersOutside([0, NOT_ALLOWED], remove)).toEqual([]);
  });

  it("no row can be written into the other's books, and whether it is there already cannot be told", async () => {
    const copy = (table: Table) => attempt(table, rowIn(theirs, table.name));
    const fresh = (table: Table) => attempt(table, { ...rowIn(theirs, table.name), id: crypto.randomUUID() });

    expect(await answersOutside([NOT_ALLOWED], copy)).toEqual([]);
    expect(await answersOutside([NOT_ALLOWED], fresh)).toEqual([]);

    function attempt(table: Table, row: Row): Promise<number | string> {
      const given = table.columns.filter((column) => row[column.name] !== null && row[column.name] !== undefined);
      const places = given.map((column, index) => `$${index + 1}::${column.type}`);
      const statement = `insert into ${table.name} (${given.map((column) => column.name).join(", ")}) values (${places.join(", ")})`;
      return outcomeOf(
        worker,
        ourId(),
        statement,
        given.map((column) => row[column.name]),
      );
    }
  });

  it("no row of its own can be handed to the other", async () => {
    const give = (table: Table) => outcomeOf(worker, ourId(), `update ${table.name} set tenant_id = $1`, [theirId()]);

    expect(await answersOutside([NOT_ALLOWED, FOREIGN_KEY], give)).toEqual([]);
  });
});

describe("with no company at hand", () => {
  it.each(["", "not set at all"])("the Worker sees, changes and deletes nothing (%s)", async (setting) => {
    const asked = async (statement: string) => (setting === "" ? outcomeOf(worker, "", statement) : bare(statement));

    expect(await answersOutside([0], (table) => asked(`select from ${table.name}`))).toEqual([]);
    expect(await answersOutside([0, NOT_ALLOWED], (table) => asked(`delete from ${table.name}`))).toEqual([]);
    expect(await asked("select from tenants")).toBe(0);
    expect(await asked("select from users")).toBe(0);
  });

  it("the company of one transaction is forgotten with it", async () => {
    await outcomeOf(worker, ourId(), "select from accounts");

    expect(await bare("select from accounts")).toBe(0);
  });

  async function bare(statement: string): Promise<number | string> {
    await worker.query("begin");
    try {
      return (await worker.query(statement)).rowCount ?? 0;
    } catch (error) {
      return error instanceof pg.DatabaseError ? (error.code ?? "") : String(error);
    } finally {
      await worker.query("rollback");
    }
  }
});

describe("whatever a program writes, the database itself refuses", () => {
  it("a reference to the other's row, with the same answer as to a row that does not exist", async () => {
    const answers: string[] = [];
    for (const table of tenantTables()) {
      for (const key of table.keys.filter((each) => ownColumns(each).length > 0 && !isPeople(each.target))) {
        const [name = ""] = ownColumns(key);
        const point = (id: unknown) => outcomeOf(owner, "", `update ${table.name} set ${name} = $1 where tenant_id = $2`, [id, ourId()]);
        const toTheirs = await point(rowIn(theirs, table.name)[name]);
        const toNothing = await point(crypto.randomUUID());
        if (toTheirs !== FOREIGN_KEY || toNothing !== FOREIGN_KEY) answers.push(`${table.name}.${name}: ${toTheirs} and ${toNothing}`);
      }
    }

    expect(answers).toEqual([]);

    /** People are global: a membership is what makes one a company's own. */
    function isPeople(target: string): boolean {
      return target === "users";
    }
  });

  it("nothing because of the other's rows: a row with all of their values may stand in ours", async () => {
    const refused = await answersOutside([1], async (table) => {
      await owner.query("begin");
      try {
        // The same keys and unique indexes, but no foreign keys: those are not the question here.
        const copy = { ...table, name: `copy_of_${table.name}` };
        await owner.query(`create temporary table ${copy.name} (like ${table.name} including indexes including generated) on commit drop`);
        const own = table.name === "webhook_events" ? { id: crypto.randomUUID() } : {};
        await insertRow(owner, copy, rowIn(theirs, table.name));
        await insertRow(owner, copy, { ...rowIn(theirs, table.name), tenant_id: ourId(), ...own });
        return 1;
      } catch (error) {
        return error instanceof pg.DatabaseError ? `${error.code} ${error.constraint}` : String(error);
      } finally {
        await owner.query("rollback");
      }
    });

    expect(refused).toEqual([]);
  });
});
