/** QIF's own spellings of days and figures, made such that a column of them can be read as in any table. Never decides an order. */

import { parseMajor } from "../../domain/money.ts";
import type { AmountReading } from "../../domain/profile.ts";
import type { Minor } from "../../domain/record.ts";
import { readFigure } from "../table/amount-cell.ts";

/** `12/19'18`, `1/ 5' 4`, `12/19/98` with the year in full; 00-79 is 20xx, and behind an apostrophe always. Other texts stay as they are. */
export function fullYear(text: string): string {
  const bare = text.replace(/\s+/g, "");
  const match = /^(\d{1,2})([/.-])(\d{1,2})(['/.-])(\d{1,2})$/.exec(bare);
  if (match === null) return bare.replace("'", "/");
  const [, first = "", mark = "", second = "", last, year = ""] = match;
  const padded = year.padStart(2, "0");
  const century = last === "'" || padded < "80" ? "20" : "19";
  return `${first}${mark}${second}${mark}${century}${padded}`;
}

/** Signed minor units; null for what is no figure, or more precise than the currency. */
export function readAmount(text: string, reading: AmountReading, currency: string | null): Minor | null {
  const figure = readFigure(text, reading);
  if (figure === null || typeof figure === "string") return null;
  const minor = parseMajor(figure.plain, figure.currency ?? currency);
  if (minor === null || minor === "0") return minor;
  const isOut = figure.sign === "debit" || (figure.sign === "turned") !== (reading.plain_is === "out" && figure.sign !== "credit");
  return isOut ? `-${minor}` : minor;
}
