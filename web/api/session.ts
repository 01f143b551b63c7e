/** Who is signed in and what they may do. Holds no secret: the session is an HttpOnly cookie. */
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiProblem, get, post } from "./client.ts";
import { SESSION_KEY } from "./query.ts";
import type { Permission, Session } from "./types.ts";

export const sessionQuery = queryOptions({
  queryKey: SESSION_KEY,
  queryFn: ({ signal }) => get<Session>("/api/session", signal),
  staleTime: 60_000,
  refetchInterval: 5 * 60_000,
});

/** True where the signed-in person's role names the permission; what is false is not shown at all. */
export function useMay(permission: Permission): boolean {
  const session = useQuery(sessionQuery);
  return session.data?.permissions.includes(permission) ?? false;
}

/** "you" for the signed-in person; other people are known by id only. */
export function usePersonName(): (userId: string | null) => string | null {
  const session = useQuery(sessionQuery);
  return (userId) => {
    if (userId === null) return null;
    return userId === session.data?.user?.id ? "you" : "a colleague";
  };
}

export function useLocalSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (email: string) => post<unknown>("/auth/local", { email }),
    onSuccess: () => client.resetQueries(),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => post<unknown>("/auth/sign-out"),
    onSuccess: () => client.resetQueries(),
  });
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiProblem && error.status === 401;
}
