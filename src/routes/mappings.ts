/** Mappings: which of the company's accounts a source's account is. */
import { createRoute, z } from "@hono/zod-openapi";
import { type AccountId, idSchema, type MappingId } from "../domain/ids.ts";
import { mapAccount } from "../pipeline/map.ts";
import { listMappings, readMapping } from "../store/mappings.ts";
import { withTenant } from "../store/tenant.ts";
import { asWire, body, foundAsWire, idParam, json } from "./answer.ts";
import { mappingWire } from "./book-wire.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { listOf } from "./wire.ts";

const tags = ["Mappings"];
const params = idParam(idSchema<MappingId>());

const list = createRoute({
  method: "get",
  path: "/api/mappings",
  tags,
  summary: "Mappings, those that wait for a person first",
  middleware: [permit("mappings:read")] as const,
  request: { query: z.object({ status: z.enum(["unmapped", "mapped"]).optional(), connection_id: z.uuid().optional() }) },
  responses: { 200: json(listOf(mappingWire), "All of them."), ...problems(400, 401, 403) },
});

const read = createRoute({
  method: "get",
  path: "/api/mappings/{id}",
  tags,
  summary: "One mapping",
  middleware: [permit("mappings:read")] as const,
  request: { params },
  responses: { 200: json(mappingWire, "The mapping."), ...problems(400, 401, 403, 404) },
});

const set = createRoute({
  method: "put",
  path: "/api/mappings/{id}",
  tags,
  summary: "Confirm, change or take back a mapping; every job that waits for it goes on",
  middleware: [permit("mappings:write")] as const,
  request: { params, body: body(z.strictObject({ account_id: idSchema<AccountId>().nullable(), verified: z.boolean().default(true) })) },
  responses: { 200: json(mappingWire, "As it stands now."), ...problems(400, 401, 403, 404, 409, 422) },
});

export const mappingRoutes = newRoutes()
  .openapi(list, async (c) => {
    const { status, connection_id: connectionId } = c.req.valid("query");
    const found = await withTenant(c.env, c.var.tenantId, (tx) => listMappings(tx, { status, connectionId }));
    return c.json({ data: asWire(z.array(mappingWire), found), next_cursor: null }, 200);
  })
  .openapi(read, async (c) => {
    const found = await withTenant(c.env, c.var.tenantId, (tx) => readMapping(tx, c.req.valid("param").id));
    return c.json(foundAsWire(mappingWire, found, "mapping"), 200);
  })
  .openapi(set, async (c) => {
    const { id } = c.req.valid("param");
    const { account_id: accountId, verified } = c.req.valid("json");
    const { tenantId, actor } = c.var;
    const found = await withTenant(c.env, tenantId, async (tx) => {
      await mapAccount(tx, { tenantId, actor }, { mappingId: id, accountId, verified });
      return readMapping(tx, id);
    });
    return c.json(foundAsWire(mappingWire, found, "mapping"), 200);
  });
