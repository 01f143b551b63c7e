/** What connections, their runs and their webhooks are on the wire. Never a secret: credentials answer whether, when and by whom they were set. */
import { z } from "@hono/zod-openapi";
import { SAMPLE_KINDS } from "../domain/bank-api/check.ts";
import { CONNECTION_TYPES } from "../domain/connection.ts";
import { BELL_EFFECTS, FAILURE_KINDS } from "../domain/connection-health.ts";
import { CONNECTION_STATES, CONNECTION_STEPS } from "../domain/connection-state.ts";
import { SYNC_FREQUENCIES, SYNC_OUTCOMES, SYNC_TRIGGERS } from "../domain/schedule.ts";
import type { Json } from "../domain/stored.ts";

const uuid = z.uuid();
const instant = z.iso.datetime({ offset: true });

const failureWire = z
  .object({
    kind: z.enum(FAILURE_KINDS),
    code: z.string(),
    message: z.string(),
    /** A person has to do something before it is tried again. */
    needs_person: z.boolean(),
    at: instant.nullable(),
    /** Runs in a row. */
    count: z.number().int(),
  })
  .openapi("ConnectionFailure");

export const providerAccountWire = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    last_four: z.string().nullable(),
    currency: z.string().nullable(),
    type: z.string().nullable(),
  })
  .openapi("ProviderAccount");

