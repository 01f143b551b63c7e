/** The demo tenant of the local stack: four people, an entity, a way in for uploads, a service token. Safe to run again; never for a deployment. */
import { createHash } from "node:crypto";
import pg from "pg";
import { TOKEN_SCOPES } from "../src/domain/roles.ts";

/** One person a role; `may` is what the welcome says of them. */
export const DEMO_PEOPLE = [
  { email: "owner@demo.test", name: "Olive Owner", role: "owner", may: "owner: everything, members and tokens too" },
  { email: "admin@demo.test", name: "Ada Admin", role: "admin", may: "admin: connections and their credentials" },
  { email: "member@demo.test", name: "Max Member", role: "member", may: "member: upload, map, review, import" },
  { email: "viewer@demo.test", name: "Vera Viewer", role: "viewer", may: "viewer: look, with account numbers masked" },
] as const;

const TOKEN_NAME = "Demo service token";

/** Brings the demo tenant to what it should hold, in one transaction; what people added to it stays. Returns the tenant's id. */
export async function seedDemo(demo: { ownerUrl: string; serviceToken: string }): Promise<string> {
  const client = new pg.Client({ connectionString: demo.ownerUrl });
  await client.connect();
  try {
    await client.query("begin");
    const tenantId = await seedTenant(client);
    await client.query("select set_config('app.tenant_id', $1, true)", [tenantId]);
    await seedPeople(client, tenantId);
    await seedBooks(client, tenantId);
    await seedToken(client, { tenantId, token: demo.serviceToken });
    await client.query("commit");
    return tenantId;
  } finally {
    await client.end();
  }
}

async function seedTenant(client: pg.Client): Promise<string> {
  await client.query("insert into tenants (name, slug) values ('Demo Treasury', 'demo') on conflict (slug) do nothing");
  const { rows } = await client.query<{ id: string }>("select id from tenants where slug = 'demo'");
  const [tenant] = rows;
  if (tenant === undefined) throw new Error("The demo tenant is neither made nor found.");
  return tenant.id;
}

async function seedPeople(client: pg.Client, tenantId: string): Promise<void> {
  for (const { email, name, role } of DEMO_PEOPLE) {
    await client.query("insert into users (email, name) values ($1, $2) on conflict (lower(email)) where subject is null do nothing", [email, name]);
    await client.query(
      `insert into memberships (tenant_id, user_id, role) select $1, id, $3 from users where lower(email) = $2
       on conflict (tenant_id, user_id) do update set role = excluded.role`,
      [tenantId, email, role],
    );
  }
}

async function seedBooks(client: pg.Client, tenantId: string): Promise<void> {
  await client.query("insert into entities (tenant_id, name) values ($1, 'Demo Holdings Inc.') on conflict (tenant_id, name) do nothing", [tenantId]);
  await client.query(
    `insert into connections (tenant_id, name, connection_type, is_default)
     select $1, 'File uploads', 'file', true where not exists (select from connections where tenant_id = $1 and is_default)`,
    [tenantId],
  );
}

/** The token itself rests in `.dev.vars` only; a token of an earlier `.dev.vars` stops working. */
async function seedToken(client: pg.Client, { tenantId, token }: { tenantId: string; token: string }): Promise<void> {
  const hash = createHash("sha256").update(token).digest();
  await client.query("update api_tokens set revoked_at = now() where tenant_id = $1 and name = $2 and token_hash <> $3 and revoked_at is null", [
    tenantId,
    TOKEN_NAME,
    hash,
  ]);
  await client.query(
    `insert into api_tokens (tenant_id, name, token_hash, scopes) values ($1, $2, $3, $4)
     on conflict (tenant_id, token_hash) do update set scopes = excluded.scopes, revoked_at = null`,
    [tenantId, TOKEN_NAME, hash, [...TOKEN_SCOPES]],
  );
}
