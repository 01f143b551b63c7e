/** Plaid's connector against its stand-in, as the sync engine drives it: chains of pages, read by the format and folded by external id. Never asserts. */
import { addMinor } from "../../../src/domain/money.ts";
import type { StatementRecord } from "../../../src/domain/record.ts";
import { pageFormatOf } from "../../../src/formats/pages.ts";
import { httpFetch } from "../../../src/lib/http.ts";
import { Secret } from "../../../src/lib/secret.ts";
import { ConnectorFailure, type ConnectorFetch, type Platform, type RawPage } from "../../../src/sources/connectors/connector.ts";
import { type PlaidConfig, type PlaidCursor, plaidConfigSchema } from "../../../src/sources/connectors/plaid/config.ts";
import type { PlaidSession } from "../../../src/sources/connectors/plaid/fetch-pages.ts";
import { plaid } from "../../../src/sources/connectors/plaid.ts";
import type { FakePlaid } from "../../fakes/plaid/start.ts";
import type { FakeItem } from "../../fakes/plaid/world.ts";

export const NOW = new Date("2026-03-10T12:00:00.000Z");

export const loopbackFetch: ConnectorFetch = (url, init, limits) => httpFetch({ allowLoopback: true, ...limits }, url, init);

export const platformOf = (fake: FakePlaid): Platform => ({
  plaid: { baseUrl: fake.url, clientId: fake.clientId, secret: new Secret(fake.secret), webhookUrl: "http://127.0.0.1:1/webhooks/plaid" },
  stripe: { baseUrl: "http://127.0.0.1:1" },
  certificates: {},
});

export function sessionOf(fake: FakePlaid, item: FakeItem, settings: Partial<PlaidConfig> = {}): PlaidSession {
  return {
    connectionId: "connection",
    config: plaidConfigSchema.parse({ item_id: item.id, institution_name: item.institution.name, ...settings }),
    credentials: new Secret({ access_token: item.accessToken }),
    fetch: loopbackFetch,
    platform: platformOf(fake),
    now: NOW,
  };
}

/** 1,000 steps: no chain of a test is as long. */
const STEPS_MAX = 1_000;

export interface Sync {
  pages: RawPage[];
  cursor: PlaidCursor | null;
  isReady: boolean;
}

/** One chain from the connection's cursor, which only its end moves. Throws what the connector throws. */
export async function syncOnce(session: PlaidSession, cursor: PlaidCursor | null): Promise<Sync> {
  const pages: RawPage[] = [];
  let at = cursor;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const fetched = await plaid.fetchPages(session, at);
    if (fetched.notReady) return { pages: [], cursor, isReady: false };
    pages.push(...fetched.pages);
    // A cursor rests as JSON between any two steps.
    at = plaid.cursor.parse(JSON.parse(JSON.stringify(fetched.next)));
    if (!fetched.hasMore) return { pages, cursor: at, isReady: true };
  }
  throw new Error("The chain never ends.");
}

/** What the connector fails with; an error of another kind is thrown on. */
export async function failureOf(work: Promise<unknown>): Promise<ConnectorFailure | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (error instanceof ConnectorFailure) return error;
    throw error;
  }
}

export function readPage(page: Pick<RawPage, "body">): StatementRecord[] {
  const format = pageFormatOf("plaid");
  if (format === null) throw new Error("There is no such format.");
  const parser = format.open({});
  return [...parser.push(new TextEncoder().encode(page.body)), ...parser.end()];
}

export interface BookRow {
  account_id: string;
  external_id: string;
  amount_minor: string | null;
  currency: string | null;
  posted_on: string | null;
  is_pending: boolean;
}

/** The books as the rules fold them: the last state wins, and what replaces an older id is that row. */
export class Books {
  /** Row number by the row's newest id. */
  readonly #rows = new Map<string, { row: BookRow; number: number }>();
  #numbers = 0;
  readonly problems: string[] = [];
  readonly balances = new Map<string, string>();

  take(pages: readonly RawPage[]): void {
    const records = pages.map(readPage);
    const folded = new Map<string, { row: BookRow; replaces: string | undefined } | null>();
    for (const page of records) {
      const accounts = new Map(page.flatMap((one) => (one.type === "statement" ? [[one.ordinal, one.externalAccountId ?? ""] as const] : [])));
      for (const record of page) this.#fold(record, accounts, folded);
    }
    for (const [id, state] of folded) if (state?.replaces !== undefined) this.#rename(state.replaces, id);
    for (const [id, state] of folded) {
      if (state === null) this.#rows.delete(id);
      else this.#rows.set(id, { row: state.row, number: this.#rows.get(id)?.number ?? ++this.#numbers });
    }
  }

  get rows(): BookRow[] {
    return [...this.#rows.values()].map(({ row }) => row);
  }

  numberOf(id: string): number | undefined {
    return this.#rows.get(id)?.number;
  }

  sumMinor(accountId: string): string {
    return this.rows.reduce((sum, row) => (row.account_id === accountId && !row.is_pending ? addMinor(sum, row.amount_minor ?? "0") : sum), "0");
  }

  #fold(
    record: StatementRecord,
    accounts: ReadonlyMap<number, string>,
    folded: Map<string, { row: BookRow; replaces: string | undefined } | null>,
  ): void {
    if (record.type === "removal") folded.set(record.externalTransactionId, null);
    else if (record.type === "problem") this.problems.push(record.problem.code);
    else if (record.type === "balance") this.balances.set(`${accounts.get(record.statement)} ${record.typeCode}`, record.amountMinor ?? "");
    else if (record.type === "transaction" && record.externalTransactionId !== null) {
      const row: BookRow = {
        account_id: accounts.get(record.statement) ?? "",
        external_id: record.externalTransactionId,
        amount_minor: record.amountMinor,
        currency: record.currency,
        posted_on: record.postedOn,
        is_pending: record.isPending,
      };
      folded.set(record.externalTransactionId, { row, replaces: record.replacesExternalId });
    }
  }

  #rename(from: string, to: string): void {
    const known = this.#rows.get(from);
    if (known === undefined || this.#rows.has(to)) return;
    this.#rows.delete(from);
    this.#rows.set(to, known);
  }
}

/** What the bank says, in the shape of the books. */
export function liveTruth(fake: FakePlaid, item: FakeItem): BookRow[] {
  return fake
    .truth()
    .filter((row) => row.is_live && row.item_id === item.id)
    .map(({ account_id, external_id, amount_minor, currency, posted_on, is_pending }) => ({
      account_id,
      external_id,
      amount_minor,
      currency,
      posted_on,
      is_pending,
    }));
}

export const byId = (rows: readonly BookRow[]): BookRow[] => [...rows].sort((a, b) => (a.external_id < b.external_id ? -1 : 1));
