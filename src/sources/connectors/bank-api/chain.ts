/** A run over a bank's accounts: the list of accounts, then each account's balances and rows, page by page. Every page is deposited as it came. */
import type { BankApiConfig } from "../../../domain/bank-api/config.ts";
import { type NamedRow, namedRows } from "../../../domain/bank-api/read.ts";
import { fillTemplate } from "../../../domain/bank-api/template.ts";
import { rowsAt } from "../../../domain/bank-api/values.ts";
import { addDays } from "../../../domain/date.ts";
import { sha256Hex } from "../../../lib/crypto.ts";
import { ConnectorFailure, type Fetched } from "../connector.ts";
import { fetchAccounts } from "./accounts.ts";
import { addressAt, ask, type BankSession } from "./ask.ts";
import { ALL_ACCOUNTS, type BankCursor, type Chain, type ChainAccount, type ChainStep, PENDING_MAX, type PendingRow } from "./cursor.ts";
import { malformed } from "./failures.ts";
import { pageOf } from "./page.ts";
import { isBanksWord, nextToken, withToken } from "./paging.ts";
import { pendingOf, sinceOf, type Window, windowOf } from "./window.ts";

/** The accounts are asked for, and the chain stands before its first step. */
export async function beginChain(session: BankSession, cursor: BankCursor | null): Promise<Fetched<BankCursor>> {
  const { config, now } = session;
  const today = now.toISOString().slice(0, 10);
  const runs = countRun({ config, runs: cursor?.runs, now });
  const { page, accounts: found } = await fetchAccounts(session);
  const accounts = found.map(({ id, name, lastFour, currency }) => ({ id, name, last_four: lastFour, currency }));
  const begun: BankCursor = { since: cursor?.since ?? {}, pending: cursor?.pending ?? [], runs, chain: null };
  const chain: Chain = {
    startedAt: now.toISOString().replace(/\.\d+Z$/, "Z"),
    configHash: await hashOf(config),
    accounts,
    ...freshStep(today),
    step: 0,
    pending: [],
  };
  return enterStep({ config, cursor: begun, chain, pages: [page] });
}

/** One page of the step that the chain is in. */
export async function continueChain(session: BankSession, cursor: BankCursor, chain: Chain): Promise<Fetched<BankCursor>> {
  const { config } = session;
  if (chain.configHash !== (await hashOf(config))) {
    throw new ConnectorFailure({
      kind: "chain_broken",
      code: "configuration_changed",
      message: "The configuration was changed during a run. The run begins again.",
    });
  }
  const step = stepsOf(config, chain.accounts)[chain.step];
  if (step === undefined) return finish({ config, cursor, chain, pages: [] });
  if (step.part === "balances") {
    const page = await fetchBalances(session, chain, step);
    return enterStep({ config, cursor, chain: { ...chain, step: chain.step + 1 }, pages: [page] });
  }
  return await fetchTransactions({ session, cursor, chain, step });
}

interface Standing {
  config: BankApiConfig;
  cursor: BankCursor;
  chain: Chain;
  pages: Fetched<BankCursor>["pages"];
}

/** The chain at the beginning of its step, or at its end. */
function enterStep({ config, cursor, chain, pages }: Standing): Fetched<BankCursor> {
  const step = stepsOf(config, chain.accounts)[chain.step];
  if (step === undefined) return finish({ config, cursor, chain, pages });
  const since = sinceOf({ config, cursor, step, today: chain.startedAt.slice(0, 10) });
  // What was pending before the window begins cannot be missed in it.
  const unseen = step.part === "balances" ? [] : pendingOf(cursor.pending, step).filter(({ from }) => from >= since);
  return { pages, next: { ...cursor, chain: { ...chain, ...freshStep(since), unseen } }, hasMore: true };
}

const freshStep = (since: string): Pick<Chain, "since" | "window" | "token" | "pages" | "seen" | "unseen"> => ({
  since,
  window: 0,
  token: null,
  pages: 0,
  seen: [],
  unseen: [],
});

