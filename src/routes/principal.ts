/** Who is asking, proven at the door, and what they may do. Denies by default: a route that declares no permission is refused by a test. */

import type { MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import * as z from "zod";
import { type Actor, actorOf, may, type Principal } from "../domain/actor.ts";
import type { TenantId } from "../domain/ids.ts";
import { Refusal } from "../domain/refusal.ts";
import type { Permission } from "../domain/roles.ts";
import { Secret } from "../lib/secret.ts";
import { roleOfSession } from "../store/sessions.ts";
import { withTenant } from "../store/tenant.ts";
import { findToken } from "../store/tokens.ts";
import type { AppContext, AppEnv } from "./app-env.ts";
import { looksLikeJwt, memberOfJwt } from "./bearer-jwt.ts";
import { refuseCrossSite } from "./cross-site.ts";
import { readSessionCookie } from "./session-cookie.ts";

/** What anybody may ask without signing in: `METHOD path`, as registered. Everything else needs a principal and a permission. */
export const PUBLIC_ROUTES: readonly string[] = [
  "GET /api/health",
  "GET /api/openapi.json",
  "GET /api/docs",
  "GET /auth/methods",
  "POST /auth/local",
  "POST /auth/sign-out",
  "GET /auth/oidc",
  "GET /auth/oidc/callback",
  // Proven by their own signatures.
  "POST /webhooks/plaid",
  "POST /webhooks/stripe/:id",
];

/** For all of `/api/*`: puts the tenant, the principal and the actor into the context, or answers 401. */
export const principal = createMiddleware<AppEnv>(async (c, next) => {
  const method = c.req.method === "HEAD" ? "GET" : c.req.method;
  if (!PUBLIC_ROUTES.includes(`${method} ${c.req.path}`)) {
    const found = await identify(c);
    c.set("tenantId", found.tenantId);
    c.set("principal", found.principal);
    c.set("actor", actorOf(found.principal, addressOf(c)));
  }
  await next();
});

const declared = new WeakMap<object, Permission | "anybody signed in">();

/** The route's permission: 403 for a principal without it. Goes first into the route's `middleware`. */
export function permit(permission: Permission): MiddlewareHandler<AppEnv> {
  const guard = createMiddleware<AppEnv>(async (c, next) => {
    const asking = principalOf(c);
    if (!may(asking, permission)) throw forbidden(asking, permission);
    await next();
  });
  declared.set(guard, permission);
  return guard;
}

/** For what every signed-in principal may ask, such as who they are. */
export const signedIn: MiddlewareHandler<AppEnv> = createMiddleware<AppEnv>(async (c, next) => {
  principalOf(c);
  await next();
});
declared.set(signedIn, "anybody signed in");

/** The walker: every registered route without a permission that is not public, as `METHOD path`. `routes` is `app.routes`. */
export function undeclaredRoutes(
  routes: readonly { method: string; path: string; handler: object }[],
  publicRoutes: readonly string[] = PUBLIC_ROUTES,
): string[] {
  const named = routes.filter((route) => route.method !== "ALL" || !route.path.endsWith("*"));
  const guarded = new Set(named.filter((route) => declared.has(route.handler)).map((route) => `${route.method} ${route.path}`));
  const all = new Set(named.map((route) => `${route.method} ${route.path}`));
  return [...all].filter((route) => !guarded.has(route) && !publicRoutes.includes(route));
}

/** What each guarded route needs, by `METHOD path` as registered: the role table as it is built. */
export function declaredPermissions(
  routes: readonly { method: string; path: string; handler: object }[],
): Map<string, Permission | "anybody signed in"> {
  const needed = new Map<string, Permission | "anybody signed in">();
  for (const { method, path, handler } of routes) {
    const permission = declared.get(handler);
    if (permission !== undefined) needed.set(`${method} ${path}`, permission);
  }
  return needed;
}

const ipAddress = z.union([z.ipv4(), z.ipv6()]);

/** The caller's address as the platform saw it; null where it did not say. */
export function addressOf(c: AppContext): string | null {
  return ipAddress.safeParse(c.req.header("cf-connecting-ip")).data ?? null;
}

/** The actor for what somebody does who has not signed in yet. */
export const strangerOf = (c: AppContext): Actor => ({ userId: null, tokenId: null, ip: addressOf(c) });

interface Identified {
  tenantId: TenantId;
  principal: Principal;
}

/** A bearer token decides where there is one; a browser sends it only when our own page or a program says so, so it needs no cross-site guard. */
async function identify(c: AppContext): Promise<Identified> {
  const authorization = c.req.header("authorization");
  if (authorization !== undefined) return identifyToken(c, authorization);
  const found = await identifySession(c);
  if (found === null) {
    throw new Refusal({ status: 401, code: "sign_in_required", message: "Sign in, or send a service token as Authorization: Bearer." });
  }
  refuseCrossSite(c);
  return found;
}

/** 8 KB: above the access tokens of providers that list a person's groups in them, below what a header may hold. */
const BEARER = /^Bearer +(\S{1,8192})$/i;

async function identifyToken(c: AppContext, authorization: string): Promise<Identified> {
  const given = BEARER.exec(authorization)?.[1];
  if (given === undefined) throw tokenRefused();
  if (looksLikeJwt(given)) return identifyJwt(c, new Secret(given));
  const found = await findToken(c.env, new Secret(given));
  if (found === null) throw tokenRefused();
  return { tenantId: found.tenantId, principal: { kind: "token", tokenId: found.tokenId, scopes: found.scopes } };
}

async function identifyJwt(c: AppContext, token: Secret<string>): Promise<Identified> {
  const member = await memberOfJwt(c, token);
  if (member === null) throw tokenRefused();
  return { tenantId: member.tenantId, principal: { kind: "person", userId: member.userId, sessionId: null, role: member.role } };
}

function tokenRefused(): Refusal {
  const message = "This token is unknown, has expired or was revoked, or is not for this API. Ask an admin for a new one.";
  return new Refusal({ status: 401, code: "token_refused", message });
}

async function identifySession(c: AppContext): Promise<Identified | null> {
  const claims = await readSessionCookie(c);
  if (claims === null) return null;
  const { tenantId, userId, sessionId } = claims;
  const role = await withTenant(c.env, tenantId, (tx) => roleOfSession(tx, { sessionId, userId }));
  if (role === null) throw new Refusal({ status: 401, code: "session_ended", message: "Your session has ended. Sign in again." });
  return { tenantId, principal: { kind: "person", userId, sessionId, role } };
}

/** Also where a route was registered outside of `principal`: nobody is there, so nobody may. */
function principalOf(c: AppContext): Principal {
  const asking: Principal | undefined = c.get("principal");
  if (asking === undefined)
    throw new Refusal({ status: 401, code: "sign_in_required", message: "Sign in, or send a service token as Authorization: Bearer." });
  return asking;
}

function forbidden(asking: Principal, permission: Permission): Refusal {
  const has = asking.kind === "person" ? `the role ${asking.role}` : `the scopes ${asking.scopes.join(", ") || "(none)"}`;
  return new Refusal({
    status: 403,
    code: "forbidden",
    message: `This needs the permission ${permission}, and you have ${has}. Ask an admin of your company.`,
    expected: permission,
    seen: asking.kind === "person" ? asking.role : asking.scopes,
  });
}
