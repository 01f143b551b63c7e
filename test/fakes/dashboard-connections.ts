/** The pretended API's part for connections that fetch: tests, syncs that take a few looks, credentials, webhooks, Plaid's page. Answers as connection-wire.ts says. */
import { z } from "@hono/zod-openapi";
import { checkConfig } from "../../src/domain/bank-api/check.ts";
import { CONNECTION_TYPES } from "../../src/domain/connection.ts";
import { notFound, Refusal } from "../../src/domain/refusal.ts";
import { SYNC_FREQUENCIES } from "../../src/domain/schedule.ts";
import {
  checkedBankWire,
  connectionTypeWire,
  connectionWire,
  runWire,
  testWire,
  webhookEventDetailWire,
  webhookEventWire,
} from "../../src/routes/connection-wire.ts";
import { listOf } from "../../src/routes/wire.ts";
import { DEMO_TYPES } from "./dashboard-connection-types.ts";
import { type FetchingWorld, makeFetchedJob, makeRun, standing } from "./dashboard-fetching.ts";
import type { JobBundle } from "./dashboard-jobs.ts";
import { agoOf, type Connection, dayOf, idOf, makeConnection } from "./dashboard-nouns.ts";

interface World {
  connections: Connection[];
  jobs: JobBundle[];
  fetching: FetchingWorld;
}

interface Answer {
  status?: number;
  body: unknown;
}

const settings = {
  config: z.record(z.string(), z.unknown()).optional(),
  sync_frequency: z.enum(SYNC_FREQUENCIES).optional(),
  sync_hour: z.number().int().min(0).max(23).optional(),
  sync_time_zone: z.string().optional(),
  entity_id: z.string().nullable().optional(),
  auto_import: z.boolean().optional(),
};
const credentialsSchema = z.record(z.string(), z.unknown());
const draftSchema = z.strictObject({
  ...settings,
  name: z.string().min(1),
  connection_type: z.enum(CONNECTION_TYPES),
  credentials: credentialsSchema.optional(),
});
const changeSchema = z.strictObject({ ...settings, name: z.string().min(1).optional(), status: z.enum(["active", "inactive"]).optional() });
const trySchema = z.strictObject({
  connection_type: z.enum(CONNECTION_TYPES),
  config: z.record(z.string(), z.unknown()),
  credentials: credentialsSchema,
});
const linkSchema = z.strictObject({
  connection_id: z.string().optional(),
  mode: z.enum(["new", "update", "accounts"]).optional(),
  lookback_days: z.number().int().optional(),
  completion_uri: z.url(),
});
const exchangeSchema = z.strictObject({
  ...settings,
  auto_import: z.undefined().optional(),
  link_token: z.string(),
  connection_id: z.string().optional(),
  name: z.string().optional(),
});
const checkSchema = z.strictObject({ config: z.record(z.string(), z.unknown()), answer: z.string() });

/** Answers what is asked of connections; null for everything else, and for what every connection answers alike. */
export function answerConnections(world: World, method: string, url: URL, body: Buffer): Answer | null {
  const [, , noun = "", id = "", verb = ""] = url.pathname.split("/");
  const asked = `${method} ${noun}${id === "" ? "" : /^[0-9a-f-]{36}$/.test(id) ? "/id" : `/${id}`}${verb === "" ? "" : `/${verb}`}`;
  const answer = ANSWERS[asked];
  if (answer === undefined) return null;
  if (method !== "GET") world.fetching.asked.push(`${method} ${url.pathname}`);
  const given: unknown = body.length === 0 ? {} : JSON.parse(body.toString());
  return answer({ world, id, url, given });
}

interface Call {
  world: World;
  id: string;
  url: URL;
  given: unknown;
}

