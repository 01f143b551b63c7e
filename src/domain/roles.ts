/** Who may do what: one table, deny by default. People have a role; service tokens have scopes, which are permissions by name. */

export const ROLES = ["owner", "admin", "member", "viewer"] as const;
export type Role = (typeof ROLES)[number];

/** How a person proved who they are: by the local sign-in of a developer's machine, or by their company's provider. */
export const SIGN_IN_METHODS = ["local", "oidc"] as const;
export type SignInMethod = (typeof SIGN_IN_METHODS)[number];

export const PERMISSIONS = [
  "jobs:read",
  "jobs:review",
  "files:upload",
  "files:read",
  "mappings:read",
  "mappings:write",
  "accounts:read",
  "accounts:write",
  "transactions:read",
  "transactions:write",
  "connections:read",
  "connections:write",
  "connections:sync",
  "payments:read",
  "payments:write",
  "audit:read",
  "members:read",
  "members:write",
  "owners:write",
  "tokens:write",
  "dead_letters:write",
  "alerts:read",
  "alerts:write",
  "settings:read",
  "settings:write",
  "company:export",
  "company:delete",
] as const;
export type Permission = (typeof PERMISSIONS)[number];
/** A token's scope is a permission; it never exceeds what a member may do. */
export type Scope = Permission;

const viewer = [
  "jobs:read",
  "mappings:read",
  "accounts:read",
  "transactions:read",
  "connections:read",
  "payments:read",
] as const satisfies readonly Permission[];
const member = [
  ...viewer,
  "files:upload",
  "files:read",
  "jobs:review",
  "mappings:write",
  "accounts:write",
  "transactions:write",
  "connections:sync",
  "payments:write",
  "audit:read",
  "members:read",
  "alerts:read",
  "settings:read",
] as const satisfies readonly Permission[];
const admin = [
  ...member,
  "connections:write",
  "tokens:write",
  "members:write",
  "dead_letters:write",
  "alerts:write",
  "settings:write",
] as const satisfies readonly Permission[];
/** Only owners make, change and remove owners: an admin could otherwise become one. What a company has, or that it is, is theirs alone to take along or end. */
const owner = [...admin, "owners:write", "company:export", "company:delete"] as const satisfies readonly Permission[];

const GRANTS: Record<Role, readonly Permission[]> = { owner, admin, member, viewer };

/** The permissions that a token may be given: what a member can do. */
export const TOKEN_SCOPES: readonly Permission[] = member;

/** True where the role's row of the table names the permission. */
export function roleMay(role: Role, permission: Permission): boolean {
  return GRANTS[role].includes(permission);
}
