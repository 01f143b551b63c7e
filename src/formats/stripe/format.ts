/** Stripe's answers as records: lists of balance transactions, payouts with theirs, and the balance. Fetches nothing; a charge or refund is never booked beside its balance transaction. */
import * as z from "zod";
import type { PageHead } from "../../domain/page.ts";
import type { JsonNode } from "../page/json-node.ts";
import { type PageReader, pageFormat } from "../page/page-format.ts";
import type { PageWriter } from "../page/page-writer.ts";
import { balancesOf } from "./balances.ts";
import { type FeeHandling, lineOf, movementsOf, PAYMENTS, traceIdOf } from "./ledger.ts";

/** What the connector tells: from which second on fees are booked how, oldest first. */
const contextSchema = z.object({ fees: z.array(z.object({ from: z.number(), handling: z.enum(["separate", "net"]) })).min(1) });
type FeeRules = z.infer<typeof contextSchema>["fees"];

interface Page {
  account: NonNullable<PageHead["account"]>;
  fees: FeeRules;
  body: JsonNode;
  writer: PageWriter;
}

const reader: PageReader = {
  id: "stripe",
  title: "Stripe",
  read({ head, body, writer }) {
    const context = contextSchema.safeParse(head.context);
    const readPage = PAGES.get(head.kind);
    if (head.account === null || !context.success || readPage === undefined) {
      writer.problem(null, { code: "page_head_unreadable", value: head.kind, line: 1, message: HEAD_MESSAGE }, null);
      return;
    }
    readPage({ account: head.account, fees: context.data.fees, body, writer });
  },
};

export const stripePages = pageFormat(reader);

const PAGES = new Map<string, (page: Page) => void>([
  ["balance_transactions", (page) => readList(page, (node) => readLine(page, node, null))],
  ["payouts", (page) => readList(page, (node) => readPayout(page, node))],
  ["balance", readBalance],
]);

function readList({ body, writer }: Page, read: (node: JsonNode) => void): void {
  const rows = body.get("data");
  if (body.get("object")?.string !== "list" || rows === null || !rows.isArray) {
    writer.problem(null, { code: "list_missing", field: "data", message: LIST_MESSAGE }, null);
    return;
  }
  for (const node of rows.items()) read(node);
}

function readLine(page: Page, node: JsonNode, traceId: string | null): void {
  const line = lineOf(node, traceId);
  if ("message" in line) {
    page.writer.problem(null, { record: node.get("id")?.string ?? null, ...line }, node);
    return;
  }
  const statement = statementOf(page, line.balanceType, line.currency);
  for (const movement of movementsOf(line, handlingAt(page.fees, line.created))) page.writer.transaction(statement, movement, node);
}

/** A payout says nothing of its own that is booked: its balance transaction does, told once more with the name that the bank gave the payment. */
function readPayout(page: Page, payout: JsonNode): void {
  const line = payout.get("balance_transaction");
  if (line?.isObject === true) readLine(page, line, traceIdOf(payout));
}

function readBalance(page: Page): void {
  const { body, writer } = page;
  if (body.get("object")?.string !== "balance") {
    writer.problem(null, { code: "balance_missing", field: "object", message: BALANCE_MESSAGE }, null);
    return;
  }
  for (const balance of balancesOf(body)) {
    if ("code" in balance) {
      const { node, ...draft } = balance;
      writer.problem(null, { ...draft, expected: "an amount and a currency", message: BALANCE_PART_MESSAGE }, node);
      continue;
    }
    const { balanceType, currency, node } = balance;
    const statement = statementOf(page, balanceType, currency);
    writer.balance(statement, { typeCode: "current", amountMinor: balance.currentMinor, currency }, node);
    writer.balance(statement, { typeCode: "available", amountMinor: balance.availableMinor, currency }, node);
  }
}

/** The payments balance is the account itself; others (issuing, reserves) are accounts beside it, as their money is not in it. */
function statementOf({ account, writer }: Page, balanceType: string, currency: string): number {
  const isOwn = balanceType === PAYMENTS;
  const name = account.name === null || isOwn ? account.name : `${account.name}, ${balanceType.replaceAll("_", " ")}`;
  return writer.statement({ id: isOwn ? account.id : `${account.id}:${balanceType}`, name, lastFour: null, currency });
}

/** A line is booked for ever as it was when it was created, whatever the setting says later: otherwise a fee would be booked twice, or never. */
function handlingAt(fees: FeeRules, created: number): FeeHandling {
  return (fees.findLast(({ from }) => from <= created) ?? fees[0])?.handling ?? "separate";
}

const HEAD_MESSAGE = "The page's first line does not say what Stripe was asked for. Fetch it again; nothing of it was read.";
const LIST_MESSAGE = "The answer is no list of Stripe's. Fetch it again; nothing of it was read.";
const BALANCE_MESSAGE = "The answer is no balance of Stripe's. Fetch it again; nothing of it was read.";
const BALANCE_PART_MESSAGE = "A part of the balance has no amount or no known currency, so that the balance of that currency was not taken.";
