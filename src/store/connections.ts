/** Connections at rest: made, found, listed, changed, deleted (the books stay). */
import { and, desc, eq, isNull, sql } from "drizzle-orm";
import * as z from "zod";
import { type ConnectionConfig, type ConnectionType, connectionConfigSchema } from "../domain/connection.ts";
import { type ConnectionId, idSchema, type TenantId } from "../domain/ids.ts";
import { connections, ingestionJobs, rawIngestionData } from "./schema.ts";
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
  syncFrequency: "realtime" | "hourly" | "daily" | "manual";
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
  change: Partial<Pick<ConnectionRow, "name" | "config" | "sync_frequency" | "status" | "entity_id">>,
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
    .set({ deleted_at: sql`now()`, status: "inactive", credentials: null, updated_at: sql`now()` })
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

export async function listConnections(tx: Tx): Promise<ConnectionRow[]> {
  return tx.select().from(connections).where(isNull(connections.deleted_at)).orderBy(connections.name, connections.id).limit(CONNECTIONS_MAX);
}

/** 1,000 connections: the largest treasuries have some hundred bank relations. */
const CONNECTIONS_MAX = 1_000;

export interface LastJob {
  id: string;
  status: string;
  stage: string;
  file_name: string | null;
  created_at: string;
}

/** The connection's newest job with its file's name; null where it has none. */
export async function lastJobOf(tx: Tx, connectionId: string): Promise<LastJob | null> {
  const [row] = await tx
    .select({
      id: ingestionJobs.id,
      status: ingestionJobs.status,
      stage: ingestionJobs.stage,
      file_name: rawIngestionData.file_name,
      created_at: ingestionJobs.created_at,
    })
    .from(ingestionJobs)
    .leftJoin(rawIngestionData, and(eq(rawIngestionData.job_id, ingestionJobs.id), eq(rawIngestionData.page_no, 0)))
    .where(eq(ingestionJobs.connection_id, connectionId))
    .orderBy(desc(ingestionJobs.id))
    .limit(1);
  return row ?? null;
}
