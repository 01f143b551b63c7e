/** The pretended connections that fetch: one in every state, with its runs and its webhooks. No server; what happens to them stands in dashboard-connections.ts. */
import type { z } from "@hono/zod-openapi";
import { stateOf } from "../../src/domain/connection-state.ts";
import type { runWire, webhookEventDetailWire } from "../../src/routes/connection-wire.ts";
import { HOSTILE_TEXT, type JobBundle, makeJob } from "./dashboard-jobs.ts";
import { agoOf, type Connection, dayOf, idOf, type Mapping, makeConnection, NOW_MS, pick } from "./dashboard-nouns.ts";

export type Run = z.infer<typeof runWire>;
export type WebhookEvent = z.infer<typeof webhookEventDetailWire>;

export interface FetchingWorld {
  /** By connection, the newest first. */
  runs: Map<string, Run[]>;
  events: WebhookEvent[];
  /** What comes of the next link: done, left by the person, refused by Plaid, or Plaid does not answer. */
  linkOutcome: "done" | "cancelled" | "refused" | "away";
  /** Every request that changes something, as `POST /api/…`, in the order in which they came. */
  asked: string[];
  /** Credentials as they came: they go in and never come out. */
  credentials: { connectionId: string | null; credentials: Record<string, unknown> }[];
}

const later = (minutes: number) => agoOf(-minutes);
const setAt = { set: true, set_at: agoOf(60 * 24 * 12), set_by: idOf("user", 2) };

/** Rows of the last 30 days: more on some days than on others, none at weekends. */
function activityOf(seed: number, most: number, from = 0): Connection["activity"] {
  return Array.from({ length: 30 - from }, (_, index) => 29 - index)
    .filter((daysAgo) => pick(seed + daysAgo, 7) > 1)
    .map((daysAgo) => ({ on: dayOf(daysAgo), rows: 1 + pick(seed * 31 + daysAgo, most) }));
}

const account = (id: string, name: string, lastFour: string, currency = "USD", type = "depository/checking") => ({
  id,
  name,
  last_four: lastFour,
  currency,
  type,
});

type Draft = Partial<Connection> & Pick<Connection, "name" | "connection_type">;

const HEALTHY: readonly Draft[] = [
  {
    name: "First Platypus Bank",
    connection_type: "plaid",
    sync_frequency: "realtime",
    config: { item_id: "item-1", institution_name: "First Platypus Bank", sync_type: "both", lookback_days: 730, include_pending: true },
    freshness: "fresh",
    fresh_until: later(100),
    next_sync_at: later(11),
    activity: activityOf(3, 90),
    provider_accounts: [
      account("acc-plaid-1", "Plaid Checking", "0000"),
      account("acc-plaid-2", "Plaid Saving", "1111", "USD", "depository/savings"),
      account("acc-plaid-3", "Plaid Credit Card", "3333", "USD", "credit/credit card"),
    ],
    test: { at: agoOf(60 * 7), ok: true, message: "3 accounts found." },
  },
  {
    name: "Mercury",
    connection_type: "bank_api",
    sync_frequency: "manual",
    config: { baseUrl: "https://api.mercury.test/api/v1", auth: { kind: "api_key" } },
    freshness: "not_expected",
    activity: activityOf(5, 20, 4),
    provider_accounts: [account("acc-mercury-1", "Operating", "2204")],
    last_success_at: agoOf(60 * 96),
    test: { at: agoOf(60 * 9), ok: true, message: "1 account found." },
  },
];

