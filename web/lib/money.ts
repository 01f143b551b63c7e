/** Money as a person reads it: grouped digits, the currency's own decimals, a true minus. Exact text in, exact text out; never adds, never converts. */
import { exponentOf, formatMinor } from "../../src/domain/money.ts";

const MINUS = "\u2212";

/** `groupMinor("-490196", "USD")` is `−4,901.96`; JPY has no decimals, KWD three. */
export function groupMinor(minor: string, currency: string | null): string {
  const plain = formatMinor(minor, currency);
  const isNegative = plain.startsWith("-");
  const [whole = "", fraction] = (isNegative ? plain.slice(1) : plain).split(".");
  const grouped = groupDigits(whole);
  return `${isNegative ? MINUS : ""}${grouped}${fraction === undefined ? "" : `.${fraction}`}`;
}

/** A movement shows its sign both ways: `+12.00` came in, `−12.00` went out. */
export function signedMinor(minor: string, currency: string | null): string {
  const grouped = groupMinor(minor, currency);
  return signOf(minor) > 0 ? `+${grouped}` : grouped;
}

export function signOf(minor: string): -1 | 0 | 1 {
  if (/^-?0*$/.test(minor)) return 0;
  return minor.startsWith("-") ? -1 : 1;
}

/** The API counts an account's transactions up to here (src/store/read/books.ts). */
const COUNTED_MAX = 1_000;

/** How many transactions an account has: `12`, `1,000+`. */
export function transactionCountText(count: number): string {
  return count < COUNTED_MAX ? groupCount(count) : `${groupCount(COUNTED_MAX)}+`;
}

/** Whole numbers with separators: `12,480`. */
export function groupCount(count: number): string {
  return groupDigits(`${count}`);
}

export function decimalsOf(currency: string | null): number {
  return exponentOf(currency);
}

function groupDigits(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}
