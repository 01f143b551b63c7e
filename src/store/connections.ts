/** Connections at rest: made, found, listed, changed, deleted (the books stay). */
import { and, eq, isNull, sql } from "drizzle-orm";
import * as z from "zod";
import { type ConnectionConfig, type ConnectionType, connectionConfigSchema } from "../domain/connection.ts";
import { type ConnectionId, idSchema, type TenantId } from "../domain/ids.ts";
import type { SyncFrequency } from "../domain/schedule.ts";
import type { StoredProviderAccount } from "../domain/stored.ts";
import { connections } from "./schema.ts";
import { rowsOf, type Tx } from "./tenant.ts";

export type ConnectionRow = typeof connections.$inferSelect;

/** Where a file may go: the named connection, or the tenant's default one for files, made at its first use. Null where the named one is not there. */
export async function findReceivingConnection(tx: Tx, tenantId: TenantId, id: ConnectionId | null): Promise<{ id: ConnectionId } | null> {
  const found = await tx
    .select({ id: connections.id })
    .from(connections)
    .where(and(id === null ? eq(connections.is_default, true) : eq(connections.id, id), isNull(connections.deleted_at)))
    .limit(1);
  if (found[0]) return { id: idSchema<ConnectionId>().parse(found[0].id) };
  if (id !== null) return null;
  return { id: await makeDefaultConnection(tx, tenantId) };
}

async function makeDefaultConnection(tx: Tx, tenantId: TenantId): Promise<ConnectionId> {
  const [row] = await rowsOf(
    tx,
    sql`insert into connections (tenant_id, name, connection_type, status, is_default) values (${tenantId}, 'Uploaded files', 'file', 'active', true)
        on conflict (tenant_id) where is_default and deleted_at is null do update set updated_at = now() returning id`,
    z.object({ id: idSchema<ConnectionId>() }),
  );
  return idSchema<ConnectionId>().parse(row?.id);
}

/** The settings a job's parsing and importing take from its connection. */
export async function connectionConfig(tx: Tx, connectionId: string): Promise<ConnectionConfig> {
  const [row] = await tx.select({ config: connections.config }).from(connections).where(eq(connections.id, connectionId));
  return connectionConfigSchema.parse(row?.config ?? {});
}

/** The one that takes uploads which name no connection: files of any bank. */
export async function isDefaultConnection(tx: Tx, connectionId: string): Promise<boolean> {
  return (await tx.$count(connections, and(eq(connections.id, connectionId), eq(connections.is_default, true)))) > 0;
}

export interface NewConnection {
  tenantId: TenantId;
  name: string;
  connectionType: ConnectionType;
  config: ConnectionConfig;
  syncFrequency: SyncFrequency;
  syncHour: number;
  syncTimeZone: string;
  status: "active" | "pending_setup";
  entityId: string | null;
  createdBy: string | null;
}

export async function insertConnection(tx: Tx, connection: NewConnection): Promise<ConnectionRow> {
  const [row] = await tx
    .insert(connections)
    .values({
      tenant_id: connection.tenantId,
      name: connection.name,
      connection_type: connection.connectionType,
      config: connection.config,
      sync_frequency: connection.syncFrequency,
      sync_hour: connection.syncHour,
      sync_time_zone: connection.syncTimeZone,
      status: connection.status,
      entity_id: connection.entityId,
      created_by: connection.createdBy,
    })
    .returning();
  if (!row) throw new Error("An insert gave no row back.");
  return row;
}

/** Changes what is given; null where the connection is not there. */
export async function updateConnection(
  tx: Tx,
  id: ConnectionId,
  change: Partial<
    Pick<
      ConnectionRow,
      | "name"
      | "config"
      | "sync_frequency"
      | "sync_hour"
      | "sync_time_zone"
      | "status"
      | "entity_id"
      | "next_sync_at"
      | "fresh_until"
      | "expires_at"
      | "sync_cursor"
      | "failure_kind"
      | "failure_code"
      | "failed_at"
      | "failures"
      | "last_error"
    >
  >,
): Promise<ConnectionRow | null> {
  const [row] = await tx
    .update(connections)
    .set({ ...change, updated_at: sql`now()` })
    .where(and(eq(connections.id, id), isNull(connections.deleted_at)))
    .returning();
  return row ?? null;
}

/** Hides the connection and lets no more files in; everything it brought stays. False where it is not there. */
export async function deleteConnection(tx: Tx, id: ConnectionId): Promise<boolean> {
  const rows = await tx
    .update(connections)
    .set({ deleted_at: sql`now()`, status: "inactive", credentials: null, next_sync_at: null, updated_at: sql`now()` })
    .where(and(eq(connections.id, id), isNull(connections.deleted_at)))
    .returning({ id: connections.id });
  return rows.length === 1;
}

export async function findConnection(tx: Tx, id: ConnectionId): Promise<ConnectionRow | null> {
  const [row] = await tx
    .select()
    .from(connections)
    .where(and(eq(connections.id, id), isNull(connections.deleted_at)));
  return row ?? null;
}

/** What the last look at it said. */
export async function noteTest(
  tx: Tx,
  id: ConnectionId,
  test: { ok: true; message: string; expiresAt: string | null; accounts: StoredProviderAccount[]; identity: string } | { ok: false; message: string },
): Promise<void> {
  const found = test.ok ? { expires_at: test.expiresAt, provider_accounts: test.accounts, provider_key: test.identity } : {};
  await tx
    .update(connections)
    .set({ tested_at: sql`now()`, test_ok: test.ok, test_message: test.message, ...found, updated_at: sql`now()` })
    .where(eq(connections.id, id));
}
