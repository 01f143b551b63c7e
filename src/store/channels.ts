/** Notification channels at rest: made, listed, changed, emptied. Secrets go into the vault and come out only for the sender. */
import { and, eq, isNull, sql } from "drizzle-orm";
import * as z from "zod";
import type { ChannelType } from "../domain/alerts.ts";
import { type ChannelId, idSchema, type TenantId, type UserId } from "../domain/ids.ts";
import type { Json } from "../domain/stored.ts";
import { notificationChannels } from "./schema.ts";
import { rowsOf, type Tx } from "./tenant.ts";
import { open, type Place, seal, type VaultEnv } from "./vault.ts";

/** Where a channel's secrets belong; they open nowhere else. */
export function channelPlace(tenantId: TenantId, id: ChannelId): Place {
  return { tenantId, record: `notification_channels/${id}/credentials` };
}

const channelRow = z.object({
  id: idSchema<ChannelId>(),
  name: z.string(),
  channel_type: z.string(),
  config: z.record(z.string(), z.unknown()),
  has_credentials: z.boolean(),
  credentials_set_at: z.string().nullable(),
  credentials_set_by: z.string().nullable(),
  enabled: z.boolean(),
  digest_minutes: z.number(),
  waiting: z.coerce.number(),
  next_message_at: z.string(),
  failures: z.number(),
  last_error_code: z.string().nullable(),
  last_error: z.string().nullable(),
  last_error_at: z.string().nullable(),
  last_sent_at: z.string().nullable(),
  created_by: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type ChannelRow = z.infer<typeof channelRow>;

const iso = (column: string) => sql.raw(`to_json(c.${column}) #>> '{}' as ${column}`);

const COLUMNS = sql`c.id, c.name, c.channel_type, c.config, c.credentials is not null as has_credentials, ${iso("credentials_set_at")}, c.credentials_set_by,
  c.enabled, c.digest_minutes, ${iso("next_message_at")}, c.failures, c.last_error_code, c.last_error, ${iso("last_error_at")}, ${iso("last_sent_at")},
  c.created_by, ${iso("created_at")}, ${iso("updated_at")},
  (select count(*) from alert_deliveries d left join alert_messages m on m.tenant_id = d.tenant_id and m.id = d.message_id
    where d.tenant_id = c.tenant_id and d.channel_id = c.id and (d.message_id is null or m.status = 'open')) as waiting`;

/** Every living channel by name: a company has at most `CHANNELS_MAX`. */
export function listChannels(tx: Tx): Promise<ChannelRow[]> {
  const query = sql`select ${COLUMNS} from notification_channels c where c.tenant_id = current_tenant() and c.deleted_at is null order by lower(c.name), c.id`;
  return rowsOf(tx, query, channelRow);
}

export async function findChannel(tx: Tx, id: ChannelId): Promise<ChannelRow | null> {
  const query = sql`select ${COLUMNS} from notification_channels c where c.tenant_id = current_tenant() and c.id = ${id} and c.deleted_at is null`;
  return (await rowsOf(tx, query, channelRow))[0] ?? null;
}

export interface ChannelDraft {
  tenantId: TenantId;
  name: string;
  channelType: ChannelType;
  config: { [key: string]: Json };
  digestMinutes: number;
  createdBy: UserId | null;
}

export async function insertChannel(tx: Tx, draft: ChannelDraft): Promise<ChannelId> {
  const [row] = await tx
    .insert(notificationChannels)
    .values({
      tenant_id: draft.tenantId,
      name: draft.name,
      channel_type: draft.channelType,
      config: draft.config,
      digest_minutes: draft.digestMinutes,
      created_by: draft.createdBy,
    })
    .returning({ id: notificationChannels.id });
  if (row === undefined) throw new Error("The channel was not written.");
  return idSchema<ChannelId>().parse(row.id);
}

export interface ChannelChange {
  name?: string;
  config?: { [key: string]: Json };
  digest_minutes?: number;
  enabled?: boolean;
}

/** Whatever was changed may be what was wrong, so what waits is tried at once. False where there is no such channel. */
export async function updateChannel(tx: Tx, id: ChannelId, change: ChannelChange): Promise<boolean> {
  const changed = await tx
    .update(notificationChannels)
    .set({ ...change, next_message_at: sql`now()`, updated_at: sql`now()` })
    .where(living(id))
    .returning({ id: notificationChannels.id });
  return changed.length > 0;
}

/** Seals the secrets and notes who set them; what waits is tried at once. */
export async function setChannelCredentials(
  tx: Tx,
  env: VaultEnv,
  set: { tenantId: TenantId; id: ChannelId; credentials: { [key: string]: string }; config: { [key: string]: Json }; userId: UserId | null },
): Promise<void> {
  await tx
    .update(notificationChannels)
    .set({
      credentials: await seal(env, channelPlace(set.tenantId, set.id), JSON.stringify(set.credentials)),
      config: set.config,
      credentials_set_at: sql`now()`,
      credentials_set_by: set.userId,
      next_message_at: sql`now()`,
      updated_at: sql`now()`,
    })
    .where(living(set.id));
}

/** The channel's present secrets, for changing one and keeping the other; null where none are set. */
export async function channelCredentials(tx: Tx, env: VaultEnv, tenantId: TenantId, id: ChannelId): Promise<string | null> {
  const [row] = await tx.select({ sealed: notificationChannels.credentials }).from(notificationChannels).where(living(id));
  return row?.sealed ? (await open(env, channelPlace(tenantId, id), row.sealed)).reveal() : null;
}

/** Takes the secrets away and ends what waits; what was sent stays readable. False where there is no such channel. */
export async function removeChannel(tx: Tx, id: ChannelId): Promise<boolean> {
  const removed = await tx
    .update(notificationChannels)
    .set({ credentials: null, enabled: false, deleted_at: sql`now()`, updated_at: sql`now()` })
    .where(living(id))
    .returning({ id: notificationChannels.id });
  if (removed.length === 0) return false;
  await tx.execute(sql`delete from alert_rules where tenant_id = current_tenant() and channel_id = ${id}`);
  await tx.execute(sql`delete from alert_deliveries where tenant_id = current_tenant() and channel_id = ${id} and message_id is null`);
  await tx.execute(sql`
    update alert_messages set status = 'given_up', last_error_code = 'channel_removed', last_error = 'The channel was removed before this was sent.'
     where tenant_id = current_tenant() and channel_id = ${id} and status = 'open'`);
  return true;
}

const living = (id: ChannelId) => and(eq(notificationChannels.id, id), isNull(notificationChannels.deleted_at));
