/** The books as people read them: accounts, balances, transactions with their lineage, payments. */
import { type SQL, sql } from "drizzle-orm";
import { sightingsOf } from "../books/sightings.ts";
import type { Tx } from "../tenant.ts";
import { every, jsonRows } from "./json.ts";

/** 10,000 accounts a tenant: five times the largest file of any bank's guide. */
const ACCOUNTS_MAX = 10_000;

/** Counting stops here: 400 accounts × 1,000 = 0.1 s, however many rows the books hold. More is shown as "1,000+". */
const COUNTED_MAX = 1_000;

/** `deleted_at is null`, said so that the index of live rows by day cannot answer: without statistics it is taken for one account's, and walks all of the company's rows. */
const isLive = sql`coalesce(t.deleted_at, 'infinity') = 'infinity'`;

const accountColumns = sql`a.id, a.name, a.currency, a.account_type, a.time_zone, a.entity_id, e.name as entity_name, a.last_four,
  a.current_balance_minor::text, a.current_as_of_at, a.available_balance_minor::text, a.available_as_of_at,
  (select count(*) from (select from transactions t where t.tenant_id = a.tenant_id and t.account_id = a.id and ${isLive} limit ${COUNTED_MAX}) x) as transaction_count,
  a.created_by, a.created_at, a.updated_at`;

export function listAccounts(tx: Tx): Promise<unknown[]> {
  return jsonRows(
    tx,
    sql`select ${accountColumns} from accounts a left join entities e on e.tenant_id = a.tenant_id and e.id = a.entity_id order by a.name, a.id limit ${ACCOUNTS_MAX}`,
  );
}

export async function readAccount(tx: Tx, accountId: string): Promise<unknown | null> {
  const [row] = await jsonRows(
    tx,
    sql`select ${accountColumns} from accounts a left join entities e on e.tenant_id = a.tenant_id and e.id = a.entity_id where a.id = ${accountId}`,
  );
  return row ?? null;
}

/** Balances that stand, latest first; with `history` also what was superseded. */
export function listBalances(tx: Tx, accountId: string, filter: { history: boolean; cursor: string | null; limit: number }): Promise<unknown[]> {
  const wanted: SQL[] = [sql`b.account_id = ${accountId}`];
  if (!filter.history) wanted.push(sql`b.superseded_at is null`);
  if (filter.cursor !== null) {
    wanted.push(sql`(b.as_of_at, b.type_code, b.id) < (select c.as_of_at, c.type_code, c.id from account_balances c where c.id = ${filter.cursor})`);
  }
  return jsonRows(
    tx,
    sql`select b.id, b.type_code, b.as_of_on, b.as_of_at, b.kind, b.amount_minor::text, b.currency, b.connection_id, b.statement_id, b.import_job_id, b.line,
          b.received_at, b.superseded_at from account_balances b where ${every(wanted)} order by b.as_of_at desc, b.type_code desc, b.id desc limit ${filter.limit}`,
  );
}

const transactionColumns = sql`t.id, t.account_id, a.name as account_name, t.connection_id, t.external_transaction_id, t.import_job_id, t.posted_on, t.value_on,
  t.amount_minor::text, t.currency, t.type_code, t.bank_reference, t.customer_reference, t.description, t.is_pending, t.category, t.note, t.entity_id,
  t.reconciled, t.reconciled_at, t.deleted_at, t.deleted_by, t.deleted_by_job_id, t.version, t.created_by, t.created_at, t.updated_at`;
const transactionSource = sql`transactions t join accounts a on a.tenant_id = t.tenant_id and a.id = t.account_id`;

export interface TransactionFilter {
  accountId?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  /** Words of the description or a reference, in any case. */
  q?: string | undefined;
  jobId?: string | undefined;
  includeDeleted: boolean;
  /** The last row of the page before: its day and id. */
  after: { postedOn: string; id: string } | null;
  limit: number;
}

/** Transactions, latest day first. Deleted ones only where asked for. */
export async function listTransactions(tx: Tx, filter: TransactionFilter): Promise<unknown[]> {
  if (isByDayAlone(filter)) await tx.execute(sql`select set_config('enable_sort', 'off', true)`);
  const wanted: SQL[] = [];
  if (!filter.includeDeleted) wanted.push(sql`t.deleted_at is null`);
  if (filter.accountId !== undefined) wanted.push(sql`t.account_id = ${filter.accountId}`);
  if (filter.from !== undefined) wanted.push(sql`t.posted_on >= ${filter.from}::date`);
  if (filter.to !== undefined) wanted.push(sql`t.posted_on <= ${filter.to}::date`);
  if (filter.jobId !== undefined) {
    wanted.push(
      sql`(t.import_job_id = ${filter.jobId} or exists (select from transaction_sightings g where g.tenant_id = t.tenant_id and g.transaction_id = t.id and g.job_id = ${filter.jobId})
        or t.id in (select x.id from sighting_runs r cross join lateral unnest(r.transaction_ids) as x(id) where r.tenant_id = (select current_tenant()) and r.job_id = ${filter.jobId}))`,
    );
  }
  if (filter.q !== undefined) {
    const like = `%${filter.q.replace(/[\\%_]/g, "\\$&")}%`;
    const amounts = amountsOf(filter.q);
    wanted.push(sql`(t.description ilike ${like} or t.bank_reference ilike ${like} or t.customer_reference ilike ${like}
      or abs(t.amount_minor) = any(${sql.param(amounts)}::bigint[]))`);
  }
  if (filter.after !== null) wanted.push(sql`(t.posted_on, t.id) < (${filter.after.postedOn}::date, ${filter.after.id}::uuid)`);
  return jsonRows(
    tx,
    sql`select ${transactionColumns} from ${transactionSource} where ${every(wanted)} order by t.posted_on desc, t.id desc limit ${filter.limit}`,
  );
}

