/** What sets a connection up over HTTP: its kinds, a test before saving, credentials, Plaid's page, a bank's description. Credentials go in and are never asked for again. */
import { queryOptions, useMutation } from "@tanstack/react-query";
import { get, post, put } from "./client.ts";
import { useConnectionAction } from "./connections.ts";
import type { CheckedBank, Connection, ConnectionTest, ConnectionType, Page } from "./types.ts";

export type ConnectionKind = ConnectionType["connection_type"];

export const connectionTypesQuery = queryOptions({
  queryKey: ["connection-types"],
  queryFn: ({ signal }) => get<Page<ConnectionType>>("/api/connection-types", signal),
  staleTime: 5 * 60_000,
});

export interface Schedule {
  sync_frequency: Connection["sync_frequency"];
  sync_hour: number;
  sync_time_zone: string;
}

export interface NewConnection extends Partial<Schedule> {
  name: string;
  connection_type: ConnectionKind;
  config: Record<string, unknown>;
  credentials?: Record<string, unknown>;
  auto_import: boolean;
}

export function useCreateConnection() {
  return useConnectionAction((connection: NewConnection) => post<Connection>("/api/connections", connection));
}

export type ConnectionDraft = Pick<NewConnection, "connection_type" | "config"> & { credentials: Record<string, unknown> };

/** Tries what is not saved; nothing of it is kept. */
export function useTestDraft() {
  return useMutation({ mutationFn: (draft: ConnectionDraft) => post<ConnectionTest>("/api/connections/test", draft) });
}

export function useReplaceCredentials(connectionId: string) {
  return useConnectionAction((credentials: Record<string, unknown>) =>
    put<Connection>(`/api/connections/${connectionId}/credentials`, { credentials }),
  );
}

export type LinkMode = "update" | "accounts" | "new";

export interface LinkRequest {
  connection_id?: string;
  /** Of a connection: sign in again, choose accounts anew, or put another login in the place of one that is gone. */
  mode?: LinkMode;
  lookback_days?: number;
}

export interface LinkToken {
  link_token: string;
  expires_at: string | null;
  hosted_url: string | null;
}

export const PLAID_DONE_PATH = "/connections/plaid/done";

export function createLinkToken(request: LinkRequest): Promise<LinkToken> {
  return post<LinkToken>("/api/plaid/link-token", { ...request, completion_uri: `${window.location.origin}${PLAID_DONE_PATH}` });
}

export interface LinkExchange extends Partial<Schedule> {
  link_token: string;
  /** The one that was signed in to again. */
  connection_id?: string;
  name?: string;
  config?: Record<string, unknown>;
}

/** Answers the connections that came of it: none where the person went without finishing. */
export function exchangeLink(exchange: LinkExchange): Promise<{ data: Connection[] }> {
  return post<{ data: Connection[] }>("/api/plaid/exchange", exchange);
}

export function useCheckBank() {
  return useMutation({
    mutationFn: (given: { config: Record<string, unknown>; answer: string }) => post<CheckedBank>("/api/bank-apis/check", given),
  });
}
