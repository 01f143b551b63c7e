/** What was told to whom: messages and deliveries, read for people. Never written from here. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import { type AlertMessageStatus, MESSAGE_STATUSES } from "../domain/alerts.ts";
import type { AlertMessageId, ChannelId } from "../domain/ids.ts";
import { contentShape } from "./alert-messages.ts";
import { rowsOf, type Tx } from "./tenant.ts";

const messageRow = z.object({
  id: z.string(),
  channel_id: z.string(),
  channel_name: z.string(),
  channel_type: z.string(),
  is_test: z.boolean(),
  status: z.enum(MESSAGE_STATUSES),
  content: contentShape,
  alert_count: z.number(),
  attempts: z.number(),
  last_error_code: z.string().nullable(),
  last_error: z.string().nullable(),
  created_at: z.string(),
  sent_at: z.string().nullable(),
});

interface MessagePage {
  cursor: string | undefined;
  limit: number;
  channelId: ChannelId | undefined;
  status: AlertMessageStatus | undefined;
}

/** Messages, newest first, removed channels' too. */
export function listMessages(tx: Tx, { cursor, limit, channelId, status }: MessagePage): Promise<z.infer<typeof messageRow>[]> {
  return rowsOf(
    tx,
    sql`select m.id, m.channel_id, c.name as channel_name, c.channel_type, m.is_test, m.status, m.content, m.alert_count, m.attempts, m.last_error_code,
               m.last_error, to_json(m.created_at) #>> '{}' as created_at, to_json(m.sent_at) #>> '{}' as sent_at
          from alert_messages m join notification_channels c on c.tenant_id = m.tenant_id and c.id = m.channel_id
         where m.tenant_id = current_tenant() and (${cursor ?? null}::uuid is null or m.id < ${cursor ?? null}::uuid)
           and (${channelId ?? null}::uuid is null or m.channel_id = ${channelId ?? null}::uuid) and (${status ?? null}::text is null or m.status = ${status ?? null}::text)
         order by m.id desc limit ${limit}`,
    messageRow,
  );
}

const deliveryRow = z.object({
  id: z.string(),
  alert_id: z.string(),
  channel_id: z.string(),
  channel_name: z.string(),
  event_type: z.string(),
  job_id: z.string().nullable(),
  connection_id: z.string().nullable(),
  status: z.string(),
  message_id: z.string().nullable(),
  attempts: z.number(),
  last_error_code: z.string().nullable(),
  last_error: z.string().nullable(),
  raised_at: z.string(),
  sent_at: z.string().nullable(),
});

interface DeliveryPage {
  cursor: string | undefined;
  limit: number;
  channelId: ChannelId | undefined;
  messageId: AlertMessageId | undefined;
  alertId: string | undefined;
}

/** One row for each alert and channel, newest first. `waiting`: no message has been made of it yet. */
export function listDeliveries(tx: Tx, { cursor, limit, channelId, messageId, alertId }: DeliveryPage): Promise<z.infer<typeof deliveryRow>[]> {
  return rowsOf(
    tx,
    sql`select d.id, d.alert_id, d.channel_id, c.name as channel_name, d.event_type, d.job_id, d.connection_id, coalesce(m.status, 'waiting') as status,
               d.message_id, coalesce(m.attempts, 0) as attempts, m.last_error_code, m.last_error,
               to_json(d.raised_at) #>> '{}' as raised_at, to_json(m.sent_at) #>> '{}' as sent_at
          from alert_deliveries d
          join notification_channels c on c.tenant_id = d.tenant_id and c.id = d.channel_id
          left join alert_messages m on m.tenant_id = d.tenant_id and m.id = d.message_id
         where d.tenant_id = current_tenant() and (${cursor ?? null}::uuid is null or d.id < ${cursor ?? null}::uuid)
           and (${channelId ?? null}::uuid is null or d.channel_id = ${channelId ?? null}::uuid)
           and (${messageId ?? null}::uuid is null or d.message_id = ${messageId ?? null}::uuid)
           and (${alertId ?? null}::uuid is null or d.alert_id = ${alertId ?? null}::uuid)
         order by d.id desc limit ${limit}`,
    deliveryRow,
  );
}
