/** When a connection is due: by its frequency, its hour and zone, and how it failed last. Pure: the present moment is handed in. */
import type { FailureKind } from "./connection-health.ts";

export const SYNC_FREQUENCIES = ["realtime", "hourly", "daily", "manual"] as const;
export type SyncFrequency = (typeof SYNC_FREQUENCIES)[number];

export const SYNC_TRIGGERS = ["schedule", "button", "webhook", "setup", "again"] as const;
export type SyncTrigger = (typeof SYNC_TRIGGERS)[number];

export const SYNC_OUTCOMES = ["fetched", "not_ready", "failed", "cancelled"] as const;
export type SyncOutcome = (typeof SYNC_OUTCOMES)[number];

export interface Timetable {
  frequency: SyncFrequency;
  /** 0 to 23, of a daily one, in `timeZone` (IANA). */
  hour: number;
  timeZone: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** 15 minutes: with webhooks the backstop for a lost one, without them as near to "at once" as a bank's limits allow. */
const REALTIME_MS = 15 * MINUTE_MS;
/** Half an hour: connections of one hour do not all knock at once. */
const DAILY_SPREAD_MS = 30 * MINUTE_MS;

/** The next regular sync after `now`; null where only a person starts one. `spread`, 0 to 1, is the connection's own: the same every day. */
export function nextSyncAt(timetable: Timetable, now: Date, spread: number): Date | null {
  switch (timetable.frequency) {
    case "manual":
      return null;
    case "realtime":
      return new Date(now.getTime() + REALTIME_MS * (0.8 + 0.4 * spread));
    case "hourly":
      return new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS + HOUR_MS + Math.floor(spread * HOUR_MS));
    case "daily":
      return nextDaily(timetable, now, Math.floor(spread * DAILY_SPREAD_MS));
  }
}

/** The first day whose hour, in the zone, is still to come. An hour that a clock change leaves out is the one behind it. */
function nextDaily({ hour, timeZone }: Timetable, now: Date, spreadMs: number): Date {
  const today = wallClock(now, timeZone);
  for (let days = 0; ; days += 1) {
    const wanted = Date.UTC(today.year, today.month - 1, today.day + days, hour);
    const at = new Date(instantOf(wanted, timeZone) + spreadMs);
    if (at.getTime() > now.getTime()) return at;
  }
}

/** The instant at which a zone's clocks show `wanted` (a wall clock written as if it were UTC). */
function instantOf(wanted: number, timeZone: string): number {
  let instant = wanted;
  // Twice: the first guess may lie on the other side of a clock change.
  for (let pass = 0; pass < 2; pass += 1) instant = wanted - offsetAt(instant, timeZone);
  return instant;
}

function offsetAt(instant: number, timeZone: string): number {
  const { year, month, day, hour, minute } = wallClock(new Date(instant), timeZone);
  return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(instant / MINUTE_MS) * MINUTE_MS;
}

interface WallClock {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

function wallClock(at: Date, timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
  return { year: part("year"), month: part("month"), day: part("day"), hour: part("hour"), minute: part("minute") };
}

/** True for a name of the IANA list, such as `Europe/Berlin`. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** Until when what came now counts as fresh: two turns and some slack; null where nobody expects any more. */
export function freshUntil(frequency: SyncFrequency, now: Date): Date | null {
  const hours = { realtime: 2, hourly: 3, daily: 50, manual: null }[frequency];
  return hours === null ? null : new Date(now.getTime() + hours * HOUR_MS);
}

/** Attempts within a run before it counts as failed: 10 s, 30 s, 90 s, 4.5 min apart. */
export const ATTEMPTS_MAX = 5;

/** How long a run waits before its next attempt, seconds; `attempt` counts from 1. A provider's own word goes before ours, up to 15 minutes. */
export function attemptDelaySeconds(attempt: number, retryAfterSeconds: number | null): number {
  return Math.min(900, retryAfterSeconds ?? 10 * 3 ** (attempt - 1));
}

/** When a connection whose run failed is tried again, seconds from now; null where a person has to do something first. `failures` counts runs in a row, from 1. */
export function failureDelaySeconds(kind: FailureKind, failures: number, retryAfterSeconds: number | null): number | null {
  const doubling = (first: number, most: number) => Math.max(retryAfterSeconds ?? 0, Math.min(most, first * 2 ** Math.min(failures - 1, 16)));
  switch (kind) {
    case "reauthenticate":
    case "gone":
    case "refused":
    case "configuration":
      return null;
    case "rate_limited":
      return doubling(300, 6 * 3600);
    case "unavailable":
    case "unexpected":
    case "chain_broken":
    case "cursor_lost":
      return doubling(60, 3600);
    case "malformed":
      return doubling(3600, 24 * 3600);
  }
}
