/** Bells: webhooks of providers, each proven by its own signature, noted, and answered at once. Reads no money in them. */
import { createRoute, z } from "@hono/zod-openapi";
import { type ConnectionId, idSchema } from "../domain/ids.ts";
import { notFound, Refusal } from "../domain/refusal.ts";
import { replay, ringPlaid, ringStripe } from "../sources/bells.ts";
import { recordAudit } from "../store/audit.ts";
import { listWebhookEvents, readWebhookEvent } from "../store/read/connections.ts";
import { withTenant } from "../store/tenant.ts";
import { markProcessed, replayEvent } from "../store/webhook-inbox.ts";
import { asWire, foundAsWire, idPageQuery, idParam, json, page } from "./answer.ts";
import type { AppContext } from "./app-env.ts";
import { webhookEventDetailWire, webhookEventWire } from "./connection-wire.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { listOf } from "./wire.ts";

const tags = ["Webhooks"];
const received = { 200: json(z.object({ received: z.literal(true) }), "Noted; it comes no second time."), ...problems(400, 401, 413, 503) };

const plaid = createRoute({
  method: "post",
  path: "/webhooks/plaid",
  tags,
  summary: "Plaid's webhooks, shown to be its own by their signature",
  responses: received,
});
const stripe = createRoute({
  method: "post",
  path: "/webhooks/stripe/{id}",
  tags,
  summary: "Stripe's webhooks of one connection, signed with one of its secrets",
  request: { params: idParam(idSchema<ConnectionId>()) },
  responses: received,
});
const list = createRoute({
  method: "get",
  path: "/api/webhook-events",
  tags,
  summary: "The webhook inbox, newest first",
  middleware: [permit("connections:read")] as const,
  request: { query: idPageQuery.extend({ connection_id: z.uuid().optional() }) },
  responses: { 200: json(listOf(webhookEventWire), "A page of events."), ...problems(400, 401, 403) },
});
const read = createRoute({
  method: "get",
  path: "/api/webhook-events/{id}",
  tags,
  summary: "One event with what it said",
  middleware: [permit("connections:write")] as const,
  request: { params: idParam(z.uuid()) },
  responses: { 200: json(webhookEventDetailWire, "The event."), ...problems(400, 401, 403, 404) },
});
const again = createRoute({
  method: "post",
  path: "/api/webhook-events/{id}/replay",
  tags,
  summary: "Do once more what the event asked for",
  middleware: [permit("connections:write")] as const,
  request: { params: idParam(z.uuid()) },
  responses: { 202: json(z.object({ job_id: z.uuid().nullable() }), "Done again; the run where it fetches."), ...problems(400, 401, 403, 404) },
});

export const webhookRoutes = newRoutes()
  .openapi(plaid, async (c) => {
    requireGenuine(await ringPlaid(c.env, await requestOf(c)));
    return c.json({ received: true as const }, 200);
  })
  .openapi(stripe, async (c) => {
    const { id } = c.req.valid("param");
    requireGenuine(await ringStripe(c.env, id, await requestOf(c)));
    return c.json({ received: true as const }, 200);
  })
  .openapi(list, async (c) => {
    const { cursor, limit, connection_id: connectionId } = c.req.valid("query");
    const rows = await withTenant(c.env, c.var.tenantId, (tx) =>
      listWebhookEvents(tx, { connectionId: connectionId ?? null, cursor: cursor ?? null, limit }),
    );
    return c.json(
      page(
        rows.map((row) => asWire(webhookEventWire, row)),
        limit,
        (last) => last.id,
      ),
      200,
    );
  })
  .openapi(read, async (c) => {
    const row = await withTenant(c.env, c.var.tenantId, (tx) => readWebhookEvent(tx, c.req.valid("param").id));
    return c.json(foundAsWire(webhookEventDetailWire, row, "event"), 200);
  })
  .openapi(again, async (c) => {
    const { id } = c.req.valid("param");
    const { tenantId, actor } = c.var;
    const jobId = await withTenant(c.env, tenantId, async (tx) => {
      const event = await replayEvent(tx, id);
      if (event === null) throw notFound("event");
      const rung = await replay(tx, tenantId, event);
      await markProcessed(tx, id, rung);
      const connection = event.connection_id === null ? {} : { connectionId: event.connection_id };
      await recordAudit(tx, actor, { action: "webhook.replayed", subjectType: "webhook_event", subjectId: id, ...connection });
      return rung;
    });
    return c.json({ job_id: jobId }, 202);
  });

/** The bytes as they came: signatures are over them. */
async function requestOf(c: AppContext): Promise<{ headers: Headers; body: Uint8Array }> {
  return { headers: c.req.raw.headers, body: new Uint8Array(await c.req.raw.arrayBuffer()) };
}

/** 401 for whoever is not the provider. */
function requireGenuine(isGenuine: boolean): void {
  if (isGenuine) return;
  throw new Refusal({
    status: 401,
    code: "signature_refused",
    message: "This webhook is not signed as its provider signs, or too old, so it was not taken.",
  });
}
