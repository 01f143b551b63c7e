/** The pretended API's part for alerts: channels in every state, rules, messages, and a test that takes two looks. Answers as alert-wire.ts says. */
import { z } from "@hono/zod-openapi";
import { ALERT_EVENTS, type AlertLine, type DeliveredEvent, sectionsOf, subjectOf } from "../../src/domain/alerts.ts";
import { type ConnectionId, type JobId, type OutboxId, parseId } from "../../src/domain/ids.ts";
import { notFound, Refusal } from "../../src/domain/refusal.ts";
import { alertDeliveryWire, alertMessageWire, alertRuleWire, channelWire, createdChannelWire } from "../../src/routes/alert-wire.ts";
import { listOf } from "../../src/routes/wire.ts";
import { HOSTILE_TEXT } from "./dashboard-jobs.ts";
import { agoOf, idOf } from "./dashboard-nouns.ts";

type Channel = z.infer<typeof channelWire>;
type Rule = z.infer<typeof alertRuleWire>;
type Message = z.infer<typeof alertMessageWire>;

export interface AlertsWorld {
  channels: Channel[];
  rules: Rule[];
  messages: Message[];
  /** How often each test was looked at; it is over at the second look. */
  looks: Map<string, number>;
}

const error = (code: string, message: string) => ({ code, message, at: agoOf(4) });

function channelOf(n: number, draft: Partial<Channel> & Pick<Channel, "name" | "channel_type">): Channel {
  return {
    id: idOf("channel", n),
    config: {},
    credentials: { set: draft.channel_type !== "email", set_at: agoOf(60 * 24 * 20), set_by: idOf("user", 2) },
    enabled: true,
    digest_minutes: 5,
    waiting: 0,
    failures: 0,
    next_message_at: agoOf(0),
    last_sent_at: agoOf(12),
    last_error: null,
    created_by: idOf("user", 2),
    created_at: agoOf(60 * 24 * 20),
    updated_at: agoOf(60 * 24 * 2),
    ...draft,
  };
}

export function makeAlerts(): AlertsWorld {
  const channels = [
    channelOf(1, { name: "Treasury desk", channel_type: "slack" }),
    channelOf(2, {
      name: "Night duty",
      channel_type: "email",
      config: { recipients: ["duty@larkfield.test", "cash-management-emea@larkfield.test"] },
    }),
    channelOf(3, {
      name: "ERP",
      channel_type: "webhook",
      config: { host: "hooks.erp-gateway.larkfield-internal-services.test" },
      failures: 3,
      waiting: 14,
      last_error: error("http_503", "The receiver answered 503. It is tried again by itself."),
    }),
    channelOf(4, { name: "Old intranet", channel_type: "webhook", config: { host: "intranet.larkfield.test" }, enabled: false, last_sent_at: null }),
  ];
  const rules = channels.flatMap((channel, at) => ALERT_EVENTS.slice(at).map((event, no) => ruleOf(100 * (at + 1) + no, channel.id, event)));
  const messages = [
    messageOf(5, channels[2], "open", [lineOf("job_failed", 6), ...Array.from({ length: 13 }, (_, n) => lineOf("job_in_review", n + 1))]),
    messageOf(4, channels[0], "sent", [lineOf("job_failed", 6, HOSTILE_TEXT)]),
    messageOf(3, channels[1], "sent", [lineOf("proof_broken", 4), lineOf("job_needs_mapping", 3), lineOf("job_needs_reading", 9)]),
    messageOf(2, channels[0], "given_up", [lineOf("audit_broken", null)]),
    messageOf(1, channels[0], "sent", [lineOf("test", null)]),
  ];
  return { channels, rules, messages, looks: new Map() };
}

function ruleOf(n: number, channelId: string, event: Rule["event_type"]): Rule {
  const who = { created_by: idOf("user", 2), created_at: agoOf(60 * 24 * 20) };
  return { id: idOf("rule", n), event_type: event, channel_id: channelId, connection_id: null, enabled: true, ...who };
}

function lineOf(event: DeliveredEvent, job: number | null, about = `statement-${job}.bai from Meridian Bank`): AlertLine {
  return {
    id: parseId<OutboxId>(idOf("alert", 1_000 + (job ?? 0))),
    event,
    about: job === null ? null : about,
    code: event === "job_failed" ? "control_total_mismatch" : null,
    job_id: job === null ? null : parseId<JobId>(idOf("job", job)),
    connection_id: job === null ? null : parseId<ConnectionId>(idOf("connection", 1)),
    raised_at: agoOf(15),
  };
}

function messageOf(n: number, channel: Channel | undefined, status: Message["status"], alerts: AlertLine[]): Message {
  const isLost = status === "given_up";
  return {
    id: idOf("message", n),
    channel_id: channel?.id ?? "",
    channel_name: channel?.name ?? "",
    channel_type: channel?.channel_type ?? "slack",
    is_test: alerts[0]?.event === "test",
    status,
    subject: subjectOf({ alerts }),
    sections: sectionsOf({ alerts }),
    alert_count: alerts.length,
    attempts: status === "open" ? 3 : 1,
    last_error: isLost ? error("http_410", "The receiver answered 410, so this message was not taken.") : (channel?.last_error ?? null),
    created_at: agoOf(60 * (6 - n)),
    sent_at: status === "sent" ? agoOf(60 * (6 - n)) : null,
  };
}

