/** Members and invitations over HTTP. Decides nothing about who may: the server does. */
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, patch, post, remove } from "./client.ts";
import type { Invitation, Member, Page, Role } from "./types.ts";

const KEY = ["members"] as const;

export const membersQuery = queryOptions({
  queryKey: [...KEY, "list"],
  queryFn: ({ signal }) => get<Page<Member>>("/api/members", signal),
  staleTime: 60_000,
});

export const invitationsQuery = queryOptions({
  queryKey: [...KEY, "invitations"],
  queryFn: ({ signal }) => get<Page<Invitation>>("/api/invitations", signal),
});

/** Where the reader may see the members: what each is called, by id. */
export function useMemberNames(isAllowed: boolean): ReadonlyMap<string, string> {
  const members = useQuery({ ...membersQuery, enabled: isAllowed });
  return new Map(members.data?.data.map((member) => [member.id, member.name === "" ? member.email : member.name]));
}

export function useChangeRole() {
  return useMembersMutation(({ id, role }: { id: string; role: Role }) => patch<Member>(`/api/members/${id}`, { role }));
}

export function useRemoveMember() {
  return useMembersMutation((id: string) => remove<null>(`/api/members/${id}`));
}

export function useInvite() {
  return useMembersMutation((draft: { email: string; role: Role }) => post<Invitation>("/api/invitations", draft));
}

export function useRevokeInvitation() {
  return useMembersMutation((id: string) => remove<Invitation>(`/api/invitations/${id}`));
}

function useMembersMutation<Given, Answer>(mutationFn: (given: Given) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSettled: () => client.invalidateQueries({ queryKey: KEY }) });
}
