/** What must hold when a history has come to rest, each promise under its name: the books against the oracle, and the house's own word. Reads; changes nothing. */
import { contentOf, isInvalid, plain } from "./bank.ts";
import type { History } from "./history.ts";
import { deafOutbox, illegalMoves, illegalRowHistories, leftOvers, strangers } from "./house-checks.ts";
import { lineOf, type ShownBalance } from "./ledger.ts";
import type { Company } from "./world.ts";

type Check = (history: History, company: Company) => Promise<string[]>;

/** What a seed's history is held against. A test breaks each of them on purpose (checks.test.ts). */
export const CHECKS = {
  books_are_what_files_and_people_say: wrongBooks,
  balances_follow_the_statements: wrongBalances,
  checkpoints_tile_the_file: wrongCheckpoints,
  staged_rows_are_the_files: wrongStaging,
  counters_add_up: wrongCounters,
  row_histories_are_legal: illegalRowHistories,
  jobs_move_as_the_table_says: illegalMoves,
  the_outbox_empties: deafOutbox,
  nothing_is_left_over: leftOvers,
  nothing_of_another_tenant_is_visible: strangers,
} satisfies Record<string, Check>;

export async function findViolations(history: History): Promise<string[]> {
  const found: string[] = [];
  for (const company of history.companies)
    for (const [name, check] of Object.entries(CHECKS)) found.push(...(await check(history, company)).map((violation) => `${name}: ${violation}`));
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
    reconciled: boolean;
    deleted_by_job_id: string | null;
    jobs: string[];
  }>(
    `select t.account_id, t.posted_on::text, t.amount_minor, t.type_code, t.bank_reference, t.customer_reference, t.description, t.deleted_at is not null as is_deleted, t.is_pending,
            t.reconciled, t.deleted_by_job_id,
            array[t.import_job_id] || array(select g.job_id from sightings g where g.tenant_id = t.tenant_id and g.transaction_id = t.id
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
        isReconciled: row.reconciled,
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

/** Current and available, each with its own moment (RULES.md §5). */
async function wrongBalances({ sql }: History, company: Company): Promise<string[]> {
  // The end of a day is kept as its last millisecond, in the account's own zone.
  const moment = (
    column: string,
  ) => `to_char(${column} at time zone time_zone, case when extract(milliseconds from ${column}) > 0 then 'YYYY-MM-DD "24:00"'
    else 'YYYY-MM-DD HH24:MI' end)`;
  const { rows } = await sql.query<Record<"id" | "current" | "current_at" | "available" | "available_at", string | null> & { is_credit: boolean }>(
    `select id, account_type = 'credit' as is_credit, current_balance_minor as current, ${moment("current_as_of_at")} as current_at,
            available_balance_minor as available, ${moment("available_as_of_at")} as available_at from accounts where tenant_id = $1`,
    [company.tenantId],
  );
  const shown = (balance: ShownBalance | null) => (balance === null ? "none" : `${balance.amount} of ${balance.asOf}`);
  return rows.flatMap((row) =>
    (["current", "available"] as const).flatMap((noun) => {
      const expected = company.ledger.balanceOf({ id: row.id ?? "", isCredit: row.is_credit }, noun);
      const amount = row[noun];
      const found = amount === null ? null : { amount: Number(amount), asOf: row[`${noun}_at`] ?? "" };
      return shown(expected) === shown(found) ? [] : [`account ${row.id}: the ${noun} balance is ${shown(found)}, expected ${shown(expected)}`];
    }),
  );
}

interface FileAt {
  job_id: string;
  raw_id: string;
  stage: string;
  status: string;
  fetched: number;
  processed: number;
  failed: number;
  imported: number;
  outcomes: Record<string, number>;
  size_bytes: number;
  next_offset: number;
  parse_seq: number;
  parsed: boolean;
  rows: { ordinal: number; content: string; seq: number; byte_start: number; byte_end: number; mapped: boolean; invalid: boolean }[] | null;
  statements:
    | { ordinal: number; status: number; mapped: boolean; imported: boolean; closed: boolean; byte_start: number; byte_end: number | null }[]
    | null;
  booked: number;
}

async function filesOf({ sql }: History, company: Company): Promise<FileAt[]> {
  const { rows } = await sql.query<FileAt>(
    `select j.id as job_id, r.id as raw_id, j.stage, j.status, j.records_fetched::int as fetched, j.records_processed::int as processed, j.records_failed::int as failed,
            j.records_imported::int as imported, j.outcomes, r.size_bytes::int, r.next_offset::int, r.parse_seq::int, r.parsed_at is not null as parsed,
            (select json_agg(json_build_object('ordinal', st.ordinal, 'status', st.group_status, 'mapped', st.account_id is not null, 'imported', st.imported_at is not null,
               'closed', st.line_end is not null, 'byte_start', st.byte_start, 'byte_end', st.byte_end) order by st.ordinal)
               from statements st where st.tenant_id = j.tenant_id and st.job_id = j.id) as statements,
            (select json_agg(json_build_object('ordinal', st.ordinal, 'seq', s.seq, 'byte_start', s.byte_start, 'byte_end', s.byte_end, 'mapped', st.account_id is not null,
               'invalid', s.invalid_code is not null, 'content', concat_ws('|', s.posted_on, s.amount_minor, s.type_code, coalesce(s.bank_reference, ''),
                 coalesce(s.customer_reference, ''), regexp_replace(upper(s.description), '[^A-Z0-9]', '', 'g'))) order by s.seq)
               from staged_transactions s join statements st on st.tenant_id = s.tenant_id and st.id = s.statement_id where s.tenant_id = j.tenant_id and s.job_id = j.id) as rows,
            (select count(*)::int from transactions t where t.tenant_id = j.tenant_id and t.id in (select s.id from staged_transactions s where s.tenant_id = j.tenant_id and s.job_id = j.id))
              + (select count(*)::int from transaction_revisions v where v.tenant_id = j.tenant_id and v.job_id = j.id) as booked
       from ingestion_jobs j join raw_ingestion_data r on r.tenant_id = j.tenant_id and r.job_id = j.id where j.tenant_id = $1`,
    [company.tenantId],
  );
  return rows;
}

const nameOf = (job: FileAt) => `job ${job.job_id} (${job.stage}, ${job.status})`;

/** What was read and committed lies edge to edge, bytes and rows alike: nothing twice, nothing left out. */
async function wrongCheckpoints(history: History, company: Company): Promise<string[]> {
  const found: string[] = [];
  for (const job of await filesOf(history, company)) {
    const complain = (what: string) => found.push(`${nameOf(job)}: ${what}`);
    let at = { byte: 0, row: 0 };
    for (const { bytes, rows } of history.database.checkpoints.get(job.raw_id) ?? []) {
      if (bytes.from !== at.byte || rows.from !== at.row)
        complain(`a batch begins at ${bytes.from}, row ${rows.from}; the one before ended at ${at.byte}, row ${at.row}`);
      if (bytes.to < bytes.from || rows.to < rows.from) complain(`the checkpoint went back from ${bytes.from} to ${bytes.to}`);
      at = { byte: bytes.to, row: rows.to };
    }
    if (at.byte !== job.next_offset || at.row !== job.parse_seq)
      complain(`the checkpoint stands at ${job.next_offset}, row ${job.parse_seq}; the last batch ended at ${at.byte}, row ${at.row}`);
    if (job.parsed && job.next_offset !== job.size_bytes) complain(`the checkpoint stands at ${job.next_offset} of ${job.size_bytes}`);
    const rows = job.rows ?? [];
    for (const [index, row] of rows.entries()) {
      if (index > 0 && row.byte_start < (rows[index - 1]?.byte_end ?? 0)) complain(`row ${index} overlaps the one before it`);
      if (row.byte_end > job.next_offset || row.seq > job.parse_seq) complain(`row ${row.seq} lies behind the checkpoint`);
    }
    for (const statement of job.statements ?? []) if (job.parsed && !statement.closed) complain(`statement ${statement.ordinal} was never closed`);
  }
  return found;
}

/** Every parsed file's rows stand in staging exactly once, in order; a test's rows do not. */
async function wrongStaging(history: History, company: Company): Promise<string[]> {
  const found: string[] = [];
  for (const job of await filesOf(history, company)) {
    const file = await history.fileOf(job.job_id);
    const complain = (what: string) => found.push(`${nameOf(job)}: ${what}`);
    const shown = file.statements.flatMap((statement, ordinal) =>
      statement.groupStatus === 4
        ? []
        : statement.rows.map((row) => `${ordinal} ${isInvalid(row) ? "invalid " : ""}${contentOf(row, statement.day)}`),
    );
    const staged = (job.rows ?? []).map((row) => `${row.ordinal} ${row.invalid ? "invalid " : ""}${row.content}`);
    if (job.parsed ? staged.join("\n") !== shown.join("\n") : shown.slice(0, staged.length).join("\n") !== staged.join("\n"))
      complain(`staged rows are not the file's:\n${staged.join("\n")}\n  instead of\n${shown.join("\n")}`);
    const statements = job.statements ?? [];
    if (job.parsed && statements.length !== file.statements.length) complain(`${statements.length} statements instead of ${file.statements.length}`);
    if (job.stage === "done" && statements.some((statement) => statement.status !== 4 && statement.mapped !== statement.imported))
      complain("a mapped statement is not booked, or an unmapped one is");
  }
  return found;
}

