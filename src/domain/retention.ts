/** How long what is kept: a company's own periods with their defaults and bounds, and the house's fixed ones. Days; pure. */

/** A hundred years: more is a slip of the finger. */
const DAYS_MAX = 36_525;
/** 7 years with their leap days: what most laws ask of books and their vouchers. */
const SEVEN_YEARS = 2_557;

/**
 * What a company may say itself. `min` stands against the slip that would empty an archive: the database holds the audit log's by itself
 * (migrations/0015_keeping.sql).
 */
export const RETENTION = {
  raw_files_days: { default: SEVEN_YEARS, min: 90, max: DAYS_MAX },
  problems_days: { default: 180, min: 30, max: DAYS_MAX },
  webhook_events_days: { default: 30, min: 7, max: DAYS_MAX },
  alerts_days: { default: 180, min: 30, max: DAYS_MAX },
  audit_days: { default: SEVEN_YEARS, min: 365, max: DAYS_MAX },
} as const;

export type RetentionName = keyof typeof RETENTION;
export type Retention = Record<RetentionName, number>;

// Object.keys widens to string; these are exactly the table's keys.
export const RETENTION_NAMES = Object.keys(RETENTION) as RetentionName[];

/** The house's own, of what nobody looks at again: a month of sent messages and unfinished uploads, three of ended sessions, half a year of settled letters. */
export const HOUSE_DAYS = {
  outbox: 30,
  uploads: 30,
  idempotency_keys: 2,
  sessions: 90,
  dead_letters: 180,
  invitations: 180,
} as const;

/** What was stored, each within its bounds; the default where nothing, or nothing usable, was said. */
export function retentionOf(said: Record<string, unknown>): Retention {
  const days = (name: RetentionName) => {
    const { default: usual, min, max } = RETENTION[name];
    const value = said[name];
    return typeof value === "number" && Number.isInteger(value) ? Math.min(max, Math.max(min, value)) : usual;
  };
  return {
    raw_files_days: days("raw_files_days"),
    problems_days: days("problems_days"),
    webhook_events_days: days("webhook_events_days"),
    alerts_days: days("alerts_days"),
    audit_days: days("audit_days"),
  };
}
