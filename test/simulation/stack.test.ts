/** The run's database keeps rows apart by tenant even for whoever forgets to say which tenant. */
import pg from "pg";
import { expect, inject, it } from "vitest";

it("the Worker's role without a tenant sees no row of anyone's", async () => {
  const owner = new pg.Client({ connectionString: inject("db").adminUrl });
  const worker = new pg.Client({ connectionString: inject("db").url });
  await Promise.all([owner.connect(), worker.connect()]);
  const { rows } = await owner.query("insert into tenants (name, slug) values ('Lonely', 'lonely-' || gen_random_uuid()) returning id");
  await owner.query("insert into entities (tenant_id, name) values ($1, 'Somewhere')", [rows[0].id]);

  const seen = await worker.query("select * from entities");

  await Promise.all([owner.end(), worker.end()]);
  expect(seen.rows).toEqual([]);
});
