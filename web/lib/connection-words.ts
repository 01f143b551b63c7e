/** Connections, runs and webhooks as people say them. Words only; decides nothing. */
import type { Connection, SyncRun, WebhookEvent } from "../api/types.ts";
import { instantText } from "./time.ts";
import type { Tone } from "./words.ts";

interface State {
  text: string;
  tone: Tone;
}

const STATES = {
  pending_setup: { text: "Not set up yet", tone: "warn" },
  needs_person: { text: "Needs you", tone: "bad" },
  paused: { text: "Paused", tone: "neutral" },
  needs_mapping: { text: "Needs accounts", tone: "warn" },
  waits_for_review: { text: "Waits for review", tone: "warn" },
  running: { text: "Fetching", tone: "busy" },
  failing: { text: "Failing", tone: "bad" },
  expires_soon: { text: "Expires soon", tone: "warn" },
  stale: { text: "Out of date", tone: "warn" },
  never_synced: { text: "Nothing fetched yet", tone: "neutral" },
  fresh: { text: "Up to date", tone: "good" },
  receiving: { text: "Working", tone: "good" },
} as const satisfies Record<Connection["state"]["code"], State>;

/** Two words and a tone. Green is only what is fresh by its own measure. */
export function connectionState(connection: Connection): State {
  const { code } = connection.state;
  if (code === "receiving") return receivingState(connection);
  if (code === "fresh" && connection.freshness !== "fresh") return { text: "By hand", tone: "neutral" };
  return STATES[code];
}

function receivingState({ last_error: error, status, last_success_at: at }: Connection): State {
  if (error !== null || status === "error") return { text: "Needs attention", tone: "bad" };
  return at === null ? { text: "Waiting for its first file", tone: "neutral" } : STATES.receiving;
}

/** The one line on its card: nothing where the state says it all. */
export function priorityLine({ state, last_error: error }: Connection): { text: string; tone: "bad" | "warn" | "plain" } | null {
  if (state.code === "receiving") return error === null ? null : { text: error, tone: "bad" };
  if (state.code === "fresh" || state.code === "running") return null;
  const { tone } = STATES[state.code];
  return { text: state.sentence, tone: tone === "bad" || tone === "warn" ? tone : "plain" };
}

export const FREQUENCIES = {
  realtime: "At once",
  hourly: "Hourly",
  daily: "Daily",
  manual: "By hand",
} as const satisfies Record<Connection["sync_frequency"], string>;

export const FREQUENCY_HINTS = {
  realtime: "When the provider rings, and every 15 minutes in any case.",
  hourly: "Once an hour.",
  daily: "Once a day, in the half hour after the hour that you choose.",
  manual: "Only when a person asks for it.",
} as const satisfies Record<Connection["sync_frequency"], string>;

/** When it fetches next, in the reader's own zone. `now` in epoch ms. */
export function nextRunText({ status, state, sync_frequency: frequency, next_sync_at: at }: Connection, now: number): string {
  if (status === "inactive") return "paused";
  if (status === "pending_setup") return "when it is set up";
  if (state.code === "needs_person") return "when that is done";
  if (at === null) return frequency === "manual" ? "by hand" : "not planned";
  return Date.parse(at) <= now ? "due now" : instantText(at);
}

/** How fresh its data is; never better than it is. */
export function freshnessText({ freshness, fresh_until: until }: Connection): string {
  if (freshness === "fresh") return until === null ? "Up to date" : `Up to date, until ${instantText(until)}`;
  if (freshness === "stale") return until === null ? "Older than it should be" : `Older than it should be, since ${instantText(until)}`;
  return freshness === "never" ? "Nothing fetched yet" : "As of the last run";
}

const OUTCOMES = {
  fetched: { text: "Fetched", tone: "good" },
  not_ready: { text: "Not ready there", tone: "warn" },
  failed: { text: "Failed", tone: "bad" },
  cancelled: { text: "Cancelled", tone: "neutral" },
} as const satisfies Record<NonNullable<SyncRun["outcome"]>, State>;

export function runState({ outcome, retry_at: retryAt, stage }: SyncRun): State {
  if (outcome !== null) return OUTCOMES[outcome];
  if (retryAt !== null) return { text: "Tried again soon", tone: "warn" };
  return stage === "waiting" ? { text: "Waiting its turn", tone: "neutral" } : { text: "Fetching", tone: "busy" };
}

export const EFFECTS = {
  sync: "Something to fetch",
  reauthenticate: "Sign in again",
  repaired: "Works again",
  expires: "Consent ends soon",
  disconnected: "Disconnected",
  none: "No effect",
} as const satisfies Record<WebhookEvent["effect"], string>;

export const EFFECT_TONES = {
  sync: "good",
  reauthenticate: "bad",
  repaired: "good",
  expires: "warn",
  disconnected: "bad",
  none: "neutral",
} as const satisfies Record<WebhookEvent["effect"], Tone>;
