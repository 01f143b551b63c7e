/** A run as its import is called after it: a small part, since pages of imports need no more. Words only. */
import type { SyncRun } from "../api/types.ts";

export const TRIGGERS = {
  schedule: "on schedule",
  button: "asked for",
  webhook: "the provider rang",
  setup: "when it was set up",
  again: "tried again",
} as const satisfies Record<SyncRun["trigger"], string>;

/** What a sync's job is called: it has no file's name. */
export function syncTitle(job: { connection_name: string; stage: string; status: string }, pages: number | null = null): string {
  if (job.stage === "fetching" && job.status !== "failed") return `Fetching from ${job.connection_name}`;
  if (job.stage === "fetching" || job.stage === "cancelled") return `Fetch from ${job.connection_name}`;
  return `Fetched from ${job.connection_name}${pages === null ? "" : `, ${pages} ${pages === 1 ? "page" : "pages"}`}`;
}