interface Answer {
  status?: number;
  body: unknown;
}

const draftSchema = z.looseObject({
  name: z.string().min(1),
  channel_type: z.enum(["slack", "email", "webhook"]),
  digest_minutes: z.number(),
  config: z.object({ recipients: z.array(z.email()) }).optional(),
  credentials: z.object({ url: z.url() }).optional(),
});
const changeSchema = z.strictObject({
  name: z.string().optional(),
  digest_minutes: z.number().optional(),
  enabled: z.boolean().optional(),
  config: z.object({ recipients: z.array(z.email()) }).optional(),
});

/** Answers what is asked of alerts; null for everything else. */
export function answerAlerts(world: AlertsWorld, method: string, url: URL, body: Buffer): Answer | null {
  const [, , noun = "", id = "", verb = ""] = url.pathname.split("/");
  const asked = `${method} ${noun}${id === "" ? "" : "/id"}${verb === "" ? "" : `/${verb}`}`;
  const given: unknown = body.length === 0 ? {} : JSON.parse(body.toString());
  switch (asked) {
    case "GET notification-channels":
      return listed(channelWire, world.channels);
    case "GET alert-rules":
      return listed(alertRuleWire, world.rules);
    case "GET alert-messages":
      return listed(alertMessageWire, world.messages);
    case "GET alert-deliveries":
      return listed(alertDeliveryWire, [deliveryOf(world, url.searchParams.get("alert_id") ?? "")]);
    case "POST notification-channels":
      return { status: 201, body: createdChannelWire.parse(create(world, draftSchema.parse(given))) };
    case "PATCH notification-channels/id":
      return { body: channelWire.parse(Object.assign(found(world.channels, id), changeSchema.parse(given))) };
    case "PUT notification-channels/id/credentials":
      return {
        body: createdChannelWire.parse({ ...found(world.channels, id), ...(JSON.stringify(given).includes("new") ? { secret: SECRET } : {}) }),
      };
    case "POST notification-channels/id/test":
      return { status: 202, body: { alert_id: idOf("alert", Number.parseInt(found(world.channels, id).id.slice(-12), 16)) } };
    case "DELETE notification-channels/id":
      world.channels = world.channels.filter((channel) => channel.id !== id);
      return { status: 204, body: null };
    case "POST alert-rules":
      return { status: 201, body: alertRuleWire.parse(addRule(world, ruleSchema.parse(given))) };
    case "PATCH alert-rules/id":
      return { body: alertRuleWire.parse(Object.assign(found(world.rules, id), z.strictObject({ enabled: z.boolean() }).parse(given))) };
    default:
      return null;
  }
}

const SECRET = `whsec_${"A".repeat(43)}=`;
const ruleSchema = z.object({ event_type: z.enum(ALERT_EVENTS), channel_id: z.string() });

function create(world: AlertsWorld, draft: z.infer<typeof draftSchema>) {
  if (draft.channel_type === "slack" && draft.credentials?.url.startsWith("https://hooks.slack.com/") !== true) {
    throw new Refusal({
      status: 400,
      code: "invalid_request",
      message: "What was sent cannot be used. credentials.url: an https address at hooks.slack.com.",
    });
  }
  const { name, channel_type, digest_minutes, credentials } = draft;
  const config = credentials === undefined ? (draft.config ?? {}) : { host: new URL(credentials.url).host };
  const made = channelOf(world.channels.length + 1, { name, channel_type, digest_minutes, config, last_sent_at: null });
  world.channels.push(made);
  for (const [no, event] of ALERT_EVENTS.entries()) world.rules.push(ruleOf(900 + no, made.id, event));
  return { ...made, ...(channel_type === "webhook" ? { secret: SECRET } : {}) };
}

function addRule(world: AlertsWorld, draft: z.infer<typeof ruleSchema>): Rule {
  const made = ruleOf(2_000 + world.rules.length, draft.channel_id, draft.event_type);
  world.rules.push(made);
  return made;
}

/** On its way at the first look; then it has come, or not where the channel fails. */
function deliveryOf(world: AlertsWorld, alertId: string): z.infer<typeof alertDeliveryWire> {
  const channel = world.channels.find((one) => one.id.slice(-12) === alertId.slice(-12));
  if (channel === undefined) throw notFound("alert");
  const looks = (world.looks.get(alertId) ?? 0) + 1;
  world.looks.set(alertId, looks);
  const isBroken = channel.failures > 0;
  const over = isBroken ? "given_up" : "sent";
  return {
    id: idOf("delivery", 1),
    alert_id: alertId,
    channel_id: channel.id,
    channel_name: channel.name,
    event_type: "test",
    job_id: null,
    connection_id: null,
    status: looks < 2 ? "waiting" : over,
    message_id: null,
    attempts: 1,
    last_error: looks >= 2 && isBroken ? channel.last_error : null,
    raised_at: agoOf(0),
    sent_at: null,
  };
}

function found<T extends { id: string }>(all: readonly T[], id: string): T {
  const hit = all.find((one) => one.id === id);
  if (hit === undefined) throw notFound("channel or rule");
  return hit;
}

function listed<T extends z.ZodType>(schema: T, all: readonly unknown[]): Answer {
  return { body: listOf(schema).parse({ data: all, next_cursor: null }) };
}
