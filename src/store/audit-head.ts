/** The audit chain's end and beginning, kept in R2 and so out of reach of whoever alters the database. The end moves forward only from a chain that still holds the one noted before. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import { idSchema, type TenantId } from "../domain/ids.ts";
import type { Env } from "../env.ts";
import { type AuditHead, type AuditVerification, auditHead, holdsHead, sealAudit, verifyAudit } from "./audit.ts";
import { raiseAlertDaily } from "./outbox.ts";
import { acrossTenants, type DatabaseEnv, rowsOf, withTenant } from "./tenant.ts";

type AuditEnv = DatabaseEnv & Pick<Env, "RAW">;

const keptSchema = z.object({ seal_no: z.number().int(), hash: z.string() });

const keyOf = (tenantId: TenantId) => `audit/${tenantId}/head.json`;
const anchorKeyOf = (tenantId: TenantId) => `audit/${tenantId}/anchor.json`;

/** The tenants with entries that are not sealed yet. */
export async function tenantsToSeal(env: DatabaseEnv, tenantsMax: number): Promise<TenantId[]> {
  const row = z.object({ tenant_id: idSchema<TenantId>() });
  const rows = await acrossTenants(env, (tx) => rowsOf(tx, sql`select t as tenant_id from tenants_with_unsealed_audit(${tenantsMax}) t`, row));
  return rows.map(({ tenant_id }) => tenant_id);
}

/** What cron does: seals, then notes the new end. `agrees` is false where the noted end is no longer in the chain; then nothing is noted. */
export async function sealAndKeepHead(env: AuditEnv, tenantId: TenantId): Promise<{ sealed: number; agrees: boolean }> {
  const kept = await keptHead(env, tenantId);
  const { sealed, head, agrees } = await withTenant(env, tenantId, async (tx) => ({
    sealed: await sealAudit(tx),
    head: await auditHead(tx),
    agrees: kept === null || (await holdsHead(tx, kept)),
  }));
  if (agrees) await keepHead(env, tenantId, { head, kept });
  return { sealed, agrees };
}

/** What a person asks for: seals all, walks the chain, compares it with the noted end, and notes the new one where all is well. */
export async function verifyAgainstHead(env: AuditEnv, tenantId: TenantId): Promise<AuditVerification> {
  const [kept, anchor] = await Promise.all([keptHead(env, tenantId), noted(env, anchorKeyOf(tenantId))]);
  const { verification, head } = await withTenant(env, tenantId, async (tx) => ({
    verification: await verifyAudit(tx, kept, anchor),
    head: await auditHead(tx),
  }));
  if (verification.ok) await keepHead(env, tenantId, { head, kept });
  else await withTenant(env, tenantId, (tx) => raiseAlertDaily(tx, tenantId, { event: "audit_broken" }));
  return verification;
}

/** What expires next from the chain's beginning, noted before it goes: a beginning that was cut off by anybody else is later than the one noted here. */
export async function keepAnchor(env: AuditEnv, tenantId: TenantId, anchor: AuditHead): Promise<void> {
  await env.RAW.put(anchorKeyOf(tenantId), JSON.stringify({ seal_no: anchor.sealNo, hash: anchor.hash }));
}

const keptHead = (env: AuditEnv, tenantId: TenantId) => noted(env, keyOf(tenantId));

async function noted(env: AuditEnv, key: string): Promise<AuditHead | null> {
  const object = await env.RAW.get(key);
  if (object === null) return null;
  const kept = keptSchema.parse(await object.json());
  return { sealNo: kept.seal_no, hash: kept.hash };
}

/** Two at once may leave the older end: it is a weaker note, not a wrong one. */
async function keepHead(env: AuditEnv, tenantId: TenantId, { head, kept }: { head: AuditHead | null; kept: AuditHead | null }): Promise<void> {
  if (head === null || head.sealNo === kept?.sealNo) return;
  await env.RAW.put(keyOf(tenantId), JSON.stringify({ seal_no: head.sealNo, hash: head.hash }));
}
