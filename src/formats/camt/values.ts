/** Reads single values of ISO 20022: amounts, signs, days. A value that cannot be read is null and a problem, never a guess. */
import { isDay } from "../../domain/date.ts";
import { exponentOf, isCurrency, negateMinor, parseMajor } from "../../domain/money.ts";
import type { Day, Minor, Sign } from "../../domain/record.ts";
import type { Findings } from "../findings.ts";
import { find, textAt, type XmlNode } from "./node.ts";

export interface Spot {
  statement: number | null;
  line: number;
  record: string;
}

export interface Amount {
  minor: Minor | null;
  currency: string | null;
  sign: Sign | null;
}

/** `Amt` with its `Ccy`, signed by `CdtDbtInd`; exact, never rounded. */
export function readAmount(findings: Findings, node: XmlNode, spot: Spot): Amount {
  const { statement, ...place } = spot;
  const amount = find(node, "Amt");
  const text = amount?.text.trim() ?? "";
  const currency = readCurrency(findings, amount?.currency ?? null, spot);
  const mark = textAt(node, "CdtDbtInd");
  const sign = mark === "CRDT" || mark === "CDT" ? "credit" : mark === "DBIT" || mark === "DBT" ? "debit" : null;
  // An amount in a currency that nobody can read is none.
  const isKnown = currency !== null || (amount?.currency ?? null) === null;
  const minor = isKnown ? parseMajor(text, currency) : null;
  if (minor === null && isKnown) {
    findings.report(statement, {
      ...place,
      code: "bad_amount",
      field: "Amt",
      value: text,
      expected: `digits with a point and at most ${exponentOf(currency)} decimals`,
      message: `Expected an amount like 1234.56${currency === null ? "" : ` in ${currency}`}, found "${text.slice(0, 40)}". The amount is left open: ask the bank for a correct file.`,
    });
  }
  if (sign === null) {
    findings.report(statement, {
      ...place,
      code: "bad_sign",
      field: "CdtDbtInd",
      value: mark,
      expected: "CRDT or DBIT",
      message: `Expected CRDT or DBIT, found "${mark?.slice(0, 20) ?? "nothing"}". Nobody can say whether money came in or went out: ask the bank for a correct file.`,
    });
  }
  return { minor: minor === null || sign !== "debit" ? minor : negateMinor(minor), currency, sign };
}

export function readCurrency(findings: Findings, text: string | null, { statement, ...place }: Spot): string | null {
  if (text === null) return null;
  if (!/^[A-Z]{3}$/.test(text)) {
    findings.report(statement, {
      ...place,
      code: "bad_currency",
      field: "Ccy",
      value: text,
      expected: "three letters of ISO 4217",
      message: `Expected a currency of three letters, found "${text.slice(0, 20)}". The currency is left open: ask the bank for a correct file.`,
    });
    return null;
  }
  if (!isCurrency(text)) {
    findings.warn(statement, {
      ...place,
      code: "unknown_currency",
      field: "Ccy",
      value: text,
      expected: "a code of ISO 4217",
      message: `ISO 4217 has no currency ${text}; its amounts are shown with two decimals. Check the account's currency.`,
    });
  }
  return text;
}

/** `Dt` or `DtTm` of a date element: the day as written, whatever the zone behind it. Null, with a problem, for a day that the calendar has not. */
export function readDay(findings: Findings, node: XmlNode | undefined, spot: Spot & { field: string; severity: "error" | "warning" }): Day | null {
  const text = dayText(node);
  if (text === null) return null;
  const day = text.slice(0, 10);
  if (isDay(day)) return day;
  const { statement, ...place } = spot;
  findings.report(statement, {
    ...place,
    code: "bad_date",
    value: text,
    expected: "YYYY-MM-DD",
    message: `Expected a calendar day as YYYY-MM-DD, found "${text.slice(0, 40)}". The day is left open: compare the row with the bank's own display.`,
  });
  return null;
}

/** A day without a word about one that cannot be read. */
export function plainDay(text: string | null): Day | null {
  const day = text?.slice(0, 10) ?? "";
  return isDay(day) ? day : null;
}

const dayText = (node: XmlNode | undefined): string | null => textAt(node, "Dt") ?? textAt(node, "DtTm") ?? textAt(node);
