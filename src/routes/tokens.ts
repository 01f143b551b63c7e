/** Service tokens: made, listed, revoked. A token is shown once, when it is made, and never again. */
import { createRoute, z } from "@hono/zod-openapi";
import { may } from "../domain/actor.ts";
import { idSchema, type TokenId } from "../domain/ids.ts";
import { notFound, Refusal } from "../domain/refusal.ts";
import { PERMISSIONS, TOKEN_SCOPES } from "../domain/roles.ts";
import { recordAudit } from "../store/audit.ts";
import { withTenant } from "../store/tenant.ts";
import { createToken, listTokens, revokeToken } from "../store/tokens.ts";
import { tokenWire } from "./people-wire.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { listOf } from "./wire.ts";

const tokenDraft = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    scopes: z.array(z.enum(PERMISSIONS)).min(1).max(PERMISSIONS.length),
    expires_at: z.iso
      .datetime({ offset: true })
      .refine((instant) => Date.parse(instant) > Date.now(), "an instant that is still to come")
      .nullable()
      .optional()
      .openapi({ description: "Null or absent: it does not expire by itself." }),
  })
  .openapi("ServiceTokenDraft");

const createdToken = tokenWire
  .extend({ token: z.string().openapi({ description: "Shown this once. Send it as Authorization: Bearer.", example: "sti_…" }) })
  .openapi("CreatedServiceToken");

const list = createRoute({
  method: "get",
  path: "/api/tokens",
  tags: ["Service tokens"],
  summary: "Every service token, revoked ones too",
  middleware: [permit("tokens:write")] as const,
  responses: { 200: { description: "Newest first.", content: { "application/json": { schema: listOf(tokenWire) } } }, ...problems(401, 403) },
});

const create = createRoute({
  method: "post",
  path: "/api/tokens",
  tags: ["Service tokens"],
  summary: "Make a service token",
  middleware: [permit("tokens:write")] as const,
  request: { body: { required: true, content: { "application/json": { schema: tokenDraft } } } },
  responses: {
    201: { description: "The token, shown this once.", content: { "application/json": { schema: createdToken } } },
    ...problems(400, 401, 403, 422),
  },
});

const revoke = createRoute({
  method: "delete",
  path: "/api/tokens/{id}",
  tags: ["Service tokens"],
  summary: "Revoke a service token",
  middleware: [permit("tokens:write")] as const,
  request: { params: z.object({ id: idSchema<TokenId>() }) },
  responses: {
    200: { description: "Revoked; the next use is refused.", content: { "application/json": { schema: tokenWire } } },
    ...problems(400, 401, 403, 404),
  },
});

export const tokenRoutes = newRoutes()
  .openapi(list, async (c) => {
    const data = await withTenant(c.env, c.var.tenantId, listTokens);
    return c.json({ data, next_cursor: null }, 200);
  })
  .openapi(create, async (c) => {
    const { principal, tenantId, actor } = c.var;
    const draft = c.req.valid("json");
    const scopes = [...new Set(draft.scopes)];
    const refused = scopes.filter((scope) => !TOKEN_SCOPES.includes(scope) || !may(principal, scope));
    if (refused.length > 0) {
      throw new Refusal({
        status: 422,
        code: "scope_refused",
        message: `A service token may do at most what a member may, and what you may yourself. Leave out ${refused.join(", ")}.`,
        expected: TOKEN_SCOPES,
        seen: refused,
      });
    }
    const { row, token } = await withTenant(c.env, tenantId, async (tx) => {
      const made = await createToken(tx, { name: draft.name, scopes, expiresAt: draft.expires_at ?? null, createdBy: actor.userId });
      await recordAudit(tx, actor, {
        action: "token.created",
        subjectType: "token",
        subjectId: made.row.id,
        details: { scopes, expires_at: made.row.expires_at },
      });
      return made;
    });
    return c.json({ ...row, token: token.reveal() }, 201);
  })
  .openapi(revoke, async (c) => {
    const { tenantId, actor } = c.var;
    const { id } = c.req.valid("param");
    const row = await withTenant(c.env, tenantId, async (tx) => {
      const revoked = await revokeToken(tx, id);
      if (revoked === null) throw notFound("service token");
      await recordAudit(tx, actor, { action: "token.revoked", subjectType: "token", subjectId: id });
      return revoked;
    });
    return c.json(row, 200);
  });
