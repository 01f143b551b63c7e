/** Connections over HTTP: how each stands, what a person may set, and the run that a button asks for. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { get, patch, post, remove } from "./client.ts";
import { listQuery, POLL_BUSY_MS, POLL_IDLE_MS } from "./query.ts";
import { CONNECTIONS_KEY } from "./runs.ts";
import type { Connection, ConnectionTest } from "./types.ts";

const isFetchingIn = ({ open_run: run }: Connection): boolean => run !== null && run.stage === "fetching" && run.retry_at === null;

export const connectionsQuery = {
  ...listQuery<Connection>([...CONNECTIONS_KEY, "list"], "/api/connections", { limit: 100 }),
  refetchInterval: (query: { state: { data?: { pages: { data: Connection[] }[] } | undefined } }) =>
    query.state.data?.pages.some((page) => page.data.some(isFetchingIn)) === true ? POLL_BUSY_MS : POLL_IDLE_MS,
};

export function connectionQuery(connectionId: string) {
  return queryOptions({
    queryKey: [...CONNECTIONS_KEY, connectionId, "detail"],
    queryFn: ({ signal }) => get<Connection>(`/api/connections/${connectionId}`, signal),
    refetchInterval: (query) => (query.state.data !== undefined && isFetchingIn(query.state.data) ? POLL_BUSY_MS : POLL_IDLE_MS),
  });
}

export interface ConnectionChange {
  name?: string;
  config?: Record<string, unknown>;
  sync_frequency?: Connection["sync_frequency"];
  sync_hour?: number;
  sync_time_zone?: string;
  status?: "active" | "inactive";
  auto_import?: boolean;
}

export function useChangeConnection(connectionId: string) {
  return useConnectionAction((change: ConnectionChange) => patch<Connection>(`/api/connections/${connectionId}`, change));
}

export function useRemoveConnection(connectionId: string) {
  return useConnectionAction(() => remove<null>(`/api/connections/${connectionId}`));
}

/** Looks at what is connected, as it is done daily. */
export function useLookAtConnection(connectionId: string) {
  return useConnectionAction(() => post<ConnectionTest>(`/api/connections/${connectionId}/test`));
}

/**
 * "Sync now": true from the click on, until what is shown was asked for again. The second click of a double click meets a button that is off; a third
 * from another window meets the server, for which both are one run.
 */
export function useSyncNow(connection: Connection): { isFetching: boolean; syncNow: () => void; error: Error | null } {
  const [isAsked, setAsked] = useState(false);
  const sync = useConnectionAction(() => post<{ job_id: string; begun: boolean }>(`/api/connections/${connection.id}/sync`));
  const isFetching = isAsked || isFetchingIn(connection);
  const syncNow = () => {
    if (isFetching) return;
    setAsked(true);
    sync.mutate(undefined, { onSettled: () => setAsked(false) });
  };
  return { isFetching, syncNow, error: sync.error };
}

/** What is shown of connections is asked for again before the action counts as over. */
export function useConnectionAction<Given, Answer>(act: (given: Given) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: CONNECTIONS_KEY });
      for (const key of ["jobs", "mappings"]) void client.invalidateQueries({ queryKey: [key] });
    },
  });
}
