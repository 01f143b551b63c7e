/** Reads single values of BAI2 fields: amounts, counts, days, times, currencies. A value that cannot be read is null and a problem, never a guess. */
import { parseDay6, parseDay8, parseTime } from "../../domain/date.ts";
import { isCurrency, parseMajor, parseMinor } from "../../domain/money.ts";
import type { Day, Minor, TimeOfDay } from "../../domain/record.ts";
import type { Context } from "./context.ts";

/** Where a value stands, in the specification's words. */
export interface Spot {
  line: number;
  record: string;
  field: string;
}

/** Canonical minor units; null for an empty field, and with a problem for one that is no amount. */
export function readAmount(context: Context, text: string, currency: string | null, spot: Spot): Minor | null {
  if (text === "") return null;
  const minor = parseMinor(text);
  if (minor !== null) return minor;
  const major = text.includes(".") ? parseMajor(text, currency) : null;
  if (major !== null) {
    context.warn({
      ...spot,
      code: "decimal_amount",
      value: text,
      expected: major,
      message: `BAI2 amounts have no decimal point; "${text}" was read as ${major} minor units. Check one amount against the bank's own figures.`,
    });
    return major;
  }
  context.report({
    ...spot,
    code: "bad_amount",
    value: text,
    expected: "digits with an optional sign",
    message: `Expected an amount in digits without a decimal point, found "${text.slice(0, 40)}". The amount is left open: ask the bank for a correct file.`,
  });
  return null;
}

/** A count in digits with an optional plus; null for an empty field, and with a warning for anything else. */
export function readCount(context: Context, text: string, spot: Spot): number | null {
  if (text === "") return null;
  const count = /^[+]?\d{1,15}$/.test(text) ? Number(text) : null;
  if (count !== null) return count;
  context.warn({
    ...spot,
    code: "bad_count",
    value: text,
    expected: "digits",
    message: `Expected a count in digits, found "${text.slice(0, 40)}". The count is left open; no amount depends on it.`,
  });
  return null;
}

/** YYMMDD, and with a warning YYYYMMDD. `severity` is error where money is booked on this day. */
export function readDay(context: Context, text: string, spot: Spot & { severity: "error" | "warning" }): Day | null {
  const day = parseDay6(text);
  if (day !== null) return day;
  const long = parseDay8(text);
  if (long !== null) {
    context.warn({
      ...spot,
      severity: "warning",
      code: "long_date",
      value: text,
      expected: "YYMMDD",
      message: `Expected YYMMDD, found "${text}"; it was read as ${long}.`,
    });
    return long;
  }
  context.report({
    ...spot,
    code: "bad_date",
    value: text,
    expected: "YYMMDD",
    message: `Expected a calendar day as YYMMDD, found "${text.slice(0, 40)}". The day is left open: ask the bank for a correct file.`,
  });
  return null;
}

/** HHMM and its common spellings; null for an empty field, and with a warning for anything else. */
export function readTime(context: Context, text: string, spot: Spot): TimeOfDay | null {
  if (text === "") return null;
  const time = parseTime(text);
  if (time !== null) return time;
  context.warn({
    ...spot,
    code: "bad_time",
    value: text,
    expected: "HHMM",
    message: `Expected a time as HHMM, found "${text.slice(0, 40)}". The time is left open, which means the end of the day.`,
  });
  return null;
}

/** Three letters, in capitals; null for an empty field, and with a problem for anything else. */
export function readCurrency(context: Context, text: string, spot: Spot): string | null {
  if (text === "") return null;
  const currency = text.toUpperCase();
  if (!/^[A-Z]{3}$/.test(currency)) {
    context.report({
      ...spot,
      code: "bad_currency",
      value: text,
      expected: "three letters of ISO 4217",
      message: `Expected a currency of three letters, found "${text.slice(0, 20)}". The currency is left open: ask the bank for a correct file.`,
    });
    return null;
  }
  if (!isCurrency(currency)) {
    context.warn({
      ...spot,
      code: "unknown_currency",
      value: text,
      expected: "a code of ISO 4217",
      message: `ISO 4217 has no currency ${currency}; its amounts are shown with two decimals. Check the account's currency.`,
    });
  }
  return currency;
}
