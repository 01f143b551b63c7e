/** The chain of pages of one run: balance transactions newest first, then payouts, then the balance. Takes ids, times and states out of an answer, never an amount. */
import * as z from "zod";
import { pageHeadLine } from "../../../domain/page.ts";
import { ConnectorFailure, type Fetched, type RawPage } from "../connector.ts";
import { checkedAccount, externalIdOf } from "./account.ts";
import { type Answer, ask, type StripeSession } from "./client.ts";
import type { Chain, Pending, Step, StripeConfig, StripeCursor } from "./settings.ts";

/** The most that Stripe gives. */
const PAGE_ROWS = 100;
const DAY_SECONDS = 86_400;
/** 21 days: a payout is made some two to seven days before it arrives, and its trace id is known at most ten days after that. */
const PAYOUT_OVERLAP_DAYS = 21;

const listSchema = z.object({
  object: z.literal("list"),
  has_more: z.boolean(),
  data: z.array(
    z.object({
      id: z.string().min(1),
      status: z.string().optional().catch(undefined),
      created: z.int().nonnegative().optional().catch(undefined),
      available_on: z.int().nonnegative().optional().catch(undefined),
    }),
  ),
});
type Rows = z.infer<typeof listSchema>["data"];

/** The next page of the chain under way, or the first of a new one. */
export async function fetchNext(session: StripeSession, cursor: StripeCursor | null): Promise<Fetched<StripeCursor>> {
  const begun = cursor === null || cursor.chain === null ? await beginChain(session, cursor) : { cursor, chain: cursor.chain };
  const { chain } = begun;
  if (chain.step === "balance") return fetchBalance(session, begun);
  const answer = await ask(session, chain.step, queryOf(chain, session.config));
  const list = listSchema.safeParse(answer.json);
  if (!list.success) throw new ConnectorFailure({ kind: "malformed", code: "no_list", message: NO_LIST });
  const after = list.data.data.at(-1)?.id ?? null;
  if (list.data.has_more && (after === null || after === chain.after))
    throw new ConnectorFailure({ kind: "malformed", code: "no_progress", message: NO_PROGRESS });
  const pending = chain.step === "balance_transactions" ? withPending(chain.pending, list.data.data) : chain.pending;
  const next: Chain = list.data.has_more
    ? { ...chain, pending, after, page: chain.page + 1 }
    : { ...chain, pending, after: null, page: 1, step: stepAfter(chain.step, session.config) };
  return { pages: [pageOf(session, begun, answer)], next: { ...begun.cursor, chain: next }, hasMore: true };
}

interface Begun {
  cursor: StripeCursor;
  chain: Chain;
}

/** Reads back to the earliest of: the overlap, and every line that was pending and has fallen due since. */
async function beginChain(session: StripeSession, before: StripeCursor | null): Promise<Begun> {
  const { config } = session;
  const now = Math.floor(session.now.getTime() / 1000);
  const account = await checkedAccount(session, before?.account ?? null);
  const watermark = before?.watermark ?? null;
  const base = watermark === null ? now - config.lookback_days * DAY_SECONDS : watermark - config.overlap_days * DAY_SECONDS;
  const due = (before?.pending ?? []).filter((pending) => pending.due <= now).map(({ created }) => created);
  const from = Math.max(0, Math.min(base, ...due));
  const since = Math.min(from, before?.since ?? from);
  const payoutBase = watermark === null ? base : watermark - PAYOUT_OVERLAP_DAYS * DAY_SECONDS;
  const chain: Chain = {
    begun: now,
    step: "balance_transactions",
    from,
    // Never later than the ledger's own window, and a day earlier: else a line could be read there without the reference that the payouts gave it.
    payouts_from: Math.max(since, Math.min(from, payoutBase) - DAY_SECONDS),
    after: null,
    page: 1,
    pending: [],
  };
  const fees = feesOf(before?.fees ?? [], config.fee_handling, now);
  return { cursor: { watermark, since, account, pending: before?.pending ?? [], fees, chain }, chain };
}

