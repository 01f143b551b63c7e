/** Who is signed in and what they may do. Holds no secret: the session is an HttpOnly cookie. */
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiProblem, get, post, remove, withQuery } from "./client.ts";
import { useMemberNames } from "./members.ts";
import { SESSION_KEY } from "./query.ts";
import type { Page, Permission, Session, SessionEntry, SignInMethods, TenantChoice } from "./types.ts";

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

/** "you" for the signed-in person; others by name, where the reader may see the members and they still are one. */
export function usePersonName(): (userId: string | null) => string | null {
  const session = useQuery(sessionQuery);
  const names = useMemberNames(useMay("members:read"));
  return (userId) => {
    if (userId === null) return null;
    return userId === session.data?.user?.id ? "you" : (names.get(userId) ?? "a colleague");
  };
}

/** What the sign-in page offers. */
export const signInMethodsQuery = queryOptions({
  queryKey: ["sign-in-methods"],
  queryFn: ({ signal }) => get<SignInMethods>("/auth/methods", signal),
  staleTime: 60_000,
});

/** Where a person is signed in: yourself, or a member. */
export function sessionsQuery(userId: string | undefined) {
  return queryOptions({
    queryKey: ["sessions", userId ?? "own"],
    queryFn: ({ signal }) => get<Page<SessionEntry>>(withQuery("/api/sessions", { user_id: userId }), signal),
  });
}

export function useEndSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => remove<null>(`/api/sessions/${id}`),
    onSettled: () => client.invalidateQueries({ queryKey: ["sessions"] }),
  });
}

export const tenantsQuery = queryOptions({
  queryKey: ["tenants"],
  queryFn: ({ signal }) => get<Page<TenantChoice>>("/api/session/tenants", signal),
  staleTime: 5 * 60_000,
});

/** The page is loaded anew: whatever it held, in memory or on its way, belongs to the company that is left. */
export function useSwitchTenant() {
  return useMutation({
    mutationFn: (tenantId: string) => post<Session>("/api/session/tenant", { tenant_id: tenantId }),
    onSuccess: () => window.location.assign("/imports"),
  });
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
