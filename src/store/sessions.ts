/** People's sessions as rows: opened, checked at each request, revoked. Never sees a cookie; only the database's clock says what has expired. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import type { Principal } from "../domain/actor.ts";
import { idSchema, type SessionId, type TenantId, type UserId } from "../domain/ids.ts";
import { ROLES, type Role, SIGN_IN_METHODS, type SignInMethod } from "../domain/roles.ts";
import { type DatabaseEnv, rowsOf, type Tx, withEachTenant, withFoundTenant } from "./tenant.ts";

/** A working day with its evening; after it a person signs in again. */
export const SESSION_HOURS = 12;

const userRow = z.object({ user_id: idSchema<UserId>().nullable() });
const tenantRow = z.object({ tenant_id: idSchema<TenantId>() });

export interface FoundPerson {
  userId: UserId;
  tenantId: TenantId;
}

/** Runs `work` for the person of that e-mail in the tenant they were in last; null where there is no such person or they belong nowhere. */
export function withPerson<T>(env: DatabaseEnv, email: string, work: (tx: Tx, person: FoundPerson) => Promise<T>): Promise<T | null> {
  return withFoundTenant(env, (tx) => findPerson(tx, email), work);
}

async function findPerson(tx: Tx, email: string): Promise<FoundPerson | null> {
  const [user] = await rowsOf(tx, sql`select user_id_by_email(${email}) as user_id`, userRow);
  const userId = user?.user_id ?? null;
  if (userId === null) return null;
  const [first] = await rowsOf(tx, sql`select tenant_ids_of_user(${userId}) as tenant_id limit 1`, tenantRow);
  return first === undefined ? null : { userId, tenantId: first.tenant_id };
}

const openedRow = z.object({ id: idSchema<SessionId>(), role: z.enum(ROLES), expires_at_seconds: z.coerce.number() });

export interface OpenedSession {
  sessionId: SessionId;
  role: Role;
  expiresAtSeconds: number;
}

export interface Arrival {
  userId: UserId;
  ip: string | null;
  /** Kept at most 300 characters long. */
  userAgent: string | null;
  method: SignInMethod;
}

/** A new session of a member of the transaction's tenant, for `SESSION_HOURS`. */
export async function openSession(tx: Tx, person: Arrival): Promise<OpenedSession> {
  const [row] = await rowsOf(
    tx,
    sql`insert into sessions (tenant_id, user_id, ip_address, user_agent, method, expires_at)
        values (current_tenant(), ${person.userId}, ${person.ip}, ${person.userAgent?.slice(0, 300) ?? null}, ${person.method},
                now() + make_interval(hours => ${SESSION_HOURS}))
        returning id, floor(extract(epoch from expires_at)) as expires_at_seconds,
                  (select m.role from memberships m where m.tenant_id = sessions.tenant_id and m.user_id = sessions.user_id) as role`,
    openedRow,
  );
  if (row === undefined) throw new Error("The session was not written.");
  return { sessionId: row.id, role: row.role, expiresAtSeconds: row.expires_at_seconds };
}

const roleRow = z.object({ role: z.enum(ROLES), is_noted: z.boolean() });

/** The person's role while the session lives and they still belong to the tenant; null otherwise. Its use is noted every five minutes at most. */
export async function roleOfSession(tx: Tx, session: { sessionId: SessionId; userId: UserId }): Promise<Role | null> {
  const [row] = await rowsOf(
    tx,
    sql`select m.role, s.last_seen_at > now() - interval '5 minutes' as is_noted from sessions s join memberships m on m.tenant_id = s.tenant_id and m.user_id = s.user_id
        where s.tenant_id = current_tenant() and s.id = ${session.sessionId} and s.user_id = ${session.userId}
          and s.revoked_at is null and s.expires_at > now()`,
    roleRow,
  );
  if (row === undefined) return null;
  if (!row.is_noted) await tx.execute(sql`update sessions set last_seen_at = now() where tenant_id = current_tenant() and id = ${session.sessionId}`);
  return row.role;
}

/** True where it lived until now. */
export async function revokeSession(tx: Tx, sessionId: SessionId): Promise<boolean> {
  const query = sql`update sessions set revoked_at = now() where tenant_id = current_tenant() and id = ${sessionId} and revoked_at is null returning id`;
  return (await rowsOf(tx, query, z.object({ id: z.string() }))).length > 0;
}

