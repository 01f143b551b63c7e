/** The accounts that a page names: which are read, and in which statement a row of theirs stands. Never a balance. */
import { isCurrency } from "../../domain/money.ts";
import type { JsonNode } from "../page/json-node.ts";
import type { PageWriter } from "../page/page-writer.ts";
import { INVESTMENT } from "./findings.ts";

interface KnownAccount {
  name: string | null;
  lastFour: string | null;
  currency: string | null;
  isInvestment: boolean;
}

/** Types of accounts that hold securities; `brokerage` is an older word for the same. */
const INVESTMENTS: readonly string[] = ["investment", "brokerage"];

export class AccountBook {
  readonly #writer: PageWriter;
  readonly #chosen: ReadonlySet<string> | null;
  readonly #known = new Map<string, KnownAccount>();
  /** The currency of the newest movement of an account that the page's own list does not name. */
  readonly #currencies = new Map<string, string>();

  constructor(body: JsonNode, writer: PageWriter, chosen: readonly string[] | null) {
    this.#writer = writer;
    this.#chosen = chosen === null ? null : new Set(chosen);
    for (const account of body.get("accounts")?.items() ?? []) this.#learn(account);
  }

  /** False for one that was not chosen, or holds investments. */
  isRead(accountId: string): boolean {
    if (this.#chosen !== null && !this.#chosen.has(accountId)) return false;
    return this.#known.get(accountId)?.isInvestment !== true;
  }

  /** The account's statement in `currency`; null: in the account's own. */
  statement(accountId: string, currency: string | null): number {
    const known = this.#known.get(accountId);
    if (currency !== null) this.#currencies.set(accountId, currency);
    return this.#writer.statement({
      id: accountId,
      name: known?.name ?? null,
      lastFour: known?.lastFour ?? null,
      currency: currency ?? this.currency(accountId),
    });
  }

  /** The account's own currency, where Plaid says one that ISO 4217 lists. */
  currency(accountId: string): string | null {
    return this.#known.get(accountId)?.currency ?? this.#currencies.get(accountId) ?? null;
  }

  #learn(account: JsonNode): void {
    const id = account.get("account_id")?.string ?? null;
    if (id === null) return;
    const isInvestment = INVESTMENTS.includes(account.get("type")?.string ?? "");
    const currency = account.at("balances", "iso_currency_code")?.string ?? null;
    this.#known.set(id, {
      name: account.get("name")?.string ?? null,
      lastFour: account.get("mask")?.string?.slice(-4) ?? null,
      currency: currency !== null && isCurrency(currency) ? currency : null,
      isInvestment,
    });
    if (isInvestment && (this.#chosen === null || this.#chosen.has(id)))
      this.#writer.problem(null, { ...INVESTMENT, record: account.get("name")?.string ?? null, value: account.get("type")?.string ?? null }, account);
  }
}
