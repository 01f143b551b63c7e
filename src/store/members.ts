/** A company's members and the invitations to become one. The last owner stays: the database says so, whoever asks at the same moment. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import { type InvitationId, idSchema, type UserId } from "../domain/ids.ts";
import { Refusal } from "../domain/refusal.ts";
import { ROLES, type Role } from "../domain/roles.ts";
import { isUniqueViolation, isViolation, rowsOf, type Tx } from "./tenant.ts";

const memberRow = z.object({
  id: idSchema<UserId>(),
  email: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  joined_at: z.string(),
  last_seen_at: z.string().nullable(),
});
export type MemberRow = z.infer<typeof memberRow>;

const MEMBER = sql`select u.id, u.email, u.name, m.role, to_json(m.created_at) #>> '{}' as joined_at,
    (select to_json(max(s.last_seen_at)) #>> '{}' from sessions s where s.tenant_id = m.tenant_id and s.user_id = m.user_id) as last_seen_at
  from memberships m join users u on u.id = m.user_id where m.tenant_id = current_tenant()`;

/** Every member, by role and then by name. 1,000 is far above what a treasury department has. */
export function listMembers(tx: Tx): Promise<MemberRow[]> {
  return rowsOf(
    tx,
    sql`${MEMBER} order by array_position(array['owner', 'admin', 'member', 'viewer'], m.role), lower(u.name), u.id limit 1000`,
    memberRow,
  );
}

export async function readMember(tx: Tx, id: UserId): Promise<MemberRow | null> {
  const [row] = await rowsOf(tx, sql`${MEMBER} and m.user_id = ${id}`, memberRow);
  return row ?? null;
}

/** Throws a Refusal `last_owner` where nobody would own the company afterwards. */
export function changeRole(tx: Tx, id: UserId, role: Role): Promise<void> {
  return keepingAnOwner(() => tx.execute(sql`update memberships set role = ${role} where tenant_id = current_tenant() and user_id = ${id}`));
}

/** Their sessions end with it. Throws a Refusal `last_owner` where nobody would own the company afterwards. */
export function removeMember(tx: Tx, id: UserId): Promise<void> {
  return keepingAnOwner(() => tx.execute(sql`delete from memberships where tenant_id = current_tenant() and user_id = ${id}`));
}

async function keepingAnOwner(change: () => Promise<unknown>): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (!isViolation(error, "memberships_last_owner")) throw error;
    const message = "This is the company's last owner, and a company keeps one. Make somebody else an owner first.";
    throw new Refusal({ status: 409, code: "last_owner", message }, { cause: error });
  }
}

const invitationRow = z.object({
  id: idSchema<InvitationId>(),
  email: z.string(),
  role: z.enum(ROLES),
  state: z.enum(["open", "accepted", "revoked", "expired"]),
  created_by: z.string().nullable(),
  created_at: z.string(),
  expires_at: z.string(),
  accepted_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
});
export type InvitationRow = z.infer<typeof invitationRow>;

const INVITATION = sql`id, email, role, case when accepted_at is not null then 'accepted' when revoked_at is not null then 'revoked'
    when expires_at <= now() then 'expired' else 'open' end as state, created_by, to_json(created_at) #>> '{}' as created_at,
  to_json(expires_at) #>> '{}' as expires_at, to_json(accepted_at) #>> '{}' as accepted_at, to_json(revoked_at) #>> '{}' as revoked_at`;

/** The last 200, newest first, ended ones too: who was let in by whom is part of a company's memory. */
export function listInvitations(tx: Tx): Promise<InvitationRow[]> {
  return rowsOf(tx, sql`select ${INVITATION} from invitations where tenant_id = current_tenant() order by id desc limit 200`, invitationRow);
}

/** Throws a Refusal `already_member` or `already_invited`. An invitation that has expired makes way. */
export async function createInvitation(tx: Tx, draft: { email: string; role: Role; createdBy: UserId | null }): Promise<InvitationRow> {
  const member = sql`select u.id from memberships m join users u on u.id = m.user_id
    where m.tenant_id = current_tenant() and lower(u.email) = lower(${draft.email}) and u.subject is not null`;
  if ((await rowsOf(tx, member, z.object({ id: z.string() }))).length > 0) {
    throw new Refusal({
      status: 409,
      code: "already_member",
      message: "Somebody with this e-mail address is a member already. Change their role instead.",
    });
  }
  await tx.execute(sql`update invitations set revoked_at = now() where tenant_id = current_tenant() and lower(email) = lower(${draft.email})
    and accepted_at is null and revoked_at is null and expires_at <= now()`);
  try {
    const [row] = await rowsOf(
      tx,
      sql`insert into invitations (tenant_id, email, role, created_by) values (current_tenant(), ${draft.email}, ${draft.role}, ${draft.createdBy})
          returning ${INVITATION}`,
      invitationRow,
    );
    if (row === undefined) throw new Error("The invitation was not written.");
    return row;
  } catch (error) {
    if (!isUniqueViolation(error, "invitations_open")) throw error;
    const message = "This e-mail address has an open invitation. Revoke it first to invite them with another role.";
    throw new Refusal({ status: 409, code: "already_invited", message }, { cause: error });
  }
}

/** The invitation as it is now; null where there is no such one. One that has ended stays as it ended. */
export async function revokeInvitation(
  tx: Tx,
  id: InvitationId,
  revokedBy: UserId | null,
): Promise<{ row: InvitationRow; isChanged: boolean } | null> {
  const changed = await rowsOf(
    tx,
    sql`update invitations set revoked_at = now(), revoked_by = ${revokedBy} where tenant_id = current_tenant() and id = ${id}
          and accepted_at is null and revoked_at is null returning ${INVITATION}`,
    invitationRow,
  );
  const found =
    changed[0] ?? (await rowsOf(tx, sql`select ${INVITATION} from invitations where tenant_id = current_tenant() and id = ${id}`, invitationRow))[0];
  return found === undefined ? null : { row: found, isChanged: changed.length > 0 };
}
