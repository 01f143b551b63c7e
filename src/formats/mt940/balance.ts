/** Reads balances (:60: :62: :64: :65:) and MT942's sums (:90:) into records, and tells the proof of them. Never adds anything up. */
import { isCurrency, negateMinor } from "../../domain/money.ts";
import type { BalanceRecord, Sign } from "../../domain/record.ts";
import type { Findings } from "../findings.ts";
import type { Tally } from "../tally.ts";
import type { Field } from "./fields.ts";
import { type Message, provable } from "./statement.ts";
import { readAmount, readDay } from "./values.ts";

/** Mark, day, currency, amount. Some banks write DR and CR. */
const BALANCE = /^([DC])R?(\d{6})([A-Z]{3})([\d.,]+)$/;
/** Number of entries, currency, their sum. */
const SUM = /^(\d{1,5})([A-Z]{3})([\d.,]+)$/;

/** The currency that a balance, a sum or a floor limit (:34F:) names, before the statement begins; null where it names none. */
export function currencyOf(field: Field): string | null {
  const text = (field.lines[0] ?? "").trim();
  return (BALANCE.exec(text)?.[3] ?? SUM.exec(text)?.[2] ?? /^([A-Z]{3})[DC]?[\d.,]*$/.exec(text)?.[1]) || null;
}

export function readBalance(findings: Findings, { message, tally, field }: { message: Message; tally: Tally; field: Field }): void {
  const text = (field.lines[0] ?? "").trim();
  const match = BALANCE.exec(text);
  if (match === null) {
    reportUnreadable(findings, { tally, field, expected: "C or D, YYMMDD, a currency and an amount" });
    return;
  }
  const [, mark = "", dayText = "", currency = "", amountText = ""] = match;
  const spot = { statement: tally.ordinal, line: field.line, record: field.tag };
  noteCurrency(findings, { tally, field, currency });
  const isClosing = field.tag.startsWith("62");
  const asOfOn = readDay(findings, dayText, { ...spot, field: "date", severity: isClosing ? "error" : "warning" });
  const amount = readAmount(findings, amountText, currency, spot);
  const sign: Sign = mark === "D" ? "debit" : "credit";
  const amountMinor = amount === null || sign === "credit" ? amount : negateMinor(amount);
  findings.out.push({ ...balance(tally, field), level: "status", sign, amountMinor, currency, asOfOn });
  // The opening balance of a later page is the closing one of the page before.
  if (field.tag.startsWith("60")) tally.openingMinor ??= provable(tally, amountMinor, currency);
  else if (isClosing) {
    tally.closingMinor = provable(tally, amountMinor, currency);
    message.closingOn = asOfOn;
  } else if (field.tag === "64") tally.availableMinor = provable(tally, amountMinor, currency);
}

/** :90D: and :90C:, the number and sum of an interim report's entries. */
export function readSum(findings: Findings, { message, tally, field }: { message: Message; tally: Tally; field: Field }): void {
  const match = SUM.exec((field.lines[0] ?? "").trim());
  if (match === null) {
    reportUnreadable(findings, { tally, field, expected: "a number, a currency and an amount" });
    return;
  }
  const [, countText = "", currency = "", amountText = ""] = match;
  const amountMinor = readAmount(findings, amountText, currency, { statement: tally.ordinal, line: field.line, record: field.tag });
  const itemCount = Number(countText);
  const isCredit = field.tag === "90C";
  const sign: Sign = isCredit ? "credit" : "debit";
  findings.out.push({ ...balance(tally, field), level: "summary", sign, amountMinor, currency, asOfOn: message.asOfOn, itemCount });
  const said = provable(tally, amountMinor, currency);
  if (isCredit) Object.assign(tally.said, { creditsMinor: said, creditCount: itemCount });
  else Object.assign(tally.said, { debitsMinor: said, debitCount: itemCount });
}

const balance = (
  tally: Tally,
  field: Field,
): Pick<BalanceRecord, "type" | "statement" | "typeCode" | "asOfTime" | "itemCount" | "fundsType" | "line"> => ({
  type: "balance",
  statement: tally.ordinal,
  typeCode: field.tag,
  asOfTime: null,
  itemCount: null,
  fundsType: null,
  line: field.line,
});

function reportUnreadable(findings: Findings, { tally, field, expected }: { tally: Tally; field: Field; expected: string }): void {
  findings.report(tally.ordinal, {
    code: "bad_balance",
    line: field.line,
    record: field.tag,
    value: field.lines[0] ?? "",
    expected,
    message: `Expected ${expected} in :${field.tag}:, found "${(field.lines[0] ?? "").slice(0, 40)}". The balance was left out: ask the bank for a correct file.`,
  });
}

function noteCurrency(findings: Findings, { tally, field, currency }: { tally: Tally; field: Field; currency: string }): void {
  if (isCurrency(currency)) return;
  findings.warn(tally.ordinal, {
    code: "unknown_currency",
    line: field.line,
    record: field.tag,
    field: "currency",
    value: currency,
    expected: "a code of ISO 4217",
    message: `ISO 4217 has no currency ${currency}; its amounts are shown with two decimals. Check the account's currency.`,
  });
}
