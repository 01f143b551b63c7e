/** How long what is kept, in words. Pure. */
import type { RetentionName } from "../../src/domain/retention.ts";

export const RETENTION_WORDS = {
  raw_files_days: {
    name: "Raw files",
    says: "The files as banks sent them. Afterwards their rows and fingerprints stay and what was booked does too, but nobody can download or read them anew.",
  },
  problems_days: { name: "Problems", says: "What was wrong with a file, once its import is at its end." },
  webhook_events_days: { name: "Webhook inbox", says: "What providers announced; the money itself is fetched and kept apart from it." },
  alerts_days: { name: "Alerts", says: "Messages that were sent, and what they told." },
  audit_days: { name: "Audit log", says: "Its oldest entries go; what is left stays provable." },
} as const satisfies Record<RetentionName, { name: string; says: string }>;

/** `2557` → `about 7 years`, `60` → `about 2 months`: roughly, beside the days that count; "" where days say it best. */
export function daysText(days: number): string {
  if (!Number.isFinite(days) || days < 60) return "";
  const years = days / 365.25;
  if (years >= 0.95) return `about ${plural(Math.round(years * 10) / 10, "year")}`;
  return `about ${plural(Math.round(days / 30.4), "month")}`;
}

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
