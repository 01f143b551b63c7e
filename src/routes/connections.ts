/** Connections: where money data comes from. Those that can be made today receive files. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  AVAILABLE_CONNECTION_TYPES,
  CONNECTION_TYPES,
  type ConnectionConfig,
  type ConnectionType,
  connectionConfigSchema,
} from "../domain/connection.ts";
import { type ConnectionId, idSchema } from "../domain/ids.ts";
import { notFound, Refusal } from "../domain/refusal.ts";
import { recordAudit } from "../store/audit.ts";
import {
  type ConnectionRow,
  deleteConnection,
  findConnection,
  insertConnection,
  lastJobOf,
  listConnections,
  updateConnection,
} from "../store/connections.ts";
import { type Tx, withTenant } from "../store/tenant.ts";
import { asWire, body, idParam, json } from "./answer.ts";
import { connectionWire } from "./connection-wire.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { listOf } from "./wire.ts";

const tags = ["Connections"];
const params = idParam(idSchema<ConnectionId>());
const name = z.string().trim().min(1).max(200);
const frequency = z.enum(["realtime", "hourly", "daily", "manual"]);
const status = z.enum(["active", "inactive"]);

const draft = z
  .strictObject({
    name,
    connection_type: z.enum(CONNECTION_TYPES),
    config: connectionConfigSchema.default({}),
    sync_frequency: frequency.default("manual"),
    entity_id: z.uuid().nullable().default(null),
    auto_import: z.boolean().optional().openapi({ description: "The same as config.auto_import." }),
  })
  .openapi("ConnectionDraft");
const change = z
  .strictObject({
    name: name.optional(),
    config: connectionConfigSchema.optional(),
    sync_frequency: frequency.optional(),
    status: status.optional(),
    entity_id: z.uuid().nullable().optional(),
    auto_import: z.boolean().optional(),
  })
  .openapi("ConnectionChange");

const list = createRoute({
  method: "get",
  path: "/api/connections",
  tags,
  summary: "Every connection with its last job",
  middleware: [permit("connections:read")] as const,
  responses: { 200: json(listOf(connectionWire), "By name."), ...problems(401, 403) },
});
const create = createRoute({
  method: "post",
  path: "/api/connections",
  tags,
  summary: "Make a connection",
  middleware: [permit("connections:write")] as const,
  request: { body: body(draft) },
  responses: { 201: json(connectionWire, "Made."), ...problems(400, 401, 403, 422) },
});
const read = createRoute({
  method: "get",
  path: "/api/connections/{id}",
  tags,
  summary: "One connection",
  middleware: [permit("connections:read")] as const,
  request: { params },
  responses: { 200: json(connectionWire, "The connection."), ...problems(400, 401, 403, 404) },
});
const update = createRoute({
  method: "patch",
  path: "/api/connections/{id}",
  tags,
  summary: "Change what is given; a key of config that is not given stays",
  middleware: [permit("connections:write")] as const,
  request: { params, body: body(change) },
  responses: { 200: json(connectionWire, "Changed."), ...problems(400, 401, 403, 404) },
});
const remove = createRoute({
  method: "delete",
  path: "/api/connections/{id}",
  tags,
  summary: "Let no more files in; what it brought stays in the books",
  middleware: [permit("connections:write")] as const,
  request: { params },
  responses: { 204: { description: "Gone." }, ...problems(400, 401, 403, 404, 409) },
});
const sync = createRoute({
  method: "post",
  path: "/api/connections/{id}/sync",
  tags,
  summary: "Fetch now",
  middleware: [permit("connections:sync")] as const,
  request: { params },
  responses: { ...problems(400, 401, 403, 404, 409) },
});

export const connectionRoutes = newRoutes()
  .openapi(list, async (c) => {
    const data = await withTenant(c.env, c.var.tenantId, async (tx) => {
      const wires: z.infer<typeof connectionWire>[] = [];
      for (const row of await listConnections(tx)) wires.push(await toWire(tx, row));
      return wires;
    });
    return c.json({ data, next_cursor: null }, 200);
  })
  .openapi(create, async (c) => {
    const given = c.req.valid("json");
    requireAvailable(given.connection_type);
    const { actor, tenantId } = c.var;
    const wire = await withTenant(c.env, tenantId, async (tx) => {
      const row = await insertConnection(tx, {
        tenantId,
        name: given.name,
        connectionType: given.connection_type,
        config: withAutoImport(given.config, given.auto_import),
        syncFrequency: given.sync_frequency,
        entityId: given.entity_id,
        createdBy: actor.userId,
      });
      await recordAudit(tx, actor, {
        action: "connection.created",
        subjectType: "connection",
        subjectId: row.id,
        connectionId: idSchema<ConnectionId>().parse(row.id),
      });
      return toWire(tx, row);
    });
    return c.json(wire, 201);
  })
  .openapi(read, async (c) => c.json(await withTenant(c.env, c.var.tenantId, (tx) => readWire(tx, c.req.valid("param").id)), 200))
  .openapi(update, async (c) => {
    const { id } = c.req.valid("param");
    const given = c.req.valid("json");
    const wire = await withTenant(c.env, c.var.tenantId, async (tx) => {
      const before = await findConnection(tx, id);
      if (before === null) throw notFound("connection");
      const row = await updateConnection(tx, id, {
        ...(given.name === undefined ? {} : { name: given.name }),
        ...(given.sync_frequency === undefined ? {} : { sync_frequency: given.sync_frequency }),
        ...(given.status === undefined ? {} : { status: given.status }),
        ...(given.entity_id === undefined ? {} : { entity_id: given.entity_id }),
        config: withAutoImport({ ...before.config, ...given.config }, given.auto_import),
      });
      if (row === null) throw notFound("connection");
      const fields = Object.keys(given);
      await recordAudit(tx, c.var.actor, {
        action: "connection.changed",
        subjectType: "connection",
        subjectId: id,
        connectionId: id,
        details: { fields },
      });
      return toWire(tx, row);
    });
    return c.json(wire, 200);
  })
  .openapi(remove, async (c) => {
    const { id } = c.req.valid("param");
    await withTenant(c.env, c.var.tenantId, async (tx) => {
      if ((await findConnection(tx, id))?.is_default) throw keepsDefault();
      if (!(await deleteConnection(tx, id))) throw notFound("connection");
      await recordAudit(tx, c.var.actor, { action: "connection.deleted", subjectType: "connection", subjectId: id, connectionId: id });
    });
    return c.body(null, 204);
  })
  .openapi(sync, async (c) => {
    const wire = await withTenant(c.env, c.var.tenantId, (tx) => readWire(tx, c.req.valid("param").id));
    throw new Refusal({
      status: 409,
      code: "nothing_to_fetch",
      message: "This connection receives files, so there is nothing to fetch. Upload a file to it.",
      seen: wire.connection_type,
    });
  });

function withAutoImport(config: ConnectionConfig, autoImport: boolean | undefined): ConnectionConfig {
  return autoImport === undefined ? config : { ...config, auto_import: autoImport };
}

function requireAvailable(type: ConnectionType): void {
  const available: readonly ConnectionType[] = AVAILABLE_CONNECTION_TYPES;
  if (available.includes(type)) return;
  throw new Refusal({
    status: 422,
    code: "connection_type_not_available",
    message: `Connections of the type "${type}" cannot be made yet. Make one that receives files: ${available.join(" or ")}.`,
    expected: available,
    seen: type,
  });
}

function keepsDefault(): Refusal {
  return new Refusal({
    status: 409,
    code: "default_connection",
    message: "This is where uploads without a connection go, so it stays. Its settings can be changed.",
  });
}

async function readWire(tx: Tx, id: ConnectionId): Promise<z.infer<typeof connectionWire>> {
  const row = await findConnection(tx, id);
  if (row === null) throw notFound("connection");
  return toWire(tx, row);
}

const instant = (text: string | null) => (text === null ? null : new Date(text).toISOString());

async function toWire(tx: Tx, row: ConnectionRow): Promise<z.infer<typeof connectionWire>> {
  const last = await lastJobOf(tx, row.id);
  return asWire(connectionWire, {
    ...row,
    credentials: { set: row.credentials !== null, set_at: instant(row.credentials_set_at), set_by: row.credentials_set_by },
    last_sync_at: instant(row.last_sync_at),
    last_success_at: instant(row.last_success_at),
    next_sync_at: instant(row.next_sync_at),
    created_at: instant(row.created_at),
    updated_at: instant(row.updated_at),
    last_job: last === null ? null : { ...last, created_at: instant(last.created_at) },
  });
}
