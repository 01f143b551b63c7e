/** Which events are told to which channel: rules at rest. A rule may name one connection; without it every one is meant. */
import { eq, sql } from "drizzle-orm";
import * as z from "zod";
import { ALERT_EVENTS, type AlertEvent } from "../domain/alerts.ts";
import { type AlertRuleId, type ChannelId, type ConnectionId, idSchema, type UserId } from "../domain/ids.ts";
import { alertRules } from "./schema.ts";
import { rowsOf, type Tx } from "./tenant.ts";

const ruleRow = z.object({
  id: idSchema<AlertRuleId>(),
  event_type: z.enum(ALERT_EVENTS),
  channel_id: idSchema<ChannelId>(),
  connection_id: idSchema<ConnectionId>().nullable(),
  enabled: z.boolean(),
  created_by: z.string().nullable(),
  created_at: z.string(),
});
export type AlertRuleRow = z.infer<typeof ruleRow>;

const COLUMNS = sql`id, event_type, channel_id, connection_id, enabled, created_by, to_json(created_at) #>> '{}' as created_at`;

/** Every rule. 2,000 is 20 channels with every event for ten connections each. */
export function listRules(tx: Tx): Promise<AlertRuleRow[]> {
  return rowsOf(
    tx,
    sql`select ${COLUMNS} from alert_rules where tenant_id = current_tenant() order by channel_id, event_type, id limit 2000`,
    ruleRow,
  );
}

export interface RuleDraft {
  channelId: ChannelId;
  events: readonly AlertEvent[];
  connectionId: ConnectionId | null;
  createdBy: UserId | null;
}

/** One rule for each event; what is a rule already is switched on. The rules as they are now. */
export function saveRules(tx: Tx, draft: RuleDraft): Promise<AlertRuleRow[]> {
  return rowsOf(
    tx,
    sql`insert into alert_rules (tenant_id, event_type, channel_id, connection_id, created_by)
        select current_tenant(), event, ${draft.channelId}, ${draft.connectionId}, ${draft.createdBy}
          from unnest(${sql.param([...new Set(draft.events)])}::text[]) event
        on conflict (tenant_id, channel_id, event_type, connection_id) do update set enabled = true, updated_at = now()
        returning ${COLUMNS}`,
    ruleRow,
  );
}

/** The rule as it is now; null where there is no such rule. */
export async function switchRule(tx: Tx, id: AlertRuleId, enabled: boolean): Promise<AlertRuleRow | null> {
  const query = sql`update alert_rules set enabled = ${enabled}, updated_at = now() where tenant_id = current_tenant() and id = ${id} returning ${COLUMNS}`;
  return (await rowsOf(tx, query, ruleRow))[0] ?? null;
}

export async function deleteRule(tx: Tx, id: AlertRuleId): Promise<boolean> {
  return (await tx.delete(alertRules).where(eq(alertRules.id, id)).returning({ id: alertRules.id })).length > 0;
}
