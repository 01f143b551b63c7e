/** A cell's day, by the column's one pattern. The day is the one that is written: times and zones never move it. */
import { isDay } from "../../domain/date.ts";
import type { DateReading } from "../../domain/profile.ts";
import type { Day } from "../../domain/record.ts";
import type { Row } from "./row.ts";
import { type CellScanner, codeAt, NO_STOP } from "./scanner.ts";

type Part = "Y" | "M" | "D";

export interface DatePattern {
  order: readonly Part[];
  yearDigits: 2 | 4;
  hasMonthName: boolean;
  /** Nothing between the parts: `YYYYMMDD`. */
  isCompact: boolean;
  unix: "seconds" | "milliseconds" | null;
}

/** Null for a text that is no pattern. */
export function parsePattern(pattern: string): DatePattern | null {
  if (pattern === "unix_seconds" || pattern === "unix_milliseconds") {
    const unix = pattern === "unix_seconds" ? "seconds" : "milliseconds";
    return { order: [], yearDigits: 4, hasMonthName: false, isCompact: true, unix };
  }
  const day = pattern.split(/[T ]?H{1,2}[:.]/)[0] ?? "";
  const parts = [...day.matchAll(/Y+|M+|D+/g)].map(([part]) => part);
  const order = parts.map((part) => (part.startsWith("Y") ? "Y" : part.startsWith("M") ? "M" : "D"));
  if (order.length !== 3 || new Set(order).size !== 3) return null;
  return {
    order,
    yearDigits: parts.some((part) => part === "YY") ? 2 : 4,
    hasMonthName: parts.some((part) => part.length >= 3 && part.startsWith("M")),
    isCompact: /^[YMD]+$/.test(day),
    unix: null,
  };
}

/** Reads a column's cells. After `read` has given null, `isBlank` says whether there was anything at all. */
export class DateCells implements CellScanner {
  isBlank = false;
  figure = Number.NaN;
  decimals = 0;
  readonly #pattern: DatePattern;
  /** Day, month and year stand as figures, so that a cell may be read digit by digit. */
  readonly isNumeric: boolean;
  /** Where year, month and day stand in a cell with all its digits: `03/28/2026`; null in a pattern that has none such. */
  readonly #places: { year: number; month: number; day: number } | null;
  /** A file has few days and many rows; the key is the day as a figure, such as 20260328. */
  readonly #known = new Map<number, Day | null>();
  #lastKey = -1;
  #lastDay: Day | null = null;
  #lastText = "";
  #lastTextDay: Day | null = null;

  /** Throws for a pattern that is none: profiles are checked where they come in. */
  constructor(reading: DateReading) {
    const pattern = parsePattern(reading.pattern);
    if (pattern === null) throw new RangeError(`Expected a date pattern such as DD.MM.YYYY, got "${reading.pattern}".`);
    this.#pattern = pattern;
    this.isNumeric = !pattern.hasMonthName && pattern.unix === null;
    this.#places = this.isNumeric && !pattern.isCompact ? (PLACES.get(pattern.order.join("")) ?? null) : null;
  }