/**
 * The company's live rows by day lie in that order (transactions_day), and a page is the first few of them. While a large import writes, Postgres has no
 * figures of them yet, takes them for few, and would sort them all for each page.
 */
function isByDayAlone({ accountId, jobId, q, includeDeleted }: TransactionFilter): boolean {
  return accountId === undefined && jobId === undefined && q === undefined && !includeDeleted;
}

/** 400 days: a year and the days around it, which is what a calendar shows. */
export const COMPLETENESS_DAYS_MAX = 400;

/** Every day of the span with the imported statements that cover it, and whether they are proven; a working day without one has none. */
export function listCompleteness(tx: Tx, accountId: string, span: { from: string; to: string }): Promise<unknown[]> {
  return jsonRows(
    tx,
    sql`select d.day::date as day, extract(isodow from d.day) < 6 as is_working_day, count(st.id) as statements,
          count(st.id) filter (where st.kind = 'final') as final_statements,
          case when count(st.id) = 0 then null
               when bool_or(st.broken) then false
               when bool_and(st.proven) then true end as proof_ok
        from generate_series(${span.from}::date, ${span.to}::date, interval '1 day') d(day)
        left join lateral (
          select s.id, s.kind,
                 exists (select from jsonb_array_elements(s.proof || coalesce(s.continuity, '[]')) c where (c ->> 'ok')::boolean = false) as broken,
                 exists (select from jsonb_array_elements(s.proof) c where c ->> 'check' like 'ledger%' and (c ->> 'ok')::boolean) as proven
            from statements s where s.account_id = ${accountId} and s.imported_at is not null
             and d.day::date between coalesce(s.covered_from, s.as_of_on) and coalesce(s.covered_to, s.as_of_on)) st on true
        group by d.day order by d.day`,
  );
}

/** An amount as a person types it, in minor units of every exponent that it may mean: `1,250.50` is 125050, `1250` also 125000 and 1250000. */
function amountsOf(q: string): string[] {
  const [, whole, fraction] = /^[+-]?(\d[\d,']{0,14})(?:\.(\d{1,3}))?$/.exec(q) ?? [];
  if (whole === undefined) return [];
  const digits = whole.replace(/[,']/g, "");
  return fraction === undefined ? [digits, `${digits}00`, `${digits}000`] : [`${digits}${fraction}`];
}

const lineage = (alias: string) =>
  sql.raw(
    `jsonb_build_object('statement_id', ${alias}.statement_id, 'job_id', ${alias}.JOB, 'raw_id', r.id, 'connection_id', ${alias}.connection_id,
  'file_name', r.file_name, 'member', st.member, 'line_start', ${alias}.line_start, 'line_end', ${alias}.line_end, 'byte_start', ${alias}.byte_start, 'byte_end', ${alias}.byte_end,
  'seen_at', ${alias}.SEEN)`
      .replace("JOB", alias === "t" ? "import_job_id" : "job_id")
      .replace("SEEN", alias === "t" ? "created_at" : "seen_at"),
  );

const SIGHTED = { tenant: sql`t.tenant_id`, id: sql`t.id`, account: sql`t.account_id`, day: sql`t.posted_on` };

/** One transaction with where it came from, where else it was seen, and what changed it; null where there is none. */
export async function readTransaction(tx: Tx, id: string): Promise<unknown | null> {
  const [row] = await jsonRows(
    tx,
    sql`select ${transactionColumns}, t.raw_data, r.file_name as import_job_file_name, ${lineage("t")} as lineage,
          coalesce((select jsonb_agg(${lineage("g")} order by g.seen_at) from ${sightingsOf(SIGHTED)} g
             join statements st on st.tenant_id = g.tenant_id and st.id = g.statement_id join raw_ingestion_data r on r.tenant_id = st.tenant_id and r.id = st.raw_id
            where g.removed_by_job_id is null), '[]') as sightings,
          coalesce((select jsonb_agg(jsonb_build_object('version', v.version, 'kind', v.kind, 'job_id', v.job_id, 'user_id', v.user_id, 'before', v.before,
             'after', v.after, 'created_at', v.created_at) order by v.version) from transaction_revisions v
            where v.tenant_id = t.tenant_id and v.transaction_id = t.id), '[]') as revisions
        from ${transactionSource} join statements st on st.tenant_id = t.tenant_id and st.id = t.statement_id
        join raw_ingestion_data r on r.tenant_id = st.tenant_id and r.id = st.raw_id where t.id = ${id}`,
  );
  return row ?? null;
}

const paymentColumns = sql`p.id, p.account_id, p.transaction_id, p.direction, p.amount_minor::text, p.currency, p.expected_on, p.counterparty, p.reference,
  p.status, p.created_by, p.created_at, p.updated_at`;

/** Payments, newest first. */
export function listPayments(tx: Tx, filter: { cursor: string | null; limit: number }): Promise<unknown[]> {
  const after = filter.cursor === null ? sql`true` : sql`p.id < ${filter.cursor}`;
  return jsonRows(tx, sql`select ${paymentColumns} from payments p where ${after} order by p.id desc limit ${filter.limit}`);
}

export async function readPayment(tx: Tx, id: string): Promise<unknown | null> {
  const [row] = await jsonRows(tx, sql`select ${paymentColumns} from payments p where p.id = ${id}`);
  return row ?? null;
}
