/** Who somebody is to us, found by what their provider says of them; and how they become a member. Never believes an e-mail that is not confirmed. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import type { Actor } from "../domain/actor.ts";
import { type InvitationId, idSchema, type TenantId, type UserId } from "../domain/ids.ts";
import { Refusal } from "../domain/refusal.ts";
import { ROLES, type Role } from "../domain/roles.ts";
import { recordAudit } from "./audit.ts";
import { type DatabaseEnv, isViolation, rowsOf, type Tx, withFoundTenant } from "./tenant.ts";

/** By (issuer, subject): an e-mail can pass to somebody else. */
export interface ProviderIdentity {
  issuer: string;
  subject: string;
  /** Confirmed by the provider, or null. */
  email: string | null;
  name: string | null;
}

export interface Entering {
  tenantId: TenantId;
  userId: UserId;
}

interface Found {
  tenantId: TenantId;
  /** Null where only accepting the invitation says who it is. */
  userId: UserId | null;
  invitation: InvitationId | null;
}

/**
 * Runs `work` as the tenant that this person enters: where they were last, or where `invitation` leads. Whoever is no member yet comes by an
 * invitation to their confirmed e-mail. Throws a Refusal: `email_not_verified`, `no_invitation`, `several_invitations`.
 */
export async function withSignIn<T>(
  env: DatabaseEnv,
  sign: { identity: ProviderIdentity; invitation: InvitationId | null; ip: string | null },
  work: (tx: Tx, person: Entering) => Promise<T>,
): Promise<T> {
  const done = await withFoundTenant(
    env,
    async (tx): Promise<Found> => findEntrance(tx, sign.identity, sign.invitation),
    async (tx, found) => {
      const userId = found.invitation === null ? found.userId : await accept(tx, { ...sign, invitation: found.invitation });
      if (userId === null) throw noInvitation();
      return { result: await work(tx, { tenantId: found.tenantId, userId }) };
    },
  );
  if (done === null) throw noInvitation();
  return done.result;
}

const userRow = z.object({ user_id: idSchema<UserId>().nullable() });
const tenantRow = z.object({ tenant_id: idSchema<TenantId>() });
const invitationRow = z.object({ tenant_id: idSchema<TenantId>(), invitation_id: idSchema<InvitationId>() });

async function findEntrance(tx: Tx, identity: ProviderIdentity, wanted: InvitationId | null): Promise<Found> {
  const { issuer, subject, email, name } = identity;
  const [user] = await rowsOf(tx, sql`select recognise_person(${issuer}, ${subject}, ${email}, ${name}) as user_id`, userRow);
  const userId = user?.user_id ?? null;
  const [home] = userId === null ? [] : await rowsOf(tx, sql`select tenant_ids_of_user(${userId}) as tenant_id limit 1`, tenantRow);
  if (home !== undefined && wanted === null) return { tenantId: home.tenant_id, userId, invitation: null };
  const open = email === null ? [] : await rowsOf(tx, sql`select tenant_id, invitation_id from open_invitations(${email})`, invitationRow);
  const invited = wanted === null ? open[0] : open.find((one) => one.invitation_id === wanted);
  // A link that was followed before: whoever is a member already goes in.
  if (invited === undefined && home !== undefined) return { tenantId: home.tenant_id, userId, invitation: null };
  if (email === null) throw emailNotVerified();
  if (invited === undefined) throw noInvitation();
  if (wanted === null && open.length > 1) throw severalInvitations();
  return { tenantId: invited.tenant_id, userId, invitation: invited.invitation_id };
}

const acceptedRow = z.object({ user_id: idSchema<UserId>().nullable() });

async function accept(tx: Tx, sign: { identity: ProviderIdentity; invitation: InvitationId; ip: string | null }): Promise<UserId | null> {
  const { issuer, subject, email, name } = sign.identity;
  const query = sql`select accept_invitation(${sign.invitation}, ${issuer}, ${subject}, ${email}, ${name}) as user_id`;
  try {
    const [row] = await rowsOf(tx, query, acceptedRow);
    const userId = row?.user_id ?? null;
    if (userId === null) return null;
    const actor: Actor = { userId, tokenId: null, ip: sign.ip };
    await recordAudit(tx, actor, { action: "invitation.accepted", subjectType: "invitation", subjectId: sign.invitation });
    return userId;
  } catch (error) {
    if (isViolation(error, "memberships_last_owner")) throw noInvitation();
    throw error;
  }
}

const roleRow = z.object({ user_id: idSchema<UserId>(), role: z.enum(ROLES) });

export interface RecognisedMember extends Entering {
  role: Role;
}

/** The member that a bearer JWT speaks for, in the tenant that was asked for or the only one; null where there is none. Throws a Refusal where it must be named. */
export function findMember(env: DatabaseEnv, who: { issuer: string; subject: string; tenantId: TenantId | null }): Promise<RecognisedMember | null> {
  return withFoundTenant(
    env,
    async (tx): Promise<Entering | null> => {
      const [user] = await rowsOf(tx, sql`select user_id_by_subject(${who.issuer}, ${who.subject}) as user_id`, userRow);
      const userId = user?.user_id ?? null;
      if (userId === null) return null;
      const homes = await rowsOf(tx, sql`select tenant_ids_of_user(${userId}) as tenant_id limit 2`, tenantRow);
      if (who.tenantId === null && homes.length > 1) throw tenantNeeded();
      const tenantId = who.tenantId ?? homes[0]?.tenant_id;
      return tenantId === undefined ? null : { tenantId, userId };
    },
    async (tx, { tenantId, userId }) => {
      const [member] = await rowsOf(
        tx,
        sql`select user_id, role from memberships where tenant_id = current_tenant() and user_id = ${userId}`,
        roleRow,
      );
      return member === undefined ? null : { tenantId, userId, role: member.role };
    },
  );
}

function emailNotVerified(): Refusal {
  return new Refusal({
    status: 403,
    code: "email_not_verified",
    message:
      "Your company's sign-in has not confirmed your e-mail address, and it is by that address that you are invited. Have it confirmed there first.",
  });
}

function noInvitation(): Refusal {
  return new Refusal({
    status: 403,
    code: "no_invitation",
    message:
      "No open invitation is for the e-mail address that your company's sign-in confirmed. It may have ended, or be for another address. Ask an admin.",
  });
}

function severalInvitations(): Refusal {
  return new Refusal({
    status: 403,
    code: "several_invitations",
    message: "Several companies have invited you. Open the link of the invitation that you want to accept.",
  });
}

function tenantNeeded(): Refusal {
  return new Refusal({
    status: 403,
    code: "tenant_needed",
    message: "You belong to several companies. Say in the header x-tenant-id which one this is about.",
  });
}
