/** Jobs over the wire, with what they were sent as, their statements, proofs, rows, problems and undo. OpenAPI and the dashboard's types come from here. */
import { z } from "@hono/zod-openapi";
import { DECISIONS, OUTCOMES } from "../domain/plan.ts";
import { STAGES } from "../domain/status.ts";
import { readingWire } from "./reading-wire.ts";
import { currency, day, instant, minor, uuid } from "./wire.ts";

export const proofWire = z
  .object({
    check: z.string().openapi({ example: "account_control_total" }),
    expected: z.string().nullable(),
    actual: z.string().nullable(),
    ok: z.boolean().nullable().openapi({ description: "null: cannot be proven." }),
    line: z.number().int().nullable(),
    note: z.string().nullable(),
  })
  .openapi("ProofCheck");

export const statementWire = z
  .object({
    id: uuid,
    ordinal: z.number().int(),
    mapping_id: uuid,
    account_id: uuid.nullable(),
    account_name: z.string().nullable(),
    external_account_id: z.string(),
    last_four: z.string().nullable(),
    currency: currency.nullable(),
    as_of_on: day.nullable(),
    as_of_time: z.string().nullable(),
    kind: z.enum(["final", "interim", "delta"]),
    group_status: z.number().int().nullable(),
    member: z.string().nullable().openapi({ description: "Of an archive: the file in it; lines are then that file's." }),
    line_start: z.number().int(),
    line_end: z.number().int().nullable(),
    opening_minor: minor.nullable(),
    closing_minor: minor.nullable(),
    credits_minor: minor,
    debits_minor: minor,
    transaction_count: z.number().int(),
    proof: z.array(proofWire),
    proof_ok: z.boolean().nullable(),
    imported_at: instant.nullable(),
  })
  .openapi("Statement");

export const currencyTotalWire = z.object({ currency, in_minor: minor, out_minor: minor, count: z.number().int() }).openapi("CurrencyTotal");

export const jobWire = z
  .object({
    id: uuid,
    connection_id: uuid,
    connection_name: z.string(),
    job_type: z.enum(["file", "sync", "reparse"]),
    raw_id: uuid.nullable(),
    file_name: z.string().nullable(),
    format: z.string().nullable(),
    size_bytes: z.number().int().nullable(),
    bytes_parsed: z.number().int().nullable(),
    sha256: z.string().nullable(),
    status: z.enum(["pending", "running", "completed", "partial", "failed"]),
    stage: z.enum(STAGES),
    stage_progress: z
      .object({ done: z.number().int(), total: z.number().int() })
      .nullable()
      .openapi({ description: "How far the running stage has come, in steps of its own; null where it does not say." }),
    waits_for: z
      .enum(["reading", "accounts"])
      .nullable()
      .openapi({ description: "At `needs_mapping`: whether it waits to be told how its file is read, or for its accounts." }),
    plan_version: z.number().int(),
    records_fetched: z.number().int(),
    records_processed: z.number().int(),
    records_imported: z.number().int(),
    records_failed: z.number().int(),
    outcomes: z.record(z.enum(OUTCOMES), z.number().int()).openapi({ description: "Rows by outcome; every outcome is present." }),
    undecided: z.number().int().openapi({ description: "Rows that wait for a person before the job can be approved." }),
    totals: z.array(currencyTotalWire).openapi({ description: "What the plan would book, in and out, a currency." }),
    problems: z.object({ error: z.number().int(), warning: z.number().int(), info: z.number().int() }),
    error_code: z.string().nullable(),
    error_message: z.string().nullable(),
    proof_ok: z.boolean().nullable().openapi({ description: "One verdict over all checks; null: nothing speaks against it, and not all is proven." }),
    auto_import_note: z.string().nullable().openapi({ description: "Why a job of an auto-importing connection stopped for a person." }),
    created_by: uuid.nullable(),
    approved_by: uuid.nullable(),
    approved_at: instant.nullable(),
    created_at: instant,
    started_at: instant.nullable(),
    completed_at: instant.nullable(),
    updated_at: instant,
  })
  .openapi("Job");

