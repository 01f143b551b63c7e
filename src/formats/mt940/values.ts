/** Reads single values of MT940 fields: amounts, days. A value that cannot be read is null and a problem, never a guess. */
import { daysBetween, isDay, parseDay6 } from "../../domain/date.ts";
import { exponentOf, parseMajor } from "../../domain/money.ts";
import type { Day, Minor } from "../../domain/record.ts";
import type { Findings } from "../findings.ts";

/** Where a value stands. */
export interface Spot {
  statement: number | null;
  line: number;
  record: string;
}

/** `1234,56` in the currency's minor units. A point for the decimals, or points between thousands, is read with a warning; nothing is rounded. */
export function readAmount(findings: Findings, text: string, currency: string | null, spot: Spot): Minor | null {
  const { statement, ...place } = spot;
  const plain = /^\d+(?:,\d*)?$/.test(text) ? text.replace(",", ".") : null;
  const unusual = /^\d+\.\d{1,4}$/.test(text) ? text : /^\d{1,3}(?:\.\d{3})+,\d*$/.test(text) ? text.replaceAll(".", "").replace(",", ".") : null;
  const minor = plain === null && unusual === null ? null : parseMajor(plain ?? unusual ?? "", currency);
  if (minor === null) {
    findings.report(statement, {
      ...place,
      code: "bad_amount",
      field: "amount",
      value: text,
      expected: `digits with a comma and at most ${exponentOf(currency)} decimals`,
      message: `Expected an amount like 1234,56${currency === null ? "" : ` in ${currency}`}, found "${text.slice(0, 40)}". The amount is left open: ask the bank for a correct file.`,
    });
  } else if (plain === null) {
    findings.warn(statement, {
      ...place,
      code: "decimal_point",
      field: "amount",
      value: text,
      expected: "a comma before the decimals",
      message: `MT940 writes amounts with a comma; "${text}" was read as ${minor} minor units. Compare it with the bank's own figures.`,
    });
  }
  return minor;
}

/** YYMMDD; `severity` is error where money is booked on this day. */
export function readDay(findings: Findings, text: string, spot: Spot & { field: string; severity: "error" | "warning" }): Day | null {
  const day = parseDay6(text);
  if (day !== null) return day;
  const { statement, ...place } = spot;
  findings.report(statement, {
    ...place,
    code: "bad_date",
    value: text,
    expected: "YYMMDD",
    message: `Expected a calendar day as YYMMDD, found "${text.slice(0, 40)}". The day is left open: compare the row with the bank's own display.`,
  });
  return null;
}

/**
 * The entry day, `MMDD`, in the year that brings it nearest to the value date: an entry of 30 December may be of value 2 January. `valueText` is the value
 * date as printed, whose year helps also where the calendar has no such day. Null where no year has the day.
 */
export function nearestDay({ monthDay, valueText, valueOn }: { monthDay: string; valueText: string; valueOn: Day | null }): Day | null {
  const near = valueOn ?? parseDay6(`${valueText.slice(0, 4)}15`) ?? parseDay6(`${valueText.slice(0, 2)}0701`);
  if (near === null) return null;
  const year = Number(near.slice(0, 4));
  const days = [year, year - 1, year + 1].map((one) => `${one}-${monthDay.slice(0, 2)}-${monthDay.slice(2)}`).filter(isDay);
  return days.reduce<Day | null>((best, day) => (best === null || distance(day, near) < distance(best, near) ? day : best), null);
}

const distance = (day: Day, near: Day): number => Math.abs(daysBetween({ from: day, to: near }));
