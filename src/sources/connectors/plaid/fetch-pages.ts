/** The pages of one sync: all changes since the cursor, then the balances once; one call a step. Takes cursors and flags out of an answer, never money. */
import * as z from "zod";
import { pageHeadLine } from "../../../domain/page.ts";
import type { Json } from "../../../domain/stored.ts";
import { ConnectorFailure, type Fetched, type RawPage, type Session } from "../connector.ts";
import { ask, BALANCE_TIMEOUT_MS } from "./ask.ts";
import { covers, type PlaidConfig, type PlaidCredentials, type PlaidCursor, scopeOf } from "./config.ts";
import { sentenceOf } from "./failures.ts";
import { daysRequested } from "./settings.ts";

export type PlaidSession = Session<PlaidConfig, PlaidCredentials>;

/** 500: the most that Plaid gives; some 1 MB. */
const COUNT = 500;

const syncAnswer = z.looseObject({
  next_cursor: z.string(),
  has_more: z.boolean(),
  // Held here too: an answer that lacks one must not move the cursor past what it held.
  added: z.array(z.unknown()),
  modified: z.array(z.unknown()),
  removed: z.array(z.unknown()),
});
const accountsAnswer = z.looseObject({ accounts: z.array(z.unknown()) });

/** One step of the chain that begins at the connection's own cursor. Throws ConnectorFailure; then the chain begins again there. */
export async function fetchPages(session: PlaidSession, cursor: PlaidCursor | null): Promise<Fetched<PlaidCursor>> {
  const { config } = session;
  const known = cursor?.item === config.item_id ? cursor : null;
  const start: PlaidCursor = known ?? { item: config.item_id, reading: "changes", at: null, after: null, scope: scopeOf(config) };
  if (start.reading === "balances") return fetchBalances(session, start);
  if (config.sync_type === "balances") return fetchBalances(session, { ...start, reading: "balances" });
  return fetchChanges(session, widened(start, config));
}

/** Where more is chosen than the cursor's own way took in: first the history once more, then on from where it was. */
function widened(cursor: PlaidCursor, config: PlaidConfig): PlaidCursor {
  const scope = scopeOf(config);
  const isKnown = cursor.at === null || cursor.reading === "history" || covers({ before: cursor.scope, now: scope });
  return isKnown ? { ...cursor, scope } : { ...cursor, reading: "history", at: null, after: cursor.at, scope };
}

async function fetchChanges(session: PlaidSession, cursor: PlaidCursor): Promise<Fetched<PlaidCursor>> {
  const { config, credentials, platform } = session;
  const daysAsked = cursor.at === null ? { days_requested: daysRequested(config, platform) } : {};
  const { text, answer } = await ask(session, {
    path: "/transactions/sync",
    body: {
      access_token: credentials.reveal().access_token,
      count: COUNT,
      options: { include_original_description: true, ...daysAsked },
      ...(cursor.at === null ? {} : { cursor: cursor.at }),
    },
    answer: syncAnswer,
    bank: config.institution_name,
    cursor: cursor.at,
  });
  const at = answer.next_cursor;
  // Connected, but nothing is prepared yet: such a cursor is no progress, and the run is not fresh.
  if (at === "") return { pages: [], next: cursor, hasMore: false, notReady: true };
  if (answer.has_more && at === cursor.at) throw standsStill(session);
  const page = pageOf(session, { kind: "transactions_sync", path: "/transactions/sync", text, context: { cursor: cursor.at } });
  return { pages: [page], ...nextOf({ config, cursor, at, hasMore: answer.has_more }) };
}

interface Passed {
  config: PlaidConfig;
  cursor: PlaidCursor;
  at: string;
  hasMore: boolean;
}

function nextOf({ config, cursor, at, hasMore }: Passed): Pick<Fetched<PlaidCursor>, "next" | "hasMore"> {
  if (hasMore) return { next: { ...cursor, at }, hasMore };
  if (cursor.reading === "history") return { next: { ...cursor, reading: "changes", at: cursor.after, after: null }, hasMore: true };
  const reading = config.sync_type === "both" ? "balances" : "changes";
  return { next: { ...cursor, reading, at }, hasMore: reading === "balances" };
}

