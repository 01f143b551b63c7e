/** A connection's secrets at rest: sealed when they are set, opened for the one who fetches. Never part of what a connection answers. */
import { and, eq, isNull, sql } from "drizzle-orm";
import type { ConnectionId, TenantId, UserId } from "../domain/ids.ts";
import { notFound } from "../domain/refusal.ts";
import type { Json, Sealed } from "../domain/stored.ts";
import { connections } from "./schema.ts";
import type { Tx } from "./tenant.ts";
import { open, type Place, seal, type VaultEnv } from "./vault.ts";

/** Where a connection's secrets belong; they open nowhere else. */
export function credentialsPlace(tenantId: TenantId, id: ConnectionId): Place {
  return { tenantId, record: `connections/${id}/credentials` };
}

/** Seals the secrets in place of those that were there, and notes who set them. */
export async function setCredentials(
  tx: Tx,
  env: VaultEnv,
  set: { tenantId: TenantId; id: ConnectionId; credentials: { [key: string]: Json }; userId: UserId | null },
): Promise<void> {
  await tx
    .update(connections)
    .set({
      credentials: await seal(env, credentialsPlace(set.tenantId, set.id), JSON.stringify(set.credentials)),
      credentials_set_at: sql`now()`,
      credentials_set_by: set.userId,
      updated_at: sql`now()`,
    })
    .where(and(eq(connections.id, set.id), isNull(connections.deleted_at)));
}

/** What a session is made of. `credentials` are what was set, or null; hand them on as a Secret. Throws a Refusal where the connection is not there. */
export async function openCredentials(
  tx: Tx,
  env: VaultEnv,
  tenantId: TenantId,
  id: ConnectionId,
): Promise<{ connectionId: ConnectionId; config: { [key: string]: unknown }; credentials: unknown }> {
  const [row] = await tx.select({ sealed: connections.credentials, config: connections.config }).from(connections).where(eq(connections.id, id));
  if (row === undefined) throw notFound("connection");
  return { connectionId: id, config: row.config, credentials: await openSealed(env, { tenantId, id, sealed: row.sealed }) };
}

/** What was set, of a connection's row that was read already; null where nothing was. Hand it on as a Secret. */
export async function openSealed(env: VaultEnv, kept: { tenantId: TenantId; id: ConnectionId; sealed: Sealed | null }): Promise<unknown> {
  if (kept.sealed === null) return null;
  return JSON.parse((await open(env, credentialsPlace(kept.tenantId, kept.id), kept.sealed)).reveal());
}