const sessionRow = z.object({
  id: idSchema<SessionId>(),
  user_id: idSchema<UserId>(),
  method: z.enum(SIGN_IN_METHODS),
  ip_address: z.string().nullable(),
  user_agent: z.string().nullable(),
  created_at: z.string(),
  last_seen_at: z.string(),
  expires_at: z.string(),
});
export type SessionRow = z.infer<typeof sessionRow>;

const LIVING = sql`select id, user_id, method, host(ip_address) as ip_address, user_agent, to_json(created_at) #>> '{}' as created_at,
    to_json(last_seen_at) #>> '{}' as last_seen_at, to_json(expires_at) #>> '{}' as expires_at
  from sessions where tenant_id = current_tenant() and revoked_at is null and expires_at > now()`;

/** Where the person is signed in to the tenant at hand, latest used first. 100 are more devices than anybody has. */
export function listSessions(tx: Tx, userId: UserId): Promise<SessionRow[]> {
  return rowsOf(tx, sql`${LIVING} and user_id = ${userId} order by last_seen_at desc, id desc limit 100`, sessionRow);
}

/** Null for one that has ended. */
export async function readSession(tx: Tx, id: SessionId): Promise<SessionRow | null> {
  const [row] = await rowsOf(tx, sql`${LIVING} and id = ${id}`, sessionRow);
  return row ?? null;
}

const choiceRow = z.object({ id: idSchema<TenantId>(), name: z.string(), slug: z.string(), role: z.enum(ROLES) });
export type TenantChoice = z.infer<typeof choiceRow>;

/** The person's companies, where they were last first. 50: each is asked for its name by itself, behind its own row security. */
export async function tenantsOf(env: DatabaseEnv, userId: UserId): Promise<TenantChoice[]> {
  const found = await withEachTenant(
    env,
    async (tx) => (await rowsOf(tx, sql`select tenant_ids_of_user(${userId}) as tenant_id limit 50`, tenantRow)).map((row) => row.tenant_id),
    (tx) =>
      rowsOf(
        tx,
        sql`select t.id, t.name, t.slug, m.role from tenants t join memberships m on m.tenant_id = t.id and m.user_id = ${userId}
            where t.id = current_tenant()`,
        choiceRow,
      ),
  );
  return found.flat();
}

const tenantCard = z.object({ id: z.string(), name: z.string(), slug: z.string() });
const personCard = z.object({ id: z.string(), email: z.string(), name: z.string(), expires_at: z.string().nullable() });
const tokenCard = z.object({ id: z.string(), name: z.string(), expires_at: z.string().nullable() });

export interface SessionCard {
  tenant: z.infer<typeof tenantCard>;
  user: { id: string; email: string; name: string } | null;
  token: { id: string; name: string } | null;
  /** ISO 8601. */
  expires_at: string | null;
}

/** Who is asking, in words a person knows. */
export async function describeSession(tx: Tx, principal: Principal): Promise<SessionCard> {
  const [tenant] = await rowsOf(tx, sql`select id, name, slug from tenants where id = current_tenant()`, tenantCard);
  if (tenant === undefined) throw new Error("The tenant at hand does not exist.");
  if (principal.kind === "token") {
    const query = sql`select id, name, to_json(expires_at) #>> '{}' as expires_at from api_tokens where tenant_id = current_tenant() and id = ${principal.tokenId}`;
    const [token] = await rowsOf(tx, query, tokenCard);
    return { tenant, user: null, token: token ? { id: token.id, name: token.name } : null, expires_at: token?.expires_at ?? null };
  }
  const [person] = await rowsOf(
    tx,
    sql`select u.id, u.email, u.name, to_json(s.expires_at) #>> '{}' as expires_at from users u
          left join sessions s on s.tenant_id = current_tenant() and s.user_id = u.id and s.id = ${principal.sessionId} where u.id = ${principal.userId}`,
    personCard,
  );
  const user = person ? { id: person.id, email: person.email, name: person.name } : null;
  return { tenant, user, token: null, expires_at: person?.expires_at ?? null };
}

/** A member's name, or their e-mail where they gave none; null for somebody who is no longer one. */
export async function nameOf(tx: Tx, userId: string): Promise<string | null> {
  const person = await tx.query.users.findFirst({ columns: { name: true, email: true }, where: (users, { eq }) => eq(users.id, userId) });
  return person === undefined ? null : person.name || person.email;
}