export const connectionWire = z
  .object({
    id: uuid,
    name: z.string(),
    connection_type: z.enum(CONNECTION_TYPES),
    status: z.enum(["pending_setup", "active", "inactive", "error"]),
    config: z.record(z.string(), z.unknown()),
    credentials: z.object({ set: z.boolean(), set_at: instant.nullable(), set_by: uuid.nullable() }),
    sync_frequency: z.enum(SYNC_FREQUENCIES),
    sync_hour: z.number().int().openapi({ description: "0 to 23, of a daily connection, in sync_time_zone." }),
    sync_time_zone: z.string(),
    is_default: z.boolean(),
    fetches: z.boolean().openapi({ description: "It fetches by itself; false: it receives files." }),
    entity_id: uuid.nullable(),
    state: z
      .object({ code: z.enum(CONNECTION_STATES), sentence: z.string(), next_step: z.enum(CONNECTION_STEPS) })
      .openapi({ description: "How it stands, the most urgent first, and what a person can do." }),
    freshness: z.enum(["fresh", "stale", "never", "not_expected"]),
    fresh_until: instant.nullable(),
    expires_at: instant.nullable().openapi({ description: "When the consent or credential ends, where the provider says so." }),
    failure: failureWire.nullable(),
    test: z.object({ at: instant, ok: z.boolean(), message: z.string() }).nullable().openapi({ description: "The last look at it, at least daily." }),
    provider_accounts: z.array(providerAccountWire),
    unmapped: z.number().int().openapi({ description: "Its external accounts that no account of yours is confirmed for." }),
    open_run: z
      .object({
        job_id: uuid,
        trigger: z.enum(SYNC_TRIGGERS),
        stage: z.enum(["fetching", "waiting"]),
        pages: z.number().int(),
        attempts: z.number().int(),
        retry_at: instant.nullable(),
        started_at: instant,
      })
      .nullable(),
    activity: z
      .array(z.object({ on: z.iso.date(), rows: z.number().int() }))
      .openapi({ description: "Rows booked a day, of the last 30 days; days without any are left out." }),
    last_sync_at: instant.nullable(),
    last_success_at: instant.nullable(),
    next_sync_at: instant.nullable(),
    last_error: z.string().nullable(),
    last_job: z.object({ id: uuid, status: z.string(), stage: z.string(), file_name: z.string().nullable(), created_at: instant }).nullable(),
    created_by: uuid.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .openapi("Connection");

/** A kind of connection, with the forms that set one up. */
export const connectionTypeWire = z
  .object({
    connection_type: z.enum(CONNECTION_TYPES),
    title: z.string(),
    description: z.string(),
    fetches: z.boolean(),
    available: z.boolean(),
    unavailable_because: z.string().nullable(),
    set_up: z.enum(["form", "plaid_link"]),
    config_schema: z.record(z.string(), z.unknown()).openapi({ description: "JSON Schema of `config`, each field with title and description." }),
    credentials_schema: z.record(z.string(), z.unknown()).nullable().openapi({ description: "JSON Schema of `credentials`; null: there are none." }),
    presets: z.array(z.object({ id: z.string(), title: z.string(), description: z.string(), config: z.record(z.string(), z.unknown()) })),
  })
  .openapi("ConnectionType");

export const testWire = z
  .discriminatedUnion("ok", [
    z.object({
      ok: z.literal(true),
      identity: z.string(),
      title: z.string().nullable(),
      accounts: z.array(providerAccountWire),
      expires_at: instant.nullable(),
      notes: z.array(z.string()),
      existing: z.object({ id: uuid, name: z.string() }).nullable().openapi({ description: "A connection of yours that is to the same." }),
    }),
    z.object({ ok: z.literal(false), kind: z.enum(FAILURE_KINDS), code: z.string(), message: z.string(), needs_person: z.boolean() }),
  ])
  .openapi("ConnectionTest");

export const runWire = z
  .object({
    job_id: uuid,
    trigger: z.enum(SYNC_TRIGGERS),
    requested_by: uuid.nullable(),
    requested_by_name: z.string().nullable(),
    outcome: z.enum(SYNC_OUTCOMES).nullable().openapi({ description: "Null while it runs." }),
    pages: z.number().int(),
    restarts: z.number().int(),
    attempts: z.number().int(),
    retry_at: instant.nullable(),
    failure: z
      .object({
        kind: z.enum(FAILURE_KINDS).nullable(),
        code: z.string().nullable(),
        message: z.string().nullable(),
        request_id: z.string().nullable(),
      })
      .nullable(),
    stage: z.string(),
    status: z.string(),
    records_fetched: z.number().int(),
    records_imported: z.number().int(),
    started_at: instant,
    ended_at: instant.nullable(),
  })
  .openapi("SyncRun");

const eventFields = {
  id: uuid,
  connection_id: uuid.nullable(),
  connection_name: z.string().nullable(),
  provider: z.string(),
  event_id: z.string(),
  event_type: z.string(),
  effect: z.enum(BELL_EFFECTS),
  code: z.string().nullable(),
  deliveries: z.number().int().openapi({ description: "How often the provider sent it; it had one effect." }),
  job_id: uuid.nullable().openapi({ description: "The run that it rang for." }),
  received_at: instant,
  last_delivered_at: instant,
  processed_at: instant.nullable(),
  replayed_at: instant.nullable(),
};
export const webhookEventWire = z.object(eventFields).openapi("WebhookEvent");
export const webhookEventDetailWire = z
  .object({ ...eventFields, payload: z.unknown().openapi({ description: "As it came, secrets masked." }) })
  .openapi("WebhookEventDetail");

/** What a description of a bank's API makes of a pasted answer. */
export const checkedBankWire = z
  .object({
    kind: z.enum(SAMPLE_KINDS).nullable().openapi({ description: "What the answer was taken for; null: for none of them." }),
    accounts: z.array(providerAccountWire),
    balances: z.array(z.object({ account_id: z.string(), type_code: z.string(), amount_minor: z.string(), currency: z.string() })),
    rows: z.array(
      z.object({
        account_id: z.string().nullable(),
        amount_minor: z.string().nullable(),
        currency: z.string().nullable(),
        posted_on: z.string().nullable(),
        value_on: z.string().nullable(),
        description: z.string(),
        external_transaction_id: z.string().nullable(),
        status: z.enum(["posted", "pending", "void"]),
      }),
    ),
    problems: z.array(
      z.object({
        severity: z.enum(["error", "warning", "info"]),
        code: z.string(),
        field: z.string().nullable(),
        value: z.string().nullable(),
        expected: z.string().nullable(),
        message: z.string(),
      }),
    ),
  })
  .openapi("CheckedBankApi");

/** What a person sends as credentials, by their names in the connector's own schema. */
export const credentialsBody = z.record(z.string().max(100), z.unknown());

/** What came as JSON is JSON. */
export const asJson = (config: Readonly<Record<string, unknown>>): { [key: string]: Json } => z.record(z.string(), z.json()).parse(config);
