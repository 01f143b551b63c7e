/** The headers of every answer: an id to ask after it, and what a browser may do with it. Never caches what is a tenant's. */
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./app-env.ts";

/** Nothing but our own files: no inline script or style, no frame, no other host. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "manifest-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join("; ");

/** For the Worker's answers and, written out beside them, for the dashboard's static files. */
export const SECURITY_HEADERS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "x-frame-options": "DENY",
} as const satisfies Record<string, string>;

/** Two years: what browsers' preload lists ask for. */
const STRICT_TRANSPORT = "max-age=63072000; includeSubDomains; preload";

/** Gives the request its id and every answer, refusals too, its headers. The first middleware of the app. */
export const headers = createMiddleware<AppEnv>(async (c, next) => {
  const requestId = crypto.randomUUID();
  c.set("requestId", requestId);
  await next();
  const own = new Headers(c.res.headers);
  own.set("x-request-id", requestId);
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) own.set(name, value);
  if (c.env.ENVIRONMENT === "staging" || c.env.ENVIRONMENT === "production") own.set("strict-transport-security", STRICT_TRANSPORT);
  if (isTenantsOwn(c.req.path)) own.set("cache-control", "no-store");
  // A fresh answer: one that came from the assets or from a fetch has headers that cannot be changed.
  c.res = new Response(c.res.body, { status: c.res.status, statusText: c.res.statusText, headers: own });
});

function isTenantsOwn(path: string): boolean {
  return ["/api/", "/auth/", "/webhooks/"].some((prefix) => path.startsWith(prefix));
}
