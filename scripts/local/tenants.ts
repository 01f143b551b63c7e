/** Companies made by whoever runs the installation: by the database owner, each act in one transaction with its line in the audit log. */
import { createHash, randomBytes } from "node:crypto";
import pg from "pg";
import { type Role, TOKEN_SCOPES } from "../../src/domain/roles.ts";
import { Refusal } from "./refusal.ts";

interface Owner {
  ownerUrl: string;
}

/** Makes the company and the invitation of its first owner. Throws a Refusal where the slug is taken. */
export function createTenant(draft: Owner & { name: string; slug: string; owner: string }): Promise<{ tenantId: string; invitationId: string }> {
  return transact(draft.ownerUrl, async (client) => {
    const made = await client.query<{ id: string }>("insert into tenants (name, slug) values ($1, $2) on conflict (slug) do nothing returning id", [
      draft.name,
      draft.slug,
    ]);
    const tenantId = made.rows[0]?.id;
    if (tenantId === undefined) throw new Refusal(`There is a company with the slug ${draft.slug} already. Give another one: --slug`);
    await workAs(client, tenantId);
    await note(client, { tenantId, action: "tenant.created", subjectType: "tenant", subjectId: tenantId });
    return { tenantId, invitationId: await invite(client, { tenantId, email: draft.owner, role: "owner" }) };
  });
}

/** Invites into a company where nobody can: its last owner has lost their sign-in. An open invitation to the same address is replaced. */
export function inviteTo(draft: Owner & { slug: string; email: string; role: Role }): Promise<{ invitationId: string }> {
  return transact(draft.ownerUrl, async (client) => {
    const tenantId = await tenantOf(client, draft.slug);
    return { invitationId: await invite(client, { tenantId, email: draft.email, role: draft.role }) };
  });
}

/** A service token with everything that a token may have, for 90 days: for an installation's first program. */
export function makeToken(draft: Owner & { slug: string; name: string }): Promise<{ token: string }> {
  return transact(draft.ownerUrl, async (client) => {
    const tenantId = await tenantOf(client, draft.slug);
    const token = `sti_${randomBytes(32).toString("base64url")}`;
    const hash = createHash("sha256").update(token).digest();
    const { rows } = await client.query<{ id: string }>(
      "insert into api_tokens (tenant_id, name, token_hash, scopes, expires_at) values ($1, $2, $3, $4, now() + interval '90 days') returning id",
      [tenantId, draft.name, hash, [...TOKEN_SCOPES]],
    );
    await note(client, { tenantId, action: "token.created", subjectType: "token", subjectId: rows[0]?.id ?? "" });
    return { token };
  });
}

async function transact<T>(ownerUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query("begin");
    const done = await work(client);
    await client.query("commit");
    return done;
  } finally {
    await client.end();
  }
}

async function tenantOf(client: pg.Client, slug: string): Promise<string> {
  const { rows } = await client.query<{ id: string }>("select id from tenants where slug = $1", [slug]);
  const tenantId = rows[0]?.id;
  if (tenantId === undefined) throw new Refusal(`There is no company with the slug ${slug}.`);
  await workAs(client, tenantId);
  return tenantId;
}

/** An owner without BYPASSRLS is held to the tenant as well. */
async function workAs(client: pg.Client, tenantId: string): Promise<void> {
  await client.query("select set_config('app.tenant_id', $1, true)", [tenantId]);
}

async function invite(client: pg.Client, draft: { tenantId: string; email: string; role: Role }): Promise<string> {
  await client.query(
    "update invitations set revoked_at = now() where tenant_id = $1 and lower(email) = lower($2) and accepted_at is null and revoked_at is null",
    [draft.tenantId, draft.email],
  );
  const { rows } = await client.query<{ id: string }>("insert into invitations (tenant_id, email, role) values ($1, $2, $3) returning id", [
    draft.tenantId,
    draft.email,
    draft.role,
  ]);
  const id = rows[0]?.id ?? "";
  await note(client, {
    tenantId: draft.tenantId,
    action: "invitation.created",
    subjectType: "invitation",
    subjectId: id,
    details: { role: draft.role },
  });
  return id;
}

interface Entry {
  tenantId: string;
  action: string;
  subjectType: string;
  subjectId: string;
  details?: Record<string, string>;
}

/** Nobody's name: it was whoever has the owner's connection string. */
async function note(client: pg.Client, entry: Entry): Promise<void> {
  const details = { ...entry.details, by: "operator" };
  await client.query("insert into ingestion_audit_log (tenant_id, action, subject_type, subject_id, details) values ($1, $2, $3, $4, $5)", [
    entry.tenantId,
    entry.action,
    entry.subjectType,
    entry.subjectId,
    details,
  ]);
}
