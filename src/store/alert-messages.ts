/** Messages on their way to a channel: taken by one sender at a time, noted as sent or failed. Never sends. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import { type AlertContent, type AlertLine, CHANNEL_TYPES, DELIVERED_EVENTS, maskedName } from "../domain/alerts.ts";
import { type AlertMessageId, type ChannelId, type ConnectionId, idSchema, type JobId, type OutboxId, type TenantId } from "../domain/ids.ts";
import type { Sealed } from "../domain/stored.ts";
import { acrossTenants, type DatabaseEnv, rowsOf, type Tx } from "./tenant.ts";

/** 90 s: nine recipients at their ten seconds each; a sender that takes longer has been killed. */
const LEASE_SECONDS = 90;
/** 200 alerts × ~0.4 KB = 80 KB of JSON: what every receiver takes. What waits behind them goes out right after. */
const ALERTS_MAX = 200;
/** 72 hours: over a weekend somebody notices that a channel is broken; its alerts stay readable on the page all the same. */
const GIVE_UP_HOURS = 72;

const channelRow = z.object({ tenant_id: idSchema<TenantId>(), channel_id: idSchema<ChannelId>() });

/** Channels of all tenants whose turn it is, longest waiting first: ids only. */
export async function dueChannels(env: DatabaseEnv, channelsMax: number): Promise<{ tenantId: TenantId; channelId: ChannelId }[]> {
  const rows = await acrossTenants(env, (tx) => rowsOf(tx, sql`select tenant_id, channel_id from due_alert_channels(${channelsMax})`, channelRow));
  return rows.map((row) => ({ tenantId: row.tenant_id, channelId: row.channel_id }));
}

/** The channels that one alert waits for. */
export async function channelsOfAlert(tx: Tx, alertId: OutboxId): Promise<ChannelId[]> {
  const row = z.object({ channel_id: idSchema<ChannelId>() });
  const query = sql`select channel_id from alert_deliveries where tenant_id = current_tenant() and alert_id = ${alertId} and message_id is null`;
  return (await rowsOf(tx, query, row)).map((found) => found.channel_id);
}

/** A channel's message in one sender's hands. */
export interface TakenMessage {
  id: AlertMessageId;
  channelId: ChannelId;
  channelType: (typeof CHANNEL_TYPES)[number];
  config: Record<string, unknown>;
  credentials: Sealed | null;
  isTest: boolean;
  content: AlertContent;
  createdAt: string;
  recipientsDone: string[];
  /** How often the channel has failed since it last worked. */
  failures: number;
  leaseEpoch: number;
}

const sealedShape: z.ZodType<Sealed> = z.object({
  v: z.literal(1),
  key_id: z.string(),
  wrap_iv: z.string(),
  wrapped_key: z.string(),
  iv: z.string(),
  ciphertext: z.string(),
});

const leasedRow = z.object({
  channel_type: z.enum(CHANNEL_TYPES),
  config: z.record(z.string(), z.unknown()),
  credentials: sealedShape.nullable(),
  failures: z.coerce.number(),
  lease_epoch: z.coerce.number(),
  is_due: z.boolean(),
});

/**
 * The channel's next message, with the channel leased: first a trial, then what is under way already, then all that waits as one new message.
 * Null where it is not the channel's turn, somebody else is sending to it, or nothing waits.
 */
export async function takeMessage(tx: Tx, channelId: ChannelId): Promise<TakenMessage | null> {
  const [channel] = await rowsOf(
    tx,
    sql`update notification_channels c set lease_epoch = lease_epoch + 1, lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
         where tenant_id = current_tenant() and id = ${channelId} and enabled and deleted_at is null and coalesce(lease_until, '-infinity') < now()
           and (next_message_at <= now()
             or exists (select from alert_deliveries d where d.tenant_id = c.tenant_id and d.channel_id = c.id and d.message_id is null and d.event_type = 'test')
             or exists (select from alert_messages m where m.tenant_id = c.tenant_id and m.channel_id = c.id and m.status = 'open' and m.is_test))
         returning channel_type, config, credentials, failures, lease_epoch, next_message_at <= now() as is_due`,
    leasedRow,
  );
  if (channel === undefined) return null;
  const message = (await nextOf(tx, channelId, true)) ?? (channel.is_due ? await nextOf(tx, channelId, false) : null);
  if (message === null) {
    await tx.execute(sql`update notification_channels set lease_until = null where tenant_id = current_tenant() and id = ${channelId}`);
    return null;
  }
  const { channel_type: channelType, config, credentials, failures, lease_epoch: leaseEpoch } = channel;
  return { ...message, channelId, channelType, config, credentials, failures, leaseEpoch };
}

