/** Accounts, their mappings and balances, and the transactions in the books. */
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { get, patch, post, put, remove } from "./client.ts";
import { listQuery, POLL_IDLE_MS } from "./query.ts";
import type { Account, Balance, Mapping, Transaction, TransactionDetail } from "./types.ts";

export const accountsQuery = { ...listQuery<Account>(["accounts", "list"], "/api/accounts", { limit: 200 }), refetchInterval: POLL_IDLE_MS };

export function accountQuery(accountId: string) {
  return queryOptions({ queryKey: ["accounts", accountId, "detail"], queryFn: ({ signal }) => get<Account>(`/api/accounts/${accountId}`, signal) });
}

export function balancesQuery(accountId: string) {
  return listQuery<Balance>(["accounts", accountId, "balances"], `/api/accounts/${accountId}/balances`, { limit: 100 });
}

export interface NewAccount {
  name: string;
  currency: string;
  account_type: Account["account_type"];
  account_number?: string;
}

export function useCreateAccount() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (account: NewAccount) => post<Account>("/api/accounts", account),
    onSuccess: () => client.invalidateQueries({ queryKey: ["accounts"] }),
  });
}

export function mappingsQuery(filter: { status?: "unmapped" | undefined; connection_id?: string | undefined } = {}) {
  return { ...listQuery<Mapping>(["mappings", "list", filter], "/api/mappings", { ...filter, limit: 100 }), refetchInterval: POLL_IDLE_MS };
}

export function useMapAccount() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: { mappingId: string; accountId: string }) =>
      put<Mapping>(`/api/mappings/${change.mappingId}`, { account_id: change.accountId, verified: true }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["mappings"] });
      void client.invalidateQueries({ queryKey: ["jobs"] });
    },
  });
}

export interface TransactionFilter {
  q?: string | undefined;
  account_id?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  job_id?: string | undefined;
}

export function transactionsQuery(filter: TransactionFilter) {
  return {
    ...listQuery<Transaction>(["transactions", "list", filter], "/api/transactions", { ...filter, limit: 200 }),
    placeholderData: keepPreviousData,
  };
}

export function transactionQuery(transactionId: string) {
  return queryOptions({
    queryKey: ["transactions", transactionId, "detail"],
    queryFn: ({ signal }) => get<TransactionDetail>(`/api/transactions/${transactionId}`, signal),
  });
}

export type TransactionChange =
  | { kind: "edit"; category: string | null; note: string | null }
  | { kind: "delete" }
  | { kind: "restore" }
  | { kind: "reconcile"; reconciled: boolean };

export function useChangeTransaction(transactionId: string) {
  const client = useQueryClient();
  const path = `/api/transactions/${transactionId}`;
  return useMutation({
    mutationFn: (change: TransactionChange): Promise<unknown> => {
      switch (change.kind) {
        case "edit":
          return patch(path, { category: change.category, note: change.note });
        case "delete":
          return remove(path);
        case "restore":
          return post(`${path}/restore`);
        case "reconcile":
          return post(`${path}/reconcile`, { reconciled: change.reconciled });
      }
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["transactions"] }),
  });
}
