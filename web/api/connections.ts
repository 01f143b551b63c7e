/** Connections over HTTP: where files come from and how far they may go by themselves. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { get, patch, post } from "./client.ts";
import { listQuery, POLL_IDLE_MS } from "./query.ts";
import type { Connection } from "./types.ts";

export const connectionsQuery = {
  ...listQuery<Connection>(["connections", "list"], "/api/connections", { limit: 100 }),
  refetchInterval: POLL_IDLE_MS,
};

export function connectionQuery(connectionId: string) {
  return queryOptions({
    queryKey: ["connections", connectionId, "detail"],
    queryFn: ({ signal }) => get<Connection>(`/api/connections/${connectionId}`, signal),
    refetchInterval: POLL_IDLE_MS,
  });
}

export interface NewConnection {
  name: string;
  connection_type: "bai2" | "file";
  config: { auto_import: boolean; require_proof: "totals" | "ledger" };
}

export function useCreateConnection() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (connection: NewConnection) => post<Connection>("/api/connections", connection),
    onSuccess: () => client.invalidateQueries({ queryKey: ["connections"] }),
  });
}

export function useChangeConnection(connectionId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: { name?: string; config?: Record<string, unknown>; status?: "active" | "inactive" }) =>
      patch<Connection>(`/api/connections/${connectionId}`, change),
    onSettled: () => client.invalidateQueries({ queryKey: ["connections"] }),
  });
}
