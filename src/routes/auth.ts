/** Signing in and out, and who I am. Never asks for a password: people come by the local sign-in on a developer's machine, or by their company's own. */
import { createRoute, z } from "@hono/zod-openapi";
import { permissionsOf } from "../domain/actor.ts";
import { Refusal } from "../domain/refusal.ts";
import { recordAudit } from "../store/audit.ts";
import { describeSession, revokeSession, withPerson } from "../store/sessions.ts";
import { withTenant } from "../store/tenant.ts";
import type { AppContext } from "./app-env.ts";
import { refuseCrossSite } from "./cross-site.ts";
import { enterWith } from "./enter.ts";
import { missingSettings } from "./oidc-provider.ts";
import { sessionWire, signInMethodsWire } from "./people-wire.ts";
import { addressOf, signedIn } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { clearSessionCookie, readSessionCookie, setSessionCookie } from "./session-cookie.ts";

const LOOPBACK_HOSTS: readonly string[] = ["127.0.0.1", "localhost", "[::1]"];

const localSignIn = createRoute({
  method: "post",
  path: "/auth/local",
  tags: ["Session"],
  summary: "Sign in by e-mail alone, on a developer's own machine only",
  request: { body: { required: true, content: { "application/json": { schema: z.strictObject({ email: z.email().max(320) }) } } } },
  responses: {
    200: { description: "Signed in; the session cookie is set.", content: { "application/json": { schema: sessionWire } } },
    ...problems(400, 401, 403, 404),
  },
  middleware: [
    async (c: AppContext, next: () => Promise<void>) => {
      if (!isLocal(c))
        throw new Refusal({ status: 404, code: "not_found", message: "There is no local sign-in here. Sign in with your company's own." });
      refuseCrossSite(c);
      await next();
    },
  ] as const,
});

const signOut = createRoute({
  method: "post",
  path: "/auth/sign-out",
  tags: ["Session"],
  summary: "Sign out: the session ends here and now",
  responses: { 204: { description: "Signed out, or nobody was signed in." }, ...problems(403) },
});

const getSession = createRoute({
  method: "get",
  path: "/api/session",
  tags: ["Session"],
  summary: "Who am I",
  middleware: [signedIn] as const,
  responses: {
    200: { description: "The person or the token, their tenant and what they may do.", content: { "application/json": { schema: sessionWire } } },
    ...problems(401),
  },
});

const methods = createRoute({
  method: "get",
  path: "/auth/methods",
  tags: ["Session"],
  summary: "How one can sign in here",
  responses: {
    200: {
      description: "What the sign-in page offers, or what is still to be configured.",
      content: { "application/json": { schema: signInMethodsWire } },
    },
  },
});

export const authRoutes = newRoutes()
  .openapi(localSignIn, async (c) => {
    const opened = await withPerson(c.env, c.req.valid("json").email, async (tx, person) => {
      const session = await enterWith(c, tx, { userId: person.userId, method: "local" });
      const principal = { kind: "person", userId: person.userId, sessionId: session.sessionId, role: session.role } as const;
      return { ...person, ...session, principal, card: await describeSession(tx, principal) };
    });
    if (opened === null) {
      throw new Refusal({
        status: 401,
        code: "unknown_person",
        message: "Nobody with this e-mail belongs to a company here. The demo's people are named on the sign-in page.",
      });
    }
    await setSessionCookie(c, opened, opened.expiresAtSeconds);
    return c.json({ ...opened.card, role: opened.role, permissions: permissionsOf(opened.principal) }, 200);
  })
  .openapi(signOut, async (c) => {
    refuseCrossSite(c);
    const claims = await readSessionCookie(c);
    if (claims !== null) {
      const { tenantId, userId, sessionId } = claims;
      await withTenant(c.env, tenantId, async (tx) => {
        if (!(await revokeSession(tx, sessionId))) return;
        await recordAudit(
          tx,
          { userId, tokenId: null, ip: addressOf(c) },
          { action: "session.revoked", subjectType: "session", subjectId: sessionId },
        );
      });
    }
    clearSessionCookie(c);
    return c.body(null, 204);
  })
  .openapi(getSession, async (c) => {
    const { principal, tenantId } = c.var;
    const card = await withTenant(c.env, tenantId, (tx) => describeSession(tx, principal));
    const role = principal.kind === "person" ? principal.role : null;
    return c.json({ ...card, role, permissions: permissionsOf(principal) }, 200);
  })
  .openapi(methods, (c) => {
    const missing = missingSettings(c.env);
    return c.json({ local: isLocal(c), oidc: missing.length === 0, missing_settings: missing }, 200);
  });

/** Both must hold: the setting, and a request to this very machine. A proxy in front of a deployed Worker cannot make the setting true. */
function isLocal(c: AppContext): boolean {
  const isLocalSetting = c.env.ENVIRONMENT === "local" || c.env.ENVIRONMENT === "test";
  return isLocalSetting && LOOPBACK_HOSTS.includes(new URL(c.req.url).hostname);
}
