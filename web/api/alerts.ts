/** Channels, rules and messages over HTTP. A channel's secret goes in and is never asked for again. */
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, patch, post, put, remove, withQuery } from "./client.ts";
import { listQuery, POLL_BUSY_MS, POLL_IDLE_MS } from "./query.ts";
import type { AlertDelivery, AlertEvent, AlertMessage, AlertRule, Channel, CreatedChannel, Page } from "./types.ts";

const KEY = ["alerts"] as const;

export const channelsQuery = queryOptions({
  queryKey: [...KEY, "channels"],
  queryFn: ({ signal }) => get<Page<Channel>>("/api/notification-channels", signal),
  refetchInterval: POLL_IDLE_MS,
});

export const rulesQuery = queryOptions({
  queryKey: [...KEY, "rules"],
  queryFn: ({ signal }) => get<Page<AlertRule>>("/api/alert-rules", signal),
});

export const messagesQuery = {
  ...listQuery<AlertMessage>([...KEY, "messages"], "/api/alert-messages", { limit: 20 }),
  refetchInterval: POLL_IDLE_MS,
};

export type NewChannel = { name: string; digest_minutes: number } & (
  | { channel_type: "slack" | "webhook"; credentials: { url: string } }
  | { channel_type: "email"; config: { recipients: string[] } }
);

export function useCreateChannel() {
  return useChange((channel: NewChannel) => post<CreatedChannel>("/api/notification-channels", channel));
}

export interface ChannelChange {
  name?: string;
  digest_minutes?: number;
  enabled?: boolean;
  config?: { recipients: string[] };
}

export function useChangeChannel(id: string) {
  return useChange((change: ChannelChange) => patch<Channel>(`/api/notification-channels/${id}`, change));
}

export function useSetCredentials(id: string) {
  return useChange((given: { url?: string; secret?: "new" }) => put<CreatedChannel>(`/api/notification-channels/${id}/credentials`, given));
}

export function useRemoveChannel(id: string) {
  return useChange(() => remove<null>(`/api/notification-channels/${id}`));
}

export function useTestChannel(id: string) {
  return useChange(() => post<{ alert_id: string }>(`/api/notification-channels/${id}/test`));
}

/** Makes, or switches, the rule of one event for all connections. */
export function useSwitchRule(channelId: string) {
  return useChange(({ event, rule, isOn }: { event: AlertEvent; rule: AlertRule | undefined; isOn: boolean }) =>
    rule === undefined
      ? post<AlertRule>("/api/alert-rules", { event_type: event, channel_id: channelId })
      : patch<AlertRule>(`/api/alert-rules/${rule.id}`, { enabled: isOn }),
  );
}

/** What came of one alert at one channel; asked until it is over. */
export function useDelivery(alertId: string | null): AlertDelivery | null {
  const query = useQuery({
    queryKey: [...KEY, "delivery", alertId],
    queryFn: ({ signal }) => get<Page<AlertDelivery>>(withQuery("/api/alert-deliveries", { alert_id: alertId }), signal),
    enabled: alertId !== null,
    refetchInterval: ({ state }) => (isOver(state.data?.data[0]) ? false : POLL_BUSY_MS),
  });
  return query.data?.data[0] ?? null;
}

export function isOver(delivery: AlertDelivery | undefined | null): boolean {
  return delivery !== undefined && delivery !== null && delivery.status !== "waiting" && delivery.status !== "open";
}

function useChange<Given, Answer>(call: (given: Given) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: call, onSettled: () => client.invalidateQueries({ queryKey: KEY }) });
}
