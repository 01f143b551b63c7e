/** Changing the vault's key: every record under the new one, none lost, whatever goes on beside it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import * as z from "zod";
import { rotateKeys } from "../../scripts/keys/rotate.ts";
import { ROOT } from "../../scripts/local/paths.ts";
import { parseId, type TenantId } from "../../src/domain/ids.ts";
import type { Sealed } from "../../src/domain/stored.ts";
import { SEALED_COLUMNS } from "../../src/store/sealed-columns.ts";
import { open, seal } from "../../src/store/vault.ts";
import { makeDatabase, type OwnDatabase } from "../harness/own-database.ts";

const keyOf = (filling: number) => Buffer.alloc(32, filling).toString("base64");
const OLD = { VAULT_KEYS: JSON.stringify({ k1: keyOf(1) }), VAULT_KEY_ID: "k1" };
const BOTH = { VAULT_KEYS: JSON.stringify({ k1: keyOf(1), k2: keyOf(2) }), VAULT_KEY_ID: "k2" };
const NEW = { VAULT_KEYS: JSON.stringify({ k2: keyOf(2) }), VAULT_KEY_ID: "k2" };

// A database of its own: the others' records are under keys of their own.
let database: OwnDatabase;
let ownerUrl = "";
let owner: pg.Client;
let tenantId: TenantId;

beforeAll(async () => {
  database = await makeDatabase(inject("db"), `keys_${process.pid}`);
  ownerUrl = database.adminUrl;
  owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  const { rows } = await owner.query<{ id: string }>("insert into tenants (name, slug) values ('Keys', 'keys') returning id");
  tenantId = parseId<TenantId>(rows[0]?.id ?? "");
});
afterAll(async () => {
  await owner.end();
  await database.drop();
});

const numberOf = (index: number) => `DE${String(index).padStart(20, "0")}`;

async function account(index: number): Promise<string> {
  const hash = `h1:${String(index).padStart(64, "0")}`;
  const sealed = await seal(OLD, { tenantId, record: `account:${hash}` }, numberOf(index));
  const { rows } = await owner.query<{ id: string }>(
    "insert into accounts (tenant_id, name, currency, account_number_hash, account_number_sealed) values ($1, $2, 'EUR', $3, $4) returning id",
    [tenantId, `Account ${index}`, hash, sealed],
  );
  return rows[0]?.id ?? "";
}

async function numbersUnder(env: typeof NEW): Promise<string[]> {
  const { rows } = await owner.query<{ account_number_hash: string; account_number_sealed: Sealed }>(
    "select account_number_hash, account_number_sealed from accounts where tenant_id = $1 and account_number_sealed is not null order by account_number_hash",
    [tenantId],
  );
  const opened = rows.map((row) => open(env, { tenantId, record: `account:${row.account_number_hash}` }, row.account_number_sealed));
  return (await Promise.all(opened)).map((number) => number.reveal());
}

describe("a rotation of the vault's key", () => {
  it("wraps every record with the new key, more than a batch of them, and the old key opens nothing any more", async () => {
    const count = 450;
    for (let index = 0; index < count; index += 1) await account(index);

    const first = await rotateKeys(owner, BOTH);
    const again = await rotateKeys(owner, BOTH);

    expect(first).toEqual({ rewrapped: count, unopened: [], left: { k2: count } });
    expect(again.rewrapped).toBe(0);
    expect(await numbersUnder(NEW)).toEqual(Array.from({ length: count }, (_, index) => numberOf(index)));
    await expect(numbersUnder(OLD)).rejects.toThrow("does not open");
  });

  it("names what does not open and goes on with the rest", async () => {
    const [moved, fine] = [await account(1_000), await account(1_001)];
    await owner.query("update accounts set account_number_hash = $2 where id = $1", [moved, `h1:${"f".repeat(64)}`]);

    const rotation = await rotateKeys(owner, BOTH);

    expect(rotation.rewrapped).toBe(1);
    expect(rotation.unopened).toEqual([expect.stringContaining(moved)]);
    expect(rotation.unopened[0]).not.toContain("DE0");
    const { rows } = await owner.query("select account_number_sealed ->> 'key_id' as key_id from accounts where id = any($1) order by id", [
      [moved, fine],
    ]);
    expect(rows).toEqual([{ key_id: "k1" }, { key_id: "k2" }]);
    await owner.query("delete from accounts where id = $1", [moved]);
  });

  it("does not take back what was set anew beside it", async () => {
    const id = await account(2_000);
    const place = { tenantId, record: `account:h1:${"2000".padStart(64, "0")}` };
    const fresh = await seal(BOTH, place, "FRESH");
    // Between its reading and its writing somebody else changes the row: the first write of the batch does that here.
    const racing = Object.create(owner, {
      query: {
        value: async (text: string, values: unknown[]) => {
          if (text.startsWith("update accounts")) await owner.query("update accounts set account_number_sealed = $2 where id = $1", [id, fresh]);
          return owner.query(text, values);
        },
      },
    });

    const rotation = await rotateKeys(racing, BOTH);

    expect(rotation.rewrapped).toBe(0);
    const { rows } = await owner.query<{ sealed: Sealed }>("select account_number_sealed as sealed from accounts where id = $1", [id]);
    expect((await open(NEW, place, z.custom<Sealed>().parse(rows[0]?.sealed))).reveal()).toBe("FRESH");
  });
});

it("every column of the schema that holds an envelope is rotated", () => {
  const schema = readFileSync(path.join(ROOT, "src/store/schema.ts"), "utf8");
  const tables = schema.split(/export const \w+ = pgTable\(/).slice(1);
  const sealed = tables.flatMap((table) => {
    const name = /^\s*"(\w+)"/.exec(table)?.[1];
    return [...table.matchAll(/(\w+): jsonb\(\)\.\$type<Sealed>/g)].map((match) => `${name}.${match[1]}`);
  });

  expect(sealed.length).toBeGreaterThan(2);
  expect(SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`).sort()).toEqual(sealed.sort());
});