  read(row: Row, index: number): Day | null {
    this.isBlank = row.isEmpty(index);
    if (this.isBlank) return null;
    let key = row.figureOf(index);
    if (Number.isNaN(key) && this.isNumeric && this.scan(row.sourceOf(index), row.starts[index] ?? 0, NO_STOP) === row.ends[index]) key = this.figure;
    if (key === this.#lastKey && this.#lastDay !== null) return this.#lastDay;
    const day = Number.isNaN(key) ? null : this.#dayOf(key, row, index);
    return day ?? this.#readOdd(row.trimmed(index));
  }

  /** Three groups of digits with marks between; none in a compact pattern. */
  scan(text: string, from: number, stop: number): number {
    const places = this.#places;
    if (places === null || from + 10 > text.length) return this.#scanAny(text, from, stop);
    const { year, month, day } = places;
    const y0 = text.charCodeAt(from + year) - ZERO;
    const y1 = text.charCodeAt(from + year + 1) - ZERO;
    const y2 = text.charCodeAt(from + year + 2) - ZERO;
    const y3 = text.charCodeAt(from + year + 3) - ZERO;
    const m0 = text.charCodeAt(from + month) - ZERO;
    const m1 = text.charCodeAt(from + month + 1) - ZERO;
    const d0 = text.charCodeAt(from + day) - ZERO;
    const d1 = text.charCodeAt(from + day + 1) - ZERO;
    // Negative where one of them is less than 0 or more than 9.
    const odd = y0 | (9 - y0) | y1 | (9 - y1) | y2 | (9 - y2) | y3 | (9 - y3) | m0 | (9 - m0) | m1 | (9 - m1) | d0 | (9 - d0) | d1 | (9 - d1);
    const before = text.charCodeAt(from + (year === 0 ? 4 : 2));
    const between = text.charCodeAt(from + (year === 0 ? 7 : 5));
    if (odd < 0 || !isMark(before) || !isMark(between) || before === stop || between === stop) return this.#scanAny(text, from, stop);
    this.figure = (y0 * 1000 + y1 * 100 + y2 * 10 + y3) * 10_000 + (m0 * 10 + m1) * 100 + d0 * 10 + d1;
    return from + 10;
  }

  #scanAny(text: string, from: number, stop: number): number {
    const { order, yearDigits, isCompact } = this.#pattern;
    let at = from;
    let key = 0;
    for (let part = 0; part < 3; part += 1) {
      const isYear = order[part] === "Y";
      const width = isCompact ? (isYear ? yearDigits : 2) : 4;
      const start = at;
      let value = 0;
      for (; at - start < width; at += 1) {
        const digit = codeAt(text, at) - ZERO;
        if (digit < 0 || digit > 9) break;
        value = value * 10 + digit;
      }
      const length = at - start;
      if (length === 0 || (isCompact && length !== width)) return -1;
      if (isYear) {
        if (length !== 4 && (length !== 2 || yearDigits !== 2)) return -1;
        key += (length === 4 ? value : value + (value < 80 ? 2000 : 1900)) * 10_000;
      } else {
        if (length > 2) return -1;
        key += order[part] === "M" ? value * 100 : value;
      }
      if (part === 2 || isCompact) continue;
      const mark = codeAt(text, at);
      if (!isMark(mark) || mark === stop) return -1;
      at += 1;
    }
    this.figure = key;
    return at;
  }

