/** Who is asking, and what they may do. Pure: how somebody proved who they are is the routes' business. */
import type { SessionId, TokenId, UserId } from "./ids.ts";
import { PERMISSIONS, type Permission, type Role, roleMay, type Scope, TOKEN_SCOPES } from "./roles.ts";

/** A person, signed in with a session or by a bearer JWT of their company's provider (no session), or a program with a service token. */
export type Principal =
  | { kind: "person"; userId: UserId; sessionId: SessionId | null; role: Role }
  | { kind: "token"; tokenId: TokenId; scopes: readonly Scope[] };

/** Who the audit log names. All null is the house itself (the road, the sweeper). */
export interface Actor {
  userId: UserId | null;
  tokenId: TokenId | null;
  ip: string | null;
}

/** What works when nobody asks: cron and the road. */
export const HOUSE: Actor = { userId: null, tokenId: null, ip: null };

/** Deny by default: a role's row of the table, or a token's own scope within what tokens may have at all. */
export function may(principal: Principal, permission: Permission): boolean {
  if (principal.kind === "person") return roleMay(principal.role, permission);
  return principal.scopes.includes(permission) && TOKEN_SCOPES.includes(permission);
}

export function permissionsOf(principal: Principal): Permission[] {
  return PERMISSIONS.filter((permission) => may(principal, permission));
}

export function actorOf(principal: Principal, ip: string | null): Actor {
  if (principal.kind === "person") return { userId: principal.userId, tokenId: null, ip };
  return { userId: null, tokenId: principal.tokenId, ip };
}
