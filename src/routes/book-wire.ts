/** The books over the wire: accounts and their mappings, balances, transactions with their lineage, payments. OpenAPI and the dashboard's types come from here. */
import { z } from "@hono/zod-openapi";
import { currency, day, instant, minor, uuid } from "./wire.ts";

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