/** What was read counts from here on, and not before. Rows of accounts that were not asked for stay pending. */
function finish({ config, cursor, chain, pages }: Standing): Fetched<BankCursor> {
  const today = chain.startedAt.slice(0, 10);
  const isForAll = isForAllAccounts(config);
  const asked = isForAll ? [ALL_ACCOUNTS] : chain.accounts.map(({ id }) => id);
  const since = { ...cursor.since };
  for (const id of asked) since[id] = today;
  const others = isForAll ? [] : cursor.pending.filter((row) => !asked.includes(row.account));
  return { pages, next: { ...cursor, since, pending: [...others, ...chain.pending].slice(0, PENDING_MAX), chain: null }, hasMore: false };
}

/** Each row names its account, so that one list holds those of all. */
const isForAllAccounts = ({ transactions }: BankApiConfig): boolean => transactions.map.account !== undefined;

function stepsOf(config: BankApiConfig, accounts: readonly ChainAccount[]): ChainStep[] {
  const steps: ChainStep[] = [];
  const isForAll = isForAllAccounts(config);
  for (const account of accounts) {
    if (config.balances !== undefined) steps.push({ part: "balances", account });
    if (!isForAll) steps.push({ part: "transactions", account });
  }
  if (isForAll) steps.push({ part: "transactions", account: null });
  return steps;
}

async function hashOf({ limits: _limits, ...described }: BankApiConfig): Promise<string> {
  return (await sha256Hex(JSON.stringify(described))).slice(0, 16);
}

function countRun({ config, runs, now }: { config: BankApiConfig; runs: BankCursor["runs"] | undefined; now: Date }): BankCursor["runs"] {
  const on = now.toISOString().slice(0, 10);
  const count = runs?.on === on ? runs.count : 0;
  const most = config.limits.callsPerDay;
  if (most === undefined || count < most) return { on, count: count + 1 };
  const message = `The bank allows ${most} runs a day without the account's owner, and they are used up until midnight (UTC).`;
  const retryAfterSeconds = Math.ceil((Date.parse(`${addDays(on, 1)}T00:00:00Z`) - now.getTime()) / 1_000);
  throw new ConnectorFailure({ kind: "rate_limited", code: "runs_a_day", message, retryAfterSeconds });
}

async function fetchBalances(session: BankSession, chain: Chain, { account }: ChainStep): Promise<Fetched<BankCursor>["pages"][number]> {
  const { config } = session;
  if (config.balances === undefined) throw new Error("A chain stands at balances that its configuration does not have.");
  const { path, query, ...reading } = config.balances;
  const window = windowOf({ paging: { kind: "none" }, since: chain.since, startedAt: chain.startedAt, number: 0 });
  const address = addressOf(session, { path, query, account, window });
  const { text } = await ask(session, address);
  return pageOf({ session, kind: "balances", address, account, reading, text, number: chain.step });
}

interface AddressParts {
  path: string;
  query: Record<string, string>;
  account: ChainAccount | null;
  window: Window;
}

function addressOf(session: BankSession, { path, query, account, window }: AddressParts): URL {
  const words = new Map([
    ["account.id", account?.id ?? ""],
    ["account.currency", account?.currency ?? ""],
    ["since", window.since],
    ["until", window.until],
    ["since_at", window.sinceAt],
    ["until_at", window.untilAt],
    ["uuid", crypto.randomUUID()],
  ]);
  const address = addressAt(session, fillTemplate(path, words, encodeURIComponent));
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, fillTemplate(value, words));
  return address;
}

interface StepAsked {
  session: BankSession;
  cursor: BankCursor;
  chain: Chain;
  step: ChainStep;
}

