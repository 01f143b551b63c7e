/** A fresh tenant for a test, with one person a role, and a look behind row security as the database's owner. */
import { env } from "cloudflare:workers";
import { Client, neonConfig } from "@neondatabase/serverless";
import { afterAll, inject } from "vitest";
import * as z from "zod";
import { idSchema, type TenantId, type UserId } from "../../../src/domain/ids.ts";
import { ROLES, type Role } from "../../../src/domain/roles.ts";

export interface FreshTenant {
  tenantId: TenantId;
  people: Record<Role, { userId: UserId; email: string }>;
}

/** Runs one statement as the owner, who sees and may do everything. One connection serves a whole file of tests. */
export async function asOwner(statement: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  owner ??= connectAsOwner();
  const client = await owner;
  const { rows } = await client.query<Record<string, unknown>>(statement, values);
  return rows;
}

let owner: Promise<Client> | undefined;

async function connectAsOwner(): Promise<Client> {
  neonConfig.wsProxy = () => env.DB_WS_PROXY ?? "";
  neonConfig.useSecureWebSocket = false;
  neonConfig.pipelineTLS = false;
  neonConfig.pipelineConnect = false;
  const client = new Client(inject("db").adminUrl);
  // The driver reports its own closing as an error.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

afterAll(async () => {
  const client = await owner;
  owner = undefined;
  await client?.end();
});

const madeRow = z.object({ tenant_id: idSchema<TenantId>(), user_id: idSchema<UserId>(), role: z.enum(ROLES), email: z.string() });

export async function freshTenant(): Promise<FreshTenant> {
  const slug = crypto.randomUUID();
  const rows = await asOwner(
    `with tenant as (insert into tenants (name, slug) values ($1, $1) returning id),
          person as (insert into users (email, name) select role || '@' || $1 || '.test', 'Some Person' from unnest($2::text[]) role returning id, email),
          member as (insert into memberships (tenant_id, user_id, role) select t.id, p.id, split_part(p.email, '@', 1) from tenant t, person p returning *)
     select m.tenant_id, m.user_id, m.role, p.email from member m join person p on p.id = m.user_id`,
    [slug, [...ROLES]],
  );
  const members = z.array(madeRow).parse(rows);
  const personOf = (role: Role) => {
    const member = members.find((each) => each.role === role);
    if (member === undefined) throw new Error(`No ${role} was made.`);
    return { tenantId: member.tenant_id, userId: member.user_id, email: member.email };
  };
  const people = { owner: personOf("owner"), admin: personOf("admin"), member: personOf("member"), viewer: personOf("viewer") };
  return { tenantId: people.owner.tenantId, people };
}
