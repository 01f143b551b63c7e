/** Service tokens over HTTP. A new token's secret is held by the dialog that shows it and by nothing else. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { get, post, remove } from "./client.ts";
import type { CreatedToken, Page, Permission, ServiceToken } from "./types.ts";

const KEY = ["tokens"] as const;

export const tokensQuery = queryOptions({ queryKey: KEY, queryFn: ({ signal }) => get<Page<ServiceToken>>("/api/tokens", signal) });

export interface TokenDraft {
  name: string;
  scopes: Permission[];
  /** ISO 8601; null never ends by itself. */
  expires_at: string | null;
}

export function useCreateToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (draft: TokenDraft) => post<CreatedToken>("/api/tokens", draft),
    // Not kept for a moment longer than the dialog that shows it.
    gcTime: 0,
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

export function useRevokeToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => remove<ServiceToken>(`/api/tokens/${id}`),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}
