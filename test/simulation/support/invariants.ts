/** What must hold when a history has come to rest: the books against the oracle, and what the house promises of every job. Reads; changes nothing. */
import { MOVES, STAGES, type Stage } from "../../../src/domain/status.ts";
import { contentOf, plain } from "./bank.ts";
import type { History } from "./history.ts";
import { lineOf } from "./ledger.ts";
import type { Company } from "./world.ts";

export async function findViolations(history: History): Promise<string[]> {
  const found: string[] = [];
  for (const company of history.companies) {
    found.push(...(await wrongBooks(history, company)));
    found.push(...(await wrongBalances(history, company)));
    found.push(...(await wrongStaging(history, company)));
    found.push(...(await illegalMoves(history, company)));
    found.push(...(await leftOvers(history, company)));
  }
  return found;
}

/** The multiset of what is booked, with who shows it, against what files and people say. */
async function wrongBooks({ sql }: History, company: Company): Promise<string[]> {
  const { rows } = await sql.query<{
    account_id: string;
    posted_on: string;
    amount_minor: string;
    type_code: string;
    bank_reference: string | null;
    customer_reference: string | null;
    description: string;
    is_deleted: boolean;
    is_pending: boolean;
    deleted_by_job_id: string | null;
    jobs: string[];
  }>(
    `select t.account_id, t.posted_on::text, t.amount_minor, t.type_code, t.bank_reference, t.customer_reference, t.description, t.deleted_at is not null as is_deleted, t.is_pending, t.deleted_by_job_id,
            array[t.import_job_id] || array(select g.job_id from transaction_sightings g where g.tenant_id = t.tenant_id and g.transaction_id = t.id
              and g.removed_by_job_id is null) as jobs
       from transactions t where t.tenant_id = $1`,
    [company.tenantId],
  );
  const booked = rows
    .map((row) =>
      lineOf({
        accountId: row.account_id,
        content: [
          row.posted_on,
          row.amount_minor,
          row.type_code,
          row.bank_reference ?? "",
          row.customer_reference ?? "",
          plain(row.description),
        ].join("|"),
        isDeleted: row.is_deleted,
        isPending: row.is_pending,
        removedBy: row.deleted_by_job_id,
        jobs: row.jobs,
      }),
    )
    .sort();
  return difference("movement", { expected: company.ledger.movements(), found: booked });
}

function difference(noun: string, lists: { expected: string[]; found: string[] }): string[] {
  const left = [...lists.found];
  const missing = lists.expected.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [...missing.map((line) => `missing ${noun}: ${line}`), ...left.map((line) => `unexpected ${noun}: ${line}`)];
}

async function wrongBalances({ sql }: History, company: Company): Promise<string[]> {
  const { rows } = await sql.query<{ id: string; current_balance_minor: string | null }>(
    "select id, current_balance_minor from accounts where tenant_id = $1",
    [company.tenantId],
  );
  return rows.flatMap((row) => {
    const expected = company.ledger.balanceOf(row.id);
    const found = row.current_balance_minor === null ? null : Number(row.current_balance_minor);
    return expected === found ? [] : [`account ${row.id}: the current balance is ${found}, expected ${expected}`];
  });
}

/** Every parsed file's rows stand in staging exactly once, in order; the counters say how many. */
async function wrongStaging(history: History, company: Company): Promise<string[]> {
  const { rows } = await history.sql.query<{
    job_id: string;
    stage: Stage;
    status: string;
    fetched: number;
    processed: number;
    failed: number;
    size_bytes: string;
    next_offset: string;
    parsed: boolean;
    rows: { ordinal: number; content: string; byte_start: number; byte_end: number; mapped: boolean; imported: boolean }[] | null;
    statements: { ordinal: number; mapped: boolean; imported: boolean; closed: boolean }[] | null;
  }>(
    `select j.id as job_id, j.stage, j.status, j.records_fetched::int as fetched, j.records_processed::int as processed, j.records_failed::int as failed, r.size_bytes, r.next_offset,
            r.parsed_at is not null as parsed,
            (select json_agg(json_build_object('ordinal', st.ordinal, 'mapped', st.account_id is not null, 'imported', st.imported_at is not null, 'closed', st.line_end is not null)
               order by st.ordinal) from statements st where st.tenant_id = j.tenant_id and st.job_id = j.id) as statements,
            (select json_agg(json_build_object('ordinal', st.ordinal, 'byte_start', s.byte_start, 'byte_end', s.byte_end, 'mapped', st.account_id is not null, 'content',
               concat_ws('|', s.posted_on, s.amount_minor, s.type_code, coalesce(s.bank_reference, ''), coalesce(s.customer_reference, ''),
                 regexp_replace(upper(s.description), '[^A-Z0-9]', '', 'g'))) order by s.seq)
               from staged_transactions s join statements st on st.tenant_id = s.tenant_id and st.id = s.statement_id where s.tenant_id = j.tenant_id and s.job_id = j.id) as rows
       from ingestion_jobs j join raw_ingestion_data r on r.tenant_id = j.tenant_id and r.job_id = j.id where j.tenant_id = $1`,
    [company.tenantId],
  );
  const found: string[] = [];
  for (const job of rows) {
    const file = await history.fileOf(job.job_id);
    const shown = file.statements.flatMap((statement, ordinal) => statement.rows.map((row) => `${ordinal} ${contentOf(row, statement.day)}`));
    const staged = (job.rows ?? []).map((row) => `${row.ordinal} ${row.content}`);
    const complain = (what: string) => found.push(`job ${job.job_id} (${job.stage}, ${job.status}): ${what}`);
    const isWhole = job.parsed;
    if (isWhole ? staged.join("\n") !== shown.join("\n") : shown.slice(0, staged.length).join("\n") !== staged.join("\n"))
      complain(`staged rows are not the file's:\n${staged.join("\n")}\n  instead of\n${shown.join("\n")}`);
    if (isWhole && Number(job.next_offset) !== Number(job.size_bytes)) complain(`the checkpoint stands at ${job.next_offset} of ${job.size_bytes}`);
    for (const [index, row] of (job.rows ?? []).entries())
      if (index > 0 && row.byte_start < (job.rows?.[index - 1]?.byte_end ?? 0)) complain(`row ${index} overlaps the one before it`);
    if (job.fetched !== staged.length) complain(`records_fetched is ${job.fetched} and ${staged.length} rows are staged`);
    if (job.failed !== 0) complain(`records_failed is ${job.failed} and no row is invalid`);
    const statements = job.statements ?? [];
    if (isWhole && statements.length !== file.statements.length) complain(`${statements.length} statements instead of ${file.statements.length}`);
    if (isWhole && statements.some((statement) => !statement.closed)) complain("a statement was never closed");
    if (job.stage === "done" && statements.some((statement) => statement.mapped !== statement.imported))
      complain("a mapped statement is not booked, or an unmapped one is");
    if (job.stage === "done" && job.processed !== (job.rows ?? []).filter((row) => row.mapped).length)
      complain(`records_processed is ${job.processed}`);
  }
  return found;
}

