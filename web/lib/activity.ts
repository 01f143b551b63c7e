/** Rows a day as a row of days without holes. Days are UTC days, as the server counts them. Pure. */
import { groupCount } from "./money.ts";
import { dayText } from "./time.ts";
import { plural } from "./words.ts";

export interface DayRows {
  on: string;
  rows: number;
}

const DAY_MS = 86_400_000;

/** The last `days` days up to the one of `now` (epoch ms), the oldest first; a day that is not named had no rows. */
export function daysOf(activity: readonly DayRows[], now: number, days = 30): DayRows[] {
  const rowsOn = new Map(activity.map(({ on, rows }) => [on, rows]));
  return Array.from({ length: days }, (_, index) => {
    const on = new Date(now - (days - 1 - index) * DAY_MS).toISOString().slice(0, 10);
    return { on, rows: rowsOn.get(on) ?? 0 };
  });
}

export const rowsToday = (days: readonly DayRows[]): number => days.at(-1)?.rows ?? 0;

/** What a reader hears in the bars' place. */
export function activitySentence(days: readonly DayRows[]): string {
  const sum = days.reduce((total, { rows }) => total + rows, 0);
  if (sum === 0) return `No rows in the last ${days.length} days.`;
  const most = days.reduce((best, day) => (day.rows > best.rows ? day : best));
  const last = days.findLast(({ rows }) => rows > 0);
  const lastWords = last === undefined ? "" : `, the last on ${dayText(last.on)}`;
  return `${groupCount(sum)} ${plural(sum, "row")} in the last ${days.length} days, at most ${groupCount(most.rows)} on ${dayText(most.on)}${lastWords}.`;
}
