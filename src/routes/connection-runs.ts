/** What a connection is made to do: tried, given credentials, fetched; and what came of it. */
import { createRoute, z } from "@hono/zod-openapi";
import { CONNECTION_TYPES } from "../domain/connection.ts";
import { NEEDS_PERSON } from "../domain/connection-health.ts";
import { type ConnectionId, idSchema, type TenantId } from "../domain/ids.ts";
import { notFound, Refusal } from "../domain/refusal.ts";
import { activate, requireConnector, type TrialResult, takeSecretsOut, testConnection, tryConnection } from "../sources/connections.ts";
import { setUpForms } from "../sources/set-up-forms.ts";
import { recordAudit } from "../store/audit.ts";
import { findConnection } from "../store/connections.ts";
import { listRuns, sameConnection } from "../store/read/connections.ts";
import { startSync } from "../store/sync-turns.ts";
import { withTenant } from "../store/tenant.ts";
import { asWire, body, idPageQuery, idParam, json, page } from "./answer.ts";
import type { AppContext } from "./app-env.ts";
import { viewConnection } from "./connection-view.ts";
import { asJson, connectionTypeWire, connectionWire, credentialsBody, runWire, testWire } from "./connection-wire.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { listOf } from "./wire.ts";

const tags = ["Connections"];
const params = idParam(idSchema<ConnectionId>());
const trial = z
  .strictObject({
    connection_type: z.enum(CONNECTION_TYPES),
    config: z.record(z.string(), z.unknown()).default({}),
    credentials: credentialsBody.default({}),
  })
  .openapi("ConnectionTrial");

const types = createRoute({
  method: "get",
  path: "/api/connection-types",
  tags,
  summary: "The kinds of connections, with the forms that set one up",
  middleware: [permit("connections:read")] as const,
  responses: { 200: json(listOf(connectionTypeWire), "Every kind."), ...problems(401, 403) },
});
const tryUnsaved = createRoute({
  method: "post",
  path: "/api/connections/test",
  tags,
  summary: "Try a configuration before it is saved; keeps nothing",
  middleware: [permit("connections:write")] as const,
  request: { body: body(trial) },
  responses: { 200: json(testWire, "What the provider said."), ...problems(400, 401, 403, 409) },
});
const trySaved = createRoute({
  method: "post",
  path: "/api/connections/{id}/test",
  tags,
  summary: "Try a connection as it is saved",
  middleware: [permit("connections:write")] as const,
  request: { params },
  responses: { 200: json(testWire, "What the provider said; noted on the connection."), ...problems(400, 401, 403, 404, 409) },
});
const setCredentials = createRoute({
  method: "put",
  path: "/api/connections/{id}/credentials",
  tags,
  summary: "Replace the credentials; they are tried, and where they are accepted the connection fetches at once",
  middleware: [permit("connections:write")] as const,
  request: { params, body: body(z.strictObject({ credentials: credentialsBody }).openapi("ConnectionCredentials")) },
  responses: { 200: json(connectionWire, "Set; `test` says whether they were accepted."), ...problems(400, 401, 403, 404, 409) },
});
const sync = createRoute({
  method: "post",
  path: "/api/connections/{id}/sync",
  tags,
  summary: "Fetch now: one run at a time, and at most one more behind it",
  middleware: [permit("connections:sync")] as const,
  request: { params },
  responses: {
    202: json(z.object({ job_id: z.uuid(), begun: z.boolean() }), "On its way. `begun` false: a run was open, and another one follows it."),
    ...problems(400, 401, 403, 404, 409),
  },
});
const runs = createRoute({
  method: "get",
  path: "/api/connections/{id}/runs",
  tags,
  summary: "What it fetched, newest first",
  middleware: [permit("connections:read")] as const,
  request: { params, query: idPageQuery },
  responses: { 200: json(listOf(runWire), "A page of runs."), ...problems(400, 401, 403, 404) },
});

