/** What goes over the wire: the API's nouns as zod schemas, snake_case, money as strings of minor units. OpenAPI and the dashboard's types come from here. */
import { z } from "@hono/zod-openapi";
import { DECISIONS, OUTCOMES } from "../domain/plan.ts";
import { profileSettingsSchema } from "../domain/profile-schema.ts";
import { ROLES, SIGN_IN_METHODS } from "../domain/roles.ts";
import { STAGES } from "../domain/status.ts";

const instant = z.iso.datetime({ offset: true }).openapi({ example: "2026-03-01T23:59:59Z" });
const day = z.string().openapi({ example: "2026-03-01", description: "A bank's calendar day." });
const minor = z.string().openapi({ example: "-490196", description: "Integer minor units." });
const uuid = z.uuid();
const currency = z.string().length(3).openapi({ example: "USD" });

/** RFC 9457, always with a stable `code` and the `request_id`. */
export const problemWire = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    expected: z.unknown().optional(),
    seen: z.unknown().optional(),
    request_id: z.string(),
  })
  .openapi("Problem");

/** A page of a list: `next_cursor` is null on the last one. */
export const listOf = <T extends z.ZodType>(item: T) => z.object({ data: z.array(item), next_cursor: z.string().nullable() });

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

/** Part of a profile, as plain JSON: what is left out is inferred. */
export const settingsWire = profileSettingsSchema;

const confidence = z.enum(["certain", "likely", "ambiguous"]);
const readingPart = {
  profile_id: uuid.nullable(),
  profile_name: z.string().nullable(),
  profile_version: z.number().int().nullable(),
  signature: z.string(),
  inference: z.array(z.object({ column: z.string().nullable(), role: z.string(), reading: z.string(), confidence, evidence: z.string() })),
  questions: z.array(
    z.object({
      code: z.string(),
      columns: z.array(z.string()),
      role: z.string().nullable(),
      message: z.string(),
      member: z.string().nullish().openapi({ description: "Of an archive: the first file in it that leaves this open." }),
      table: z
        .object({ names: z.array(z.string()), rows: z.array(z.object({ row: z.number().int(), cells: z.array(z.string()) })) })
        .optional()
        .openapi({ description: "The first rows, where it is asked what the columns hold; without names a row is one whole line." }),
      choices: z.array(
        z.object({
          reading: z.string(),
          settings: settingsWire,
          sample: z.array(z.object({ row: z.number().int(), value: z.string(), becomes: z.string() })),
        }),
      ),
    }),
  ),
  changed: z.array(z.string()),
  profile: z
    .record(z.string(), z.unknown())
    .nullable()
    .openapi({ description: "The profile that this file is pinned to; null while a question is open." }),
};

/** How a file without meaning of its own is read, with the evidence, and what a person still has to say. */
export const readingWire = z
  .object({
    ...readingPart,
    members: z
      .array(z.object({ ...readingPart, format: z.string(), files: z.array(z.string()), file_count: z.number().int() }))
      .optional()
      .openapi({
        description:
          "Of an archive: each shape among the files in it that need a reading; several files of one signature are one shape. What stands beside it is of the shape that is asked about now, else of the first.",
      }),
  })
  .openapi("Reading");

export const profileWire = z
  .object({
    id: uuid,
    name: z.string(),
    format: z.string(),
    signature: z.string(),
    version: z.number().int(),
    profile: z.record(z.string(), z.unknown()),
    used_by_jobs: z.number().int(),
    created_by: uuid.nullable(),
    created_at: instant,
  })
  .openapi("Profile");

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

export const mappingWire = z
  .object({
    id: uuid,
    connection_id: uuid,
    connection_name: z.string(),
    external_account_id: z.string(),
    external_account_name: z.string().nullable(),
    last_four: z.string().nullable(),
    currency: currency.nullable(),
    account_id: uuid.nullable(),
    account_name: z.string().nullable(),
    suggested_account_id: uuid.nullable(),
    suggested_account_name: z.string().nullable(),
    verified: z.boolean(),
    verified_by: uuid.nullable(),
    verified_at: instant.nullable(),
    waiting_jobs: z.number().int(),
    waiting_rows: z.number().int(),
    booked_rows: z.boolean().openapi({ description: "Rows of this mapping are in the books: remapping is refused." }),
    created_at: instant,
    updated_at: instant,
  })
  .openapi("Mapping");

