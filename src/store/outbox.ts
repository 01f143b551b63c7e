/** Announcing: a message is a row written in the same transaction as what it is about. Never sends; only queue.ts, cron.ts and notify/ do. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import type { AlertEvent } from "../domain/alerts.ts";
import { type ChannelId, type ConnectionId, idSchema, type JobId, type OutboxId, type TenantId } from "../domain/ids.ts";
import { type JobMessageType, type Message, messageSchema } from "../domain/messages.ts";
import { outbox } from "./schema.ts";
import { acrossTenants, type DatabaseEnv, rowsOf, type Tx } from "./tenant.ts";

/** A job's next message. `delaySeconds` holds it back (a rate-limited upstream names its own delay). */
export async function announce(tx: Tx, tenantId: TenantId, message: { type: JobMessageType; jobId: JobId; delaySeconds?: number }): Promise<void> {
  const delay = message.delaySeconds ?? 0;
  await tx.insert(outbox).values({
    tenant_id: tenantId,
    message_type: message.type,
    job_id: message.jobId,
    not_before: sql`now() + make_interval(secs => ${delay})`,
  });
}

export interface Alert {
  event: AlertEvent;
  jobId?: JobId;
  connectionId?: ConnectionId;
  /** Ids and stable words, no secrets; `code` is told to people. */
  payload?: Record<string, string | number | null>;
}

/**
 * Something a person should be told. With the alert itself one delivery is written for each channel whose rules ask for it: what is to be sent is decided
 * here, in the transaction of what happened, and the message on the road is only the bell.
 */
export async function raiseAlert(tx: Tx, tenantId: TenantId, alert: Alert): Promise<void> {
  const payload = { event: alert.event, ...(alert.connectionId === undefined ? {} : { connection_id: alert.connectionId }), ...alert.payload };
  await tx.execute(sql`
    with alert as (
      insert into outbox (tenant_id, message_type, job_id, payload)
      values (${tenantId}, 'alert.raised', ${alert.jobId ?? null}, ${JSON.stringify(payload)}::jsonb) returning *),
    subject as (
      select a.*, j.id as known_job_id, k.id as known_connection_id from alert a
        left join ingestion_jobs j on j.tenant_id = a.tenant_id and j.id = a.job_id
        left join connections k on k.tenant_id = a.tenant_id and k.id = coalesce(j.connection_id, ${alert.connectionId ?? null}::uuid))
    insert into alert_deliveries (tenant_id, alert_id, channel_id, event_type, job_id, connection_id, details, raised_at)
    select distinct s.tenant_id, s.id, c.id, ${alert.event}::text, s.known_job_id, s.known_connection_id, s.payload - 'event', s.created_at
      from subject s
      join alert_rules r on r.tenant_id = s.tenant_id and r.event_type = ${alert.event} and r.enabled
       and (r.connection_id is null or r.connection_id = s.known_connection_id)
      join notification_channels c on c.tenant_id = r.tenant_id and c.id = r.channel_id and c.enabled and c.deleted_at is null`);
}

/** A person's trial of one channel: goes the whole way that an alert goes. */
export async function raiseTest(tx: Tx, tenantId: TenantId, channelId: ChannelId): Promise<OutboxId> {
  const [row] = await rowsOf(
    tx,
    sql`with alert as (
          insert into outbox (tenant_id, message_type, payload) values (${tenantId}, 'alert.raised', '{"event": "test"}') returning *)
        insert into alert_deliveries (tenant_id, alert_id, channel_id, event_type, raised_at)
        select a.tenant_id, a.id, ${channelId}::uuid, 'test', a.created_at from alert a returning alert_id as id`,
    z.object({ id: idSchema<OutboxId>() }),
  );
  if (row === undefined) throw new Error("The trial was not written.");
  return row.id;
}

/** As `raiseAlert`, but at most once a day: for what is found anew each time somebody looks. */
export async function raiseAlertDaily(tx: Tx, tenantId: TenantId, alert: Alert): Promise<void> {
  const known = sql`select 1 as one from outbox where tenant_id = ${tenantId} and message_type = 'alert.raised' and payload ->> 'event' = ${alert.event}
    and created_at > now() - interval '1 day' limit 1`;
  if ((await rowsOf(tx, known, z.object({ one: z.number() }))).length === 0) await raiseAlert(tx, tenantId, alert);
}

const unsentRow = z.object({ tenant_id: idSchema<TenantId>(), outbox_id: idSchema<OutboxId>() });

/** What is due and not sent, of all tenants, oldest first: ids only. */
export async function unsentMessages(env: DatabaseEnv, rowsMax: number): Promise<{ tenantId: TenantId; outboxId: OutboxId }[]> {
  const rows = await acrossTenants(env, (tx) => rowsOf(tx, sql`select tenant_id, outbox_id from unsent_outbox(${rowsMax})`, unsentRow));
  return rows.map((row) => ({ tenantId: row.tenant_id, outboxId: row.outbox_id }));
}

const outboxRow = z.object({ id: idSchema<OutboxId>(), tenant_id: z.string(), message_type: z.string(), job_id: z.string().nullable() });

/** The unsent messages among `ids`, locked so that two senders do not both take one. */
export async function takeUnsent(tx: Tx, ids: OutboxId[]): Promise<Message[]> {
  const rows = await rowsOf(
    tx,
    sql`select id, tenant_id, message_type, job_id from outbox
        where id = any(${sql.param(ids)}::uuid[]) and sent_at is null order by id for update skip locked`,
    outboxRow,
  );
  return rows.map((row) =>
    messageSchema.parse({ type: row.message_type, tenant_id: row.tenant_id, job_id: row.job_id ?? undefined, outbox_id: row.id }),
  );
}

/** Marks messages as sent, after the queue took them and in the same transaction that took them. */
export async function markSent(tx: Tx, ids: OutboxId[]): Promise<void> {
  await tx.execute(sql`update outbox set sent_at = now() where id = any(${sql.param(ids)}::uuid[])`);
}
