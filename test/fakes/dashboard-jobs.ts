/** How an import of the pretended world is put together: jobs, statements that prove themselves, rows and the counts that follow from them. */
import { createHash } from "node:crypto";
import { DEFAULT_DECISION, type Outcome } from "../../src/domain/plan.ts";
import { agoOf, type Check, dayOf, idOf, type Job, movementOf, type Problem, type Row, rawOf, type Statement } from "./dashboard-nouns.ts";

/** A text that would run, if anything here ever ran a bank's text. */
export const HOSTILE_TEXT = `<img src=x onerror="window.wasRun=1"><script>window.wasRun=1</script>"'><svg onload=window.wasRun=1> =HYPERLINK("javascript:window.wasRun=1")`;

export interface JobBundle {
  job: Job;
  rows: Row[];
  problems: Problem[];
}

export function makeJob({ n, fileName, minutesAgo, ...rest }: Partial<Job> & { n: number; fileName: string; minutesAgo: number }): Job {
  const at = agoOf(minutesAgo);
  return {
    id: idOf("job", n),
    connection_id: idOf("connection", 2),
    connection_name: "First Meridian, prior day",
    job_type: "file",
    raw_id: idOf("raw", n),
    file_name: fileName,
    format: "bai2",
    size_bytes: 184_320 + n * 977,
    bytes_parsed: 184_320 + n * 977,
    sha256: createHash("sha256").update(fileName).digest("hex"),
    status: "running",
    stage: "in_review",
    stage_progress: null,
    waits_for: null,
    reading: null,
    plan_version: 1,
    records_fetched: 0,
    records_processed: 0,
    records_imported: 0,
    records_failed: 0,
    outcomes: { new: 0, duplicate: 0, possible_duplicate: 0, update: 0, removal: 0, conflict: 0, unmapped: 0, invalid: 0 },
    undecided: 0,
    totals: [],
    problems: { error: 0, warning: 0, info: 0 },
    error_code: null,
    error_message: null,
    auto_import_note: null,
    created_by: idOf("user", 3),
    approved_by: null,
    approved_at: null,
    created_at: at,
    started_at: at,
    completed_at: null,
    updated_at: at,
    statements: [],
    envelope_proof: [],
    proof_ok: null,
    dead_letter_id: null,
    ...rest,
  };
}

interface RowDraft {
  n: number;
  outcome: Outcome;
  reason: string;
  statementId: string;
  accountId: string | null;
  currency: string;
}

export function makeRow(draft: RowDraft, part: Partial<Row> = {}): Row {
  const movement = movementOf(draft.n, draft.currency);
  return {
    row_id: `${draft.n}`,
    outcome: draft.outcome,
    reason_code: draft.outcome,
    reason: draft.reason,
    decision: null,
    default_decision: DEFAULT_DECISION[draft.outcome],
    decided_by: null,
    decided_at: null,
    statement_id: draft.statementId,
    account_id: draft.accountId,
    posted_on: dayOf(1),
    value_on: null,
    amount_minor: movement.amount,
    currency: draft.currency,
    type_code: movement.typeCode,
    type_description: movement.typeDescription,
    bank_reference: movement.bankReference,
    customer_reference: movement.customerReference,
    description: movement.text,
    external_transaction_id: null,
    is_pending: false,
    line_start: 6 + draft.n,
    line_end: 6 + draft.n,
    raw: rawOf(movement),
    imported: false,
    target: null,
    ...part,
  };
}

/** The row with what it meets in the books; `part` is where the two differ. */
export function withTarget(row: Row, part: Partial<NonNullable<Row["target"]>> = {}): Row {
  return {
    ...row,
    target: {
      transaction_id: idOf("transaction", Number(row.row_id) + 1),
      version: 1,
      posted_on: row.posted_on,
      amount_minor: row.amount_minor,
      currency: row.currency,
      type_code: row.type_code,
      bank_reference: row.bank_reference,
      customer_reference: row.customer_reference,
      description: row.description,
      is_pending: false,
      deleted_at: null,
      in_this_job: false,
      ...part,
    },
  };
}

interface StatementDraft {
  n: number;
  accountId: string | null;
  accountName: string | null;
  lastFour: string;
  currency: string;
  opening: string;
  closing: string;
  credits: string;
  debits: string;
  count: number;
  lines: readonly [start: number, end: number];
}

/** A statement whose every check holds; `part` is where it does not. */
export function makeStatement(draft: StatementDraft, part: Partial<Statement> = {}): Statement {
  const [start, end] = draft.lines;
  return {
    id: idOf("statement", draft.n),
    ordinal: draft.n,
    mapping_id: idOf("mapping", draft.n),
    account_id: draft.accountId,
    account_name: draft.accountName,
    external_account_id: `•••• ${draft.lastFour}`,
    last_four: draft.lastFour,
    currency: draft.currency,
    as_of_on: dayOf(1),
    as_of_time: null,
    kind: "final",
    member: null,
    group_status: 1,
    line_start: start,
    line_end: end,
    opening_minor: draft.opening,
    closing_minor: draft.closing,
    credits_minor: draft.credits,
    debits_minor: draft.debits,
    transaction_count: draft.count,
    proof: [
      holds("account_control_total", draft.closing, end),
      holds("account_record_count", `${draft.count + 2}`, end),
      holds("ledger_by_details", draft.closing, start),
      holds("credits_total", draft.credits, start),
      holds("debits_total", draft.debits, start),
      holds("continuity", draft.opening, start),
      {
        check: "float",
        expected: null,
        actual: null,
        ok: null,
        line: start,
        note: "The statement does not name its available balance with its float.",
      },
    ],
    proof_ok: true,
    imported_at: null,
    ...part,
  };
}

export function holds(name: string, value: string, line: number | null): Check {
  return { check: name, expected: value, actual: value, ok: true, line, note: null };
}

/** Sets the counts and totals that follow from the rows. */
export function recount(bundle: JobBundle): JobBundle {
  const { job, rows } = bundle;
  const counts = { new: 0, duplicate: 0, possible_duplicate: 0, update: 0, removal: 0, conflict: 0, unmapped: 0, invalid: 0 };
  for (const row of rows) counts[row.outcome] += 1;
  job.outcomes = counts;
  job.records_fetched = rows.length;
  job.records_processed = rows.length - counts.unmapped - counts.invalid;
  job.records_failed = counts.invalid;
  job.undecided = rows.filter((row) => row.decision === null && row.default_decision === null).length;
  job.problems = { error: 0, warning: 0, info: 0 };
  for (const problem of bundle.problems) job.problems[problem.severity] += 1;
  job.totals = totalsOf(rows.filter((row) => (row.decision ?? row.default_decision) === "import"));
  return bundle;
}

function totalsOf(rows: readonly Row[]): Job["totals"] {
  const totals = new Map<string, { credits: bigint; debits: bigint; count: number }>();
  for (const { currency, amount_minor: amount } of rows) {
    if (currency === null || amount === null) continue;
    const total = totals.get(currency) ?? { credits: 0n, debits: 0n, count: 0 };
    if (amount.startsWith("-")) total.debits += BigInt(amount);
    else total.credits += BigInt(amount);
    total.count += 1;
    totals.set(currency, total);
  }
  return [...totals].map(([currency, total]) => ({ currency, in_minor: `${total.credits}`, out_minor: `${total.debits}`, count: total.count }));
}
