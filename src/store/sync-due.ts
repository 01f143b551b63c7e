/** Which connections, of all companies, something is due for: ids only, from the definer functions of the migrations. */
import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import { HOUSE } from "../domain/actor.ts";
import { type ConnectionId, idSchema, type TenantId } from "../domain/ids.ts";
import { connections } from "./schema.ts";
import { nextTurn } from "./sync-health.ts";
import { startSync } from "./sync-turns.ts";
import { acrossTenants, type DatabaseEnv, rowsOf, type Tx } from "./tenant.ts";

const dueRow = z.object({ tenant_id: idSchema<TenantId>(), connection_id: idSchema<ConnectionId>() });
type Due = { tenantId: TenantId; connectionId: ConnectionId };

/** Connections of all tenants: ids only. */
const dueBy = (env: DatabaseEnv, query: SQL): Promise<Due[]> => acrossTenants(env, (tx) => connectionsBy(tx, query));

async function connectionsBy(tx: Tx, query: SQL): Promise<Due[]> {
  const rows = await rowsOf(tx, query, dueRow);
  return rows.map((row) => ({ tenantId: row.tenant_id, connectionId: row.connection_id }));
}

/** Whose turn it is by the timetable, fairly by company. */
export const dueSyncs = (env: DatabaseEnv, max: number): Promise<Due[]> => dueBy(env, sql`select tenant_id, connection_id from due_syncs(${max})`);

/** Whose last look was a day ago. */
export const dueTests = (env: DatabaseEnv, max: number): Promise<Due[]> =>
  dueBy(env, sql`select tenant_id, connection_id from due_connection_tests(${max})`);

/** Whose data is older than it should be. */
export const staleConnections = (env: DatabaseEnv, max: number): Promise<Due[]> =>
  dueBy(env, sql`select tenant_id, connection_id from stale_connections(${max})`);

/** Runs that wait for nobody any more. */
export const wakeableSyncs = (env: DatabaseEnv, max: number): Promise<Due[]> =>
  dueBy(env, sql`select tenant_id, connection_id from wakeable_syncs(${max})`);

/** A due connection begins its run, and its next turn is set before the run says otherwise. */
export async function startDue(tx: Tx, { tenantId, connectionId }: Due, now: Date): Promise<void> {
  const next = await nextTurn(tx, connectionId, now);
  const taken = await tx
    .update(connections)
    .set({ next_sync_at: next?.toISOString() ?? null })
    .where(
      and(
        eq(connections.id, connectionId),
        isNull(connections.deleted_at),
        eq(connections.status, "active"),
        sql`${connections.next_sync_at} <= now()`,
      ),
    )
    .returning({ id: connections.id });
  if (taken.length > 0) await startSync(tx, { tenantId, connectionId, trigger: "schedule", actor: HOUSE });
}

/** Connections, of whatever company, that are to what the provider names. */
export const ownersOfProvider = (tx: Tx, identity: string): Promise<Due[]> =>
  connectionsBy(tx, sql`select tenant_id, connection_id from connections_of_provider(${identity})`);

/** Whose the connection is; null where there is none. */
export async function tenantOfConnection(tx: Tx, id: ConnectionId): Promise<{ tenantId: TenantId } | null> {
  const query = sql`select tenant_of_connection(${id}) as tenant_id`;
  const [row] = await rowsOf(tx, query, z.object({ tenant_id: idSchema<TenantId>().nullable() }));
  return row === undefined || row.tenant_id === null ? null : { tenantId: row.tenant_id };
}
