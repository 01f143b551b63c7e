/** A cell's figure as minor units, by the column's one reading. Never rounds, never drops a sign, never takes what is no figure for one. */
import { isCurrency, parseMajor, parseMinor } from "../../domain/money.ts";
import type { AmountReading } from "../../domain/profile.ts";
import type { Minor } from "../../domain/record.ts";
import type { Row } from "./row.ts";
import { type CellScanner, codeAt, NO_STOP } from "./scanner.ts";

/** `sign`: said by the cell itself: a minus or parentheses turn the column's direction, CR and DR stand for themselves. */
export interface Figure {
  /** Plain decimal text without sign, thousands marks and currency: `1234.56`. */
  plain: string;
  sign: "plain" | "turned" | "credit" | "debit";
  /** A code or sign of a currency inside the cell; null = none, or a sign that several currencies share. */
  currency: string | null;
}

export type Marks = Pick<AmountReading, "decimal" | "thousands">;

/** Reads a column's cells. After `read` has given null, `reason` says why, or is null for a blank cell. */
export class AmountCells implements CellScanner {
  reason: string | null = null;
  /** The currency that the last cell named itself. */
  currency: string | null = null;
  figure = Number.NaN;
  decimals = 0;
  readonly #reading: AmountReading;
  readonly #decimal: number;
  readonly #thousands: number;
  readonly #isOut: boolean;
  readonly #isMinor: boolean;

  constructor(reading: AmountReading) {
    this.#reading = reading;
    this.#isMinor = reading.unit === "minor";
    this.#decimal = reading.unit === "minor" || reading.decimal === null ? NO_STOP : reading.decimal.charCodeAt(0);
    this.#thousands = reading.thousands === null ? NO_STOP : reading.thousands.charCodeAt(0);
    this.#isOut = reading.plain_is === "out";
  }

  /** Signed minor units, positive = into the account; null for a blank cell and for what is no figure. */
  read(row: Row, index: number, exponent: number): Minor | null {
    const small = this.readSmall(row, index, exponent);
    return Number.isNaN(small) ? this.readOdd(row, index, exponent) : `${small}`;
  }

  /** The same as an exact number, for nearly every cell: digits with the column's marks and a leading sign, up to 15 digits; NaN for every other. */
  readSmall(row: Row, index: number, exponent: number): number {
    this.reason = null;
    this.currency = null;
    if (index >= row.count) return Number.NaN;
    let figure = row.figureOf(index);
    let decimals = 0;
    if (!Number.isNaN(figure)) decimals = row.decimalsOf(index);
    else if (this.scan(row.sourceOf(index), row.starts[index] ?? 0, NO_STOP) === row.ends[index]) ({ figure, decimals } = this);
    else return Number.NaN;
    const shift = this.#isMinor ? 0 : exponent - decimals;
    if (shift === 0) return figure;
    if (shift < 0 || shift > SHIFT_MAX) return Number.NaN;
    figure *= TENS[shift] ?? 1;
    return figure < SMALL_END && figure > -SMALL_END ? figure : Number.NaN;
  }

  /** Digits with the column's marks and a leading sign, up to 15 digits. */
  scan(text: string, from: number, stop: number): number {
    const decimalMark = this.#decimal;
    const thousandsMark = this.#thousands;
    const { length } = text;
    const first = codeAt(text, from);
    const isTurned = first === MINUS;
    let at = isTurned || first === PLUS ? from + 1 : from;
    // Nine digits are a small integer, with which the engine counts several times faster than with others.
    let value = 0;
    let leading = 0;
    let digits = 0;
    let groupFrom = at;
    let hasGroups = false;
    let decimalsFrom = -1;
    for (; at < length; at += 1) {
      const code = text.charCodeAt(at);
      if (code >= ZERO && code <= NINE) {
        if (digits === SMALL_DIGITS) {
          leading = value;
          value = 0;
        }
        value = value * 10 + (code - ZERO);
        digits += 1;
        if (digits > SAFE_DIGITS) return -1;
      } else if (code === stop || decimalsFrom !== -1) break;
      else if (code === decimalMark) {
        if (hasGroups && at - groupFrom !== GROUP_DIGITS) return -1;
        decimalsFrom = at + 1;
      } else if (code === thousandsMark) {
        const group = at - groupFrom;
        if ((value === 0 && leading === 0) || group === 0 || (hasGroups ? group !== GROUP_DIGITS : group > GROUP_DIGITS)) return -1;
        hasGroups = true;
        groupFrom = at + 1;
      } else break;
    }
    if (digits === 0 || (hasGroups && decimalsFrom === -1 && at - groupFrom !== GROUP_DIGITS)) return -1;
    const figure = digits > SMALL_DIGITS ? leading * (TENS[digits - SMALL_DIGITS] ?? 1) + value : value;
    this.figure = figure === 0 || isTurned === this.#isOut ? figure : -figure;
    this.decimals = decimalsFrom === -1 ? 0 : at - decimalsFrom;
    return at;
  }