/** A change of the setting holds from now on; what was created before stays booked as it is. */
function feesOf(known: StripeCursor["fees"], handling: StripeConfig["fee_handling"], now: number): StripeCursor["fees"] {
  const last = known.at(-1);
  if (last === undefined) return [{ from: 0, handling }];
  return last.handling === handling ? known : [...known.filter(({ from }) => from < now), { from: now, handling }];
}

function queryOf(chain: Chain, config: StripeConfig): [string, string][] {
  const isLedger = chain.step === "balance_transactions";
  const query: [string, string][] = [
    ["created[gte]", String(isLedger ? chain.from : chain.payouts_from)],
    ["limit", String(PAGE_ROWS)],
  ];
  if (!isLedger) query.push(["expand[]", "data.balance_transaction"]);
  if (!isLedger && config.source_details) query.push(["expand[]", "data.balance_transaction.source"]);
  if (isLedger && config.source_details) query.push(["expand[]", "data.source"]);
  if (chain.after !== null) query.push(["starting_after", chain.after]);
  return query;
}

const stepAfter = (step: Step, config: StripeConfig): Step => (step === "balance_transactions" && config.include_payouts ? "payouts" : "balance");

/** The last of the chain: everything that was created before it began has been read. */
async function fetchBalance(session: StripeSession, { cursor, chain }: Begun): Promise<Fetched<StripeCursor>> {
  const answer = await ask(session, "balance");
  requireMode(answer.json, session.config);
  // What lay before the window was not read again: it is pending still, and not due yet.
  const pending = merged([...cursor.pending.filter(({ created }) => created < chain.from), ...chain.pending]);
  return {
    pages: [pageOf(session, { cursor, chain }, answer)],
    next: { ...cursor, watermark: chain.begun, pending, chain: null },
    hasMore: false,
  };
}

/** Test money is never booked as live money, nor the other way round. */
export function requireMode(balance: unknown, config: StripeConfig): void {
  const mode = z.object({ livemode: z.boolean() }).safeParse(balance);
  if (!mode.success)
    throw new ConnectorFailure({
      kind: "malformed",
      code: "no_balance",
      message: "Stripe's answer was no balance. Nothing of it was taken; it is asked for again.",
    });
  if (mode.data.livemode === config.livemode) return;
  throw new ConnectorFailure({ kind: "configuration", code: "livemode_differs", message: MODE_DIFFERS });
}

function withPending(known: Pending, rows: Rows): Pending {
  const found = rows.flatMap(({ status, created, available_on }) =>
    status !== "pending" || created === undefined ? [] : [{ due: dayStart(available_on ?? created), created }],
  );
  return merged([...known, ...found]);
}

/** One entry a day that lines fall due on: at most a few hundred, however many lines there are. */
function merged(pending: Pending): Pending {
  const byDay = new Map<number, number>();
  for (const { due, created } of pending) byDay.set(due, Math.min(created, byDay.get(due) ?? created));
  return [...byDay].sort(([one], [other]) => one - other).map(([due, created]) => ({ due, created }));
}

const dayStart = (at: number): number => at - (at % DAY_SECONDS);

function pageOf(session: StripeSession, { cursor, chain }: Begun, answer: Answer): RawPage {
  const { account } = cursor;
  const head = pageHeadLine({
    provider: "stripe",
    kind: chain.step,
    fetched_at: session.now.toISOString(),
    request: answer.request,
    account: { id: externalIdOf(account.id, session.config), name: account.name, last_four: null, currency: null },
    context: { fees: cursor.fees },
  });
  const fileName = `stripe-${chain.step}-${String(chain.page).padStart(4, "0")}.json`;
  return { sourceKey: chain.step, fileName, format: "stripe", body: head + answer.text };
}

const NO_LIST = "Stripe's answer was no list. Nothing of it was taken; it is asked for again.";
const NO_PROGRESS = "Stripe says that there is more, but gave nothing to go on from. Nothing of it was taken; it is asked for again.";
const MODE_DIFFERS =
  "The key and the setting do not agree on live or test mode. Put in a key of the mode that the connection is set to, or change the setting.";
