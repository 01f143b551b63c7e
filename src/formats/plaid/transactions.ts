/** A transaction of Plaid as a movement. Plaid counts money that leaves as positive; here it is turned about. Takes no category: models change them. */
import { isDay } from "../../domain/date.ts";
import { isCurrency, negateMinor, parseMajor } from "../../domain/money.ts";
import type { Day, Minor } from "../../domain/record.ts";
import { type JsonNode, plainDecimal } from "../page/json-node.ts";
import { BAD_AMOUNT, BAD_DATE, BAD_STATUS, REMOVAL_OF_UNSHARED, REMOVAL_WITHOUT_ACCOUNT, ROW_WITHOUT_ID, UNOFFICIAL_CURRENCY } from "./findings.ts";
import type { PlaidPage } from "./format.ts";

export function writeMovement(page: PlaidPage, row: JsonNode): void {
  const { writer, accounts, context } = page;
  const accountId = textOf(row, "account_id");
  const id = textOf(row, "transaction_id");
  if (accountId === null || id === null) {
    writer.problem(null, ROW_WITHOUT_ID, row);
    return;
  }
  if (!accounts.isRead(accountId)) return;
  const isPending = row.get("pending")?.boolean ?? null;
  if (isPending === true && !context.include_pending) return;

  const currency = currencyOf(row);
  if (currency === null && accounts.currency(accountId) === null) {
    // No statement has a currency that ISO 4217 lacks: the row has nowhere to stand.
    writer.problem(null, unofficial(row), row);
    return;
  }
  const statement = accounts.statement(accountId, currency);
  const postedOn = dayOf(row, "date");
  const amountMinor = currency === null || isPending === null ? null : amountOf(row, currency);
  if (currency === null) writer.problem(statement, unofficial(row), row);
  else if (isPending === null) writer.problem(statement, { ...BAD_STATUS, value: row.get("pending")?.source ?? null }, row);
  else if (amountMinor === null) writer.problem(statement, { ...BAD_AMOUNT, value: row.get("amount")?.source ?? null }, row);
  if (postedOn === null) writer.problem(statement, { ...BAD_DATE, value: row.get("date")?.source ?? null }, row);

  const replaced = textOf(row, "pending_transaction_id");
  writer.transaction(
    statement,
    {
      amountMinor,
      postedOn,
      valueOn: dayOf(row, "authorized_date"),
      typeCode: typeCodeOf(row),
      customerReference: textOf(row, "check_number") ?? paymentReference(row),
      description: descriptionOf(row),
      externalTransactionId: id,
      isPending: isPending ?? false,
      ...(replaced === null || replaced === id ? {} : { replacesExternalId: replaced }),
      ...(currency === null ? {} : { currency }),
    },
    row,
  );
}

export function writeRemoval({ writer, accounts }: PlaidPage, row: JsonNode): void {
  const accountId = textOf(row, "account_id");
  const id = textOf(row, "transaction_id");
  if (id === null) writer.problem(null, ROW_WITHOUT_ID, row);
  else if (accountId === null) writer.problem(null, REMOVAL_WITHOUT_ACCOUNT, row);
  else if (!accounts.isRead(accountId)) return;
  // An account is known by its id and currency: in a statement of another the row would not be found.
  else if (accounts.currency(accountId) === null) writer.problem(null, REMOVAL_OF_UNSHARED, row);
  else writer.removal(accounts.statement(accountId, null), id, row);
}

function currencyOf(row: JsonNode): string | null {
  const code = textOf(row, "iso_currency_code");
  return code !== null && isCurrency(code) && row.get("unofficial_currency_code") === null ? code : null;
}

const unofficial = (row: JsonNode) => ({
  ...UNOFFICIAL_CURRENCY,
  value: textOf(row, "unofficial_currency_code") ?? textOf(row, "iso_currency_code"),
});

function amountOf(row: JsonNode, currency: string): Minor | null {
  const decimal = plainDecimal(row.get("amount")?.number ?? "");
  const minor = decimal === null ? null : parseMajor(decimal, currency);
  return minor === null ? null : negateMinor(minor);
}

function dayOf(row: JsonNode, field: string): Day | null {
  const text = textOf(row, field);
  return text !== null && isDay(text) ? text : null;
}

/** Banks' own words, mostly European ones: `direct debit`. Plaid also sends the text `null`. */
function typeCodeOf(row: JsonNode): string {
  const code = textOf(row, "transaction_code");
  return code === "null" ? "" : (code ?? "");
}

function paymentReference(row: JsonNode): string | null {
  const reference = row.at("payment_meta", "reference_number")?.string?.trim() ?? "";
  return reference === "" ? null : reference;
}

/** The bank's own line, else Plaid's reading of it; behind it the merchant, where the line does not name it already. */
function descriptionOf(row: JsonNode): string {
  const line = textOf(row, "original_description") ?? textOf(row, "name") ?? "";
  const merchant = textOf(row, "merchant_name") ?? "";
  if (lettersOf(line).includes(lettersOf(merchant))) return line;
  return line === "" ? merchant : `${line} · ${merchant}`;
}

const lettersOf = (text: string): string => text.toUpperCase().replace(/[^\p{L}\p{N}]/gu, "");

/** A text without the blanks around it; null where there is none. */
function textOf(row: JsonNode, field: string): string | null {
  const text = row.get(field)?.string?.trim() ?? "";
  return text === "" ? null : text;
}
