/** Channels, rules, messages and deliveries as they go over the wire. No secret has a place in any of them. */
import { z } from "@hono/zod-openapi";
import { ALERT_EVENTS, CHANNEL_TYPES, DELIVERED_EVENTS, MESSAGE_STATUSES } from "../domain/alerts.ts";

const instant = z.iso.datetime({ offset: true }).openapi({ example: "2026-03-01T23:59:59Z" });
const uuid = z.uuid();

export const channelWire = z
  .object({
    id: uuid,
    name: z.string(),
    channel_type: z.enum(CHANNEL_TYPES),
    config: z
      .record(z.string(), z.unknown())
      .openapi({ description: "email: recipients; webhook: the host of its address. The address itself is a secret." }),
    credentials: z.object({ set: z.boolean(), set_at: instant.nullable(), set_by: uuid.nullable() }),
    enabled: z.boolean(),
    digest_minutes: z.number().int().openapi({ description: "After a message, what is raised within so many minutes goes out together." }),
    waiting: z.number().int().openapi({ description: "Alerts that are not sent yet." }),
    failures: z.number().int().openapi({ description: "Attempts that failed since the last one that worked." }),
    next_message_at: instant.openapi({ description: "Not before then; while nothing waits it has no meaning." }),
    last_sent_at: instant.nullable(),
    last_error: z.object({ code: z.string(), message: z.string(), at: instant.nullable() }).nullable(),
    created_by: uuid.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .openapi("NotificationChannel");

export const createdChannelWire = channelWire
  .extend({
    secret: z.string().optional().openapi({ description: "A webhook's signing secret where it was made here: shown this once.", example: "whsec_…" }),
  })
  .openapi("CreatedNotificationChannel");

export const alertRuleWire = z
  .object({
    id: uuid,
    event_type: z.enum(ALERT_EVENTS),
    channel_id: uuid,
    connection_id: uuid.nullable().openapi({ description: "Null: every connection." }),
    enabled: z.boolean(),
    created_by: uuid.nullable(),
    created_at: instant,
  })
  .openapi("AlertRule");

const lastError = z.object({ code: z.string(), message: z.string() }).nullable();

export const alertMessageWire = z
  .object({
    id: uuid,
    channel_id: uuid,
    channel_name: z.string(),
    channel_type: z.enum(CHANNEL_TYPES),
    is_test: z.boolean(),
    status: z.enum(MESSAGE_STATUSES).openapi({ description: "open: tried again; shown: a local run, which sends nothing." }),
    subject: z.string(),
    sections: z.array(
      z.object({ title: z.string(), lines: z.array(z.object({ text: z.string(), path: z.string().nullable() })), more: z.number().int() }),
    ),
    alert_count: z.number().int(),
    attempts: z.number().int(),
    last_error: lastError,
    created_at: instant,
    sent_at: instant.nullable(),
  })
  .openapi("AlertMessage");

export const alertDeliveryWire = z
  .object({
    id: uuid,
    alert_id: uuid,
    channel_id: uuid,
    channel_name: z.string(),
    event_type: z.enum(DELIVERED_EVENTS),
    job_id: uuid.nullable(),
    connection_id: uuid.nullable(),
    status: z.enum(["waiting", ...MESSAGE_STATUSES]),
    message_id: uuid.nullable(),
    attempts: z.number().int(),
    last_error: lastError,
    raised_at: instant,
    sent_at: instant.nullable(),
  })
  .openapi("AlertDelivery");
