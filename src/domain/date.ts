/** A bank's days and wall-clock times, and the instants they mean in a zone. Never hands a bank's text to `new Date`, never reads the clock. */
import type { Day, TimeOfDay } from "./record.ts";

/** `YYMMDD` to a day: 00-79 is 20xx, 80-99 is 19xx (the format began in 1987). Null where the calendar has no such day. */
export function parseDay6(text: string): Day | null {
  if (text.length !== 6 || !isDigits(text)) return null;
  const century = text < "80" ? "20" : "19";
  return checkedDay(century + text.slice(0, 2), text.slice(2, 4), text.slice(4, 6));
}

/** `YYYYMMDD` to a day; null where the calendar has no such day. */
export function parseDay8(text: string): Day | null {
  if (text.length !== 8 || !isDigits(text)) return null;
  return checkedDay(text.slice(0, 4), text.slice(4, 6), text.slice(6, 8));
}

/** True for `YYYY-MM-DD` that the calendar has. */
export function isDay(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return match !== null && checkedDay(match[1] ?? "", match[2] ?? "", match[3] ?? "") !== null;
}

/** `HHMM`, `HH:MM`, `HHMMSS`, `HH:MM:SS` to `HH:MM`; 2400 and 9999 are the end of the day, `24:00`. Null for anything else. */
export function parseTime(text: string): TimeOfDay | null {
  const match = /^(\d{2}):?(\d{2})(?::?(\d{2}))?$/.exec(text);
  if (match === null) return null;
  const [, hour = "", minute = "", second = "00"] = match;
  if (hour === "99" && minute === "99") return END_OF_DAY;
  if (hour === "24" && minute === "00" && second === "00") return END_OF_DAY;
  return hour <= "23" && minute <= "59" && second <= "59" ? `${hour}:${minute}` : null;
}

/** The day `days` later (or earlier, if negative). Throws for a day that is none: days are checked where they come in. */
export function addDays(day: Day, days: number): Day {
  return dayOfUtc(utcMsOf(day) + days * DAY_MS);
}

/** Whole days from `from` to `to`; negative when `to` is earlier. */
export function daysBetween({ from, to }: { from: Day; to: Day }): number {
  return Math.round((utcMsOf(to) - utcMsOf(from)) / DAY_MS);
}

/**
 * The UTC instant, as ISO text, of a wall-clock time in a time zone. `24:00` and null are the end of that day: its last millisecond, never the
 * next day's midnight. A time that the zone's clock skips moves forward; a time that it has twice is the first. Throws for an unknown zone.
 */
export function instantOf({ day, time, timeZone }: { day: Day; time: TimeOfDay | null; timeZone: string }): string {
  if (time === null || time === END_OF_DAY) {
    return new Date(wallToUtcMs(utcMsOf(addDays(day, 1)), timeZone) - 1).toISOString();
  }
  const [hour = "", minute = ""] = time.split(":");
  return new Date(wallToUtcMs(utcMsOf(day) + Number(hour) * HOUR_MS + Number(minute) * MINUTE_MS, timeZone)).toISOString();
}

export const END_OF_DAY: TimeOfDay = "24:00";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

function checkedDay(year: string, month: string, day: string): Day | null {
  const monthNumber = Number(month);
  const dayNumber = Number(day);
  if (monthNumber < 1 || monthNumber > 12 || dayNumber < 1 || dayNumber > daysInMonth(Number(year), monthNumber)) return null;
  return `${year}-${month}-${day}`;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isDigits(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

/** The day's midnight read as UTC: a number to count with, not an instant of the account's zone. */
function utcMsOf(day: Day): number {
  if (!isDay(day)) throw new RangeError(`Expected a calendar day as YYYY-MM-DD, got "${day}".`);
  return Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8, 10)));
}

const dayOfUtc = (ms: number): Day => new Date(ms).toISOString().slice(0, 10);

/** From a wall clock (its figures read as UTC) to the instant: the offset is looked up a day before and after, and the one that fits is taken. */
function wallToUtcMs(wallMs: number, timeZone: string): number {
  const before = offsetMs(wallMs - DAY_MS, timeZone);
  const after = offsetMs(wallMs + DAY_MS, timeZone);
  for (const offset of [before, after]) {
    if (offsetMs(wallMs - offset, timeZone) === offset) return wallMs - offset;
  }
  return wallMs - before;
}

/** What a zone's clock shows minus UTC, at an instant. */
function offsetMs(instantMs: number, timeZone: string): number {
  const figures = new Map(
    clockOf(timeZone)
      .formatToParts(instantMs)
      .map((part) => [part.type, Number(part.value)]),
  );
  const figure = (name: Intl.DateTimeFormatPartTypes): number => figures.get(name) ?? 0;
  const shown = Date.UTC(figure("year"), figure("month") - 1, figure("day"), figure("hour"), figure("minute"), figure("second"));
  return shown - Math.floor(instantMs / 1000) * 1000;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Making a formatter costs far more than using it, and a process meets few zones. */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  clocks.set(timeZone, clock);
  return clock;
}
