/** Jobs as people read them: with their file, their counts, their statements and what waits for somebody. */
import { type SQL, sql } from "drizzle-orm";
import { OPEN_OUTCOMES, OUTCOMES } from "../../domain/plan.ts";
import { isDecidedRemoval } from "../books/sql.ts";
import type { Tx } from "../tenant.ts";
import { every, jsonRows } from "./json.ts";

const NO_ROWS = JSON.stringify(Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])));

const undecided = sql`(select count(*) from staged_matches m join statements st on st.tenant_id = m.tenant_id and st.id = m.statement_id
  where m.job_id = j.id and m.decision is null and st.imported_at is null and m.outcome = any(${sql.param([...OPEN_OUTCOMES])}::text[])
    and not ${isDecidedRemoval})`;

/** A file that asks how it is read has no profile yet: nothing of it is staged, and no account is known. */
const waitsFor = sql`case when j.stage = 'needs_mapping' then case when r.reading is not null and r.profile is null then 'reading' else 'accounts' end end`;

const jobColumns = sql`j.id, j.connection_id, c.name as connection_name, j.job_type, r.id as raw_id, r.file_name, r.format, r.size_bytes,
  r.next_offset as bytes_parsed, encode(r.sha256, 'hex') as sha256, j.status, j.stage, ${waitsFor} as waits_for, j.plan_version, j.records_fetched, j.records_processed,
  j.records_imported, j.records_failed, case when j.stage_total > 0 then jsonb_build_object('done', least(j.stage_done, j.stage_total), 'total', j.stage_total) end as stage_progress, ${NO_ROWS}::jsonb || j.outcomes as outcomes, ${undecided} as undecided, j.totals,
  '{"error":0,"warning":0,"info":0}'::jsonb || coalesce((select jsonb_object_agg(severity, n) from
    (select severity, count(*) as n from job_problems p where p.job_id = j.id group by severity) x), '{}') as problems,
  j.error_code, j.error_message, j.auto_import_note, j.created_by, j.approved_by, j.approved_at, j.created_at, j.started_at, j.completed_at, j.updated_at,
  j.envelope_proof, j.proof_ok`;

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
    sql`select ${jobColumns}, (select d.id from dead_letters d where d.job_id = j.id and d.retried_at is null order by d.id desc limit 1) as dead_letter_id,
          case when r.reading is not null then r.reading || jsonb_build_object('profile', r.profile, 'profile_id', r.profile_id,
            'profile_name', (select p.name from import_profiles p where p.id = r.profile_id), 'profile_version', (select p.version from import_profiles p where p.id = r.profile_id)) end as reading
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
          st.as_of_time, st.kind, st.group_status, st.member, st.line_start, st.line_end, st.opening_minor::text, st.closing_minor::text, st.credits_minor::text,
          st.debits_minor::text, st.transaction_count, case when st.continuity is null then st.proof else st.proof || st.continuity end as proof, st.imported_at
        from statements st left join accounts a on a.tenant_id = st.tenant_id and a.id = st.account_id
        where st.job_id = ${jobId} order by st.raw_id, st.ordinal limit ${STATEMENTS_MAX}`,
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