async function fetchBalances(session: PlaidSession, cursor: PlaidCursor): Promise<Fetched<PlaidCursor>> {
  const page = (await liveBalances(session)) ?? (await knownBalances(session));
  return { pages: [page], next: { ...cursor, reading: "changes" }, hasMore: false };
}

/** What says that this account at Plaid, or this bank, has no balances of the bank's own moment. */
const WITHOUT_LIVE_BALANCES: readonly string[] = ["PRODUCTS_NOT_SUPPORTED", "INVALID_PRODUCT", "PRODUCT_NOT_ENABLED"];

/**
 * What says that the bank itself does not answer just now, though Plaid does. Movements are not to wait for that: what Plaid heard last goes with them, with
 * its own time. Who wants balances alone is told instead.
 */
const BANK_AWAY: readonly string[] = ["INSTITUTION_DOWN", "INSTITUTION_NOT_RESPONDING", "INSTITUTION_NOT_AVAILABLE", "timeout"];

/** Asked of the bank itself, now. Null where that cannot be had. */
async function liveBalances(session: PlaidSession): Promise<RawPage | null> {
  const path = "/accounts/balance/get";
  try {
    const { text } = await askItem(session, { path, answer: accountsAnswer, timeoutMs: BALANCE_TIMEOUT_MS });
    return pageOf(session, { kind: "accounts_balance", path, text, context: {} });
  } catch (error) {
    const heard = session.config.sync_type === "both" ? [...WITHOUT_LIVE_BALANCES, ...BANK_AWAY] : WITHOUT_LIVE_BALANCES;
    if (error instanceof ConnectorFailure && heard.includes(error.code)) return null;
    throw error;
  }
}

const itemStatus = z.looseObject({
  status: z.looseObject({ transactions: z.looseObject({ last_successful_update: z.string().nullish() }).nullish() }).nullish(),
});

/** What Plaid heard of the bank last, and when that was. */
async function knownBalances(session: PlaidSession): Promise<RawPage> {
  const { answer } = await askItem(session, { path: "/item/get", answer: itemStatus });
  const heard = z.iso.datetime().safeParse(answer.status?.transactions?.last_successful_update).data ?? null;
  const { text } = await askItem(session, { path: "/accounts/get", answer: accountsAnswer });
  return pageOf(session, { kind: "accounts", path: "/accounts/get", text, context: { balances_as_of: heard } });
}

export interface ItemCall<Answer> {
  path: `/${string}`;
  answer: z.ZodType<Answer>;
  /** Beside the access token. */
  body?: Record<string, unknown>;
  timeoutMs?: number;
}

/** A call about this connection's login. */
export function askItem<Answer>(session: PlaidSession, call: ItemCall<Answer>): Promise<{ text: string; answer: Answer }> {
  const { access_token } = session.credentials.reveal();
  return ask(session, { ...call, body: { ...call.body, access_token }, bank: session.config.institution_name });
}

interface PageDraft {
  kind: string;
  path: string;
  text: string;
  context: Record<string, Json>;
}

function pageOf({ config, now }: PlaidSession, { kind, path, text, context }: PageDraft): RawPage {
  const head = pageHeadLine({
    provider: "plaid",
    kind,
    fetched_at: now.toISOString(),
    request: `POST ${path}`,
    account: null,
    context: { item_id: config.item_id, account_ids: config.account_ids, include_pending: config.include_pending, ...context },
  });
  return { sourceKey: kind, fileName: `plaid-${kind}.json`, format: "plaid", body: head + text };
}

/** More is said to follow, at the very place where we are: it would never end. */
function standsStill({ config }: PlaidSession): ConnectorFailure {
  const message = sentenceOf("malformed", config.institution_name ?? "the bank");
  return new ConnectorFailure({ kind: "malformed", code: "cursor_stands_still", message });
}
