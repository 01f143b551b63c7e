/** Announcing: a message is a row written in the same transaction as what it is about. Never sends; only queue.ts and cron.ts do. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import { idSchema, type JobId, type OutboxId, type TenantId } from "../domain/ids.ts";
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

/** Something a person should be told. `payload` holds ids and stable words, no secrets. */
export async function raiseAlert(
  tx: Tx,
  tenantId: TenantId,
  alert: { event: string; jobId?: JobId; payload?: Record<string, string | number | null> },
): Promise<void> {
  await tx.insert(outbox).values({
    tenant_id: tenantId,
    message_type: "alert.raised",
    job_id: alert.jobId ?? null,
    payload: { event: alert.event, ...alert.payload },
  });
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
