/** Reads single values of OFX: amounts, days, texts. A value that cannot be read is null and a problem, never a guess. */
import { isDay, parseDay8 } from "../../domain/date.ts";
import { exponentOf, parseMajor } from "../../domain/money.ts";
import type { Day, Minor } from "../../domain/record.ts";
import { decoded } from "../encoding.ts";
import type { Findings } from "../findings.ts";

export interface Spot {
  statement: number | null;
  line: number;
  record: string;
}

/** `-3.77000` in minor units, exact; a comma for the decimals and marks between thousands are read where they leave no doubt. */
export function readAmount(
  findings: Findings,
  text: string | undefined,
  currency: string | null,
  { statement, ...place }: Spot & { field: string },
): Minor | null {
  const plain = text === undefined ? null : plainDecimal(text);
  const minor = plain === null ? null : parseMajor(plain, currency);
  if (minor === null) {
    findings.report(statement, {
      ...place,
      code: "bad_amount",
      value: text ?? null,
      expected: `digits with a point and at most ${exponentOf(currency)} decimals`,
      message: `Expected an amount like -1234.56${currency === null ? "" : ` in ${currency}`}, found "${text?.slice(0, 40) ?? "none"}". The amount is left open: ask the bank for a correct file.`,
    });
  }
  return minor;
}

/** OFX allows a point or a comma before the decimals, and nothing between thousands; banks do it all the same. */
function plainDecimal(text: string): string | null {
  const bare = text.replace(/\s/g, "");
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(bare)) return bare;
  if (/^[+-]?(?:\d+,\d*|,\d+)$/.test(bare)) return bare.replace(",", ".");
  if (/^[+-]?\d{1,3}(?:,\d{3})+\.\d+$/.test(bare)) return bare.replaceAll(",", "");
  if (/^[+-]?\d{1,3}(?:\.\d{3})+,\d+$/.test(bare)) return bare.replaceAll(".", "").replace(",", ".");
  return null;
}

/** The day as printed: `20090401122017.000[-5:EST]` is 1 April, whatever the zone. Null, with a problem, for one that the calendar has not. */
export function readDay(
  findings: Findings,
  text: string | undefined,
  { statement, ...place }: Spot & { field: string; severity: "error" | "warning" },
): Day | null {
  const day = plainDay(text);
  if (day !== null) return day;
  findings.report(statement, {
    ...place,
    code: "bad_date",
    value: text ?? null,
    expected: "YYYYMMDD",
    message: `Expected a calendar day as YYYYMMDD, found "${text?.slice(0, 40) ?? "none"}". The day is left open: compare the row with the bank's own display.`,
  });
  return null;
}

export function plainDay(text: string | undefined): Day | null {
  if (text === undefined) return null;
  if (/^\d{8}(?!\d(?!\d))/.test(text)) return parseDay8(text.slice(0, 8));
  const iso = text.slice(0, 10);
  return isDay(iso) ? iso : null;
}

/** What a person reads: the declared character set, then the references (`&amp;`) that OFX has. */
export function readText(binary: string, charset: string | null): string {
  return decoded(binary, charset)
    .replace(/^<!\[CDATA\[([\s\S]*)\]\]>$/, "$1")
    .replace(/&(#\d{1,7}|#x[0-9A-Fa-f]{1,6}|[a-z]{2,6});/g, (whole, name: string) => characterOf(name) ?? whole)
    .trim();
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

function characterOf(name: string): string | null {
  if (!name.startsWith("#")) return NAMED[name] ?? null;
  const code = name.startsWith("#x") ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : null;
}

/** `ENCODING:USASCII`, `CHARSET:1252`: the character set by the name that decoders know. Null = UTF-8 where it is, else Windows-1252. */
export function charsetOf(header: string): string | null {
  const said = /CHARSET\s*[:=]\s*"?([\w-]+)/i.exec(header)?.[1] ?? "";
  if (/^125[013-8]$/.test(said)) return `windows-${said}`;
  return /^ISO-?8859-(?:[2-9]|1[0-6])$/i.test(said) ? said : null;
}