export const accountWire = z
  .object({
    id: uuid,
    name: z.string(),
    currency,
    account_type: z.enum(["checking", "savings", "credit", "loan", "other"]),
    time_zone: z.string(),
    entity_id: uuid.nullable(),
    entity_name: z.string().nullable(),
    last_four: z.string().nullable(),
    current_balance_minor: minor.nullable(),
    current_as_of_at: instant.nullable(),
    available_balance_minor: minor.nullable(),
    available_as_of_at: instant.nullable(),
    transaction_count: z.number().int().openapi({ description: "Counted up to 1,000: that many means as many or more." }),
    created_by: uuid.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .openapi("Account");

export const entityWire = z.object({ id: uuid, name: z.string(), created_by: uuid.nullable(), created_at: instant }).openapi("Entity");

export const balanceWire = z
  .object({
    id: uuid,
    type_code: z.string(),
    type_description: z.string(),
    as_of_on: day,
    as_of_at: instant,
    kind: z.enum(["final", "interim", "delta"]),
    amount_minor: minor,
    currency,
    connection_id: uuid,
    statement_id: uuid.nullable(),
    import_job_id: uuid,
    line: z.number().int().nullable(),
    received_at: instant,
    superseded_at: instant.nullable(),
  })
  .openapi("AccountBalance");

export const completenessWire = z
  .object({
    day,
    is_working_day: z.boolean(),
    statements: z.number().int().openapi({ description: "Imported statements that cover the day." }),
    final_statements: z.number().int(),
    proof_ok: z
      .boolean()
      .nullable()
      .openapi({ description: "false: a check is broken; true: the ledger is proven; null: no statement, or not provable." }),
  })
  .openapi("CompletenessDay");

export const transactionWire = z
  .object({
    id: uuid,
    account_id: uuid,
    account_name: z.string(),
    connection_id: uuid,
    external_transaction_id: z.string().nullable(),
    import_job_id: uuid,
    posted_on: day,
    value_on: day.nullable(),
    amount_minor: minor,
    currency,
    type_code: z.string(),
    type_description: z.string(),
    bank_reference: z.string().nullable(),
    customer_reference: z.string().nullable(),
    description: z.string(),
    is_pending: z.boolean(),
    category: z.string().nullable(),
    note: z.string().nullable(),
    entity_id: uuid.nullable(),
    reconciled: z.boolean(),
    reconciled_at: instant.nullable(),
    deleted_at: instant.nullable(),
    deleted_by: uuid.nullable(),
    deleted_by_job_id: uuid.nullable(),
    version: z.number().int(),
    created_by: uuid.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .openapi("Transaction");

const lineageWire = z
  .object({
    statement_id: uuid,
    job_id: uuid,
    raw_id: uuid,
    connection_id: uuid,
    file_name: z.string(),
    member: z.string().nullable().openapi({ description: "Of an archive: the file in it; lines and bytes are then that file's." }),
    line_start: z.number().int(),
    line_end: z.number().int(),
    byte_start: z.number().int(),
    byte_end: z.number().int(),
    seen_at: instant,
  })
  .openapi("Lineage");

export const transactionDetailWire = transactionWire
  .extend({
    raw_data: z.object({ raw: z.string() }),
    lineage: lineageWire,
    sightings: z.array(lineageWire),
    revisions: z.array(
      z.object({
        version: z.number().int(),
        kind: z.string(),
        job_id: uuid.nullable(),
        user_id: uuid.nullable(),
        before: z.record(z.string(), z.unknown()),
        after: z.record(z.string(), z.unknown()),
        created_at: instant,
      }),
    ),
    import_job_file_name: z.string().nullable(),
  })
  .openapi("TransactionDetail");

export const paymentWire = z
  .object({
    id: uuid,
    account_id: uuid,
    transaction_id: uuid.nullable(),
    direction: z.enum(["in", "out"]),
    amount_minor: minor,
    currency,
    expected_on: day.nullable(),
    counterparty: z.string().nullable(),
    reference: z.string().nullable(),
    status: z.enum(["expected", "settled", "cancelled"]),
    created_by: uuid.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .openapi("Payment");

export const auditWire = z
  .object({
    id: uuid,
    action: z.string(),
    subject_type: z.string().nullable(),
    subject_id: z.string().nullable(),
    connection_id: uuid.nullable(),
    job_id: uuid.nullable(),
    details: z.record(z.string(), z.unknown()),
    user_id: uuid.nullable(),
    token_id: uuid.nullable(),
    ip_address: z.string().nullable(),
    created_at: instant,
    seal_no: z.number().int().nullable(),
    hash: z.string().nullable(),
  })
  .openapi("AuditEntry");

export const auditVerifyWire = z
  .object({
    ok: z.boolean(),
    sealed: z.number().int(),
    unsealed: z.number().int(),
    first_break: z.number().int().nullable(),
    why: z.string().nullable(),
  })
  .openapi("AuditVerification");

export const sessionWire = z
  .object({
    user: z.object({ id: uuid, email: z.string(), name: z.string() }).nullable(),
    token: z.object({ id: uuid, name: z.string() }).nullable(),
    tenant: z.object({ id: uuid, name: z.string(), slug: z.string() }),
    role: z.enum(ROLES).nullable(),
    permissions: z.array(z.string()),
    expires_at: instant.nullable(),
  })
  .openapi("Session");

export const memberWire = z
  .object({
    id: uuid.openapi({ description: "The person's." }),
    email: z.string(),
    name: z.string(),
    role: z.enum(ROLES),
    joined_at: instant,
    last_seen_at: instant.nullable().openapi({ description: "Of their sessions; to five minutes." }),
  })
  .openapi("Member");

export const invitationWire = z
  .object({
    id: uuid,
    email: z.string(),
    role: z.enum(ROLES),
    state: z.enum(["open", "accepted", "revoked", "expired"]),
    link: z.string().nullable().openapi({ description: "To be passed on while it is open. No secret: only the invited e-mail address opens it." }),
    created_by: uuid.nullable(),
    created_at: instant,
    expires_at: instant,
    accepted_at: instant.nullable(),
    revoked_at: instant.nullable(),
  })
  .openapi("Invitation");

export const sessionEntryWire = z
  .object({
    id: uuid,
    user_id: uuid,
    method: z.enum(SIGN_IN_METHODS),
    ip_address: z.string().nullable(),
    user_agent: z.string().nullable(),
    is_current: z.boolean().openapi({ description: "The one that asks." }),
    created_at: instant,
    last_seen_at: instant,
    expires_at: instant,
  })
  .openapi("SessionEntry");

export const tenantChoiceWire = z
  .object({ id: uuid, name: z.string(), slug: z.string(), role: z.enum(ROLES), is_current: z.boolean() })
  .openapi("TenantChoice");

export const signInMethodsWire = z
  .object({
    local: z.boolean().openapi({ description: "By e-mail alone; on a developer's own machine only." }),
    oidc: z.boolean().openapi({ description: "By the company's provider: go to /auth/oidc." }),
    missing_settings: z.array(z.string()).openapi({ description: "Names of the settings without which there is no company sign-in." }),
  })
  .openapi("SignInMethods");

export const tokenWire = z
  .object({
    id: uuid,
    name: z.string(),
    scopes: z.array(z.string()),
    created_by: uuid.nullable(),
    created_at: instant,
    expires_at: instant.nullable(),
    last_used_at: instant.nullable(),
    revoked_at: instant.nullable(),
  })
  .openapi("ServiceToken");

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