const ANSWERS: Readonly<Record<string, (call: Call) => Answer>> = {
  "GET connection-types": () => ({ body: listOf(connectionTypeWire).parse({ data: DEMO_TYPES, next_cursor: null }) }),
  "POST connections": create,
  "PATCH connections/id": ({ world, id, given }) => ({ body: connectionWire.parse(change(connectionOf(world, id), changeSchema.parse(given))) }),
  "DELETE connections/id": ({ world, id }) => {
    world.connections = world.connections.filter((one) => one.id !== id);
    return { status: 204, body: null };
  },
  "POST connections/test": ({ world, given }) => ({ body: testWire.parse(tryOut(world, trySchema.parse(given))) }),
  "POST connections/id/test": ({ world, id }) => ({ body: testWire.parse(look(connectionOf(world, id))) }),
  "PUT connections/id/credentials": replaceCredentials,
  "POST connections/id/sync": sync,
  "GET connections/id/runs": ({ world, id, url }) => paged(runWire, url, world.fetching.runs.get(id) ?? []),
  "GET webhook-events": ({ world, url }) => {
    const wanted = url.searchParams.get("connection_id");
    return paged(
      webhookEventWire,
      url,
      world.fetching.events.filter((event) => wanted === null || event.connection_id === wanted),
    );
  },
  "GET webhook-events/id": ({ world, id }) => ({ body: webhookEventDetailWire.parse(eventOf(world, id)) }),
  "POST webhook-events/id/replay": replay,
  "POST plaid/link-token": openLink,
  "POST plaid/exchange": exchange,
  "POST bank-apis/check": checkBank,
};

function create({ world, given }: Call): Answer {
  const { credentials, auto_import: isAutomatic, config = {}, ...draft } = draftSchema.parse(given);
  const fetches = draft.connection_type !== "bai2" && draft.connection_type !== "file";
  const test = fetches ? tryOut(world, { connection_type: draft.connection_type, config, credentials: credentials ?? {} }) : null;
  if (test?.ok === true && test.existing !== null) throw existsAlready(test.existing);
  const made = makeConnection({
    ...withoutUndefined(draft),
    name: draft.name,
    connection_type: draft.connection_type,
    id: idOf("connection", 100 + world.connections.length),
    fetches,
    config: { ...config, ...(isAutomatic === undefined ? {} : { auto_import: isAutomatic }) },
    freshness: fetches ? "never" : "not_expected",
    status: test?.ok === false ? "pending_setup" : "active",
    credentials: { set: credentials !== undefined, set_at: agoOf(0), set_by: idOf("user", 2) },
    provider_accounts: test?.ok === true ? test.accounts : [],
    test: test === null ? null : { at: agoOf(0), ok: test.ok, message: test.ok ? "1 account found." : test.message },
    last_error: test?.ok === false ? test.message : null,
  });
  if (credentials !== undefined) world.fetching.credentials.push({ connectionId: made.id, credentials });
  world.connections.push(fetches ? standing(made) : made);
  return { status: 201, body: connectionWire.parse(made) };
}

function change(connection: Connection, { auto_import: isAutomatic, config, ...part }: z.infer<typeof changeSchema>): Connection {
  Object.assign(connection, withoutUndefined(part), {
    config: { ...connection.config, ...config, ...(isAutomatic === undefined ? {} : { auto_import: isAutomatic }) },
  });
  return connection.fetches ? standing(connection) : connection;
}

const withoutUndefined = <T extends object>(part: T) => Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined));

/** A key with `wrong` in it is refused; one with `twice` belongs to the account that is connected already. */
function tryOut(world: World, { connection_type: type, config, credentials }: z.infer<typeof trySchema>): z.infer<typeof testWire> {
  const key = JSON.stringify(credentials);
  if (key.includes("wrong") || key === "{}") {
    const message = "The key was refused (401). Give another one that may read the balance.";
    return { ok: false, kind: "refused", code: "http_401", message, needs_person: true };
  }
  const existing = key.includes("twice") ? (world.connections.find((one) => one.connection_type === type) ?? null) : null;
  return {
    ok: true,
    identity: `${type}:1`,
    title: type === "stripe" ? "Larkfield Deliveries" : null,
    accounts: [{ id: "found-1", name: "Larkfield Deliveries", last_four: "7781", currency: "EUR", type: "balance" }],
    expires_at: null,
    notes: config["livemode"] === false ? ["This key is of the test mode: no real money is read."] : [],
    existing: existing === null ? null : { id: existing.id, name: existing.name },
  };
}

