/** Over the wire: who is signed in, members, invitations, sessions and service tokens. */
import { z } from "@hono/zod-openapi";
import { ROLES, SIGN_IN_METHODS } from "../domain/roles.ts";
import { instant, uuid } from "./wire.ts";

export const sessionWire = z
  .object({
    user: z.object({ id: uuid, email: z.string(), name: z.string() }).nullable(),
    token: z.object({ id: uuid, name: z.string() }).nullable(),
    tenant: z.object({ id: uuid, name: z.string(), slug: z.string() }),
    role: z.enum(ROLES).nullable(),
    permissions: z.array(z.string()),
    expires_at: instant.nullable(),
  })
  .openapi("Session");

export const memberWire = z
  .object({
    id: uuid.openapi({ description: "The person's." }),
    email: z.string(),
    name: z.string(),
    role: z.enum(ROLES),
    joined_at: instant,
    last_seen_at: instant.nullable().openapi({ description: "Of their sessions; to five minutes." }),
  })
  .openapi("Member");

export const invitationWire = z
  .object({
    id: uuid,
    email: z.string(),
    role: z.enum(ROLES),
    state: z.enum(["open", "accepted", "revoked", "expired"]),
    link: z.string().nullable().openapi({ description: "To be passed on while it is open. No secret: only the invited e-mail address opens it." }),
    created_by: uuid.nullable(),
    created_at: instant,
    expires_at: instant,
    accepted_at: instant.nullable(),
    revoked_at: instant.nullable(),
  })
  .openapi("Invitation");

export const sessionEntryWire = z
  .object({
    id: uuid,
    user_id: uuid,
    method: z.enum(SIGN_IN_METHODS),
    ip_address: z.string().nullable(),
    user_agent: z.string().nullable(),
    is_current: z.boolean().openapi({ description: "The one that asks." }),
    created_at: instant,
    last_seen_at: instant,
    expires_at: instant,
  })
  .openapi("SessionEntry");

export const tenantChoiceWire = z
  .object({ id: uuid, name: z.string(), slug: z.string(), role: z.enum(ROLES), is_current: z.boolean() })
  .openapi("TenantChoice");

export const signInMethodsWire = z
  .object({
    local: z.boolean().openapi({ description: "By e-mail alone; on a developer's own machine only." }),
    oidc: z.boolean().openapi({ description: "By the company's provider: go to /auth/oidc." }),
    missing_settings: z.array(z.string()).openapi({ description: "Names of the settings without which there is no company sign-in." }),
  })
  .openapi("SignInMethods");

export const tokenWire = z
  .object({
    id: uuid,
    name: z.string(),
    scopes: z.array(z.string()),
    created_by: uuid.nullable(),
    created_at: instant,
    expires_at: instant.nullable(),
    last_used_at: instant.nullable(),
    revoked_at: instant.nullable(),
  })
  .openapi("ServiceToken");