type Message = Pick<TakenMessage, "id" | "isTest" | "content" | "createdAt" | "recipientsDone">;

const lineShape: z.ZodType<AlertLine> = z.object({
  id: idSchema<OutboxId>(),
  event: z.enum(DELIVERED_EVENTS),
  about: z.string().nullable(),
  code: z.string().nullable(),
  job_id: idSchema<JobId>().nullable(),
  connection_id: idSchema<ConnectionId>().nullable(),
  raised_at: z.string(),
});
export const contentShape: z.ZodType<AlertContent> = z.object({ alerts: z.array(lineShape) });

const messageRow = z.object({
  id: idSchema<AlertMessageId>(),
  is_test: z.boolean(),
  content: contentShape,
  created_at: z.string(),
  recipients_done: z.array(z.string()),
});

const MESSAGE_COLUMNS = sql`id, is_test, content, to_json(created_at) #>> '{}' as created_at, recipients_done`;

async function nextOf(tx: Tx, channelId: ChannelId, isTest: boolean): Promise<Message | null> {
  return (await underWay(tx, channelId, isTest)) ?? compose(tx, channelId, isTest);
}

/** A message whose sender failed or was killed goes out again as it was, under the same id. */
async function underWay(tx: Tx, channelId: ChannelId, isTest: boolean): Promise<Message | null> {
  const [row] = await rowsOf(
    tx,
    sql`update alert_messages set attempts = attempts + 1
         where tenant_id = current_tenant() and channel_id = ${channelId} and status = 'open' and is_test = ${isTest}
        returning ${MESSAGE_COLUMNS}`,
    messageRow,
  );
  return row === undefined ? null : asMessage(row);
}

const waitingRow = z.object({
  delivery_id: z.uuid(),
  alert_id: idSchema<OutboxId>(),
  event_type: z.enum(DELIVERED_EVENTS),
  job_id: idSchema<JobId>().nullable(),
  connection_id: idSchema<ConnectionId>().nullable(),
  code: z.string().nullable(),
  raised_at: z.string(),
  file_name: z.string().nullable(),
  connection_name: z.string().nullable(),
});

/** Makes one message of all that waits (trials apart), oldest first. */
async function compose(tx: Tx, channelId: ChannelId, isTest: boolean): Promise<Message | null> {
  const waiting = await rowsOf(
    tx,
    sql`select d.id as delivery_id, d.alert_id, d.event_type, d.job_id, d.connection_id, d.details ->> 'code' as code,
               to_json(d.raised_at) #>> '{}' as raised_at, f.file_name, k.name as connection_name
          from alert_deliveries d
          left join connections k on k.tenant_id = d.tenant_id and k.id = d.connection_id
          left join lateral (select r.file_name from raw_ingestion_data r where r.tenant_id = d.tenant_id and r.job_id = d.job_id
                              order by r.page_no limit 1) f on true
         where d.tenant_id = current_tenant() and d.channel_id = ${channelId} and d.message_id is null and (d.event_type = 'test') = ${isTest}
         order by d.id limit ${ALERTS_MAX}`,
    waitingRow,
  );
  if (waiting.length === 0) return null;
  const content: AlertContent = { alerts: waiting.map(lineOf) };
  const [row] = await rowsOf(
    tx,
    sql`insert into alert_messages (tenant_id, channel_id, is_test, content, alert_count, attempts)
        values (current_tenant(), ${channelId}, ${isTest}, ${JSON.stringify(content)}::jsonb, ${waiting.length}, 1) returning ${MESSAGE_COLUMNS}`,
    messageRow,
  );
  if (row === undefined) throw new Error("The message was not written.");
  const ids = waiting.map((each) => each.delivery_id);
  await tx.execute(
    sql`update alert_deliveries set message_id = ${row.id} where tenant_id = current_tenant() and id = any(${sql.param(ids)}::uuid[])`,
  );
  return asMessage(row);
}

