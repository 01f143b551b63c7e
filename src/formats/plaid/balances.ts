/** Balances as Plaid gives them: what a depository account holds, what is owed on a card or loan. Turns no sign: the books know what an account is. */
import * as z from "zod";
import { parseMajor } from "../../domain/money.ts";
import { type JsonNode, plainDecimal } from "../page/json-node.ts";
import { ACCOUNT_WITHOUT_ID, BAD_BALANCE, UNKNOWN_TYPE, UNOFFICIAL_CURRENCY } from "./findings.ts";
import type { PlaidPage } from "./format.ts";

/**
 * Which figures of a type mean money of the company. On a card or a line `available` is what may still be drawn: neither held nor owed, and turned about
 * with the debt it would show as more debt.
 */
const FIGURES: ReadonlyMap<string, readonly ("current" | "available")[]> = new Map([
  ["depository", ["current", "available"]],
  ["credit", ["current"]],
  ["loan", ["current"]],
]);

export function writeBalances(page: PlaidPage): void {
  for (const account of page.body.get("accounts")?.items() ?? []) {
    const id = account.get("account_id")?.string ?? null;
    if (id === null) page.writer.problem(null, ACCOUNT_WITHOUT_ID, account);
    else if (page.accounts.isRead(id)) writeAccount(page, id, account);
  }
}

function writeAccount({ writer, accounts, context }: PlaidPage, id: string, account: JsonNode): void {
  const type = account.get("type")?.string ?? "";
  const record = account.get("name")?.string ?? null;
  const balances = account.get("balances");
  const currency = accounts.currency(id);
  const figures = FIGURES.get(type);
  if (figures === undefined) {
    writer.problem(null, { ...UNKNOWN_TYPE, record, value: type }, account);
    return;
  }
  const given = figures.flatMap((name) => {
    const figure = balances?.get(name) ?? null;
    return figure === null ? [] : [{ name, figure }];
  });
  if (given.length === 0) return;
  if (currency === null) {
    const value = balances?.get("unofficial_currency_code")?.string ?? balances?.get("iso_currency_code")?.string ?? null;
    writer.problem(null, { ...UNOFFICIAL_CURRENCY, record, value }, account);
    return;
  }
  const statement = accounts.statement(id, null);
  const asOfAt = instantOf(balances?.get("last_updated_datetime")?.string) ?? context.balances_as_of;
  for (const { name, figure } of given) {
    const decimal = plainDecimal(figure.number ?? "");
    const amountMinor = decimal === null ? null : parseMajor(decimal, currency);
    if (amountMinor === null) writer.problem(statement, { ...BAD_BALANCE, record, field: name, value: figure.source }, figure);
    else writer.balance(statement, { typeCode: name, amountMinor, currency, ...(asOfAt === null ? {} : { asOfAt }) }, figure);
  }
}

const instantSchema = z.iso.datetime();

/** An instant in UTC as it stands; null for every other text. */
function instantOf(text: string | null | undefined): string | null {
  return instantSchema.safeParse(text).data ?? null;
}
