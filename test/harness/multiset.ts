/** What a tenant's books hold, without ids and moments: two tenants of the same history compare equal, row for row and as often. Reads as the owner; writes nothing. */
import * as z from "zod";

/** Each table of the books as text rows in words of the bank's world. `$1` is the tenant. Row numbers are left out: they depend on where a chunk ends. */
const TABLES = {
  transactions: `
    select a.name, t.posted_on, t.value_on, t.amount_minor, t.currency, t.type_code, t.bank_reference, t.customer_reference, t.description, t.is_pending, t.occurrence,
           t.version, t.deleted_at is not null as is_deleted, t.deleted_by_job_id is not null as by_job, t.reconciled, t.category, t.raw_data,
           r.file_name, st.ordinal, t.line_start, t.line_end, t.byte_start, t.byte_end
      from transactions t join accounts a using (tenant_id) join statements st on st.tenant_id = t.tenant_id and st.id = t.statement_id
      join raw_ingestion_data r on r.tenant_id = st.tenant_id and r.id = st.raw_id
     where t.tenant_id = $1 and a.id = t.account_id`,
  sightings: `
    select t.posted_on, t.amount_minor, t.description, r.file_name, st.ordinal, g.line_start, g.line_end, g.byte_start, g.byte_end, g.removed_by_job_id is not null as is_removed
      from sightings g join transactions t on t.tenant_id = g.tenant_id and t.id = g.transaction_id
      join statements st on st.tenant_id = g.tenant_id and st.id = g.statement_id join raw_ingestion_data r on r.tenant_id = st.tenant_id and r.id = st.raw_id
     where g.tenant_id = $1`,
  revisions: `
    select t.posted_on, t.amount_minor, t.description, v.version, v.kind, v.job_id is null as by_person, v.before ->> 'amount_minor', v.after ->> 'amount_minor'
      from transaction_revisions v join transactions t on t.tenant_id = v.tenant_id and t.id = v.transaction_id where v.tenant_id = $1`,
  balances: `
    select a.name, b.type_code, b.as_of_at, b.kind, b.amount_minor, b.currency, b.line, b.superseded_at is not null as is_superseded
      from account_balances b join accounts a on a.tenant_id = b.tenant_id and a.id = b.account_id where b.tenant_id = $1`,
  accounts: `
    select a.name, a.currency, a.current_balance_minor, a.current_as_of_at, a.available_balance_minor, a.available_as_of_at, a.lease_job_id is not null as is_leased
      from accounts a where a.tenant_id = $1`,
  statements: `
    select r.file_name, st.ordinal, st.as_of_on, st.kind, st.opening_minor, st.closing_minor, st.credits_minor, st.debits_minor, st.transaction_count, st.proof,
           st.continuity, st.imported_at is not null as is_imported, st.line_start, st.line_end, st.byte_start, st.byte_end
      from statements st join raw_ingestion_data r on r.tenant_id = st.tenant_id and r.id = st.raw_id where st.tenant_id = $1`,
  staged: `
    select r.file_name, s.posted_on, s.amount_minor, s.description, s.line_start, s.byte_start, s.raw, s.invalid_code
      from staged_transactions s join raw_ingestion_data r on r.tenant_id = s.tenant_id and r.job_id = s.job_id where s.tenant_id = $1`,
  plan: `
    select r.file_name, p.line_start, p.byte_start, p.outcome, p.reason_code, p.decision, p.occurrence, p.target_version, p.target_id is not null as has_target
      from plan_rows p join raw_ingestion_data r on r.tenant_id = p.tenant_id and r.job_id = p.job_id where p.tenant_id = $1`,
  jobs: `
    select r.file_name, r.next_offset, r.parse_seq, r.is_live, j.stage, j.status, j.records_fetched, j.records_processed, j.records_imported, j.records_failed, j.outcomes,
           j.totals, j.envelope_proof, j.proof_ok, j.error_code
      from ingestion_jobs j join raw_ingestion_data r on r.tenant_id = j.tenant_id and r.job_id = j.id where j.tenant_id = $1`,
  problems: `
    select r.file_name, p.severity, p.code, p.line, p.message
      from job_problems p join raw_ingestion_data r on r.tenant_id = p.tenant_id and r.job_id = p.job_id where p.tenant_id = $1`,
  audit: `select action, subject_type, details - 'account_id' - 'account_before' - 'sha256' from ingestion_audit_log where tenant_id = $1 and action like 'job.%'`,
} as const;

export type BooksTable = keyof typeof TABLES;

/** How many rows, and a hash over all of them in order. */
const figure = z.object({ rows: z.coerce.number(), hash: z.string() });
export type BooksFigures = Record<string, z.infer<typeof figure>>;

/** The books of a tenant in figures. A retried job's audit differs by what people did: `without` leaves tables out. */
export async function booksOf(
  query: (text: string, values: unknown[]) => Promise<Record<string, unknown>[]>,
  tenantId: string,
  without: readonly BooksTable[] = [],
): Promise<BooksFigures> {
  const found: BooksFigures = {};
  for (const [name, text] of Object.entries(TABLES)) {
    if (without.some((left) => left === name)) continue;
    const [row] = await query(
      `select count(*) as rows, coalesce(md5(string_agg(md5(x::text), '' order by md5(x::text))), '') as hash from (${text}) x`,
      [tenantId],
    );
    found[name] = figure.parse(row);
  }
  return found;
}

/** The rows themselves, for looking into a difference. */
export function rowsOfBooks(table: BooksTable): string {
  return TABLES[table];
}
