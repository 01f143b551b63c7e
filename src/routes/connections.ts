/** Connections: where money data comes from. Made, seen, changed, deleted; trying and fetching are connection-runs.ts. */
import { createRoute, z } from "@hono/zod-openapi";
import { CONNECTION_TYPES, type ConnectionConfig, connectionConfigSchema, isFileConnection } from "../domain/connection.ts";
import { type ConnectionId, idSchema } from "../domain/ids.ts";
import { notFound, Refusal } from "../domain/refusal.ts";
import { isTimeZone, SYNC_FREQUENCIES } from "../domain/schedule.ts";
import type { Env } from "../env.ts";
import { activate, disconnect, refuseSame, takeSecretsOut, tryConnection } from "../sources/connections.ts";
import { setUpForms } from "../sources/set-up-forms.ts";
import { requireSettings } from "../sources/settings.ts";
import { recordAudit } from "../store/audit.ts";
import { type ConnectionRow, deleteConnection, findConnection, insertConnection, updateConnection } from "../store/connections.ts";
import { nextTurn } from "../store/sync-health.ts";
import { type Tx, withTenant } from "../store/tenant.ts";
import { body, idParam, json } from "./answer.ts";
import type { AppContext } from "./app-env.ts";
import { viewConnection, viewConnections } from "./connection-view.ts";
import { asJson, connectionWire, credentialsBody } from "./connection-wire.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { listOf } from "./wire.ts";

const tags = ["Connections"];
const params = idParam(idSchema<ConnectionId>());

const schedule = {
  sync_frequency: z.enum(SYNC_FREQUENCIES),
  sync_hour: z.number().int().min(0).max(23).openapi({ description: "Of a daily connection, in its time zone." }),
  sync_time_zone: z.string().max(64).refine(isTimeZone, "a time zone of the IANA list, such as Europe/Berlin"),
};
const draft = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    connection_type: z.enum(CONNECTION_TYPES),
    config: connectionConfigSchema.default({}),
    credentials: credentialsBody
      .optional()
      .openapi({ description: "Go into the vault and never come out. Secrets inside `config` are taken there too." }),
    sync_frequency: schedule.sync_frequency.optional().openapi({ description: "Left out: daily for what fetches, manual for what receives files." }),
    sync_hour: schedule.sync_hour.default(6),
    sync_time_zone: schedule.sync_time_zone.default("UTC"),
    entity_id: z.uuid().nullable().default(null),
    auto_import: z.boolean().optional().openapi({ description: "The same as config.auto_import." }),
  })
  .openapi("ConnectionDraft");
const change = z
  .strictObject({
    name: z.string().trim().min(1).max(200).optional(),
    config: connectionConfigSchema.optional(),
    sync_frequency: schedule.sync_frequency.optional(),
    sync_hour: schedule.sync_hour.optional(),
    sync_time_zone: schedule.sync_time_zone.optional(),
    status: z.enum(["active", "inactive"]).optional().openapi({ description: "inactive: paused. active: goes on, and fetches what it missed." }),
    entity_id: z.uuid().nullable().optional(),
    auto_import: z.boolean().optional(),
  })
  .openapi("ConnectionChange");

const list = createRoute({
  method: "get",
  path: "/api/connections",
  tags,
  summary: "Every connection: how it stands, and its last job",
  middleware: [permit("connections:read")] as const,
  responses: { 200: json(listOf(connectionWire), "By name."), ...problems(401, 403) },
});
const create = createRoute({
  method: "post",
  path: "/api/connections",
  tags,
  summary: "Make a connection; one that fetches is tried, and fetched at once where it answers",
  middleware: [permit("connections:write")] as const,
  request: { body: body(draft) },
  responses: { 201: json(connectionWire, "Made; pending_setup where the trial failed, which says why."), ...problems(400, 401, 403, 409, 422) },
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
  summary: "Change what is given; a key of config that is not given stays, one that is null goes",
  middleware: [permit("connections:write")] as const,
  request: { params, body: body(change) },
  responses: { 200: json(connectionWire, "Changed."), ...problems(400, 401, 403, 404, 409, 422) },
});
const remove = createRoute({
  method: "delete",
  path: "/api/connections/{id}",
  tags,
  summary: "Fetch and take no more; what it brought stays in the books",
  middleware: [permit("connections:write")] as const,
  request: { params },
  responses: { 204: { description: "Gone." }, ...problems(400, 401, 403, 404, 409) },
});

export const connectionRoutes = newRoutes()
  .openapi(list, async (c) => c.json({ data: await withTenant(c.env, c.var.tenantId, viewConnections), next_cursor: null }, 200))
  .openapi(create, async (c) => c.json(await makeConnection(c, c.req.valid("json")), 201))
  .openapi(read, async (c) => c.json(await withTenant(c.env, c.var.tenantId, (tx) => viewConnection(tx, c.req.valid("param").id)), 200))
  .openapi(update, async (c) => {
    const { id } = c.req.valid("param");
    const given = c.req.valid("json");
    const view = await withTenant(c.env, c.var.tenantId, async (tx) => {
      const before = await findConnection(tx, id);
      if (before === null) throw notFound("connection");
      await updateConnection(tx, id, await changeOf(before, given));
      if (isRescheduled(given)) await reschedule(tx, id, given.status === "active" && before.status === "inactive");
      const audit = {
        action: "connection.changed",
        subjectType: "connection",
        subjectId: id,
        connectionId: id,
        details: { fields: Object.keys(given) },
      };
      await recordAudit(tx, c.var.actor, audit);
      return viewConnection(tx, id);
    });
    return c.json(view, 200);
  })
  .openapi(remove, async (c) => {
    const { id } = c.req.valid("param");
    const { tenantId, actor } = c.var;
    await withTenant(c.env, tenantId, async (tx) => {
      const row = await findConnection(tx, id);
      if (row === null) throw notFound("connection");
      if (row.is_default) throw keepsDefault();
    });
    await disconnect(c.env, tenantId, id);
    await withTenant(c.env, tenantId, async (tx) => {
      if (!(await deleteConnection(tx, id))) throw notFound("connection");
      await recordAudit(tx, actor, { action: "connection.deleted", subjectType: "connection", subjectId: id, connectionId: id });
    });
    return c.body(null, 204);
  });

