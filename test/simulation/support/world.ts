/** One small world: tenants with accounts and connections, made straight in SQL, and the settings under which the house runs in it. */
import type pg from "pg";
import type { UserId } from "../../../src/domain/ids.ts";
import { parseId, type TenantId } from "../../../src/domain/ids.ts";
import type { Env } from "../../../src/env.ts";
import type { Chance } from "../../harness/random.ts";
import { testSettings } from "../../harness/settings.ts";
import { Bank } from "./bank.ts";
import type { Bucket } from "./bucket.ts";
import { Ledger } from "./ledger.ts";
import type { Road } from "./queue.ts";

export interface Feed {
  connectionId: string;
  bank: Bank;
  /** Which account each of the bank's numbers is. */
  accountOf: Map<string, string>;
}

export interface Company {
  tenantId: TenantId;
  userId: UserId;
  accounts: string[];
  feeds: Feed[];
  ledger: Ledger;
}

/** A fresh company: two accounts, of which the second may be a card's, and two connections that share the second one. */
export async function foundCompany(sql: pg.Client, chance: Chance): Promise<Company> {
  const isAuto = chance.percent(40);
  const { rows } = await sql.query<{ tenant_id: string; user_id: string; accounts: string[]; connections: string[] }>(
    `with tenant as (insert into tenants (name, slug) values ('Company', 'company-' || uuidv7()) returning id),
          person as (insert into users (email, name) values (uuidv7() || '@demo.test', 'Ada') returning id),
          member as (insert into memberships (tenant_id, user_id, role) select t.id, p.id, 'owner' from tenant t, person p),
          account as (insert into accounts (tenant_id, name, currency, account_type, time_zone)
            select t.id, 'Account ' || n, 'USD', case when n = 2 and $2 then 'credit' else 'checking' end, $3 from tenant t, generate_series(1, 2) n returning id),
          connection as (insert into connections (tenant_id, name, connection_type, status, config)
            select t.id, 'Bank ' || n, 'bai2', 'active', jsonb_build_object('auto_import', n = 2 and $1) from tenant t, generate_series(1, 2) n returning id)
     select t.id as tenant_id, p.id as user_id, (select array_agg(id order by id) from account) as accounts,
            (select array_agg(id order by id) from connection) as connections from tenant t, person p`,
    [isAuto, chance.percent(30), chance.pick(["UTC", "Pacific/Kiritimati", "America/St_Johns"])],
  );
  const [made] = rows;
  const [main = "", shared = ""] = made?.accounts ?? [];
  const [first = "", second = ""] = made?.connections ?? [];
  if (made === undefined) throw new Error("No company was founded.");
  const feed = (connectionId: string, accounts: Record<string, string>): Feed => ({
    connectionId,
    bank: new Bank(chance, Object.keys(accounts), [...Object.keys(accounts)].at(-1) ?? ""),
    accountOf: new Map(Object.entries(accounts)),
  });
  return {
    tenantId: parseId<TenantId>(made.tenant_id),
    userId: parseId<UserId>(made.user_id),
    accounts: [main, shared],
    feeds: [feed(first, { "100200300": main, "100200301": shared }), feed(second, { "900800700": shared })],
    ledger: new Ledger(),
  };
}

/** The Worker's bindings, of which the simulation provides what the road needs: the bucket, the queue and the settings. */
export function envOf(bucket: Bucket, road: Road): Env {
  const settings = testSettings({ url: "postgres://simulated", adminUrl: "", wsProxy: "" });
  // The one place where the fakes take the bindings' place: they answer what the road asks of them, and nothing else.
  return { ...settings, RAW: bucket, ROAD: road.binding } as unknown as Env;
}