function asMessage(row: z.infer<typeof messageRow>): Message {
  return { id: row.id, isTest: row.is_test, content: row.content, createdAt: row.created_at, recipientsDone: row.recipients_done };
}

function lineOf(row: z.infer<typeof waitingRow>): AlertLine {
  const from = row.connection_name === null ? null : `from ${maskedName(row.connection_name)}`;
  const about = [row.file_name === null ? null : maskedName(row.file_name), from].filter((part) => part !== null).join(" ");
  return {
    id: row.alert_id,
    event: row.event_type,
    about: about === "" ? null : about,
    code: row.code,
    job_id: row.job_id,
    connection_id: row.connection_id,
    raised_at: row.raised_at,
  };
}

/** What came of an attempt. `recipientsDone` are those who have the message, now and before. */
export type AttemptOutcome =
  | { as: "sent" | "shown"; recipientsDone: string[]; warning: { code: string; message: string } | null }
  | { as: "failed"; code: string; message: string; retrySeconds: number; recipientsDone: string[] };

/**
 * Notes the outcome and gives the channel back. A message that was sent is noted as sent whoever holds the channel by now; the channel's own state is
 * written only by who still has the lease.
 */
export async function noteAttempt(tx: Tx, taken: TakenMessage, outcome: AttemptOutcome): Promise<void> {
  await (outcome.as === "failed" ? noteFailure(tx, taken, outcome) : noteSuccess(tx, taken, outcome));
}

async function noteSuccess(tx: Tx, taken: TakenMessage, outcome: Extract<AttemptOutcome, { as: "sent" | "shown" }>): Promise<void> {
  const { warning } = outcome;
  await tx.execute(sql`
    update alert_messages set status = ${outcome.as}, sent_at = now(), recipients_done = ${sql.param(outcome.recipientsDone)}::text[],
           last_error_code = ${warning?.code ?? null}, last_error = ${warning?.message ?? null}
     where tenant_id = current_tenant() and id = ${taken.id} and status = 'open'`);
  // After a message a channel is left in peace for its digest's time, unless there is more than one message holds. A trial that worked ends any waiting.
  const hasRoom = taken.content.alerts.length < ALERTS_MAX;
  await tx.execute(sql`
    update notification_channels set lease_until = null, failures = 0, last_sent_at = now(), last_error_code = ${warning?.code ?? null},
           last_error = ${warning?.message ?? null}, last_error_at = case when ${warning !== null} then now() end,
           next_message_at = case when ${!taken.isTest && hasRoom} then now() + make_interval(mins => digest_minutes)
                                  when failures > 0 or not ${taken.isTest} then now() else next_message_at end
     where tenant_id = current_tenant() and id = ${taken.channelId} and lease_epoch = ${taken.leaseEpoch}`);
}

async function noteFailure(tx: Tx, taken: TakenMessage, outcome: Extract<AttemptOutcome, { as: "failed" }>): Promise<void> {
  // A trial is tried once: somebody is looking at it.
  await tx.execute(sql`
    update alert_messages set last_error_code = ${outcome.code}, last_error = ${outcome.message},
           recipients_done = ${sql.param(outcome.recipientsDone)}::text[],
           status = case when is_test or created_at < now() - make_interval(hours => ${GIVE_UP_HOURS}) then 'given_up' else status end
     where tenant_id = current_tenant() and id = ${taken.id} and status = 'open'`);
  await tx.execute(sql`
    update notification_channels set lease_until = null, last_error_code = ${outcome.code}, last_error = ${outcome.message}, last_error_at = now(),
           failures = failures + case when ${taken.isTest} then 0 else 1 end,
           next_message_at = case when ${taken.isTest} then next_message_at else now() + make_interval(secs => ${outcome.retrySeconds}) end
     where tenant_id = current_tenant() and id = ${taken.channelId} and lease_epoch = ${taken.leaseEpoch}`);
}