  #dayOf(key: number, row: Row, index: number): Day | null {
    let day = this.#known.get(key);
    if (day === undefined) {
      if (this.#known.size >= DAYS_MAX) this.#known.clear();
      day = readDate(row.text(index), this.#pattern);
      this.#known.set(key, day);
    }
    this.#lastKey = key;
    this.#lastDay = day;
    return day;
  }

  #readOdd(text: string): Day | null {
    this.isBlank = text === "";
    if (text === this.#lastText) return this.#lastTextDay;
    this.#lastText = text;
    this.#lastTextDay = text === "" ? null : readDate(text, this.#pattern);
    return this.#lastTextDay;
  }
}

/** 4,000 days are eleven years: more are not remembered at once. */
const DAYS_MAX = 4_000;

const PLACES: ReadonlyMap<string, { year: number; month: number; day: number }> = new Map([
  ["YMD", { year: 0, month: 5, day: 8 }],
  ["YDM", { year: 0, month: 8, day: 5 }],
  ["DMY", { year: 6, month: 3, day: 0 }],
  ["MDY", { year: 6, month: 0, day: 3 }],
]);

const ZERO = 0x30;
const isMark = (code: number): boolean => code === 0x2e || code === 0x2f || code === 0x2d;

/** A day from a cell's text by the pattern's order; null where the calendar has none such, or more stands there than a date and a time. */
export function readDate(text: string, pattern: DatePattern): Day | null {
  if (pattern.unix !== null) return readUnix(text, pattern.unix);
  if (pattern.hasMonthName) return readNamed(text, pattern);
  const match = pattern.isCompact ? compactParts(text, pattern) : NUMERIC.exec(text);
  if (match === null) return null;
  if (match[4] !== undefined && !TIME.test(match[4])) return null;
  return dayOf([match[1] ?? "", match[2] ?? "", match[3] ?? ""], pattern);
}

const NUMERIC = /^(\d{1,4})\s?[./-]\s?(\d{1,2}|\d{4})\s?[./-]\s?(\d{1,4})\.?([T\s,].*)?$/;
const TIME =
  /^[T\s,]+(?:\d{1,2}(?:[:.h]\d{2}){1,2}(?:[.,]\d+)?\s*(?:[ap]\.?m\.?)?)?\s*(?:Z|[A-Z]{3,4}|(?:UTC|GMT)?\s?[+-]\d{2}:?(?:\d{2})?)?(?:\[[\w/]+\])?$/i;

function compactParts(text: string, { order, yearDigits }: DatePattern): string[] | null {
  const length = 4 + yearDigits;
  const digits = /^\d+/.exec(text)?.[0] ?? "";
  if (digits.length !== length && !(digits.length === length + 6 && text.length === digits.length)) return null;
  const parts: string[] = [text];
  let at = 0;
  for (const part of order) {
    const width = part === "Y" ? yearDigits : 2;
    parts.push(text.slice(at, at + width));
    at += width;
  }
  if (digits.length === length && text.length > length) parts.push(text.slice(length));
  return parts;
}

/** `2 March 2026`, `02-MAR-26`, `Mon 2. März 2026`, `Mar 2, 2026 10:15`. */
function readNamed(text: string, pattern: DatePattern): Day | null {
  const match = NAMED.exec(reduced(text));
  if (match === null) return null;
  const [, first = "", second = "", third = "", rest] = match;
  if (rest !== undefined && !TIME.test(rest.toUpperCase())) return null;
  const parts = [first, second, third];
  const month = parts.map((part) => MONTHS.get(part)).find((number) => number !== undefined);
  const at = parts.findIndex((part) => MONTHS.has(part));
  if (month === undefined || pattern.order[at] !== "M") return null;
  return dayOf(
    parts.map((part, index) => (index === at ? `${month}` : part)),
    pattern,
  );
}

const NAMED =
  /^(?:[a-z]{2,10}[.,]*\s+(?=\d|[a-z]))??(\d{1,4}|[a-z]{3,10})(?:st|nd|rd|th)?[.\s,/-]*(?:de\s+)?([a-z]{3,10}|\d{1,2})(?:st|nd|rd|th)?[.\s,/-]*(?:del?\s+)?(\d{2,4})(\s.*|t\d.*)?$/;

/** Without accents, in small letters. */
const reduced = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function dayOf(parts: readonly string[], { order, yearDigits }: DatePattern): Day | null {
  const year = parts[order.indexOf("Y")] ?? "";
  const month = parts[order.indexOf("M")] ?? "";
  const day = parts[order.indexOf("D")] ?? "";
  if (month.length > 2 || day.length > 2 || !(year.length === 4 || (year.length === 2 && yearDigits === 2))) return null;
  const full = year.length === 4 ? year : (year < "80" ? "20" : "19") + year;
  if (full < "1900" || full > "2100") return null;
  const text = `${full}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  return isDay(text) ? text : null;
}

/** The day in UTC; the only zone that such a figure names. */
function readUnix(text: string, unit: "seconds" | "milliseconds"): Day | null {
  const seconds = unit === "seconds" ? /^(\d{9,10})(?:\.\d+)?$/.exec(text)?.[1] : /^(\d{9,10})\d{3}$/.exec(text)?.[1];
  return seconds === undefined ? null : new Date(Number(seconds) * 1000).toISOString().slice(0, 10);
}

/** Names and short names of the months, without accents, in English, German, French, Spanish, Italian, Portuguese and Dutch: no two disagree. */
const NAMES = [
  "january jan januar janner jaenner janvier janv enero ene gennaio gen janeiro januari",
  "february feb februar febr fevrier fev fevr febrero febbraio fevereiro februari",
  "march mar marz maerz mrz mars marzo marco maart mrt",
  "april apr avril avr abril abr aprile",
  "may mai mayo maggio mag maio mei",
  "june jun juni juin junio giugno giu junho",
  "july jul juli juillet juil julio luglio lug julho",
  "august aug aout aou agosto ago augustus",
  "september sep sept septembre septiembre setiembre set settembre setembro",
  "october oct oktober okt octobre octubre ottobre ott outubro out",
  "november nov novembre noviembre novembro",
  "december dec dezember dez decembre diciembre dic dicembre dezembro",
];

export const MONTHS: ReadonlyMap<string, number> = new Map(
  NAMES.flatMap((names, index) => names.split(" ").map((name): [string, number] => [name, index + 1])),
);
