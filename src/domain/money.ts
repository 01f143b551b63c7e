/** Money as integer minor units in decimal text, and how many decimals a currency has. Never a float, never a conversion. */
import type { Minor } from "./record.ts";

/** Minor units as a person reads them: `formatMinor("-490196", "USD")` is `-4901.96`; without a currency two decimals. */
export function formatMinor(minor: Minor, currency: string | null): string {
  const exponent = exponentOf(currency);
  const isNegative = minor.startsWith("-");
  const digits = (isNegative ? minor.slice(1) : minor).padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  const text = exponent === 0 ? whole : `${whole}.${digits.slice(-exponent)}`;
  return isNegative ? `-${text}` : text;
}

/** Digits with an optional leading sign to canonical text: `+000` is `0`, `-00012` is `-12`. Null for anything else. */
export function parseMinor(text: string): Minor | null {
  const first = text.charCodeAt(0);
  const start = first === PLUS || first === MINUS ? 1 : 0;
  if (text.length === start || text.length - start > MINOR_DIGITS_MAX) return null;
  let significant = text.length;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) return null;
    if (code !== ZERO && significant === text.length) significant = at;
  }
  if (significant === text.length) return "0";
  if (significant === 0) return text;
  const digits = text.slice(significant);
  return first === MINUS ? `-${digits}` : digits;
}

/**
 * Plain decimal text in major units to minor units: `parseMajor("12.5", "USD")` is `1250`. Null where the text is not a plain decimal
 * or is more precise than the currency: nothing is rounded.
 */
export function parseMajor(text: string, currency: string | null): Minor | null {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (match === null) return null;
  const [, sign = "", whole = "", fraction = ""] = match;
  const exponent = exponentOf(currency);
  if (whole.length + fraction.length === 0 || /[^0]/.test(fraction.slice(exponent))) return null;
  return parseMinor(`${sign}${whole}${fraction.slice(0, exponent).padEnd(exponent, "0")}`);
}

/** A figure of JSON as plain decimal text (`1.2e2` is `120`); null where it is none. Exact: digits are moved, never computed. */
export function plainDecimal(figure: string): string | null {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(figure);
  if (match === null) return null;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const shift = Number(exponent);
  const digits = whole + fraction;
  const point = whole.length + shift;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${"0".repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

export const addMinor = (a: Minor, b: Minor): Minor => (BigInt(a) + BigInt(b)).toString();

export const subtractMinor = (a: Minor, b: Minor): Minor => (BigInt(a) - BigInt(b)).toString();

export function negateMinor(minor: Minor): Minor {
  if (minor === "0") return minor;
  return minor.charCodeAt(0) === MINUS ? minor.slice(1) : `-${minor}`;
}

/** How many decimals a currency's minor unit has (ISO 4217); 2 where the currency is not known. */
export function exponentOf(currency: string | null): number {
  return currency === null ? DEFAULT_EXPONENT : (EXPONENTS.get(currency) ?? DEFAULT_EXPONENT);
}

/** True for a code that ISO 4217 lists today or listed when files that still circulate were written. */
export const isCurrency = (code: string): boolean => EXPONENTS.has(code);

/** 40 digits: X9.121 allows 23; more is not an amount. */
export const MINOR_DIGITS_MAX = 40;

const PLUS = 0x2b;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const DEFAULT_EXPONENT = 2;

const CODES_BY_EXPONENT: Record<number, string> = {
  0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX",
  2:
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNH CNY COP COU " +
    "CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS " +
    "KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK " +
    "PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD " +
    "USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ZWL",
  3: "BHD IQD JOD KWD LYD OMR TND",
  4: "CLF UYW",
};

const EXPONENTS: ReadonlyMap<string, number> = new Map(
  Object.entries(CODES_BY_EXPONENT).flatMap(([exponent, codes]) => codes.split(" ").map((code): [string, number] => [code, Number(exponent)])),
);
