/** Drives the Stripe connector against its stand-in as the sync engine does, reads what it fetched, and folds it: the last state of an id wins. Keeps no database. */
import type { Day, StatementRecord } from "../../../src/domain/record.ts";
import { pageFormatOf } from "../../../src/formats/pages.ts";
import { httpFetch } from "../../../src/lib/http.ts";
import { Secret } from "../../../src/lib/secret.ts";
import type { ConnectorFetch, RawPage, Session } from "../../../src/sources/connectors/connector.ts";
import type { StripeConfig, StripeCredentials, StripeCursor } from "../../../src/sources/connectors/stripe/settings.ts";
import { stripeConfigSchema, stripeCursorSchema } from "../../../src/sources/connectors/stripe/settings.ts";
import { stripeConnector } from "../../../src/sources/connectors/stripe.ts";
import type { FakeStripe } from "../../fakes/stripe/fake.ts";
import type { TrueBalance, TrueRow } from "../../fakes/stripe/truth.ts";

/** As the Worker's own, with the loopback allowed. */
export const loopbackFetch: ConnectorFetch = (url, init, limits) => httpFetch({ allowLoopback: true, ...limits }, url, init);

export interface SessionParts {
  config?: Partial<StripeConfig>;
  credentials?: Partial<StripeCredentials>;
  fetch?: ConnectorFetch;
}

/** At the stand-in's own moment. */
export function sessionOf(
  fake: FakeStripe,
  { config = {}, credentials = {}, fetch = loopbackFetch }: SessionParts = {},
): Session<StripeConfig, StripeCredentials> {
  return {
    connectionId: "connection",
    config: stripeConfigSchema.parse({ livemode: false, ...config }),
    credentials: new Secret({ api_key: fake.key.text, webhook_secrets: [], ...credentials }),
    fetch,
    platform: { plaid: null, stripe: { baseUrl: fake.url }, certificates: {} },
    now: new Date(fake.world.now() * 1000),
  };
}

export interface Run {
  pages: RawPage[];
  cursor: StripeCursor;
  calls: number;
}

/** One run from the connection's cursor to the end of its chain; after a failure it goes on from the last page that was kept, as `resumesAt` says. */
export async function runChain(
  fake: FakeStripe,
  before: StripeCursor | null,
  parts: SessionParts & { failuresMax?: number; between?: (page: number) => void } = {},
): Promise<Run> {
  const pages: RawPage[] = [];
  let cursor = before;
  let failures = 0;
  for (let calls = 1; ; calls += 1) {
    try {
      const fetched = await stripeConnector.fetchPages(sessionOf(fake, parts), cursor);
      pages.push(...fetched.pages);
      // As it comes back from where it rests.
      cursor = stripeCursorSchema.parse(JSON.parse(JSON.stringify(fetched.next)));
      if (!fetched.hasMore) return { pages, cursor, calls };
      parts.between?.(pages.length);
    } catch (error) {
      failures += 1;
      if (failures > (parts.failuresMax ?? 0)) throw error;
    }
  }
}

export function recordsOf(page: RawPage): StatementRecord[] {
  const format = pageFormatOf(page.format);
  if (format === null) throw new Error(`There is no format ${page.format}.`);
  const parser = format.open({});
  return [...parser.push(new TextEncoder().encode(page.body)), ...parser.end()];
}

/** Books of the test's own: what was read, by account and id, and the balances. */
export class FoldedBooks {
  readonly #rows = new Map<
    string,
    TrueRow & { typeCode: string; bankReference: string | null; customerReference: string | null; description: string }
  >();
  readonly #balances = new Map<string, string | null>();
  readonly problems: string[] = [];

  add(pages: readonly RawPage[]): this {
    for (const page of pages) this.#addPage(recordsOf(page));
    return this;
  }

  /** In the order of the ids. */
  get rows() {
    return [...this.#rows.values()].sort((one, other) => (one.externalId < other.externalId ? -1 : 1));
  }

  /** As the stand-in says what is true. */
  get facts(): TrueRow[] {
    return this.rows.map(({ account, currency, externalId, amountMinor, postedOn, valueOn, isPending }) => ({
      account,
      currency,
      externalId,
      amountMinor,
      postedOn,
      valueOn,
      isPending,
    }));
  }

  balance(account: string, currency: string): Omit<TrueBalance, "account" | "currency"> {
    const read = (code: string) => this.#balances.get(`${account} ${currency} ${code}`) ?? "none";
    return { currentMinor: read("current"), availableMinor: read("available") };
  }

  row(externalId: string) {
    const found = this.#rows.get(externalId);
    if (found === undefined) throw new Error(`There is no ${externalId} in the books.`);
    return found;
  }

  #addPage(records: readonly StatementRecord[]): void {
    const accounts = new Map<number, { account: string; currency: string }>();
    for (const record of records) {
      if (record.type === "statement") accounts.set(record.ordinal, { account: record.externalAccountId ?? "", currency: record.currency ?? "" });
      else if (record.type === "problem") this.problems.push(record.problem.code);
      else if (record.type === "balance") {
        const { account, currency } = accounts.get(record.statement) ?? { account: "", currency: "" };
        this.#balances.set(`${account} ${currency} ${record.typeCode}`, record.amountMinor);
      } else if (record.type === "transaction") {
        const { account = "", currency = "" } = accounts.get(record.statement) ?? {};
        const externalId = record.externalTransactionId ?? "";
        this.#rows.set(externalId, {
          account,
          currency,
          externalId,
          amountMinor: record.amountMinor ?? "",
          postedOn: dayOf(record.postedOn),
          valueOn: dayOf(record.valueOn),
          isPending: record.isPending,
          typeCode: record.typeCode,
          bankReference: record.bankReference,
          customerReference: record.customerReference,
          description: record.description,
        });
      }
    }
  }
}

const dayOf = (day: Day | null): string => day ?? "";
