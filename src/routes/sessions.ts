/** Where people are signed in, and which of their companies they look at: listed, ended, switched. Programs have no sessions. */
import { createRoute, z } from "@hono/zod-openapi";
import { may, permissionsOf } from "../domain/actor.ts";
import { idSchema, type SessionId, type TenantId, type UserId } from "../domain/ids.ts";
import { notFound, Refusal } from "../domain/refusal.ts";
import { recordAudit } from "../store/audit.ts";
import { describeSession, listSessions, readSession, revokeSession, tenantsOf } from "../store/sessions.ts";
import { withTenant } from "../store/tenant.ts";
import { body, idParam, json } from "./answer.ts";
import type { AppContext } from "./app-env.ts";
import { enterWith } from "./enter.ts";
import { sessionEntryWire, sessionWire, tenantChoiceWire } from "./people-wire.ts";
import { signedIn } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { setSessionCookie } from "./session-cookie.ts";
import { listOf } from "./wire.ts";

const tags = ["Session"];

const list = createRoute({
  method: "get",
  path: "/api/sessions",
  tags,
  summary: "Where you are signed in to this company; with user_id, where a member is",
  middleware: [signedIn] as const,
  request: { query: z.object({ user_id: idSchema<UserId>().optional() }) },
  responses: { 200: json(listOf(sessionEntryWire), "Living sessions, latest used first."), ...problems(400, 401, 403) },
});
const revoke = createRoute({
  method: "delete",
  path: "/api/sessions/{id}",
  tags,
  summary: "End a session: yours, or as an admin a member's",
  middleware: [signedIn] as const,
  request: { params: idParam(idSchema<SessionId>()) },
  responses: { 204: { description: "Ended; its next request is refused." }, ...problems(400, 401, 403, 404) },
});
const tenants = createRoute({
  method: "get",
  path: "/api/session/tenants",
  tags,
  summary: "The companies that you belong to",
  middleware: [signedIn] as const,
  responses: { 200: json(listOf(tenantChoiceWire), "Where you were last, first."), ...problems(401, 403) },
});
const change = createRoute({
  method: "post",
  path: "/api/session/tenant",
  tags,
  summary: "Go over to another of your companies: a new session there, and this one ends",
  middleware: [signedIn] as const,
  request: { body: body(z.strictObject({ tenant_id: idSchema<TenantId>() })) },
  responses: { 200: json(sessionWire, "You are there; the session cookie is set."), ...problems(400, 401, 403, 404) },
});

export const sessionRoutes = newRoutes()
  .openapi(list, async (c) => {
    const person = personOf(c);
    const userId = c.req.valid("query").user_id ?? person.userId;
    if (userId !== person.userId && !may(person, "members:write")) throw othersSessions();
    const rows = await withTenant(c.env, c.var.tenantId, (tx) => listSessions(tx, userId));
    return c.json({ data: rows.map((row) => ({ ...row, is_current: row.id === person.sessionId })), next_cursor: null }, 200);
  })
  .openapi(revoke, async (c) => {
    const person = personOf(c);
    const { id } = c.req.valid("param");
    await withTenant(c.env, c.var.tenantId, async (tx) => {
      const session = await readSession(tx, id);
      // Whose it is cannot be told by whoever may not end it.
      if (session === null || (session.user_id !== person.userId && !may(person, "members:write"))) throw notFound("session");
      if (await revokeSession(tx, id)) {
        const entry = { action: "session.revoked", subjectType: "session", subjectId: id, details: { user_id: session.user_id } };
        await recordAudit(tx, c.var.actor, entry);
      }
    });
    return c.body(null, 204);
  })
  .openapi(tenants, async (c) => {
    const data = await tenantsOf(c.env, personOf(c).userId);
    return c.json({ data: data.map((one) => ({ ...one, is_current: one.id === c.var.tenantId })), next_cursor: null }, 200);
  })
  .openapi(change, async (c) => {
    const person = personOf(c);
    const { tenantId: from, actor } = c.var;
    const { tenant_id: to } = c.req.valid("json");
    const { sessionId, userId } = person;
    if (sessionId === null) throw peopleOnly();
    if (!(await tenantsOf(c.env, userId)).some((one) => one.id === to)) throw notFound("company");
    const method = (await withTenant(c.env, from, (tx) => readSession(tx, sessionId)))?.method ?? "local";
    const entered = await withTenant(c.env, to, async (tx) => {
      const opened = await enterWith(c, tx, { userId, method });
      const principal = { kind: "person", userId, sessionId: opened.sessionId, role: opened.role } as const;
      return { ...opened, principal, card: await describeSession(tx, principal) };
    });
    await withTenant(c.env, from, async (tx) => {
      if (await revokeSession(tx, sessionId))
        await recordAudit(tx, actor, { action: "session.revoked", subjectType: "session", subjectId: sessionId });
    });
    await setSessionCookie(c, { sessionId: entered.sessionId, userId, tenantId: to }, entered.expiresAtSeconds);
    return c.json({ ...entered.card, role: entered.role, permissions: permissionsOf(entered.principal) }, 200);
  });

function personOf(c: AppContext) {
  const { principal } = c.var;
  if (principal.kind !== "person") throw peopleOnly();
  return principal;
}

function peopleOnly(): Refusal {
  return new Refusal({ status: 403, code: "people_only", message: "This is for people who are signed in with a session; a token has none." });
}

function othersSessions(): Refusal {
  return new Refusal({
    status: 403,
    code: "forbidden",
    message: "Somebody else's sessions are an admin's to see: this needs the permission members:write.",
    expected: "members:write",
  });
}