const TROUBLED: readonly Draft[] = [
  {
    name: "Larkfield Store",
    connection_type: "stripe",
    sync_frequency: "daily",
    sync_hour: 6,
    sync_time_zone: "America/New_York",
    config: { account_id: "acct_1Larkfield", livemode: true, fee_handling: "separate", lookback_days: 90, overlap_days: 7 },
    freshness: "stale",
    fresh_until: agoOf(60 * 5),
    next_sync_at: later(38),
    last_success_at: agoOf(60 * 55),
    last_error: "Stripe takes no more requests for now (429).",
    failure: failureOf("rate_limited", "http_429", "Stripe takes no more requests for now (429).", 3),
    activity: activityOf(8, 400, 2),
    provider_accounts: [account("acct_1Larkfield", "Larkfield Store", "", "USD", "balance")],
  },
  {
    name: "Tartan Credit Union",
    connection_type: "plaid",
    sync_frequency: "realtime",
    config: { item_id: "item-2", institution_name: "Tartan Credit Union", sync_type: "transactions", lookback_days: 365, include_pending: true },
    status: "error",
    freshness: "stale",
    fresh_until: agoOf(60 * 30),
    last_success_at: agoOf(60 * 31),
    last_error: "Tartan Credit Union asks for the login again. Sign in there once more; what is booked stays.",
    failure: failureOf("reauthenticate", "ITEM_LOGIN_REQUIRED", "Tartan Credit Union asks for the login again.", 1, true),
    activity: activityOf(12, 40, 2),
    provider_accounts: [account("acc-tartan-1", "Business Checking", "8841")],
  },
  {
    name: "Gulf Trust, direct",
    connection_type: "bank_api",
    sync_frequency: "hourly",
    config: { baseUrl: "https://api.gulftrust.test", auth: { kind: "oauth2_cc" } },
    freshness: "fresh",
    fresh_until: later(90),
    next_sync_at: later(22),
    unmapped: 2,
    last_success_at: agoOf(38),
    provider_accounts: [account("gt-1", "Project account", "3347", "KWD"), account("gt-2", HOSTILE_TEXT, "9001", "KWD")],
  },
  {
    name: "Nordhafen Bank, PSD2",
    connection_type: "bank_api",
    sync_frequency: "hourly",
    config: { baseUrl: "https://psd2.nordhafen.test", auth: { kind: "none" } },
    freshness: "fresh",
    fresh_until: later(120),
    next_sync_at: later(35),
    expires_at: later(60 * 24 * 3 + 60),
    activity: activityOf(17, 25),
    provider_accounts: [account("nh-1", "Giro", "0093", "EUR")],
  },
  {
    name: "Stripe, test mode",
    connection_type: "stripe",
    status: "inactive",
    config: { account_id: "acct_1Test", livemode: false, fee_handling: "net" },
    sync_frequency: "hourly",
    freshness: "stale",
    last_success_at: agoOf(60 * 24 * 20),
  },
  {
    name: "Stripe, Larkfield Europe",
    connection_type: "stripe",
    status: "pending_setup",
    config: { account_id: null, livemode: true, fee_handling: "separate" },
    sync_frequency: "hourly",
    freshness: "never",
    last_success_at: null,
    last_error: "Stripe refused the key (401). Give another one that may read the balance.",
    test: { at: agoOf(14), ok: false, message: "Stripe refused the key (401). Give another one that may read the balance." },
  },
];

/** Ids 11 and up, in this order: 11 fresh, 12 by hand, 13 failing, 14 needs a person, 15 needs mapping, 16 expires soon, 17 paused, 18 not set up. */
export function makeFetchingConnections(): Connection[] {
  return [...HEALTHY, ...TROUBLED].map((draft, index) =>
    standing(
      makeConnection({
        id: idOf("connection", 11 + index),
        fetches: true,
        credentials: setAt,
        last_sync_at: agoOf(4),
        last_success_at: agoOf(4),
        ...draft,
        config: { ...draft.config },
      }),
    ),
  );
}

/** The connection with the state that follows from the rest of it, by the rule of the real one. */
export function standing(connection: Connection): Connection {
  const { open_run: run, failure, expires_at: expiresAt } = connection;
  const state = stateOf({
    ...connection,
    failureKind: failure?.kind ?? null,
    lastError: connection.last_error,
    failures: failure?.count ?? 0,
    openStage: run?.stage ?? null,
    retryAt: run?.retry_at ?? null,
    expiresInDays: expiresAt === null ? null : Math.floor((Date.parse(expiresAt) - NOW_MS) / 86_400_000),
  });
  return Object.assign(connection, { state });
}

function failureOf(
  kind: NonNullable<Connection["failure"]>["kind"],
  code: string,
  message: string,
  count: number,
  needsPerson = false,
): NonNullable<Connection["failure"]> {
  return { kind, code, message, needs_person: needsPerson, at: agoOf(9), count };
}

export function makeRun(n: number, part: Partial<Run> = {}): Run {
  return {
    job_id: idOf("job", n),
    trigger: "schedule",
    requested_by: null,
    requested_by_name: null,
    outcome: "fetched",
    pages: 1 + pick(n, 4),
    restarts: 0,
    attempts: 1,
    retry_at: null,
    failure: null,
    stage: "done",
    status: "completed",
    records_fetched: pick(n, 90),
    records_imported: pick(n, 60),
    started_at: agoOf(15 * (n % 400)),
    ended_at: agoOf(15 * (n % 400)),
    ...part,
  };
}

/** The job of a run, as the list of imports shows it. */
export function makeFetchedJob(
  n: number,
  connection: Pick<Connection, "id" | "name">,
  part: Partial<JobBundle["job"]> & { minutesAgo?: number } = {},
): JobBundle {
  const job = makeJob({
    n,
    fileName: "",
    minutesAgo: 4,
    job_type: "sync",
    connection_id: connection.id,
    connection_name: connection.name,
    format: "plaid_transactions_sync",
    size_bytes: null,
    bytes_parsed: null,
    sha256: null,
    created_by: null,
    ...part,
  });
  return { job: { ...job, file_name: null }, rows: [], problems: [] };
}

