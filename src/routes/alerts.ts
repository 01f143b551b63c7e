/** Who is told what: rules; and what was told: messages and the deliveries in them. */
import { createRoute, z } from "@hono/zod-openapi";
import { ALERT_EVENTS, MESSAGE_STATUSES, sectionsOf, subjectOf } from "../domain/alerts.ts";
import { type AlertMessageId, type AlertRuleId, type ChannelId, type ConnectionId, idSchema } from "../domain/ids.ts";
import { notFound, Refusal } from "../domain/refusal.ts";
import { listDeliveries, listMessages } from "../store/alert-log.ts";
import { deleteRule, listRules, saveRules, switchRule } from "../store/alert-rules.ts";
import { recordAudit } from "../store/audit.ts";
import { findChannel } from "../store/channels.ts";
import { withTenant } from "../store/tenant.ts";
import { alertDeliveryWire, alertMessageWire, alertRuleWire } from "./alert-wire.ts";
import { asWire, body, idPageQuery, idParam, json, page } from "./answer.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { listOf } from "./wire.ts";

const tags = ["Alerts"];
const ruleParams = idParam(idSchema<AlertRuleId>());

const ruleDraft = z
  .strictObject({
    event_type: z.enum(ALERT_EVENTS),
    channel_id: idSchema<ChannelId>(),
    connection_id: idSchema<ConnectionId>().nullable().default(null),
  })
  .openapi("AlertRuleDraft");
const ruleChange = z.strictObject({ enabled: z.boolean() }).openapi("AlertRuleChange");

/** Ten events for twenty channels and, for some of them, single connections. */
const RULES_MAX = 2_000;

const rules = createRoute({
  method: "get",
  path: "/api/alert-rules",
  tags,
  summary: "Every rule: an event, a channel, and one connection or all",
  middleware: [permit("alerts:read")] as const,
  responses: { 200: json(listOf(alertRuleWire), "By channel and event."), ...problems(401, 403) },
});
const addRule = createRoute({
  method: "post",
  path: "/api/alert-rules",
  tags,
  summary: "Tell an event to a channel; a rule that is there already is switched on",
  middleware: [permit("alerts:write")] as const,
  request: { body: body(ruleDraft) },
  responses: { 201: json(alertRuleWire, "The rule."), ...problems(400, 401, 403, 404, 409, 422) },
});
const changeRule = createRoute({
  method: "patch",
  path: "/api/alert-rules/{id}",
  tags,
  summary: "Switch a rule on or off",
  middleware: [permit("alerts:write")] as const,
  request: { params: ruleParams, body: body(ruleChange) },
  responses: { 200: json(alertRuleWire, "The rule."), ...problems(400, 401, 403, 404) },
});
const removeRule = createRoute({
  method: "delete",
  path: "/api/alert-rules/{id}",
  tags,
  summary: "Take a rule away",
  middleware: [permit("alerts:write")] as const,
  request: { params: ruleParams },
  responses: { 204: { description: "Gone." }, ...problems(400, 401, 403, 404) },
});
const messages = createRoute({
  method: "get",
  path: "/api/alert-messages",
  tags,
  summary: "What was sent, or is being tried, newest first",
  middleware: [permit("alerts:read")] as const,
  request: { query: idPageQuery.extend({ channel_id: idSchema<ChannelId>().optional(), status: z.enum(MESSAGE_STATUSES).optional() }) },
  responses: { 200: json(listOf(alertMessageWire), "A page of them."), ...problems(400, 401, 403) },
});
const deliveries = createRoute({
  method: "get",
  path: "/api/alert-deliveries",
  tags,
  summary: "Each alert for each channel, and what became of it, newest first",
  middleware: [permit("alerts:read")] as const,
  request: {
    query: idPageQuery.extend({
      channel_id: idSchema<ChannelId>().optional(),
      message_id: idSchema<AlertMessageId>().optional(),
      alert_id: z.uuid().optional(),
    }),
  },
  responses: { 200: json(listOf(alertDeliveryWire), "A page of them."), ...problems(400, 401, 403) },
});

export const alertRoutes = newRoutes()
  .openapi(rules, async (c) => {
    const data = await withTenant(c.env, c.var.tenantId, listRules);
    return c.json({ data: asWire(z.array(alertRuleWire), data), next_cursor: null }, 200);
  })
  .openapi(addRule, async (c) => {
    const { channel_id: channelId, connection_id: connectionId, event_type: event } = c.req.valid("json");
    const { tenantId, actor } = c.var;
    const saved = await withTenant(c.env, tenantId, async (tx) => {
      if ((await findChannel(tx, channelId)) === null) throw notFound("notification channel");
      if ((await listRules(tx)).length >= RULES_MAX) throw tooManyRules();
      const [rule] = await saveRules(tx, { channelId, events: [event], connectionId, createdBy: actor.userId });
      const details = { event_type: event, channel_id: channelId, connection_id: connectionId };
      await recordAudit(tx, actor, { action: "alert_rule.saved", subjectType: "alert_rule", subjectId: rule?.id ?? null, details });
      return rule;
    });
    return c.json(asWire(alertRuleWire, saved), 201);
  })
  .openapi(changeRule, async (c) => {
    const { id } = c.req.valid("param");
    const { enabled } = c.req.valid("json");
    const row = await withTenant(c.env, c.var.tenantId, async (tx) => {
      const changed = await switchRule(tx, id, enabled);
      if (changed === null) throw notFound("alert rule");
      await recordAudit(tx, c.var.actor, { action: "alert_rule.switched", subjectType: "alert_rule", subjectId: id, details: { enabled } });
      return changed;
    });
    return c.json(asWire(alertRuleWire, row), 200);
  })
  .openapi(removeRule, async (c) => {
    const { id } = c.req.valid("param");
    await withTenant(c.env, c.var.tenantId, async (tx) => {
      if (!(await deleteRule(tx, id))) throw notFound("alert rule");
      await recordAudit(tx, c.var.actor, { action: "alert_rule.deleted", subjectType: "alert_rule", subjectId: id });
    });
    return c.body(null, 204);
  })
  .openapi(messages, async (c) => {
    const { cursor, limit, channel_id: channelId, status } = c.req.valid("query");
    const rows = await withTenant(c.env, c.var.tenantId, (tx) => listMessages(tx, { cursor, limit: limit + 1, channelId, status }));
    const wires = rows.map((row) => ({ ...row, subject: subjectOf(row.content), sections: sectionsOf(row.content), last_error: errorOf(row) }));
    return c.json(
      page(asWire(z.array(alertMessageWire), wires), limit, (row) => row.id),
      200,
    );
  })
  .openapi(deliveries, async (c) => {
    const { cursor, limit, channel_id: channelId, message_id: messageId, alert_id: alertId } = c.req.valid("query");
    const rows = await withTenant(c.env, c.var.tenantId, (tx) => listDeliveries(tx, { cursor, limit: limit + 1, channelId, messageId, alertId }));
    const wires = rows.map((row) => ({ ...row, last_error: errorOf(row) }));
    return c.json(
      page(asWire(z.array(alertDeliveryWire), wires), limit, (row) => row.id),
      200,
    );
  });

function errorOf(row: { last_error_code: string | null; last_error: string | null }): { code: string; message: string } | null {
  return row.last_error === null ? null : { code: row.last_error_code ?? "unknown", message: row.last_error };
}

function tooManyRules(): Refusal {
  return new Refusal({
    status: 409,
    code: "too_many_rules",
    message: `A company has at most ${RULES_MAX} rules. Take some away first.`,
    expected: RULES_MAX,
  });
}
