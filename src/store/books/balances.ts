/** Balances in the books (RULES.md §5): statements' status balances, restatements that supersede, and each account's current and available one. */
import { sql } from "drizzle-orm";
import { withFreshRows } from "../fresh-rows.ts";
import type { Tx } from "../tenant.ts";

/** Closing and current ledger of BAI2, camt, MT940, OFX and Plaid, in one list. */
const CURRENT_CODES = ["015", "030", "CLBD", "62F", "LEDGERBAL", "current"];
const AVAILABLE_CODES = ["045", "060", "CLAV", "64", "AVAILBAL", "available"];

/** 2400 (and 9999), or a final without a time, is the end of that day in the account's own zone: its last millisecond. */
const asOfInstant = sql.raw(`case
  when b.as_of_at is not null then b.as_of_at
  when b.as_of_time = '24:00' or (b.as_of_time is null and st.kind = 'final') then ((b.as_of_on + 1)::timestamp at time zone a.time_zone) - interval '1 millisecond'
  else (b.as_of_on + coalesce(b.as_of_time, '00:00')::time) at time zone a.time_zone end`);

/** One balance a key of the statements being imported: the final before the interim, then the later in the file. A deletion posts none. */
const incoming = (jobId: string) => sql`incoming as materialized (
  select distinct on (st.account_id, st.connection_id, b.type_code, ${asOfInstant})
         st.tenant_id, st.account_id, st.connection_id, b.type_code, ${asOfInstant} as as_of_at, coalesce((b.as_of_at at time zone a.time_zone)::date, b.as_of_on) as as_of_on, st.kind, b.amount_minor,
         coalesce(b.currency, a.currency) as currency, st.id as statement_id, b.line
    from staged_balances b
    join statements st on st.tenant_id = b.tenant_id and st.id = b.statement_id
    join accounts a on a.tenant_id = st.tenant_id and a.id = st.account_id
   where b.job_id = ${jobId} and b.level = 'status' and b.amount_minor is not null and b.as_of_on is not null and st.imported_at is null
     and coalesce(st.group_status, 1) in (1, 3)
   order by st.account_id, st.connection_id, b.type_code, ${asOfInstant}, (st.kind = 'final') desc, st.ordinal desc, b.seq desc)`;

/** Books the status balances of the job's statements that are being imported; returns how many. An interim never tops a final. */
export function bookBalances(tx: Tx, jobId: string): Promise<number> {
  return withFreshRows(tx, () => supersedeAndBook(tx, jobId));
}

async function supersedeAndBook(tx: Tx, jobId: string): Promise<number> {
  await tx.execute(sql`
    with ${incoming(jobId)}
    update account_balances o set superseded_at = now(), superseded_by_job_id = ${jobId}
      from incoming i
     where o.account_id = i.account_id and o.connection_id = i.connection_id and o.type_code = i.type_code and o.as_of_at = i.as_of_at
       and o.superseded_at is null and not (o.kind = 'final' and i.kind = 'interim')`);
  const result = await tx.execute(sql`
    with ${incoming(jobId)}
    insert into account_balances (tenant_id, account_id, connection_id, type_code, as_of_at, as_of_on, kind, amount_minor, currency, statement_id, import_job_id, line)
    select i.tenant_id, i.account_id, i.connection_id, i.type_code, i.as_of_at, i.as_of_on, i.kind, i.amount_minor, i.currency, i.statement_id, ${jobId}, i.line
      from incoming i
     where not exists (select from account_balances o where o.account_id = i.account_id and o.connection_id = i.connection_id and o.type_code = i.type_code
                         and o.as_of_at = i.as_of_at and o.superseded_at is null)`);
  await tx.execute(sql`
    update statements st set as_of_at = ${asOfInstant}
      from statements b join accounts a on a.tenant_id = b.tenant_id and a.id = b.account_id
     where st.job_id = ${jobId} and st.imported_at is null and b.id = st.id and b.as_of_on is not null`);
  return result.rowCount ?? 0;
}

/** Takes the job's balances back: what it had superseded stands again, unless a later job restated it too. Returns how many went. */
export async function unbookBalances(tx: Tx, jobId: string): Promise<number> {
  const gone = await tx.execute(sql`delete from account_balances where import_job_id = ${jobId}`);
  await tx.execute(sql`
    update account_balances o set superseded_by_job_id = n.import_job_id
      from account_balances n
     where o.superseded_by_job_id = ${jobId} and n.account_id = o.account_id and n.connection_id = o.connection_id and n.type_code = o.type_code
       and n.as_of_at = o.as_of_at and n.superseded_at is null`);
  // Of several (one whose own successor was undone before) the latest stands again; the others are superseded by it.
  await tx.execute(sql`
    with ranked as (
      select id, first_value(id) over same_key as stands_id, first_value(import_job_id) over same_key as stands_job_id
        from account_balances where superseded_by_job_id = ${jobId}
      window same_key as (partition by account_id, connection_id, type_code, as_of_at order by (kind = 'final') desc, received_at desc, id desc))
    update account_balances o set superseded_at = case when r.id <> r.stands_id then o.superseded_at end,
           superseded_by_job_id = case when r.id <> r.stands_id then r.stands_job_id end
      from ranked r where o.superseded_by_job_id = ${jobId} and o.id = r.id`);
  return gone.rowCount ?? 0;
}

/**
 * Current and available balance of every account of the job: the greatest `(as_of_at, final over interim, received_at)` of what stands. Credit and loan accounts
 * flip. Never summed from transactions; an account that was never told a balance has none.
 */
export async function recomputeBalances(tx: Tx, jobId: string): Promise<void> {
  const latest = (codes: string[]) => sql`lateral (
    select case when a.account_type in ('credit', 'loan') then -b.amount_minor else b.amount_minor end as amount, b.as_of_at
      from account_balances b where b.tenant_id = a.tenant_id and b.account_id = a.id and b.type_code = any(${sql.param(codes)}::text[]) and b.superseded_at is null
     order by b.as_of_at desc, (b.kind = 'final') desc, b.received_at desc limit 1)`;
  await tx.execute(sql`
    update accounts o set current_balance_minor = c.amount, current_as_of_at = c.as_of_at, available_balance_minor = v.amount, available_as_of_at = v.as_of_at,
        updated_at = now()
      from accounts a left join ${latest(CURRENT_CODES)} c on true left join ${latest(AVAILABLE_CODES)} v on true
     where o.tenant_id = a.tenant_id and o.id = a.id and a.id in (select account_id from statements where job_id = ${jobId} and account_id is not null)
       and (a.current_balance_minor, a.current_as_of_at, a.available_balance_minor, a.available_as_of_at)
           is distinct from (c.amount, c.as_of_at, v.amount, v.as_of_at)`);
}
