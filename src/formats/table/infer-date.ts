/** One decision on a date column, over all its sampled cells: which order of day, month and year, and which row proves it. Never decides by one cell for another. */
import type { Confidence } from "../../domain/profile.ts";
import { type DatePattern, MONTHS, parsePattern, readDate } from "./date-cell.ts";
import { cited, type SampleValue } from "./sample.ts";

export interface DateFit {
  /** The readings left, the best first. */
  patterns: string[];
  confidence: Confidence;
  evidence: string;
  /** Cells that the first reading reads. */
  readable: number;
}

/** Null where the cells are no dates. `isNamed`: the column's name speaks of a date, so that bare digits may be one. */
export function inferDate(values: readonly SampleValue[], { isNamed }: { isNamed: boolean }): DateFit | null {
  const shape = values.map(({ text }) => shapeOf(text, isNamed)).find((found) => found !== null);
  if (shape === undefined) return null;
  const tried = shape.map((pattern) => tryPattern(pattern, values)).sort((a, b) => b.ok.size - a.ok.size);
  const [best] = tried;
  // Rows that contradict each other are dates all the same: a person is asked what they are.
  const read = new Set(tried.flatMap(({ ok }) => [...ok]));
  if (best === undefined || best.ok.size === 0 || read.size < values.length * READABLE_SHARE) return null;
  return judge(tried, values);
}

/** Seven cells in ten: a column with more that are no dates is something else. */
const READABLE_SHARE = 0.7;

interface Tried {
  text: string;
  pattern: DatePattern;
  /** Indexes of the cells that it reads. */
  ok: Set<number>;
}

function tryPattern(text: string, values: readonly SampleValue[]): Tried {
  const pattern = parsePattern(text);
  if (pattern === null) throw new Error(`"${text}" is no date pattern.`);
  const ok = new Set<number>();
  for (const [index, value] of values.entries()) if (readDate(value.text, pattern) !== null) ok.add(index);
  return { text, pattern, ok };
}

function judge(tried: readonly Tried[], values: readonly SampleValue[]): DateFit {
  const [best, ...others] = tried;
  if (best === undefined) throw new Error("There is a best of several readings.");
  const readable = best.ok.size;
  // Nobody writes year, day, month: it stands against ISO 8601 only where rows can be read no other way.
  const isRival = (other: Tried): boolean =>
    [...other.ok].some((index) => !best.ok.has(index)) || (other.ok.size === readable && !isYearDayMonth(other));
  const rivals = others.filter(isRival);
  const first = values[[...best.ok][0] ?? 0];
  const shown = first === undefined ? "" : cited(first);
  if (rivals.length === 0) {
    const proof = others.map((other) => values[[...best.ok].find((index) => !other.ok.has(index)) ?? -1]).filter((value) => value !== undefined);
    const [strongest] = others.length === 0 ? [first] : proof;
    return { patterns: [best.text], confidence: "certain", evidence: strongest === undefined ? shown : cited(strongest), readable };
  }
  const contradiction = rivals.find((rival) => rival.ok.size < readable);
  const left = [best, ...rivals];
  const likely = contradiction === undefined ? customary(left, values) : undefined;
  if (likely !== undefined) {
    const patterns = [likely.text];
    return { patterns, confidence: "likely", evidence: `${shown}; no row decides, and so written dates are day first`, readable };
  }
  const evidence = contradiction === undefined ? `no row decides; ${shown}` : `rows contradict each other; ${shown}`;
  return { patterns: left.map(({ text }) => text), confidence: "ambiguous", evidence, readable };
}

const isYearDayMonth = ({ pattern }: Tried): boolean => pattern.order.join("") === "YDM";

/** With points, the day stands first wherever such dates are written; a two-digit year then stands last, with strokes too. */
function customary(left: readonly Tried[], values: readonly SampleValue[]): Tried | undefined {
  const dayFirst = left.find(({ pattern }) => pattern.order.join("") === "DMY");
  if (dayFirst === undefined || dayFirst.pattern.isCompact || dayFirst.pattern.hasMonthName) return undefined;
  const hasPoints = values.every(({ text }) => /^\d+\.\s?\d+\./.test(text));
  const isMonthFirstOut = left.every(({ pattern }) => pattern.order.join("") !== "MDY");
  const hasStrokes = values.every(({ text }) => /^\d+\/\d+\//.test(text));
  return hasPoints || (isMonthFirstOut && hasStrokes) ? dayFirst : undefined;
}

/** The patterns that a cell of this shape may have; null where it is no date. */
function shapeOf(text: string, isNamed: boolean): string[] | null {
  const numeric = /^(\d{1,4})(\s?[./-]\s?)(\d{1,2})(\s?[./-]\s?)(\d{1,4})(\.?)(?:([T\s,]+)(\d.*))?$/.exec(text);
  if (numeric !== null) return numericPatterns(numeric);
  if (/^\d{8}(?:\d{6})?$/.test(text) || /^\d{8}[T ]\d/.test(text)) return ["YYYYMMDD", "DDMMYYYY", "MMDDYYYY"];
  if (isNamed && /^\d{6}$/.test(text)) return ["DDMMYY", "MMDDYY", "YYMMDD"];
  if (isNamed && /^1\d{9}(?:\.\d+)?$/.test(text)) return ["unix_seconds"];
  if (isNamed && /^1\d{12}$/.test(text)) return ["unix_milliseconds"];
  return namedPatterns(text);
}

function numericPatterns(match: RegExpExecArray): string[] {
  const [, first = "", mark = "", second = "", , third = "", , between = "", time] = match;
  const sign = mark.trim() === "" ? "." : mark.trim();
  const isPadded = !(first.length === 1 || second.length === 1 || (third.length === 1 && first.length !== 1));
  const day = isPadded ? "DD" : "D";
  const month = isPadded ? "MM" : "M";
  const tail = time === undefined ? "" : `${between.startsWith("T") ? "T" : " "}HH:mm`;
  const joined = (...parts: string[]): string => parts.join(sign) + tail;
  if (first.length === 4) return [joined("YYYY", month, day), joined("YYYY", day, month)];
  if (first.length === 3 || third.length === 3) return [];
  if (third.length === 4) return [joined(day, month, "YYYY"), joined(month, day, "YYYY")];
  return [joined(day, month, "YY"), joined(month, day, "YY"), joined("YY", month, day)];
}

function namedPatterns(text: string): string[] | null {
  const words = text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .match(/[a-z]{3,}/g);
  if (words === null || text.length > 40 || !words.some((word) => MONTHS.has(word)) || !/\d/.test(text)) return null;
  const name = words.some((word) => MONTHS.has(word) && word.length > 4) ? "MMMM" : "MMM";
  const year = /\d{4}/.test(text) ? "YYYY" : "YY";
  const sign = /\d\s*-\s*\p{L}/u.test(text) ? "-" : " ";
  return [["D", name, year].join(sign), `${name} D, ${year}`, [year, name, "D"].join(sign)];
}

/** True for a cell that reads as a date in some order. */
export const looksLikeDate = (text: string): boolean => inferDate([{ row: 0, text: text.trim() }], { isNamed: false }) !== null;