export const jobDetailWire = jobWire
  .extend({
    statements: z.array(statementWire),
    envelope_proof: z.array(proofWire.extend({ scope: z.enum(["group", "file"]) })),
    dead_letter_id: uuid.nullable(),
    reading: readingWire.nullable().openapi({ description: "Of a file whose columns mean nothing by themselves (CSV and its like)." }),
  })
  .openapi("JobDetail");

export const rowWire = z
  .object({
    row_id: z.string().openapi({ example: "17", description: "The row's number within its job." }),
    outcome: z.enum(OUTCOMES),
    reason_code: z.string(),
    reason: z.string(),
    decision: z.enum(DECISIONS).nullable(),
    default_decision: z.enum(DECISIONS).nullable(),
    decided_by: uuid.nullable(),
    decided_at: instant.nullable(),
    statement_id: uuid,
    account_id: uuid.nullable(),
    posted_on: day.nullable(),
    value_on: day.nullable(),
    amount_minor: minor.nullable(),
    currency: currency.nullable(),
    type_code: z.string(),
    type_description: z.string(),
    bank_reference: z.string().nullable(),
    customer_reference: z.string().nullable(),
    description: z.string(),
    external_transaction_id: z.string().nullable(),
    is_pending: z.boolean(),
    line_start: z.number().int(),
    line_end: z.number().int(),
    raw: z.string().nullable(),
    imported: z.boolean(),
    target: z
      .object({
        transaction_id: uuid,
        version: z.number().int().nullable(),
        posted_on: day.nullable(),
        amount_minor: minor.nullable(),
        currency: currency.nullable(),
        type_code: z.string().nullable(),
        bank_reference: z.string().nullable(),
        customer_reference: z.string().nullable(),
        description: z.string().nullable(),
        is_pending: z.boolean().nullable(),
        deleted_at: instant.nullable(),
        in_this_job: z.boolean().openapi({ description: "The target is another row of this same job, not yet in the books." }),
      })
      .nullable(),
  })
  .openapi("PlanRow");

export const jobProblemWire = z
  .object({
    id: z.string(),
    severity: z.enum(["error", "warning", "info"]),
    code: z.string(),
    line: z.number().int().nullable(),
    record: z.string().nullable(),
    field: z.string().nullable(),
    value: z.string().nullable(),
    expected: z.string().nullable(),
    message: z.string(),
    statement_id: uuid.nullable(),
  })
  .openapi("JobProblem");

export const uploadAnswerWire = z
  .object({
    job: jobWire,
    duplicate: z.boolean(),
    message: z.string().optional().openapi({ description: "For a duplicate: when and by whom it came first." }),
  })
  .openapi("UploadAnswer");

export const uploadWire = z
  .object({
    id: uuid,
    connection_id: uuid,
    file_name: z.string(),
    format: z.string(),
    size_bytes: z.number().int().nullable(),
    part_size_bytes: z.number().int().openapi({ description: "Every part but the last has exactly this size." }),
    parts: z.array(z.object({ part_no: z.number().int(), size_bytes: z.number().int() })),
    job_id: uuid.nullable(),
    completed_at: instant.nullable(),
    created_at: instant,
  })
  .openapi("Upload");

/** What an undo would do, or what it did; `blockers` name why it cannot. */
export const impactWire = z
  .object({
    possible: z.boolean(),
    transactions_removed: z.number().int(),
    transactions_kept: z.number().int().openapi({ description: "Rows that another job has seen too: they pass to it." }),
    transactions_restored: z.number().int(),
    transactions_reverted: z.number().int(),
    balances_removed: z.number().int(),
    blockers: z.array(z.object({ code: z.string(), transaction_id: uuid.nullable(), job_id: uuid.nullable(), message: z.string() })),
  })
  .openapi("UndoImpact");

export const deadLetterWire = z
  .object({
    id: uuid,
    message_type: z.string(),
    job_id: uuid.nullable(),
    reason: z.string(),
    received_at: instant,
    retried_at: instant.nullable(),
  })
  .openapi("DeadLetter");
