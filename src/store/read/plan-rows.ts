/** The plan as people read it, a page at a time. First the page's row numbers by index, then those rows alone: a job of millions answers like a small one. */
import { type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import { type Outcome, REMOVAL_SEQ_START } from "../../domain/plan.ts";
import { rowsOf, type Tx } from "../tenant.ts";
import { jsonRows } from "./json.ts";

export interface RowFilter {
  outcome?: Outcome | undefined;
  statementId?: string | undefined;
  /** The last row number of the page before; null for the first page. */
  afterSeq: number | null;
  limit: number;
}

/** Rows in file order, removals last, each with its target as it stands in the books or in this same job. */
export async function listPlanRows(tx: Tx, jobId: string, filter: RowFilter): Promise<unknown[]> {
  const seqs = await rowsOf(tx, seqsOf(jobId, filter), z.object({ seq: z.coerce.number() }));
  if (seqs.length === 0) return [];
  return jsonRows(
    tx,
    sql`with shown as materialized (
          select * from plan_rows p where p.job_id = ${jobId} and p.seq = any(${sql.param(seqs.map(({ seq }) => seq))}::bigint[])),
        booked as materialized (select t.* from transactions t where t.id = any(select target_id from shown)),
        planned as materialized (
          select s.* from staged_transactions s where s.job_id = ${jobId} and exists (select from shown where target_id is not null and target_id not in (select id from booked))
             and s.id = any(select target_id from shown))
        select p.seq::text as row_id, p.outcome, p.reason_code, p.reason, p.decision, p.decided_by, p.decided_at, p.statement_id, p.account_id, p.posted_on,
          p.value_on, p.amount_minor::text, p.currency, p.type_code, p.bank_reference, p.customer_reference, p.description, p.external_transaction_id,
          p.is_pending, p.line_start, p.line_end, p.raw, p.imported_at is not null as imported, ${target} as target
        from shown p left join booked t on t.id = p.target_id left join planned s on s.id = p.target_id and t.id is null
        ${filter.outcome === undefined ? sql`` : sql`where p.outcome = ${filter.outcome}`} order by p.seq`,
  );
}

const said = (alias: string) =>
  sql.raw(`'posted_on', ${alias}.posted_on, 'amount_minor', ${alias}.amount_minor::text, 'currency', ${alias}.currency, 'type_code', ${alias}.type_code,
    'bank_reference', ${alias}.bank_reference, 'customer_reference', ${alias}.customer_reference, 'description', ${alias}.description,
    'is_pending', ${alias}.is_pending`);

const target = sql`case
  when p.target_id is null then null
  when t.id is null then jsonb_build_object('transaction_id', p.target_id, 'version', null, 'deleted_at', null, 'in_this_job', s.id is not null, ${said("s")})
  else jsonb_build_object('transaction_id', t.id, 'version', t.version, 'deleted_at', t.deleted_at, 'in_this_job', false, ${said("t")}) end`;

/** The row numbers of a page: found in the plan's exceptions where the outcome is one, else along the staged rows. */
function seqsOf(jobId: string, filter: RowFilter): SQL {
  const after = (alias: string) => sql`${sql.raw(alias)}.seq > ${filter.afterSeq ?? -1}`;
  const ofStatement = (alias: string) => (filter.statementId === undefined ? sql`true` : sql`${sql.raw(alias)}.statement_id = ${filter.statementId}`);
  const staged = (condition: SQL) => sql`(select seq from staged_transactions s where s.tenant_id = (select current_tenant()) and s.job_id = ${jobId}
    and ${after("s")} and ${ofStatement("s")} and ${condition} order by s.seq limit ${filter.limit})`;
  const entries = (condition: SQL) => sql`(select seq from staged_matches m where m.tenant_id = (select current_tenant()) and m.job_id = ${jobId}
    and ${after("m")} and ${ofStatement("m")} and ${condition} order by m.seq limit ${filter.limit})`;
  // Runs do not overlap: as many of them as the page has rows are enough, and one that begins before it.
  const inRuns = () => sql`(select r.seq_from + x.n - 1 as seq from (
      select * from staged_runs r where r.tenant_id = (select current_tenant()) and r.job_id = ${jobId} and r.seq_from + cardinality(r.target_ids) - 1 > ${filter.afterSeq ?? -1}
         and ${ofStatement("r")} order by r.seq_from limit ${filter.limit}) r
    cross join lateral generate_series(1, cardinality(r.target_ids)) as x(n) where r.seq_from + x.n - 1 > ${filter.afterSeq ?? -1} order by 1 limit ${filter.limit})`;
  const isInRun = sql`coalesce((select s.seq < r.seq_from + cardinality(r.target_ids) from staged_runs r
    where r.tenant_id = s.tenant_id and r.job_id = s.job_id and r.seq_from <= s.seq order by r.seq_from desc limit 1), false)`;
  const mapped = sql`array(select id from statements st where st.job_id = ${jobId} and st.account_id is not null)`;
  const unmapped = sql`array(select id from statements st where st.job_id = ${jobId} and st.account_id is null)`;
  switch (filter.outcome) {
    case undefined:
      return sql`${staged(sql`true`)} union all ${entries(sql`m.seq >= ${REMOVAL_SEQ_START}`)} order by seq limit ${filter.limit}`;
    case "invalid":
      return staged(sql`s.invalid_code is not null`);
    case "unmapped":
      return staged(sql`s.invalid_code is null and s.statement_id = any(${unmapped})`);
    case "new":
      return staged(sql`s.invalid_code is null and s.statement_id = any(${mapped}) and not exists (
        select from staged_matches m where m.tenant_id = s.tenant_id and m.job_id = s.job_id and m.seq = s.seq and m.outcome <> 'new') and not ${isInRun}`);
    case "duplicate":
      return sql`${entries(sql`m.outcome = 'duplicate' and m.seq >= 0`)} union all ${inRuns()} order by seq limit ${filter.limit}`;
    default:
      return entries(sql`m.outcome = ${filter.outcome} and m.seq >= 0`);
  }
}