export function makeFetchedJobs(): JobBundle[] {
  const done = { stage: "done", status: "completed", records_fetched: 62, records_processed: 62, records_imported: 41 } as const;
  const failed = {
    stage: "fetching",
    status: "failed",
    raw_id: null,
    plan_version: 0,
    error_code: "http_429",
    error_message: "Stripe takes no more requests for now (429).",
  } as const;
  return [
    makeFetchedJob(401, { id: idOf("connection", 11), name: "First Platypus Bank" }, { ...done, minutesAgo: 60 * 24 * 6 }),
    makeFetchedJob(411, { id: idOf("connection", 13), name: "Larkfield Store" }, { ...failed, minutesAgo: 60 * 24 * 7 }),
  ];
}

export function makeFetching(): FetchingWorld {
  const failed: Partial<Run> = {
    outcome: "failed",
    status: "failed",
    stage: "fetching",
    pages: 2,
    attempts: 5,
    records_fetched: 0,
    records_imported: 0,
    failure: { kind: "rate_limited", code: "http_429", message: "Stripe takes no more requests for now (429).", request_id: "req_7Hq2" },
  };
  const runs = new Map([
    [
      idOf("connection", 11),
      [
        makeRun(401),
        makeRun(402, { trigger: "webhook", restarts: 1 }),
        makeRun(403, { trigger: "button", requested_by: idOf("user", 2), requested_by_name: "Adam Admin" }),
        makeRun(404, { outcome: "not_ready", pages: 0, records_fetched: 0, records_imported: 0, trigger: "setup" }),
      ],
    ],
    [idOf("connection", 13), [makeRun(411, failed), makeRun(412, failed), makeRun(413)]],
  ]);
  return { runs, events: makeEvents(), linkOutcome: "done", asked: [], credentials: [] };
}

function makeEvents(): WebhookEvent[] {
  const base = {
    connection_id: idOf("connection", 11),
    connection_name: "First Platypus Bank",
    provider: "plaid",
    code: null,
    deliveries: 1,
    job_id: null,
    processed_at: agoOf(8),
    replayed_at: null,
  };
  const at = (minutes: number) => ({ received_at: agoOf(minutes), last_delivered_at: agoOf(minutes) });
  const payload = { webhook_type: "TRANSACTIONS", webhook_code: "SYNC_UPDATES_AVAILABLE", item_id: "item-1", environment: "sandbox" };
  const events: Omit<WebhookEvent, "id">[] = [
    { ...base, ...at(8), event_id: "evt-a", event_type: "TRANSACTIONS.SYNC_UPDATES_AVAILABLE", effect: "sync", job_id: idOf("job", 402), payload },
    { ...base, ...at(64), event_id: "evt-b", event_type: "TRANSACTIONS.SYNC_UPDATES_AVAILABLE", effect: "sync", deliveries: 3, payload },
    { ...base, ...at(900), event_id: "evt-c", event_type: "ITEM.WEBHOOK_UPDATE_ACKNOWLEDGED", effect: "none", payload: { secret: "••••••" } },
    {
      ...base,
      ...at(9),
      connection_id: idOf("connection", 14),
      connection_name: "Tartan Credit Union",
      event_id: "evt-d",
      event_type: "ITEM.ERROR",
      effect: "reauthenticate",
      code: "ITEM_LOGIN_REQUIRED",
      payload: { error: { error_code: "ITEM_LOGIN_REQUIRED", display_message: HOSTILE_TEXT } },
    },
  ];
  return events.map((event, index) => ({ ...event, id: idOf("event", index + 1) }));
}

type MappingBase = Omit<Mapping, "id" | "last_four" | "connection_id" | "connection_name" | "external_account_id" | "currency">;

/** What stands on the page of mappings for the accounts above. */
export function makeFetchingMappings(base: MappingBase): Mapping[] {
  const platypus = { ...base, connection_id: idOf("connection", 11), connection_name: "First Platypus Bank", currency: "USD" };
  const checking = { external_account_name: "Plaid Checking", last_four: "0000", account_id: idOf("account", 1), account_name: "Operating account" };
  const saving = { external_account_name: "Plaid Saving", last_four: "1111", account_id: idOf("account", 7), account_name: "Reserve" };
  return [
    { ...platypus, ...checking, id: idOf("mapping", 41), external_account_id: "•••• 0000" },
    { ...platypus, ...saving, id: idOf("mapping", 42), external_account_id: "•••• 1111" },
  ];
}
