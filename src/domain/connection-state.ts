/** How a connection stands, in one line for people: the most urgent thing first, and what can be done about it. Pure. */
import { type FailureKind, NEEDS_PERSON } from "./connection-health.ts";

export const CONNECTION_STATES = [
  "pending_setup",
  "needs_person",
  "paused",
  "needs_mapping",
  "waits_for_review",
  "running",
  "failing",
  "expires_soon",
  "stale",
  "never_synced",
  "fresh",
  "receiving",
] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

/** What a person can do: finish setting up, sign in or give credentials again, resume, map, review, fetch now; or nothing. */
export const CONNECTION_STEPS = ["set_up", "reconnect", "resume", "map", "review", "sync", "none"] as const;
export type ConnectionStep = (typeof CONNECTION_STEPS)[number];

export interface Standing {
  status: string;
  fetches: boolean;
  failureKind: FailureKind | null;
  lastError: string | null;
  failures: number;
  openStage: "fetching" | "waiting" | null;
  retryAt: string | null;
  unmapped: number;
  freshness: "fresh" | "stale" | "never" | "not_expected";
  /** Whole days until the consent or credential ends. */
  expiresInDays: number | null;
}

/** 7 days: what Plaid and European banks give as notice. */
export const EXPIRES_SOON_DAYS = 7;

export function stateOf(standing: Standing): { code: ConnectionState; sentence: string; next_step: ConnectionStep } {
  const { status, fetches, failureKind, lastError, openStage, expiresInDays, freshness } = standing;
  const said = lastError ?? "";
  if (status === "inactive") return { code: "paused", sentence: "Paused: nothing is fetched until it is resumed.", next_step: "resume" };
  if (status === "pending_setup")
    return { code: "pending_setup", sentence: said || "Not set up yet: its credentials are missing or were not accepted.", next_step: "set_up" };
  if (!fetches) return { code: "receiving", sentence: "Receives files.", next_step: "none" };
  if (failureKind !== null && NEEDS_PERSON.includes(failureKind)) return { code: "needs_person", sentence: said, next_step: "reconnect" };
  if (standing.unmapped > 0)
    return {
      code: "needs_mapping",
      sentence: `${plural(standing.unmapped, "account")} of it ${standing.unmapped === 1 ? "is" : "are"} not mapped to yours yet.`,
      next_step: "map",
    };
  if (openStage === "waiting")
    return {
      code: "waits_for_review",
      sentence: "What was fetched waits until the import before it has been reviewed, or retried where it failed.",
      next_step: "review",
    };
  if (openStage === "fetching" && standing.retryAt === null) return { code: "running", sentence: "Fetching now.", next_step: "none" };
  if (failureKind !== null || standing.retryAt !== null)
    return { code: "failing", sentence: `${said || "The provider did not answer."} It is tried again by itself.`, next_step: "sync" };
  if (expiresInDays !== null && expiresInDays <= EXPIRES_SOON_DAYS)
    return { code: "expires_soon", sentence: expiresSentence(expiresInDays), next_step: "reconnect" };
  if (freshness === "never") return { code: "never_synced", sentence: "Nothing was fetched yet.", next_step: "sync" };
  if (freshness === "stale") return { code: "stale", sentence: "Its data is older than it should be.", next_step: "sync" };
  return { code: "fresh", sentence: freshness === "not_expected" ? "Fetched when a person asks." : "Up to date.", next_step: "none" };
}

function expiresSentence(days: number): string {
  if (days < 0) return "The consent has ended. Sign in again to go on.";
  return `The consent ends ${days === 0 ? "today" : `in ${plural(days, "day")}`}. Sign in again before then.`;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
