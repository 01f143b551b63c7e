/** Pages of a bank's API, read by the description that travels in their head. Never asks the bank, and knows no bank of its own. */
import {
  type BankAccount,
  type BankBalance,
  type BankMovement,
  type BankRemoval,
  type Finding,
  feeIdOf,
  readAccounts,
  readBalances,
  readTransactions,
} from "../../domain/bank-api/read.ts";
import { type GoneRow, pageReadingSchema } from "../../domain/bank-api/reading.ts";
import type { PageHead } from "../../domain/page.ts";
import type { JsonNode } from "../page/json-node.ts";
import { pageFormat } from "../page/page-format.ts";
import type { PageWriter } from "../page/page-writer.ts";
import { type PlacedTree, placedTree } from "./tree.ts";

export const bankApiFormat = pageFormat({
  id: "bank_api",
  title: "Bank API page",
  read({ head, body, writer }) {
    const page = pageReadingSchema.safeParse({ kind: head.kind, ...head.context });
    if (!page.success) {
      const message = "The page does not say how it is to be read. Fetch it again; nothing of it was read.";
      writer.problem(null, { code: "page_reading_missing", line: 1, message }, null);
      return;
    }
    const scribe = new Scribe({ head, body, writer, placed: placedTree(body) });
    const { tree } = scribe.placed;
    if (page.data.kind === "accounts") scribe.accounts(readAccounts(page.data.reading, tree));
    else if (page.data.kind === "balances") scribe.balances(readBalances(page.data.reading, scribe.account, tree));
    else {
      scribe.rows(readTransactions(page.data.reading, scribe.accountId, tree));
      scribe.gone(page.data.gone ?? [], page.data.reading.fee !== undefined);
    }
  },
});

const NAMELESS = { name: null, lastFour: null };

/** Writes what was read, each thing at its place in the page. */
class Scribe {
  readonly #head: PageHead;
  readonly #body: JsonNode;
  readonly #writer: PageWriter;
  readonly placed: PlacedTree;

  constructor({ head, body, writer, placed }: { head: PageHead; body: JsonNode; writer: PageWriter; placed: PlacedTree }) {
    this.#head = head;
    this.#body = body;
    this.#writer = writer;
    this.placed = placed;
  }

  get accountId(): string | null {
    return this.#head.account?.id ?? null;
  }

  /** The account that the head names; the rows of a page without one name theirs. */
  get account(): BankAccount {
    const { account } = this.#head;
    if (account === null) return { id: "", name: null, lastFour: null, currency: null, type: null };
    return { id: account.id, name: account.name, lastFour: account.last_four, currency: account.currency, type: null };
  }

  accounts({ accounts, balances, findings }: ReturnType<typeof readAccounts>): void {
    // An account that stands for several currencies has none of its own, and its rows name theirs.
    for (const account of accounts) if (account.currency !== null) this.#writer.statement(account);
    for (const balance of balances) this.#balance(balance);
    this.#findings(findings);
  }

  balances({ found, findings }: ReturnType<typeof readBalances>): void {
    for (const balance of found) this.#balance(balance);
    this.#findings(findings);
  }

  rows({ found, findings }: ReturnType<typeof readTransactions>): void {
    for (const row of found) this.#row(row);
    this.#findings(findings);
  }

  /** Pending rows that the bank no longer names, with their fees. */
  gone(rows: readonly GoneRow[], hasFees: boolean): void {
    for (const { account, id, currency } of rows) {
      const statement = this.#statementOf(account, currency);
      this.#writer.removal(statement, id, this.#body);
      if (hasFees) this.#writer.removal(statement, feeIdOf(id), this.#body);
    }
  }

  #balance({ account, typeCode, amountMinor, currency, item }: BankBalance): void {
    const statement = this.#writer.statement({ ...account, currency });
    this.#writer.balance(statement, { typeCode, amountMinor, currency }, this.#place(item));
  }

  #row(row: BankMovement | BankRemoval): void {
    const statement = this.#statementOf(row.accountId, row.currency);
    if (row.kind === "removal") this.#writer.removal(statement, row.externalTransactionId, this.#place(row.item));
    else this.#writer.transaction(statement, row, this.#place(row.item));
  }

  #statementOf(id: string, currency: string): number {
    const { name, lastFour } = this.accountId === id ? this.account : NAMELESS;
    return this.#writer.statement({ id, name, lastFour, currency });
  }

  #findings(findings: readonly Finding[]): void {
    for (const { item, ...draft } of findings) this.#writer.problem(null, draft, this.#place(item));
  }

  /** Where a value stands; what an expression put together stands nowhere, so that it is the whole answer. */
  #place(item: unknown): JsonNode {
    return this.placed.nodeOf(item) ?? this.#body;
  }
}
