/** The demo tenant: what a first start finds, and what a later start must not undo. */
import { createHash } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { seedDemo } from "../../scripts/seed.ts";
import { makeDatabase, type OwnDatabase } from "../harness/own-database.ts";

// A database of its own: seeding revokes the demo token that other tests use in the shared one.
let database: OwnDatabase;
let ownerUrl = "";
let owner: pg.Client;

beforeAll(async () => {
  database = await makeDatabase(inject("db"), `seed_${process.pid}`);
  ownerUrl = database.adminUrl;
  owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await database.drop();
});

it("one person of each role, an entity, a way in for uploads and a token, however often it runs", async () => {
  const tenantId = await seedDemo({ ownerUrl, serviceToken: "sti_first" });
  await seedDemo({ ownerUrl, serviceToken: "sti_first" });

  const people = await owner.query(
    "select u.email, m.role from memberships m join users u on u.id = m.user_id where m.tenant_id = $1 order by array_position(array['owner','admin','member','viewer'], m.role)",
    [tenantId],
  );
  const counts = await owner.query(
    "select (select count(*) from entities where tenant_id = $1)::int as entities, (select count(*) from connections where tenant_id = $1 and is_default)::int as connections",
    [tenantId],
  );

  expect(people.rows).toEqual(["owner", "admin", "member", "viewer"].map((role) => ({ email: `${role}@demo.test`, role })));
  expect(counts.rows).toEqual([{ entities: 1, connections: 1 }]);
});

it("the token rests as a hash only, and the token of an earlier secrets file stops working", async () => {
  await seedDemo({ ownerUrl, serviceToken: "sti_earlier" });
  const tenantId = await seedDemo({ ownerUrl, serviceToken: "sti_later" });

  const { rows } = await owner.query(
    "select encode(token_hash, 'hex') as hash, revoked_at is null as is_valid from api_tokens where tenant_id = $1 and token_hash = any($2) order by revoked_at is null",
    [tenantId, ["sti_earlier", "sti_later"].map((token) => createHash("sha256").update(token).digest())],
  );

  expect(rows).toEqual([
    { hash: hashOf("sti_earlier"), is_valid: false },
    { hash: hashOf("sti_later"), is_valid: true },
  ]);
});

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
