/** Plaid's calls over the stand-in's world: each request and each answer is held against the vendor's types, faults come where a test ordered them. */

import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context, Hono } from "hono";
import * as z from "zod";
import { type Fault, type FaultQueue, INVALID_CURSOR, MUTATION } from "./faults.ts";
import { type LinkDesk, ownAddress } from "./link.ts";
import type { SchemaCheck } from "./schema-check.ts";
import { syncPage } from "./sync.ts";
import type { Webhooks } from "./webhooks.ts";
import { accountWire, itemWire, transactionWire } from "./wire.ts";
import type { FakeItem, ItemError, PlaidWorld } from "./world.ts";

export interface FakeParts {
  world: PlaidWorld;
  check: SchemaCheck;
  faults: FaultQueue;
  webhooks: Webhooks;
  link: LinkDesk;
  clientId: string;
  secret: string;
  /** No page is larger, whatever is asked for. */
  pageSizeMax: number;
  /** This server's own address; known once it listens. */
  baseUrl: () => string;
  calls: string[];
}

type Env = { Bindings: HttpBindings };
type Answer = Record<string, unknown>;

/** What a call answers with when Plaid refuses it. */
class Refused extends Error {
  readonly error: ItemError;

  constructor(error: ItemError) {
    super(error.error_message);
    this.error = error;
  }
}

const invalid = (code: string, message: string): Refused => new Refused({ error_type: "INVALID_INPUT", error_code: code, error_message: message });

const itemRequest = z.looseObject({ access_token: z.string() });

type Handler = (parts: FakeParts, body: unknown) => Answer;

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["/link/token/create", createLinkToken],
  ["/link/token/get", getLinkToken],
  ["/item/public_token/exchange", exchange],
  ["/item/get", (parts, body) => getItem(itemOf(parts, body))],
  ["/item/remove", removeItem],
  ["/item/webhook/update", updateWebhook],
  ["/accounts/get", getAccounts],
  ["/accounts/balance/get", getAccounts],
  ["/transactions/sync", sync],
  ["/webhook_verification_key/get", getKey],
]);

export function plaidApi(parts: FakeParts): Hono<Env> {
  const app = new Hono<Env>();
  let requests = 0;
  for (const [path, handle] of HANDLERS) {
    app.post(path, async (context) => {
      requests += 1;
      parts.calls.push(path);
      const requestId = `standin${String(requests).padStart(8, "0")}`;
      const body: unknown = await context.req.json().catch(() => null);
      parts.check.check("requests", path, body);
      return answer(context, { parts, path, requestId, body, handle });
    });
  }
  return app;
}

interface Asked {
  parts: FakeParts;
  path: string;
  requestId: string;
  body: unknown;
  handle: Handler;
}

async function answer(context: Context<Env>, { parts, path, requestId, body, handle }: Asked): Promise<Response> {
  const fault = parts.faults.next(path, itemRequest.safeParse(body).data?.access_token ?? "");
  if (fault?.kind === "before") fault.happens();
  if (fault?.kind === "slow") await new Promise((resolve) => setTimeout(resolve, fault.ms));
  if (fault?.kind === "page") return context.html("<h1>Service unavailable</h1>", statusOf(fault.status), retryAfter(fault));
  if (fault?.kind === "error") return refuse(context, { parts, path, requestId, status: fault.status, error: fault.error }, retryAfter(fault));
  try {
    if (!isKnown(context, parts, body)) throw invalid("INVALID_API_KEYS", "invalid client_id or secret provided");
    const given = { ...handle(parts, body), request_id: requestId };
    parts.check.check("answers", path, given);
    const whole = fault?.kind === "changed" ? fault.change(given) : given;
    return send(context, JSON.stringify(whole, null, 2), fault);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return refuse(context, { parts, path, requestId, status: 400, error: error.error }, {});
  }
}

function send(context: Context<Env>, text: string, fault: Fault | null): Response {
  if (fault?.kind === "malformed") return context.body(text.slice(0, text.length / 2), 200, { "content-type": "application/json" });
  if (fault?.kind !== "cut_off") return context.body(text, 200, { "content-type": "application/json" });
  const { outgoing } = context.env;
  outgoing.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  outgoing.write(text.slice(0, text.length / 2), () => outgoing.destroy());
  return RESPONSE_ALREADY_SENT;
}

interface Refusal {
  parts: FakeParts;
  path: string;
  requestId: string;
  status: number;
  error: ItemError;
}

function refuse(context: Context<Env>, { parts, path, requestId, status, error }: Refusal, headers: Record<string, string>): Response {
  const body = { ...error, display_message: null, request_id: requestId };
  parts.check.checkError(path, body);
  return context.json(body, statusOf(status), headers);
}

const retryAfter = ({ retryAfterSeconds }: { retryAfterSeconds?: number }): Record<string, string> =>
  retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };

const statusOf = (status: number): 400 | 429 | 500 | 503 => (status === 429 || status === 500 || status === 503 ? status : 400);

const keysInBody = z.looseObject({ client_id: z.string(), secret: z.string() });

/** Keys come as headers, or in the body. */
function isKnown(context: Context<Env>, parts: FakeParts, body: unknown): boolean {
  const given = keysInBody.safeParse(body).data;
  const clientId = context.req.header("plaid-client-id") ?? given?.client_id;
  const secret = context.req.header("plaid-secret") ?? given?.secret;
  return clientId === parts.clientId && secret === parts.secret;
}

function itemOf({ world }: FakeParts, body: unknown): FakeItem {
  const token = itemRequest.safeParse(body).data?.access_token;
  const item = world.items.find(({ accessToken }) => accessToken === token);
  if (item === undefined) throw invalid("INVALID_ACCESS_TOKEN", "could not find matching access token");
  if (item.isRemoved) throw new Refused({ error_type: "ITEM_ERROR", error_code: "ITEM_NOT_FOUND", error_message: "the item was removed" });
  return item;
}

