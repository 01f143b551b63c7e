/** Plaid's Link: a token to open its page with, and what the page handed back. The access token goes into the vault; the browser never has it. */
import { createRoute, z } from "@hono/zod-openapi";
import { connectionConfigSchema } from "../domain/connection.ts";
import { type ConnectionId, idSchema } from "../domain/ids.ts";
import { Refusal } from "../domain/refusal.ts";
import { isTimeZone, SYNC_FREQUENCIES } from "../domain/schedule.ts";
import { finishLink, openLink } from "../sources/plaid-link.ts";
import { withTenant } from "../store/tenant.ts";
import { body, json } from "./answer.ts";
import { viewConnection } from "./connection-view.ts";
import { connectionWire } from "./connection-wire.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { listOf } from "./wire.ts";

const tags = ["Connections"];
const openBody = z
  .strictObject({
    connection_id: idSchema<ConnectionId>().optional().openapi({ description: "Sign in to this one again; left out: a new bank." }),
    mode: z.enum(["new", "update", "accounts"]).default("update").openapi({
      description: "Of a connection. update: sign in again. accounts: choose accounts anew. new: its login is gone, another takes its place.",
    }),
    lookback_days: z.number().int().min(1).max(730).default(730),
    completion_uri: z.url().max(500).openapi({ description: "Where Plaid's page sends the person back to: an address of ours." }),
  })
  .openapi("PlaidLinkDraft");
const doneBody = z
  .strictObject({
    link_token: z.string().min(1).max(500),
    connection_id: idSchema<ConnectionId>().optional(),
    name: z.string().trim().min(1).max(200).optional().openapi({ description: "Left out: the bank's." }),
    config: connectionConfigSchema.default({}),
    sync_frequency: z.enum(SYNC_FREQUENCIES).default("daily"),
    sync_hour: z.number().int().min(0).max(23).default(6),
    sync_time_zone: z.string().max(64).refine(isTimeZone, "a time zone of the IANA list").default("UTC"),
  })
  .openapi("PlaidLinkDone");

const open = createRoute({
  method: "post",
  path: "/api/plaid/link-token",
  tags,
  summary: "A token for Plaid's page, and the page's address",
  middleware: [permit("connections:write")] as const,
  request: { body: body(openBody) },
  responses: {
    200: json(
      z
        .object({ link_token: z.string(), expires_at: z.iso.datetime({ offset: true }).nullable(), hosted_url: z.string().nullable() })
        .openapi("PlaidLink"),
      "Good for one opening.",
    ),
    ...problems(400, 401, 403, 404, 409, 422, 503),
  },
});
const done = createRoute({
  method: "post",
  path: "/api/plaid/exchange",
  tags,
  summary: "The person is back: what they connected becomes connections, or the one that they signed in to again goes on",
  middleware: [permit("connections:write")] as const,
  request: { body: body(doneBody) },
  responses: {
    200: json(listOf(connectionWire), "Connected; empty where the person went without finishing."),
    ...problems(400, 401, 403, 404, 409, 503),
  },
});

export const plaidRoutes = newRoutes()
  .openapi(open, async (c) => {
    const given = c.req.valid("json");
    if (new URL(given.completion_uri).origin !== new URL(c.req.url).origin) throw foreign();
    const link = await openLink(c.env, c.var.tenantId, {
      connectionId: given.connection_id ?? null,
      mode: given.mode,
      lookbackDays: given.lookback_days,
      completionUri: given.completion_uri,
    });
    return c.json({ link_token: link.token, expires_at: link.expiresAt, hosted_url: link.hostedUrl }, 200);
  })
  .openapi(done, async (c) => {
    const given = c.req.valid("json");
    const { tenantId, actor } = c.var;
    const ids = await finishLink(
      { env: c.env, tenantId, actor },
      {
        linkToken: given.link_token,
        connectionId: given.connection_id ?? null,
        name: given.name ?? null,
        config: given.config,
        frequency: given.sync_frequency,
        hour: given.sync_hour,
        timeZone: given.sync_time_zone,
      },
    );
    const data = await withTenant(c.env, tenantId, async (tx) => {
      const views: z.infer<typeof connectionWire>[] = [];
      for (const id of ids) views.push(await viewConnection(tx, id));
      return views;
    });
    return c.json({ data, next_cursor: null }, 200);
  });

function foreign(): Refusal {
  return new Refusal({
    status: 422,
    code: "foreign_address",
    message: "completion_uri has to be an address of this dashboard: Plaid sends the person back to it.",
  });
}
