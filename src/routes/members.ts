/** Who belongs to the company: listed, invited, given another role, removed. Only owners make, change and remove owners. */
import { createRoute, z } from "@hono/zod-openapi";
import { may, type Principal } from "../domain/actor.ts";
import { type InvitationId, idSchema, type UserId } from "../domain/ids.ts";
import { notFound, Refusal } from "../domain/refusal.ts";
import { ROLES, type Role } from "../domain/roles.ts";
import { recordAudit } from "../store/audit.ts";
import {
  changeRole,
  createInvitation,
  type InvitationRow,
  listInvitations,
  listMembers,
  type MemberRow,
  readMember,
  removeMember,
  revokeInvitation,
} from "../store/members.ts";
import { type Tx, withTenant } from "../store/tenant.ts";
import { body, idParam, json } from "./answer.ts";
import type { AppContext } from "./app-env.ts";
import { invitationWire, memberWire } from "./people-wire.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { listOf } from "./wire.ts";

const tags = ["Members"];
const role = z.enum(ROLES);
const memberParams = idParam(idSchema<UserId>());
const invitationParams = idParam(idSchema<InvitationId>());

const list = createRoute({
  method: "get",
  path: "/api/members",
  tags,
  summary: "Everybody who belongs to the company",
  middleware: [permit("members:read")] as const,
  responses: { 200: json(listOf(memberWire), "By role and name."), ...problems(401, 403) },
});
const change = createRoute({
  method: "patch",
  path: "/api/members/{id}",
  tags,
  summary: "Give a member another role",
  middleware: [permit("members:write")] as const,
  request: { params: memberParams, body: body(z.strictObject({ role })) },
  responses: { 200: json(memberWire, "Changed; it holds from their next request on."), ...problems(400, 401, 403, 404, 409) },
});
const remove = createRoute({
  method: "delete",
  path: "/api/members/{id}",
  tags,
  summary: "Remove a member: their sessions end at once",
  middleware: [permit("members:write")] as const,
  request: { params: memberParams },
  responses: { 204: { description: "Removed. What they did stays in the audit log." }, ...problems(400, 401, 403, 404, 409) },
});
const invitations = createRoute({
  method: "get",
  path: "/api/invitations",
  tags,
  summary: "The last 200 invitations, ended ones too",
  middleware: [permit("members:write")] as const,
  responses: { 200: json(listOf(invitationWire), "Newest first."), ...problems(401, 403) },
});
const invite = createRoute({
  method: "post",
  path: "/api/invitations",
  tags,
  summary: "Invite somebody by e-mail; the link is passed on by whoever invites",
  middleware: [permit("members:write")] as const,
  request: { body: body(z.strictObject({ email: z.email().max(320), role })) },
  responses: {
    201: json(invitationWire, "Open for fourteen days, to whoever has this address confirmed by the provider."),
    ...problems(400, 401, 403, 409),
  },
});
const revoke = createRoute({
  method: "delete",
  path: "/api/invitations/{id}",
  tags,
  summary: "Revoke an invitation",
  middleware: [permit("members:write")] as const,
  request: { params: invitationParams },
  responses: { 200: json(invitationWire, "As it is now: one that was accepted stays so."), ...problems(400, 401, 403, 404) },
});

export const memberRoutes = newRoutes()
  .openapi(list, async (c) => c.json({ data: await withTenant(c.env, c.var.tenantId, listMembers), next_cursor: null }, 200))
  .openapi(change, async (c) => {
    const { principal, tenantId, actor } = c.var;
    const { id } = c.req.valid("param");
    const { role: to } = c.req.valid("json");
    const member = await withTenant(c.env, tenantId, async (tx) => {
      const { role: from } = await memberOf(tx, id);
      refuseOwnership(principal, [from, to]);
      if (from !== to) {
        await changeRole(tx, id, to);
        await recordAudit(tx, actor, { action: "member.changed", subjectType: "user", subjectId: id, details: { from, to } });
      }
      return memberOf(tx, id);
    });
    return c.json(member, 200);
  })
  .openapi(remove, async (c) => {
    const { principal, tenantId, actor } = c.var;
    const { id } = c.req.valid("param");
    await withTenant(c.env, tenantId, async (tx) => {
      const { role: from } = await memberOf(tx, id);
      refuseOwnership(principal, [from]);
      await removeMember(tx, id);
      await recordAudit(tx, actor, { action: "member.removed", subjectType: "user", subjectId: id, details: { from } });
    });
    return c.body(null, 204);
  })
  .openapi(invitations, async (c) => {
    const rows = await withTenant(c.env, c.var.tenantId, listInvitations);
    return c.json({ data: rows.map((row) => withLink(c, row)), next_cursor: null }, 200);
  })
  .openapi(invite, async (c) => {
    const { principal, tenantId, actor } = c.var;
    const draft = c.req.valid("json");
    refuseOwnership(principal, [draft.role]);
    const row = await withTenant(c.env, tenantId, async (tx) => {
      const made = await createInvitation(tx, { ...draft, createdBy: actor.userId });
      await recordAudit(tx, actor, { action: "invitation.created", subjectType: "invitation", subjectId: made.id, details: { role: draft.role } });
      return made;
    });
    return c.json(withLink(c, row), 201);
  })
  .openapi(revoke, async (c) => {
    const { principal, tenantId, actor } = c.var;
    const { id } = c.req.valid("param");
    const row = await withTenant(c.env, tenantId, async (tx) => {
      const revoked = await revokeInvitation(tx, id, actor.userId);
      if (revoked === null) throw notFound("invitation");
      refuseOwnership(principal, [revoked.row.role]);
      if (revoked.isChanged) await recordAudit(tx, actor, { action: "invitation.revoked", subjectType: "invitation", subjectId: id });
      return revoked.row;
    });
    return c.json(withLink(c, row), 200);
  });

async function memberOf(tx: Tx, id: UserId): Promise<MemberRow> {
  const member = await readMember(tx, id);
  if (member === null) throw notFound("member");
  return member;
}

/** Throws where an owner is touched, or made, by somebody who is none. */
function refuseOwnership(principal: Principal, roles: readonly Role[]): void {
  if (!roles.includes("owner") || may(principal, "owners:write")) return;
  throw new Refusal({
    status: 403,
    code: "owners_only",
    message: "Only an owner can make, change or remove an owner. Ask one of your company's owners.",
    expected: "owner",
    seen: principal.kind === "person" ? principal.role : null,
  });
}

/** The link is no secret: what opens it is the provider's word on the e-mail address. */
function withLink(c: AppContext, row: InvitationRow) {
  const link = `${new URL(c.req.url).origin}/sign-in?invitation=${row.id}`;
  return { ...row, link: row.state === "open" ? link : null };
}