/** The job's own figures are those of its rows, and its status says what was left behind. */
async function wrongCounters(history: History, company: Company): Promise<string[]> {
  const found: string[] = [];
  for (const job of await filesOf(history, company)) {
    const { statements: shown } = await history.fileOf(job.job_id);
    const rows = job.rows ?? [];
    const expect = (what: string, figures: { expected: number | string; found: number | string }) => {
      if (figures.expected !== figures.found) found.push(`${nameOf(job)}: ${what} is ${figures.found}, expected ${figures.expected}`);
    };
    const tested = shown.reduce((sum, statement) => sum + (statement.groupStatus === 4 ? statement.rows.length : 0), 0);
    if (job.parsed || tested === 0) expect("records_fetched", { expected: rows.length + tested, found: job.fetched });
    expect("records_failed", { expected: rows.filter((row) => row.invalid).length, found: job.failed });
    if (job.stage !== "done") continue;
    expect("records_processed", { expected: rows.filter((row) => row.mapped && !row.invalid).length, found: job.processed });
    const planned = Object.entries(job.outcomes).reduce((sum, [outcome, count]) => sum + (outcome === "removal" ? 0 : count), 0);
    expect("the sum of outcomes", { expected: rows.length, found: planned });
    const isPartial = rows.some((row) => row.invalid) || (job.statements ?? []).some((statement) => statement.status !== 4 && !statement.mapped);
    expect("the status", { expected: isPartial ? "partial" : "completed", found: job.status });
  }
  return found;
}
