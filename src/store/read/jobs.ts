/** Jobs as people read them: with their file, their counts, their statements and what waits for somebody. */
import { type SQL, sql } from "drizzle-orm";
import { OPEN_OUTCOMES, OUTCOMES } from "../../domain/plan.ts";
import type { Tx } from "../tenant.ts";
import { every, jsonRows } from "./json.ts";

const NO_ROWS = JSON.stringify(Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])));

const undecided = sql`(select count(*) from staged_matches m join statements st on st.tenant_id = m.tenant_id and st.id = m.statement_id
  where m.job_id = j.id and m.decision is null and st.imported_at is null and m.outcome = any(${sql.param([...OPEN_OUTCOMES])}::text[])
    and not (m.outcome = 'removal' and st.kind = 'delta'))`;

const jobColumns = sql`j.id, j.connection_id, c.name as connection_name, j.job_type, r.id as raw_id, r.file_name, r.format, r.size_bytes,
  r.next_offset as bytes_parsed, encode(r.sha256, 'hex') as sha256, j.status, j.stage, j.plan_version, j.records_fetched, j.records_processed,
  j.records_imported, j.records_failed, ${NO_ROWS}::jsonb || j.outcomes as outcomes, ${undecided} as undecided, j.totals,
  '{"error":0,"warning":0,"info":0}'::jsonb || coalesce((select jsonb_object_agg(severity, n) from
    (select severity, count(*) as n from job_problems p where p.job_id = j.id group by severity) x), '{}') as problems,
  j.error_code, j.error_message, j.auto_import_note, j.created_by, j.approved_by, j.approved_at, j.created_at, j.started_at, j.completed_at, j.updated_at,
  j.envelope_proof`;

const jobSource = sql`ingestion_jobs j join connections c on c.tenant_id = j.tenant_id and c.id = j.connection_id
  left join raw_ingestion_data r on r.tenant_id = j.tenant_id and r.job_id = j.id and r.page_no = 0`;

export interface JobFilter {
  cursor: string | null;
  limit: number;
  connectionId?: string | undefined;
  status?: string | undefined;
  stage?: string | undefined;
}

/** Jobs, newest first. */
export function listJobs(tx: Tx, filter: JobFilter): Promise<unknown[]> {
  const wanted: SQL[] = [];
  if (filter.cursor !== null) wanted.push(sql`j.id < ${filter.cursor}`);
  if (filter.connectionId !== undefined) wanted.push(sql`j.connection_id = ${filter.connectionId}`);
  if (filter.status !== undefined) wanted.push(sql`j.status = ${filter.status}`);
  if (filter.stage !== undefined) wanted.push(sql`j.stage = ${filter.stage}`);
  return jsonRows(tx, sql`select ${jobColumns} from ${jobSource} where ${every(wanted)} order by j.id desc limit ${filter.limit}`);
}

/** One job, or null. */
export async function readJob(tx: Tx, jobId: string): Promise<unknown | null> {
  const [row] = await jsonRows(
    tx,
    sql`select ${jobColumns}, (select d.id from dead_letters d where d.job_id = j.id and d.retried_at is null order by d.id desc limit 1) as dead_letter_id
        from ${jobSource} where j.id = ${jobId}`,
  );
  return row ?? null;
}

/** 5,000 statements: above the largest file named by any bank's guide (1,856 accounts). */
const STATEMENTS_MAX = 5_000;

/** The job's statements in file order, each with its own checks and its continuity. */
export function listStatements(tx: Tx, jobId: string): Promise<unknown[]> {
  return jsonRows(
    tx,
    sql`select st.id, st.ordinal, st.mapping_id, st.account_id, a.name as account_name, st.external_account_id, st.last_four, st.currency, st.as_of_on,
          st.as_of_time, st.kind, st.group_status, st.line_start, st.line_end, st.opening_minor::text, st.closing_minor::text, st.credits_minor::text,
          st.debits_minor::text, st.transaction_count, case when st.continuity is null then st.proof else st.proof || st.continuity end as proof, st.imported_at
        from statements st left join accounts a on a.tenant_id = st.tenant_id and a.id = st.account_id
        where st.job_id = ${jobId} order by st.raw_id, st.ordinal limit ${STATEMENTS_MAX}`,
  );
}

export interface RowFilter {
  outcome?: string | undefined;
  statementId?: string | undefined;
  /** The last row number of the page before; null for the first page. */
  afterSeq: number | null;
  limit: number;
}

/** The plan, row by row, each with its target as it stands in the books or in this same job. */
export function listPlanRows(tx: Tx, jobId: string, filter: RowFilter): Promise<unknown[]> {
  const wanted: SQL[] = [sql`p.job_id = ${jobId}`];
  if (filter.outcome !== undefined) wanted.push(sql`p.outcome = ${filter.outcome}`);
  if (filter.statementId !== undefined) wanted.push(sql`p.statement_id = ${filter.statementId}`);
  if (filter.afterSeq !== null) wanted.push(sql`p.seq > ${filter.afterSeq}`);
  return jsonRows(
    tx,
    sql`select p.seq::text as row_id, p.outcome, p.reason_code, p.reason, p.decision, p.decided_by, p.decided_at, p.statement_id, p.account_id, p.posted_on,
          p.value_on, p.amount_minor::text, p.currency, p.type_code, p.bank_reference, p.customer_reference, p.description, p.external_transaction_id,
          p.is_pending, p.line_start, p.line_end, p.raw, p.imported_at is not null as imported,
          case when p.target_id is null then null
               when t.id is null then jsonb_build_object('transaction_id', p.target_id, 'version', null, 'posted_on', s.posted_on, 'amount_minor',
                 s.amount_minor::text, 'currency', s.currency, 'type_code', s.type_code, 'bank_reference', s.bank_reference, 'customer_reference',
                 s.customer_reference, 'description', s.description, 'is_pending', s.is_pending, 'deleted_at', null, 'in_this_job', true)
               else jsonb_build_object('transaction_id', t.id, 'version', t.version, 'posted_on', t.posted_on, 'amount_minor', t.amount_minor::text,
                 'currency', t.currency, 'type_code', t.type_code, 'bank_reference', t.bank_reference, 'customer_reference', t.customer_reference,
                 'description', t.description, 'is_pending', t.is_pending, 'deleted_at', t.deleted_at, 'in_this_job', false) end as target
        from (select * from plan_rows p where ${every(wanted)} order by p.seq limit ${filter.limit}) p
        left join transactions t on t.tenant_id = p.tenant_id and t.id = p.target_id
        left join lateral (select * from staged_transactions s where s.tenant_id = p.tenant_id and s.job_id = p.job_id and s.id = p.target_id
                             and t.id is null and p.target_id is not null limit 1) s on true
        order by p.seq`,
  );
}

/** Problems in the file's order. */
export function listProblems(
  tx: Tx,
  jobId: string,
  filter: { severity?: string | undefined; afterSeq: number | null; limit: number },
): Promise<unknown[]> {
  const wanted: SQL[] = [sql`job_id = ${jobId}`];
  if (filter.severity !== undefined) wanted.push(sql`severity = ${filter.severity}`);
  if (filter.afterSeq !== null) wanted.push(sql`seq > ${filter.afterSeq}`);
  return jsonRows(
    tx,
    sql`select seq::text as id, severity, code, line, record, field, value, expected, message, statement_id from job_problems
        where ${every(wanted)} order by seq limit ${filter.limit}`,
  );
}