type Draft = z.infer<typeof draft>;

/** Makes it, tries it where it fetches, and begins its first run. */
async function makeConnection(c: AppContext, given: Draft): Promise<z.infer<typeof connectionWire>> {
  const { tenantId, actor } = c.var;
  const type = given.connection_type;
  requireAvailable(c.env, type);
  const whole: ConnectionConfig = given.auto_import === undefined ? given.config : { ...given.config, auto_import: given.auto_import };
  const { config, credentials } = takeSecretsOut(type, asJson(whole), given.credentials && asJson(given.credentials));
  requireSettings(type, config);
  const fetches = !isFileConnection(type);
  // Tried before anything is kept, so that what is connected already is said before it is there twice.
  const tried = fetches && credentials !== null ? await tryConnection(c.env, { type, config, credentials }) : null;
  const id = await withTenant(c.env, tenantId, async (tx) => {
    if (tried?.ok) await refuseSame(tx, tried.result.identity, null);
    const row = await insertConnection(tx, {
      tenantId,
      name: given.name,
      connectionType: type,
      config: connectionConfigSchema.parse(config),
      syncFrequency: given.sync_frequency ?? (fetches ? "daily" : "manual"),
      syncHour: given.sync_hour,
      syncTimeZone: given.sync_time_zone,
      status: fetches ? "pending_setup" : "active",
      entityId: given.entity_id,
      createdBy: actor.userId,
    });
    const connectionId = idSchema<ConnectionId>().parse(row.id);
    await recordAudit(tx, actor, {
      action: "connection.created",
      subjectType: "connection",
      subjectId: row.id,
      connectionId,
      details: { connection_type: type },
    });
    return connectionId;
  });
  if (fetches && credentials !== null) await activate({ env: c.env, tenantId, id, actor }, { credentials, mayChange: true });
  return withTenant(c.env, tenantId, (tx) => viewConnection(tx, id));
}

async function changeOf(before: ConnectionRow, given: z.infer<typeof change>): Promise<Parameters<typeof updateConnection>[2]> {
  const merged = Object.entries({ ...before.config, ...given.config }).filter(([, value]) => value !== null);
  const whole = { ...Object.fromEntries(merged), ...(given.auto_import === undefined ? {} : { auto_import: given.auto_import }) };
  const { config, credentials } = takeSecretsOut(before.connection_type, asJson(whole), undefined);
  if (credentials !== null) throw secretInSettings(Object.keys(credentials));
  if (given.config !== undefined) requireSettings(before.connection_type, config);
  if (given.status === "active" && before.status === "pending_setup") throw notSetUp();
  return {
    ...(given.name === undefined ? {} : { name: given.name }),
    ...(given.sync_frequency === undefined ? {} : { sync_frequency: given.sync_frequency }),
    ...(given.sync_hour === undefined ? {} : { sync_hour: given.sync_hour }),
    ...(given.sync_time_zone === undefined ? {} : { sync_time_zone: given.sync_time_zone }),
    ...(given.status === undefined ? {} : { status: given.status }),
    ...(given.entity_id === undefined ? {} : { entity_id: given.entity_id }),
    config: connectionConfigSchema.parse(config),
  };
}

const isRescheduled = (given: z.infer<typeof change>): boolean =>
  [given.sync_frequency, given.sync_hour, given.sync_time_zone, given.status].some((value) => value !== undefined);

/** By its new timetable; one that was paused fetches at once what it missed. */
async function reschedule(tx: Tx, id: ConnectionId, isResumed: boolean): Promise<void> {
  const row = await findConnection(tx, id);
  if (row === null || isFileConnection(row.connection_type)) return;
  const now = new Date();
  const next = isResumed && row.sync_frequency !== "manual" ? now : await nextTurn(tx, id, now);
  await updateConnection(tx, id, { next_sync_at: next?.toISOString() ?? null, ...(row.sync_frequency === "manual" ? { fresh_until: null } : {}) });
}

function requireAvailable(env: Env, type: Draft["connection_type"]): void {
  const form = setUpForms(env).find(({ connection_type }) => connection_type === type);
  if (form?.available) return;
  throw new Refusal({
    status: 422,
    code: "connection_type_not_available",
    message: `Connections of the type "${type}" cannot be made. ${form?.unavailable_because ?? ""}`.trim(),
    expected: setUpForms(env).flatMap(({ available, connection_type }) => (available ? [connection_type] : [])),
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

function notSetUp(): Refusal {
  return new Refusal({
    status: 409,
    code: "connection_not_set_up",
    message: "This connection is not set up yet. Give it credentials that the provider accepts; it is active then.",
  });
}

function secretInSettings(keys: string[]): Refusal {
  return new Refusal({
    status: 422,
    code: "secret_in_settings",
    message: `${keys.join(", ")}: a secret, which settings do not hold. Set it as a credential (PUT …/credentials).`,
    seen: keys,
  });
}