/** For all calls that need the bank; `/item/get` answers whatever state the login is in. */
function openItemOf(parts: FakeParts, body: unknown): FakeItem {
  const item = itemOf(parts, body);
  if (item.error !== null) throw new Refused(item.error);
  return item;
}

const linkRequest = z.looseObject({
  access_token: z.string().nullish(),
  products: z.array(z.string()).nullish(),
  webhook: z.string().nullish(),
  redirect_uri: z.string().nullish(),
  hosted_link: z.looseObject({ completion_redirect_uri: z.string().nullish() }).nullish(),
  update: z.looseObject({ account_selection_enabled: z.boolean().nullish() }).nullish(),
  transactions: z.looseObject({ days_requested: z.number().nullish() }).nullish(),
});

function createLinkToken(parts: FakeParts, body: unknown): Answer {
  const asked = linkRequest.parse(body);
  const isUpdate = typeof asked.access_token === "string";
  if (isUpdate && asked.products !== undefined) throw invalid("INVALID_FIELD", "products may not be given in update mode");
  if (!isUpdate && (asked.products ?? []).length === 0) throw invalid("MISSING_FIELDS", "products are missing");
  const session = parts.link.open({
    item: isUpdate ? itemOf(parts, body) : null,
    choosesAccounts: asked.update?.account_selection_enabled === true,
    webhook: asked.webhook ?? null,
    daysRequested: asked.transactions?.days_requested ?? 90,
    returnTo: ownAddress(asked.hosted_link?.completion_redirect_uri ?? asked.redirect_uri),
  });
  const hosted = asked.hosted_link === undefined ? {} : { hosted_link_url: `${parts.baseUrl()}/link.html?token=${session.token}` };
  return { link_token: session.token, expiration: session.expiresAt, ...hosted };
}

function getLinkToken({ link }: FakeParts, body: unknown): Answer {
  const session = link.session(z.looseObject({ link_token: z.string() }).parse(body).link_token);
  if (session === null) throw invalid("INVALID_LINK_TOKEN", "the link token is unknown or expired");
  // A login that was only signed in to again was not added.
  const added = session.publicToken === null || session.item !== null ? [] : [{ public_token: session.publicToken, accounts: [], institution: null }];
  return {
    link_token: session.token,
    created_at: session.createdAt,
    expiration: session.expiresAt,
    metadata: { initial_products: [], webhook: session.webhook, country_codes: [], language: "en", redirect_uri: null, client_name: null },
    link_sessions: [{ link_session_id: session.id, finished_at: session.finishedAt, results: { item_add_results: added } }],
  };
}

function exchange({ link }: FakeParts, body: unknown): Answer {
  const item = link.exchange(z.looseObject({ public_token: z.string() }).parse(body).public_token);
  if (item === null) throw invalid("INVALID_PUBLIC_TOKEN", "could not find matching public token");
  return { access_token: item.accessToken, item_id: item.id };
}

const getItem = (item: FakeItem): Answer => ({
  item: itemWire(item),
  status: { transactions: { last_successful_update: item.createdAt, last_failed_update: null }, last_webhook: null },
});

function removeItem(parts: FakeParts, body: unknown): Answer {
  itemOf(parts, body).isRemoved = true;
  return {};
}

function updateWebhook(parts: FakeParts, body: unknown): Answer {
  const item = itemOf(parts, body);
  item.webhook = z.looseObject({ webhook: z.string().nullish() }).parse(body).webhook ?? null;
  return { item: itemWire(item) };
}

function getAccounts(parts: FakeParts, body: unknown): Answer {
  const item = openItemOf(parts, body);
  return { accounts: item.accounts.filter(({ isShared }) => isShared).map((account) => accountWire(item, account)), item: itemWire(item) };
}

const syncRequest = z.looseObject({ cursor: z.string().optional(), count: z.number().default(100) });

function sync(parts: FakeParts, body: unknown): Answer {
  const item = openItemOf(parts, body);
  const { cursor, count } = syncRequest.parse(body);
  if (cursor === "") parts.check.violations.push("requests /transactions/sync: an empty cursor was sent");
  const page = syncPage(item, cursor, Math.min(count, item.pageSizeMax ?? parts.pageSizeMax));
  if (page === "mutation") throw new Refused(MUTATION);
  if (page === "invalid_cursor") throw new Refused(INVALID_CURSOR);
  item.hasBeenSynced = true;
  const isShared = ({ accountId }: { accountId: string }) => item.accounts.some((account) => account.id === accountId && account.isShared);
  const listed = item.accounts.filter(({ type, isShared: is }) => is && type !== "investment");
  return {
    accounts: listed.map((account) => accountWire(item, account)),
    added: page.added.filter(isShared).map(transactionWire),
    modified: page.modified.filter(isShared).map(transactionWire),
    removed: page.removed.filter(isShared).map(({ id, accountId }) => ({ transaction_id: id, account_id: accountId })),
    next_cursor: page.nextCursor,
    has_more: page.hasMore,
    transactions_update_status: !item.isReady ? "NOT_READY" : item.isHistoryComplete ? "HISTORICAL_UPDATE_COMPLETE" : "INITIAL_UPDATE_COMPLETE",
  };
}

function getKey({ webhooks }: FakeParts, body: unknown): Answer {
  const key = webhooks.publicKey(z.looseObject({ key_id: z.string() }).parse(body).key_id);
  if (key === null) throw new Refused({ error_type: "INVALID_REQUEST", error_code: "INVALID_FIELD", error_message: "invalid key_id" });
  return { key };
}