async function fetchTransactions({ session, cursor, chain, step }: StepAsked): Promise<Fetched<BankCursor>> {
  const { config } = session;
  const { path, query, paging: whole, ...reading } = config.transactions;
  const paging = whole.kind === "time_window" ? whole.within : whole;
  const window = windowOf({ paging: whole, since: chain.since, startedAt: chain.startedAt, number: chain.window });
  if (chain.pages >= config.limits.maxPages) throw tooManyPages(config.limits.maxPages);
  const address = withToken(addressOf(session, { path, query, account: step.account, window }), paging, chain.token);
  const { text, answer, headers } = await ask(session, address, { isFollowing: chain.token !== null && isBanksWord(paging) });
  const rows = rowsAt(reading.items, answer) ?? (reading.emptyWhenMissing ? [] : null);
  if (rows === null)
    throw malformed("missing_list", "The answer does not hold rows where the configuration says. Nothing is booked; correct transactions.items.");
  const token = nextToken({ paging, answer, headers, rows: rows.map(({ item }) => item), token: chain.token, address });
  const seen = await noted(chain, { token, text, hasRows: rows.length > 0 });
  const followed = follow(chain, namedRows(reading, step.account?.id ?? null, answer));
  const isEnd = token === null && window.isLast;
  const gone = isEnd ? followed.unseen.map(({ account, id, currency }) => ({ account, id, currency })) : [];
  const page = pageOf({ session, kind: "transactions", address, account: step.account, reading, text, number: chain.pages, gone });
  const after: Chain = { ...chain, ...followed, seen, token, pages: chain.pages + 1, window: token === null ? chain.window + 1 : chain.window };
  if (isEnd) return enterStep({ config, cursor, chain: { ...after, step: chain.step + 1 }, pages: [page] });
  return { pages: [page], next: { ...cursor, chain: after }, hasMore: true };
}

const tooManyPages = (most: number): ConnectorFailure =>
  new ConnectorFailure({
    kind: "configuration",
    code: "too_many_pages",
    message: `An account has more than ${most} pages. Raise limits.maxPages, or ask for more rows a page; nothing of this run is booked in part.`,
  });

/** A cursor or an answer that comes twice within a window would come for ever. Throws ConnectorFailure. */
async function noted({ seen, window }: Chain, { token, text, hasRows }: { token: string | null; text: string; hasRows: boolean }): Promise<string[]> {
  const marked = [...(token === null ? [] : [`${window} token ${token}`]), ...(hasRows ? [`${window} answer ${text}`] : [])];
  const marks = await Promise.all(marked.map(markOf));
  if (!marks.some((mark) => seen.includes(mark))) return [...seen, ...marks];
  const message =
    "The bank gives the same page again instead of the next. Nothing of this run is booked; compare the paging with the bank's documentation.";
  throw malformed("repeated_page", message);
}

const markOf = async (text: string): Promise<string> => (await sha256Hex(text)).slice(0, 12);

/** What this page says of the rows that are pending, and of those that were. */
function follow(chain: Chain, named: readonly NamedRow[]): Pick<Chain, "unseen" | "pending"> {
  const keyOf = ({ account, id }: Pick<NamedRow, "account" | "id">) => `${account}\u001f${id}`;
  const here = new Set(named.map(keyOf));
  const earlier = new Map([...chain.pending, ...chain.unseen].map((row) => [keyOf(row), row]));
  const still = named.flatMap(({ account, id, pendingIn }): PendingRow[] => {
    const known = earlier.get(keyOf({ account, id }));
    // A row that is there and cannot be understood is followed as before.
    if (pendingIn === null) return known === undefined ? [] : [known];
    if (pendingIn === "no" || id.length > PENDING_ID_CHARS_MAX) return [];
    return [{ account, id, currency: pendingIn.currency, from: known?.from ?? firstDayOf(pendingIn.day, chain.since) }];
  });
  const kept = new Map([...chain.pending.filter((row) => !here.has(keyOf(row))), ...still].map((row) => [keyOf(row), row]));
  return { unseen: chain.unseen.filter((row) => !here.has(keyOf(row))), pending: [...kept.values()].slice(0, PENDING_MAX) };
}

/** A window from here on shows the row while it lives: a day before its own, for zones, and no earlier than the window in which it was seen. */
function firstDayOf(day: string | null, since: string): string {
  const before = day === null ? since : addDays(day, -1);
  return before > since ? before : since;
}

/** 64: a UUID has 36. */
const PENDING_ID_CHARS_MAX = 64;