function look(connection: Connection): z.infer<typeof testWire> {
  const isWell = connection.failure === null && connection.status !== "pending_setup";
  connection.test = { at: new Date().toISOString(), ok: isWell, message: isWell ? "It answers." : (connection.last_error ?? "It does not answer.") };
  if (!isWell)
    return { ok: false, kind: connection.failure?.kind ?? "refused", code: "http_401", message: connection.test.message, needs_person: true };
  return { ok: true, identity: connection.id, title: null, accounts: connection.provider_accounts, expires_at: null, notes: [], existing: null };
}

function replaceCredentials({ world, id, given }: Call): Answer {
  const connection = connectionOf(world, id);
  const { credentials } = z.strictObject({ credentials: credentialsSchema }).parse(given);
  world.fetching.credentials.push({ connectionId: id, credentials });
  heal(connection);
  connection.credentials = { set: true, set_at: new Date().toISOString(), set_by: idOf("user", 2) };
  return { body: connectionWire.parse(standing(connection)) };
}

function heal(connection: Connection): void {
  Object.assign(connection, { status: "active", failure: null, last_error: null, test: { at: agoOf(0), ok: true, message: "It answers." } });
}

function sync({ world, id }: Call): Answer {
  const connection = connectionOf(world, id);
  if (connection.status === "inactive") throw refuse("connection_paused", "This connection is paused. Resume it first.");
  if (connection.status === "pending_setup") throw refuse("connection_not_set_up", "This connection is not set up yet.");
  if (connection.open_run !== null) return { status: 202, body: { job_id: connection.open_run.job_id, begun: false } };
  return { status: 202, body: { job_id: begin(world, connection, "button"), begun: true } };
}

function begin(world: World, connection: Connection, trigger: "button" | "webhook" | "setup"): string {
  const runs = world.fetching.runs.get(connection.id) ?? [];
  const jobNo = 600 + world.jobs.length;
  const jobId = idOf("job", jobNo);
  world.jobs.unshift(makeFetchedJob(jobNo, connection, { stage: "fetching", status: "running", plan_version: 0, minutesAgo: 0 }));
  const started = new Date().toISOString();
  connection.open_run = { job_id: jobId, trigger, stage: "fetching", pages: 0, attempts: 1, retry_at: null, started_at: started };
  const open = {
    job_id: jobId,
    trigger,
    outcome: null,
    stage: "fetching",
    status: "running",
    started_at: started,
    ended_at: null,
    pages: 0,
  } as const;
  world.fetching.runs.set(connection.id, [makeRun(1, { ...open, restarts: 0, records_fetched: 0, records_imported: 0 }), ...runs]);
  standing(connection);
  return jobId;
}

/** A run fetches a page each time that its connection is looked at, and is over after the third. */
export function stepRuns(world: World, connection: Connection): void {
  const { open_run: open } = connection;
  const [run] = world.fetching.runs.get(connection.id) ?? [];
  if (open === null || run === undefined) return;
  const at = new Date().toISOString();
  const job = world.jobs.find((one) => one.job.id === run.job_id)?.job;
  if (open.pages < 3) {
    open.pages += 1;
    Object.assign(run, { pages: open.pages, records_fetched: open.pages * 40 });
    return;
  }
  if (job !== undefined) Object.assign(job, { stage: "done", status: "completed", records_fetched: 120, records_imported: 12 });
  Object.assign(run, { outcome: "fetched", stage: "done", status: "completed", records_imported: 12, ended_at: at });
  Object.assign(connection, { open_run: null, last_sync_at: at, last_success_at: at, failure: null, last_error: null, unmapped: 0 });
  connection.freshness = connection.sync_frequency === "manual" ? "not_expected" : "fresh";
  connection.activity = [...connection.activity.filter(({ on }) => on !== dayOf(0)), { on: dayOf(0), rows: 12 }];
  standing(connection);
}

