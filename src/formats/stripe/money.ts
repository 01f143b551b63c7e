/** Stripe's integers as minor units of the books. Stripe counts a few currencies in other units than ISO 4217; what does not fit is refused, never rounded. */
import { exponentOf, isCurrency, parseMajor } from "../../domain/money.ts";
import type { Minor } from "../../domain/record.ts";

/** Decimals of Stripe's integers where they are not two (docs.stripe.com/currencies). UGX and ISK are whole today, but are still sent with two decimals, always `00`. */
const STRIPE_DECIMALS: ReadonlyMap<string, number> = new Map([
  ...["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"].map((code): [string, number] => [
    code,
    0,
  ]),
  ...["BHD", "JOD", "KWD", "OMR", "TND"].map((code): [string, number] => [code, 3]),
  ["ISK", 2],
  ["UGX", 2],
]);

/** `usd` as `USD`; null for a code that nobody knows, or whose unit at Stripe nobody has said. */
export function currencyOf(code: string | null): string | null {
  if (code === null || !/^[A-Za-z]{3}$/.test(code)) return null;
  const currency = code.toUpperCase();
  if (!isCurrency(currency)) return null;
  return STRIPE_DECIMALS.has(currency) || exponentOf(currency) === 2 ? currency : null;
}

/** `1050` of JPY is `1050`, of ISK `10` with 50 left over and therefore null, of MGA `105000`: our ariary has two decimals. Null too for what is no whole number. */
export function minorOf(figure: string | null, currency: string): Minor | null {
  const match = /^(-?)(\d{1,18})$/.exec(figure ?? "");
  if (match === null) return null;
  const [, sign = "", digits = ""] = match;
  const decimals = STRIPE_DECIMALS.get(currency) ?? 2;
  const padded = digits.padStart(decimals + 1, "0");
  const point = padded.length - decimals;
  return parseMajor(`${sign}${padded.slice(0, point)}.${padded.slice(point)}`, currency);
}
