/** What a sync does, without a database: fetches against the made-up banks, parses every page by its format, and folds what they say into books. */
import type * as z from "zod";
import { type BankApiConfig, type BankApiCredentials, bankApiConfigSchema } from "../../../src/domain/bank-api/config.ts";
import type { BalanceRecord, ProblemRecord, StatementRecord, TransactionRecord } from "../../../src/domain/record.ts";
import { bankApiFormat } from "../../../src/formats/bank-api/format.ts";
import { httpFetch } from "../../../src/lib/http.ts";
import { Secret } from "../../../src/lib/secret.ts";
import type { BankCursor } from "../../../src/sources/connectors/bank-api/cursor.ts";
import { cursorSchema } from "../../../src/sources/connectors/bank-api/cursor.ts";
import { bankApiConnector } from "../../../src/sources/connectors/bank-api.ts";
import { ConnectorFailure, type ConnectorFetch, type Platform, type RawPage, type Session } from "../../../src/sources/connectors/connector.ts";
import type { TruthRow } from "../../fakes/bank/world.ts";

export type BankSession = Session<BankApiConfig, BankApiCredentials>;

/** Loopback only, and with an end to waiting that a test can wait for. */
export const plainFetch: ConnectorFetch = (url, init, limits) => httpFetch({ allowLoopback: true, timeoutMs: 2_000, ...limits }, url, init);

export const NOBODY: Platform = { plaid: null, stripe: { baseUrl: "" }, certificates: {} };

interface Connected {
  config: z.input<typeof bankApiConfigSchema>;
  credentials: BankApiCredentials;
}

export function sessionOf({ config, credentials }: Connected, given: Partial<BankSession> & { now: Date }): BankSession {
  const parsed = bankApiConfigSchema.parse({ ...config, limits: { ...config.limits, rps: 1_000 } });
  return { connectionId: "c-1", config: parsed, credentials: new Secret(credentials), fetch: plainFetch, platform: NOBODY, ...given };
}

/** The books of one connection, and where it stands. */
export class BankBooks {
  cursor: BankCursor | null = null;
  readonly balances = new Map<string, string>();
  readonly problems: ProblemRecord["problem"][] = [];
  /** Every page that was deposited, in order. */
  readonly pages: RawPage[] = [];
  readonly #rows = new Map<string, TruthRow>();

  rows(): TruthRow[] {
    return sorted([...this.#rows.values()]);
  }

  /** One job: its pages count only once the last of them is there. After a failure that heals it goes on where `resumesAt` says. Throws ConnectorFailure. */
  async sync(
    session: BankSession,
    { failuresMax = 0, onFailure = () => {} }: { failuresMax?: number; onFailure?: (failure: ConnectorFailure) => void } = {},
  ) {
    let at = this.cursor;
    let pages: RawPage[] = [];
    for (let failures = 0, hasMore = true; hasMore; ) {
      try {
        const fetched = await bankApiConnector.fetchPages(session, at);
        pages.push(...fetched.pages);
        // What is kept of a cursor is JSON, read by its schema.
        at = cursorSchema.parse(JSON.parse(JSON.stringify(fetched.next)));
        ({ hasMore } = fetched);
      } catch (thrown) {
        if (!(thrown instanceof ConnectorFailure) || failures >= failuresMax) throw thrown;
        failures += 1;
        onFailure(thrown);
        if (thrown.kind === "chain_broken") [at, pages] = [this.cursor, []];
        if (thrown.kind === "cursor_lost") [at, pages] = [null, []];
      }
    }
    for (const page of pages) this.#fold(parsePage(page.body));
    this.pages.push(...pages);
    this.cursor = at;
  }

  #fold(records: readonly StatementRecord[]): void {
    const accounts = new Map<number, string>();
    for (const record of records) {
      if (record.type === "statement") accounts.set(record.ordinal, record.externalAccountId ?? "");
      else if (record.type === "problem") this.problems.push(record.problem);
      else if (record.type === "balance") this.balances.set(`${accounts.get(record.statement)} ${record.typeCode}`, balanceText(record));
      else if (record.type === "removal") this.#rows.delete(`${accounts.get(record.statement)} ${record.externalTransactionId}`);
      else if (record.type === "transaction") {
        const account = accounts.get(record.statement) ?? "";
        this.#rows.set(`${account} ${record.externalTransactionId}`, rowOf(account, record));
      }
    }
  }
}

const balanceText = ({ amountMinor, currency }: BalanceRecord): string => `${amountMinor} ${currency}`;

const rowOf = (account: string, record: TransactionRecord): TruthRow => ({
  account,
  external_id: record.externalTransactionId ?? "",
  amount_minor: record.amountMinor ?? "",
  posted_on: record.postedOn ?? "",
  is_pending: record.isPending,
});

export const sorted = (rows: readonly TruthRow[]): TruthRow[] =>
  rows.toSorted((one, other) => (`${one.account} ${one.external_id}` < `${other.account} ${other.external_id}` ? -1 : 1));

export function parsePage(body: string): StatementRecord[] {
  const parser = bankApiFormat.open({});
  const bytes = new TextEncoder().encode(body);
  const first = parser.push(bytes.subarray(0, 1_000));
  return [...first, ...parser.push(bytes.subarray(1_000)), ...parser.end()];
}
