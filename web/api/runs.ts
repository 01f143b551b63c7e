/** The runs of a connection over HTTP. Reads only. */
import { listQuery, POLL_BUSY_MS, POLL_IDLE_MS } from "./query.ts";
import type { SyncRun } from "./types.ts";

/** Before everything that is kept of connections: what changes one asks for all of it again. */
export const CONNECTIONS_KEY = ["connections"] as const;

/** Asked each second while one of them runs. */
export function runsQuery(connectionId: string) {
  return {
    ...listQuery<SyncRun>([...CONNECTIONS_KEY, connectionId, "runs"], `/api/connections/${connectionId}/runs`, { limit: 50 }),
    refetchInterval: (query: { state: { data?: { pages: { data: SyncRun[] }[] } | undefined } }) =>
      query.state.data?.pages.some((page) => page.data.some(({ outcome }) => outcome === null)) === true ? POLL_BUSY_MS : POLL_IDLE_MS,
  };
}