/** Each job's moves, as the audit log has them, are moves that there are. */
async function illegalMoves({ sql }: History, company: Company): Promise<string[]> {
  const { rows } = await sql.query<{ job_id: string; stages: string[]; stage: string }>(
    `select j.id as job_id, j.stage, array(select substr(l.action, 5) from ingestion_audit_log l where l.tenant_id = j.tenant_id and l.job_id = j.id and l.action like 'job.%' order by l.id) as stages
       from ingestion_jobs j where j.tenant_id = $1`,
    [company.tenantId],
  );
  const found: string[] = [];
  for (const job of rows) {
    let at: Stage = "deposited";
    for (const word of job.stages) {
      const to = STAGES.find((stage) => stage === word);
      if (to === undefined) continue;
      const targets: readonly Stage[] = MOVES[at];
      if (!targets.includes(to)) found.push(`job ${job.job_id} went from ${at} to ${to}`);
      at = to;
    }
    if (at !== job.stage) found.push(`job ${job.job_id} stands in ${job.stage}, its log ends in ${at}`);
  }
  return found;
}

/** Nothing is left lying about, and nothing of one company is another's. */
async function leftOvers({ sql, companies }: History, company: Company): Promise<string[]> {
  const others = companies.filter((other) => other !== company).map((other) => other.tenantId);
  const { rows } = await sql.query<{ what: string; n: number }>(
    `select 'account leases' as what, count(*)::int as n from accounts where tenant_id = $1 and lease_job_id is not null
     union all select 'unsent messages', count(*)::int from outbox where tenant_id = $1 and sent_at is null
     union all select 'rows of undone jobs', count(*)::int from transactions t join ingestion_jobs j on j.tenant_id = t.tenant_id and j.id = t.import_job_id where t.tenant_id = $1 and j.stage <> 'done'
     union all select 'sightings of undone jobs', count(*)::int from transaction_sightings t join ingestion_jobs j on j.tenant_id = t.tenant_id and j.id = t.job_id where t.tenant_id = $1 and j.stage <> 'done'
     union all select 'balances of undone jobs', count(*)::int from account_balances t join ingestion_jobs j on j.tenant_id = t.tenant_id and j.id = t.import_job_id where t.tenant_id = $1 and j.stage <> 'done'
     union all select 'statements that are mapped and wait for nobody', count(*)::int from statements st join ingestion_jobs j on j.tenant_id = st.tenant_id and j.id = st.job_id
         join account_mappings m on m.tenant_id = st.tenant_id and m.id = st.mapping_id
        where st.tenant_id = $1 and j.stage = 'done' and (st.imported_at is not null) is distinct from (m.verified and m.account_id is not null)
     union all select 'statements booked on another account than their mapping''s', count(*)::int from statements st join account_mappings m on m.tenant_id = st.tenant_id
         and m.id = st.mapping_id where st.tenant_id = $1 and st.imported_at is not null and m.account_id is distinct from st.account_id
     union all select 'rows that name another company''s', count(*)::int from transactions t where t.tenant_id = $1
       and (t.account_id in (select id from accounts where tenant_id = any($2)) or t.import_job_id in (select id from ingestion_jobs where tenant_id = any($2)))`,
    [company.tenantId, others],
  );
  return rows.filter((row) => row.n > 0).map((row) => `company ${company.tenantId}: ${row.n} ${row.what}`);
}