function replay({ world, id }: Call): Answer {
  const event = eventOf(world, id);
  event.replayed_at = new Date().toISOString();
  const connection = world.connections.find((one) => one.id === event.connection_id);
  const rings = event.effect === "sync" && connection !== undefined && connection.open_run === null;
  return { status: 202, body: { job_id: rings ? begin(world, connection, "webhook") : null } };
}

function openLink({ given }: Call): Answer {
  const { completion_uri: to, connection_id: id } = linkSchema.parse(given);
  const token = `link-sandbox-${id ?? "new"}`;
  return {
    body: { link_token: token, expires_at: agoOf(-240), hosted_url: `${new URL(to).origin}/hosted-link?to=${encodeURIComponent(to)}` },
  };
}

/** What a bank's sign-in page comes to here: a way back. */
export function hostedLinkPage(url: URL): string {
  const to = new URL(url.searchParams.get("to") ?? "/", url).href.replaceAll('"', "%22");
  return `<!doctype html><html lang="en"><title>Plaid stand-in</title><h1>Sign in at your bank</h1><a href="${to}">Done</a></html>`;
}

function exchange({ world, given }: Call): Answer {
  const { link_token: _used, name, connection_id: knownId, ...part } = exchangeSchema.parse(given);
  const { linkOutcome: outcome } = world.fetching;
  if (outcome === "cancelled") return { body: { data: [], next_cursor: null } };
  if (outcome === "away") throw refuse("provider_refused", "Plaid does not answer. Try again in a minute.", 503);
  if (outcome === "refused") throw refuse("provider_refused", "Plaid does not know this sign-in any more.");
  const known = world.connections.find(({ id }) => id === knownId);
  if (known !== undefined) {
    heal(known);
    return { body: { data: [connectionWire.parse(standing(known))], next_cursor: null } };
  }
  const made = makeConnection({
    ...withoutUndefined(part),
    id: idOf("connection", 100 + world.connections.length),
    name: name ?? "Houndstooth Bank",
    connection_type: "plaid",
    fetches: true,
    freshness: "never",
    config: { ...part.config, institution_name: "Houndstooth Bank" },
    credentials: { set: true, set_at: agoOf(0), set_by: idOf("user", 2) },
    provider_accounts: [{ id: "hb-1", name: "Business", last_four: "5512", currency: "USD", type: "depository/checking" }],
  });
  world.connections.push(standing(made));
  return { body: { data: [connectionWire.parse(made)], next_cursor: null } };
}

/** The real check: it is pure and asks nobody. */
function checkBank({ given }: Call): Answer {
  const { config, answer } = checkSchema.parse(given);
  return { body: checkedBankWire.parse(checkConfig(config, answer)) };
}

function existsAlready({ id, name }: { id: string; name: string }): Refusal {
  return new Refusal({
    status: 409,
    code: "connection_exists",
    message: `This is connected already, as ${name}.`,
    more: { connection_id: id, name },
  });
}

function refuse(code: string, message: string, status: 409 | 503 = 409): Refusal {
  return new Refusal({ status, code, message });
}

function connectionOf({ connections }: World, id: string): Connection {
  const hit = connections.find((one) => one.id === id);
  if (hit === undefined) throw notFound("connection");
  return hit;
}

function eventOf({ fetching }: World, id: string) {
  const hit = fetching.events.find((one) => one.id === id);
  if (hit === undefined) throw notFound("webhook event");
  return hit;
}

function paged<T extends z.ZodType>(schema: T, url: URL, all: readonly unknown[]): Answer {
  const from = Number(url.searchParams.get("cursor") ?? 0);
  const to = from + Number(url.searchParams.get("limit") ?? 50);
  return { body: listOf(schema).parse({ data: all.slice(from, to), next_cursor: to < all.length ? `${to}` : null }) };
}