  /** A cell that `readSmall` does not read: blank, long, written in another way, or no figure. */
  readOdd(row: Row, index: number, exponent: number): Minor | null {
    const figure = readFigure(row.text(index), this.#reading);
    if (typeof figure !== "object") {
      this.reason = figure;
      return null;
    }
    if (figure === null) return null;
    this.currency = figure.currency;
    const minor = this.#reading.unit === "minor" ? parseMinor(figure.plain) : parseMajor(figure.plain, CURRENCY_BY_EXPONENT[exponent] ?? null);
    if (minor === null) {
      this.reason = `it has more decimals than the currency's ${exponent}, and no amount is rounded`;
      return null;
    }
    const isOut = figure.sign === "debit" || (figure.sign === "turned" && !this.#isOut) || (figure.sign === "plain" && this.#isOut);
    return isOut && minor !== "0" ? `-${minor}` : minor;
  }
}

/** Minor units as an exact number; NaN where they have more than 15 digits. */
export function figureOf(minor: Minor): number {
  return minor.length - (minor.charCodeAt(0) === MINUS ? 1 : 0) > SAFE_DIGITS ? Number.NaN : Number(minor);
}

/** A currency for each number of decimals: `parseMajor` takes them from it. */
const CURRENCY_BY_EXPONENT: readonly string[] = ["JPY", "", "USD", "KWD", "CLF"];

/** The parts of a figure in any of the ways in which people write them; null for a blank cell, a sentence for what is no figure. */
export function readFigure(text: string, marks: Marks): Figure | null | string {
  const tidy = tidied(text);
  if (tidy === "" || tidy === "-") return null;
  if (tidy.length > FIGURE_CHARS_MAX) return "it is no figure";
  const match = FIGURE.exec(tidy);
  if (match?.groups === undefined) return "it is no figure";
  const { open, lead, tail, close, body = "", before = "", after = "", inner = "" } = match.groups;
  if ((open === undefined) !== (close === undefined)) return "its parentheses do not close";
  const minuses = [open, lead, tail].filter((sign) => sign === "-" || sign === "(").length;
  const signs = [open, lead, tail].filter((sign) => sign !== undefined && sign !== "").length;
  if (signs > 1) return "it has two signs, and which one counts cannot be known";
  const words = `${before} ${inner} ${after}`
    .replaceAll(".", "")
    .toUpperCase()
    .split(" ")
    .filter((word) => word !== "");
  const sided = words.filter((word) => SIDES.has(word));
  const named = words.filter((word) => !SIDES.has(word));
  if (sided.length > 1 || named.length > 1) return "it has two words beside the figure";
  const side = sided[0] === undefined ? undefined : SIDES.get(sided[0]);
  if (side !== undefined && signs > 0) return "it has a sign and a word for debit or credit, and which one counts cannot be known";
  const [word] = named;
  if (word !== undefined && !SYMBOLS.has(word) && !isCurrency(word)) return `"${word}" is no currency`;
  const plain = plainDigits(body, marks);
  if (plain === null) return "its thousands and decimal marks are not those of the column";
  const sign = side ?? (minuses > 0 ? "turned" : "plain");
  return { plain, sign, currency: word === undefined ? null : (SYMBOLS.get(word) ?? (isCurrency(word) ? word : null)) };
}

/** Blanks of every kind are one, minus signs of every kind are `-`, apostrophes of every kind are `'`. */
export function tidied(text: string): string {
  return text
    .replace(/[\u00a0\u2000-\u200b\u202f\u3000\t]/g, " ")
    .replace(/[\u2212\u2012-\u2015\ufe63\uff0d]/g, "-")
    .replace(/[\u2019\u2018\u02bc\u00b4`]/g, "'")
    .trim();
}

const WORD = "(?:[A-Za-z]{1,4}\\.?|[$€£¥₹₽₺₩₫฿₪₴₦₱]|kr\\.?|R\\$|US\\$|A\\$|C\\$|CA\\$)";
const FIGURE = new RegExp(
  `^(?<before>${WORD})? ?(?<open>\\()?(?<lead>[-+])? ?(?<inner>${WORD})? ?(?<body>[\\d.,' _]*\\d[.,]?) ?(?<tail>[-+])?(?<close>\\))? ?(?<after>${WORD}(?: (?:CR|DR|C|D)\\.?)?)?$`,
  "i",
);

/** 60 characters: no figure is longer, and a page of text is not looked at as one. */
const FIGURE_CHARS_MAX = 60;

const SIDES: ReadonlyMap<string, "credit" | "debit"> = new Map<string, "credit" | "debit">([
  ["CR", "credit"],
  ["C", "credit"],
  ["H", "credit"],
  ["DR", "debit"],
  ["DB", "debit"],
  ["D", "debit"],
  ["S", "debit"],
]);

/** Signs of currencies; null where several currencies share one. */
const SYMBOLS: ReadonlyMap<string, string | null> = new Map<string, string | null>([
  ["€", "EUR"],
  ["£", null],
  ["$", null],
  ["US$", "USD"],
  ["¥", null],
  ["₹", "INR"],
  ["₽", "RUB"],
  ["₺", "TRY"],
  ["₩", "KRW"],
  ["₫", "VND"],
  ["฿", "THB"],
  ["₪", "ILS"],
  ["₴", "UAH"],
  ["₦", "NGN"],
  ["₱", "PHP"],
  ["R$", "BRL"],
  ["A$", "AUD"],
  ["C$", "CAD"],
  ["CA$", "CAD"],
  ["KR", null],
  ["ZŁ", "PLN"],
  ["FR", null],
  ["RS", null],
]);

/** `1.234,56` with the marks `,` and `.` is `1234.56`; null where the marks do not stand as they should. */
export function plainDigits(body: string, { decimal, thousands }: Marks): string | null {
  const at = decimal === null ? -1 : body.indexOf(decimal);
  const whole = at === -1 ? body : body.slice(0, at);
  const fraction = at === -1 ? "" : body.slice(at + 1);
  if (!/^\d*$/.test(fraction)) return null;
  const digits = /^\d*$/.test(whole) ? whole : ungrouped(whole, thousands);
  if (digits === null || (digits === "" && fraction === "")) return null;
  return fraction === "" ? digits : `${digits === "" ? "0" : digits}.${fraction}`;
}

/** Groups of three behind one to three digits; with commas also as in India (`1,23,456`). */
function ungrouped(whole: string, thousands: Marks["thousands"]): string | null {
  if (thousands === null) return null;
  const groups = whole.split(thousands);
  const [first = "", ...rest] = groups;
  const isThrees = /^[1-9]\d{0,2}$/.test(first) && rest.every((group) => /^\d{3}$/.test(group));
  const isIndian =
    thousands === "," && /^[1-9]\d?$/.test(first) && /^\d{3}$/.test(rest.at(-1) ?? "") && rest.slice(0, -1).every((group) => /^\d{2}$/.test(group));
  return isThrees || isIndian ? groups.join("") : null;
}

const PLUS = 0x2b;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
/** 15 digits are below 2^53: the figure is an exact integer. */
const SAFE_DIGITS = 15;
const SMALL_END = 10 ** SAFE_DIGITS;
const SMALL_DIGITS = 9;
const GROUP_DIGITS = 3;
const TENS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
/** No currency has more than four decimals. */
const SHIFT_MAX = 4;
