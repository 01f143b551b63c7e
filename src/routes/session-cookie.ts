/** The session's cookie: a signed note of which session this is. Never enough by itself: the session's row is asked at every request. */
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { errors, jwtVerify, SignJWT } from "jose";
import * as z from "zod";
import { idSchema, type SessionId, type TenantId, type UserId } from "../domain/ids.ts";
import { fromBase64 } from "../lib/crypto.ts";
import { SESSION_HOURS } from "../store/sessions.ts";
import type { AppContext } from "./app-env.ts";

/** The prefix makes the browser hold us to Secure, Path=/ and no Domain: no sibling host can plant one. */
export const SESSION_COOKIE = "__Host-session";
const ISSUER = "stratifi-ingestion";
const AUDIENCE = "stratifi-dashboard";
const ALGORITHM = "HS256";

const claimsSchema = z.object({ sid: idSchema<SessionId>(), sub: idSchema<UserId>(), tenant: idSchema<TenantId>() });

export interface SessionClaims {
  sessionId: SessionId;
  userId: UserId;
  tenantId: TenantId;
}

/** Signs the claims and sets the cookie; both end when the session's row does. */
export async function setSessionCookie(c: AppContext, claims: SessionClaims, expiresAtSeconds: number): Promise<void> {
  const token = await new SignJWT({ sid: claims.sessionId, tenant: claims.tenantId })
    .setProtectedHeader({ alg: ALGORITHM })
    .setSubject(claims.userId)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime(expiresAtSeconds)
    .sign(fromBase64(c.env.SESSION_KEY));
  setCookie(c, SESSION_COOKIE, token, { httpOnly: true, secure: true, sameSite: "Lax", path: "/", maxAge: SESSION_HOURS * 3_600 });
}

/** What the cookie claims, or null where there is none or it is not one of ours: forged, altered, expired, for somebody else. */
export async function readSessionCookie(c: AppContext): Promise<SessionClaims | null> {
  const token = getCookie(c, SESSION_COOKIE);
  if (token === undefined) return null;
  try {
    const { payload } = await jwtVerify(token, fromBase64(c.env.SESSION_KEY), {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ["exp", "iat", "sub"],
    });
    const claims = claimsSchema.safeParse(payload);
    return claims.success ? { sessionId: claims.data.sid, userId: claims.data.sub, tenantId: claims.data.tenant } : null;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

export function clearSessionCookie(c: AppContext): void {
  deleteCookie(c, SESSION_COOKIE, { secure: true, path: "/" });
}