export const connectionRunRoutes = newRoutes()
  .openapi(types, (c) => c.json({ data: setUpForms(c.env), next_cursor: null }, 200))
  .openapi(tryUnsaved, async (c) => {
    const given = c.req.valid("json");
    requireConnector(given.connection_type);
    const { config, credentials } = takeSecretsOut(given.connection_type, asJson(given.config), asJson(given.credentials));
    const tried = await tryConnection(c.env, { type: given.connection_type, config, credentials });
    return c.json(await testView(c, tried, null), 200);
  })
  .openapi(trySaved, async (c) => {
    const { id } = c.req.valid("param");
    const tried = await testConnection(c.env, c.var.tenantId, id);
    await withTenant(c.env, c.var.tenantId, (tx) =>
      recordAudit(tx, c.var.actor, {
        action: "connection.tested",
        subjectType: "connection",
        subjectId: id,
        connectionId: id,
        details: { ok: tried.ok },
      }),
    );
    return c.json(await testView(c, tried, id), 200);
  })
  .openapi(setCredentials, async (c) => {
    const { id } = c.req.valid("param");
    const { credentials } = c.req.valid("json");
    const { tenantId, actor } = c.var;
    const type = await typeOf(c, tenantId, id);
    requireConnector(type);
    const tried = await activate({ env: c.env, tenantId, id, actor }, { credentials: asJson(credentials), mayChange: type === "plaid" });
    const view = await withTenant(c.env, tenantId, async (tx) => {
      const details = { fields: Object.keys(credentials), accepted: tried.ok };
      await recordAudit(tx, actor, { action: "connection.credentials_set", subjectType: "connection", subjectId: id, connectionId: id, details });
      return viewConnection(tx, id);
    });
    return c.json(view, 200);
  })
  .openapi(sync, async (c) => {
    const { id } = c.req.valid("param");
    const { tenantId, actor } = c.var;
    const begun = await withTenant(c.env, tenantId, async (tx) => {
      const row = await findConnection(tx, id);
      if (row === null) throw notFound("connection");
      requireConnector(row.connection_type);
      if (row.status === "inactive" || row.status === "pending_setup") throw notNow(row.status);
      return startSync(tx, { tenantId, connectionId: id, trigger: "button", actor });
    });
    return c.json({ job_id: begun.jobId, begun: begun.begun }, 202);
  })
  .openapi(runs, async (c) => {
    const { id } = c.req.valid("param");
    const { cursor, limit } = c.req.valid("query");
    const rows = await withTenant(c.env, c.var.tenantId, async (tx) => {
      if ((await findConnection(tx, id)) === null) throw notFound("connection");
      return listRuns(tx, { connectionId: id, cursor: cursor ?? null, limit });
    });
    return c.json(
      page(
        rows.map((row) => asWire(runWire, row)),
        limit,
        (last) => last.job_id,
      ),
      200,
    );
  });

async function typeOf(c: AppContext, tenantId: TenantId, id: ConnectionId): Promise<string> {
  const row = await withTenant(c.env, tenantId, (tx) => findConnection(tx, id));
  if (row === null) throw notFound("connection");
  return row.connection_type;
}

async function testView(c: AppContext, tried: TrialResult, but: ConnectionId | null): Promise<z.infer<typeof testWire>> {
  if (!tried.ok) {
    const { kind, code, message } = tried.failure;
    return { ok: false, kind, code, message, needs_person: NEEDS_PERSON.includes(kind) };
  }
  const { identity, title, accounts, expiresAt, notes } = tried.result;
  const existing = await withTenant(c.env, c.var.tenantId, (tx) => sameConnection(tx, identity, but));
  return { ok: true, identity, title, accounts, expires_at: expiresAt, notes, existing };
}

function notNow(status: "inactive" | "pending_setup"): Refusal {
  return status === "inactive"
    ? new Refusal({ status: 409, code: "connection_paused", message: "This connection is paused. Resume it, and what it missed is fetched." })
    : new Refusal({
        status: 409,
        code: "connection_not_set_up",
        message: "This connection is not set up yet. Give it credentials that the provider accepts; it fetches then.",
      });
}
