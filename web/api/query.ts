/** How answers are kept: one query client, polling at two speeds, lists by cursor. Holds no keys of a noun; those stand with the noun. */
import { infiniteQueryOptions, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiProblem, get, withQuery } from "./client.ts";
import type { Page } from "./types.ts";

/** While a machine works on something shown. */
export const POLL_BUSY_MS = 1000;
/** While nothing moves, or a person is waited for. A hidden page does not poll at all. */
export const POLL_IDLE_MS = 15_000;

export const SESSION_KEY = ["session"] as const;

export function createQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        const hasExpired = error instanceof ApiProblem && error.status === 401 && query.queryKey[0] !== SESSION_KEY[0];
        if (hasExpired) void client.invalidateQueries({ queryKey: SESSION_KEY });
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5000,
        retry: (failures, error) => failures < 2 && error instanceof ApiProblem && (error.status === 0 || error.status >= 500),
        retryDelay: (attempt) => 500 * 2 ** attempt,
      },
    },
  });
  return client;
}

type Parameters = Record<string, string | number | null | undefined>;

/** A list that goes on by cursor: pages are fetched as they are wanted and flattened with `rowsOf`. */
export function listQuery<T>(key: readonly unknown[], path: string, parameters: Parameters = {}) {
  return infiniteQueryOptions({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => get<Page<T>>(withQuery(path, { ...parameters, cursor: pageParam }), signal),
    initialPageParam: FIRST_PAGE,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function rowsOf<T>(pages: { pages: Page<T>[] } | undefined): T[] {
  return pages?.pages.flatMap((page) => page.data) ?? [];
}

const FIRST_PAGE: string | null = null;
