/** The company's own accounts and entities: made and changed. Their balances are the books' business. */
import { eq, sql } from "drizzle-orm";
import { type AccountId, idSchema } from "../domain/ids.ts";
import type { Sealed } from "../domain/stored.ts";
import { jsonRows } from "./read/json.ts";
import { accounts, entities } from "./schema.ts";
import type { Tx } from "./tenant.ts";

export interface NewAccount {
  tenantId: string;
  name: string;
  currency: string;
  accountType: typeof accounts.$inferInsert.account_type;
  timeZone: string;
  entityId: string | null;
  number: { hash: string; sealed: Sealed; lastFour: string } | null;
  createdBy: string | null;
}

/** Fails on `accounts_number` where the same number in the same currency is there already. */
export async function insertAccount(tx: Tx, account: NewAccount): Promise<AccountId> {
  const [row] = await tx
    .insert(accounts)
    .values({
      tenant_id: account.tenantId,
      name: account.name,
      currency: account.currency,
      account_type: account.accountType,
      time_zone: account.timeZone,
      entity_id: account.entityId,
      account_number_hash: account.number?.hash ?? null,
      account_number_sealed: account.number?.sealed ?? null,
      last_four: account.number?.lastFour ?? null,
      created_by: account.createdBy,
    })
    .returning({ id: accounts.id });
  await suggestAccount(tx);
  return idSchema<AccountId>().parse(row?.id);
}

/** Mappings that wait and whose number is now an account's get it as their suggestion. */
async function suggestAccount(tx: Tx): Promise<void> {
  await tx.execute(sql`
    update account_mappings m set suggested_account_id = a.id, updated_at = now() from accounts a
     where a.account_number_hash = m.external_account_id and (m.currency is null or m.currency = a.currency) and m.account_id is null
       and m.suggested_account_id is distinct from a.id`);
}

export async function updateAccount(
  tx: Tx,
  id: AccountId,
  change: Partial<Pick<typeof accounts.$inferInsert, "name" | "time_zone" | "entity_id">>,
): Promise<boolean> {
  const rows = await tx
    .update(accounts)
    .set({ ...change, updated_at: sql`now()` })
    .where(eq(accounts.id, id))
    .returning({ id: accounts.id });
  return rows.length === 1;
}

export async function insertEntity(tx: Tx, entity: { tenantId: string; name: string; createdBy: string | null }): Promise<unknown> {
  const [row] = await tx
    .insert(entities)
    .values({ tenant_id: entity.tenantId, name: entity.name, created_by: entity.createdBy })
    .returning({ id: entities.id });
  const [read] = await jsonRows(tx, sql`select id, name, created_by, created_at from entities where id = ${row?.id ?? null}`);
  return read;
}

/** 1,000 entities: the largest groups have some hundred legal entities. */
export function listEntities(tx: Tx): Promise<unknown[]> {
  return jsonRows(tx, sql`select id, name, created_by, created_at from entities order by name limit 1000`);
}
