/** The company's settings, its export and its end over HTTP. Decides nothing about who may: the server does. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { Retention } from "../../src/domain/retention.ts";
import { get, patch, remove } from "./client.ts";
import type { CompanySettings } from "./types.ts";

const KEY = ["settings"] as const;

export const settingsQuery = queryOptions({
  queryKey: KEY,
  queryFn: ({ signal }) => get<CompanySettings>("/api/settings", signal),
  staleTime: 60_000,
});

export interface SettingsDraft {
  retention?: Partial<Retention>;
  /** Null: as much as the installation allows. */
  quotas?: { files_a_day?: number | null; bytes_a_day?: number | null };
}

export function useChangeSettings() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (draft: SettingsDraft) => patch<CompanySettings>("/api/settings", draft),
    onSuccess: (settings) => client.setQueryData(KEY, settings),
  });
}

/** Whatever the page holds belongs to a company that is no more: nothing is asked for anew until the person leaves it. */
export function useDeleteCompany() {
  return useMutation({ mutationFn: (name: string) => remove<{ deleting: true }>("/api/company", { name }) });
}

/** Streamed by the server into a file of the browser's; nothing of it passes through this page. */
export const EXPORT_ADDRESS = "/api/export.ndjson";
