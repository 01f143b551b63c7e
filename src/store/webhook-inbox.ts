/** The webhook inbox: each event once, however often and in whatever order it comes. Keeps what arrived; what follows from it is the caller's. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import type { BellEffect } from "../domain/connection-health.ts";
import { BELL_EFFECTS } from "../domain/connection-health.ts";
import { type ConnectionId, idSchema, type JobId, type TenantId } from "../domain/ids.ts";
import type { Json } from "../domain/stored.ts";
import { rowsOf, type Tx } from "./tenant.ts";

export interface ArrivedEvent {
  /** Null: of an item that nobody owns yet. */
  tenantId: TenantId | null;
  connectionId: ConnectionId | null;
  provider: string;
  eventId: string;
  eventType: string;
  effect: BellEffect;
  code: string | null;
  payload: Json;
}

/** Keeps the event; `isFirst` false where it was here before. */
export async function keepEvent(tx: Tx, event: ArrivedEvent): Promise<{ id: string; isFirst: boolean }> {
  const [row] = await rowsOf(
    tx,
    sql`insert into webhook_events (tenant_id, connection_id, provider, event_id, event_type, effect, code, payload)
        values (${event.tenantId}, ${event.connectionId}, ${event.provider}, ${event.eventId}, ${event.eventType}, ${event.effect}, ${event.code}, ${JSON.stringify(event.payload)}::jsonb)
        on conflict (tenant_id, provider, event_id) do update set deliveries = webhook_events.deliveries + 1, last_delivered_at = now()
        returning id, xmax = 0 as is_first`,
    z.object({ id: z.string(), is_first: z.boolean() }),
  );
  if (row === undefined) throw new Error("The event was not kept.");
  return { id: row.id, isFirst: row.is_first };
}

/** An event of nobody's yet: kept once, read by nobody but an operator. */
export async function keepUnownedEvent(tx: Tx, event: Omit<ArrivedEvent, "tenantId" | "connectionId">): Promise<void> {
  await tx.execute(sql`
    insert into webhook_events (provider, event_id, event_type, effect, code, payload)
    values (${event.provider}, ${event.eventId}, ${event.eventType}, ${event.effect}, ${event.code}, ${JSON.stringify(event.payload)}::jsonb)
    on conflict do nothing`);
}

export async function markProcessed(tx: Tx, id: string, jobId: JobId | null): Promise<void> {
  await tx.execute(sql`update webhook_events set processed_at = now(), job_id = coalesce(${jobId}::uuid, job_id) where id = ${id}`);
}

const replayRow = z.object({
  id: z.string(),
  connection_id: idSchema<ConnectionId>().nullable(),
  effect: z.enum(BELL_EFFECTS),
  code: z.string().nullable(),
});

/** Marks the event as sent on once more by a person; null where there is none. */
export async function replayEvent(tx: Tx, id: string): Promise<z.infer<typeof replayRow> | null> {
  const query = sql`update webhook_events set replayed_at = now() where id = ${id} and tenant_id = current_tenant() returning id, connection_id, effect, code`;
  return (await rowsOf(tx, query, replayRow))[0] ?? null;
}
