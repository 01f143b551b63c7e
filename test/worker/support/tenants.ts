/** A fresh tenant for a test, with one person a role, and a look behind row security as the database's owner. */
import { env } from "cloudflare:workers";
import { Client, neonConfig } from "@neondatabase/serverless";
import { inject } from "vitest";
import { idSchema, type TenantId, type UserId } from "../../../src/domain/ids.ts";
import { ROLES, type Role } from "../../../src/domain/roles.ts";

export interface FreshTenant {
  tenantId: TenantId;
  people: Record<Role, { userId: UserId; email: string }>;
}

/** Runs one statement as the owner, who sees and may do everything. */
export async function asOwner(statement: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  neonConfig.wsProxy = () => env.DB_WS_PROXY ?? "";
  neonConfig.useSecureWebSocket = false;
  neonConfig.pipelineTLS = false;
  neonConfig.pipelineConnect = false;
  const client = new Client(inject("db").adminUrl);
  // The driver reports its own closing as an error.
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(statement, values);
    return rows;
  } finally {
    await client.end();
  }
}

export async function freshTenant(): Promise<FreshTenant> {
  const slug = crypto.randomUUID();
  const [tenant] = await asOwner("insert into tenants (name, slug) values ($1, $1) returning id", [slug]);
  const tenantId = idSchema<TenantId>().parse(tenant?.["id"]);
  const people = await Promise.all(ROLES.map((role) => freshPerson(tenantId, role, `${role}@${slug}.test`)));
  const [owner, admin, member, viewer] = people;
  if (!owner || !admin || !member || !viewer) throw new Error("There are four roles.");
  return { tenantId, people: { owner, admin, member, viewer } };
}

async function freshPerson(tenantId: TenantId, role: Role, email: string): Promise<{ userId: UserId; email: string }> {
  const [user] = await asOwner(
    `with made as (insert into users (email, name) values ($1, 'Some Person') returning id)
     insert into memberships (tenant_id, user_id, role) select $2, id, $3 from made returning user_id`,
    [email, tenantId, role],
  );
  return { userId: idSchema<UserId>().parse(user?.["user_id"]), email };
}
