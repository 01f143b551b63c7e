/** How a connection fares: what its last run or test says of it, and when it is due next. Begins nothing. */
import { eq, sql } from "drizzle-orm";
import * as z from "zod";
import { type FailureKind, NEEDS_PERSON } from "../domain/connection-health.ts";
import type { ConnectionId, TenantId } from "../domain/ids.ts";
import { failureDelaySeconds, freshUntil, nextSyncAt, SYNC_FREQUENCIES } from "../domain/schedule.ts";
import { raiseAlert } from "./outbox.ts";
import { connections } from "./schema.ts";
import { rowsOf, type Tx } from "./tenant.ts";

export interface RunFailure {
  kind: FailureKind;
  code: string;
  message: string;
  retryAfterSeconds: number | null;
  requestId: string | null;
}

/** What a failed run or test says of its connection: when it is tried again, or that a person has to act, who is then told. */
export async function noteFailure(tx: Tx, tenantId: TenantId, connectionId: ConnectionId, failure: RunFailure, now: Date): Promise<void> {
  const [before] = await rowsOf(
    tx,
    sql`select failures, status from connections where id = ${connectionId} for no key update`,
    z.object({ failures: z.number(), status: z.string() }),
  );
  if (before === undefined) return;
  const delay = failureDelaySeconds(failure.kind, before.failures + 1, failure.retryAfterSeconds);
  const needsPerson = NEEDS_PERSON.includes(failure.kind);
  await tx
    .update(connections)
    .set({
      failures: before.failures + 1,
      failure_kind: failure.kind,
      failure_code: failure.code,
      failed_at: now.toISOString(),
      last_error: failure.message,
      last_sync_at: sql`now()`,
      next_sync_at: delay === null ? null : new Date(now.getTime() + delay * 1_000).toISOString(),
      ...(needsPerson && before.status === "active" ? { status: "error" } : {}),
      updated_at: sql`now()`,
    })
    .where(eq(connections.id, connectionId));
  // Said once, when it begins to need somebody.
  if (!needsPerson || before.status !== "active") return;
  await raiseAlert(tx, tenantId, { event: "connection_needs_reauthentication", connectionId, payload: { code: failure.code } });
}

/** A fetch whose message was given up: what was the matter is not known here, and its connection has failed for now. */
export function noteGivenUp(tx: Tx, tenantId: TenantId, connectionId: ConnectionId, now: Date): Promise<void> {
  return noteFailure(tx, tenantId, connectionId, { ...GIVEN_UP, retryAfterSeconds: null, requestId: null }, now);
}

const GIVEN_UP = {
  kind: "unexpected",
  code: "gave_up",
  message:
    "Fetching failed again and again in this program and was given up. Nothing of it was booked, and what is in the books is untouched. If it lasts, tell whoever runs this installation.",
} as const;

const timetableRow = z.object({
  frequency: z.enum(SYNC_FREQUENCIES),
  hour: z.number(),
  time_zone: z.string(),
  status: z.string(),
  spread: z.coerce.number(),
});

/** When the connection is due next by its timetable; null where it is paused, broken, or a person's to start. */
export async function nextTurn(tx: Tx, connectionId: ConnectionId, now: Date): Promise<Date | null> {
  const [row] = await rowsOf(tx, sql`${timetableOf} where id = ${connectionId}`, timetableRow);
  if (row === undefined || row.status !== "active") return null;
  return nextSyncAt({ frequency: row.frequency, hour: row.hour, timeZone: row.time_zone }, now, row.spread);
}

/** Spread over the hour by the connection's own id, the same every time. */
const timetableOf = sql`select sync_frequency as frequency, sync_hour as hour, sync_time_zone as time_zone, status,
  abs(hashtextextended(id::text, 0)) % 1000 / 1000.0 as spread from connections`;

/** A run came to its end. `isFresh`: everything there is was fetched. */
export async function noteSuccess(tx: Tx, connectionId: ConnectionId, { now, isFresh }: { now: Date; isFresh: boolean }): Promise<void> {
  const [row] = await rowsOf(tx, sql`${timetableOf} where id = ${connectionId}`, timetableRow);
  if (row === undefined) return;
  const timetable = { frequency: row.frequency, hour: row.hour, timeZone: row.time_zone };
  const next = row.status === "inactive" ? null : nextSyncAt(timetable, now, row.spread);
  const soon = new Date(now.getTime() + NOT_READY_MS);
  const until = freshUntil(row.frequency, now);
  await tx
    .update(connections)
    .set({
      failures: 0,
      failure_kind: null,
      failure_code: null,
      failed_at: null,
      last_error: null,
      last_sync_at: sql`now()`,
      ...(isFresh ? { last_success_at: sql`now()`, fresh_until: until?.toISOString() ?? null } : {}),
      next_sync_at: (isFresh ? next : soon)?.toISOString() ?? null,
      ...(row.status === "error" || row.status === "pending_setup" ? { status: "active" } : {}),
      updated_at: sql`now()`,
    })
    .where(eq(connections.id, connectionId));
}

/** 5 minutes: how long a provider takes, as a rule, to prepare what it has just been connected to. */
const NOT_READY_MS = 5 * 60_000;
