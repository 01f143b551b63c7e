/** What providers rang for, over HTTP: the list, one payload with its secrets masked, and ringing again. */
import { queryOptions } from "@tanstack/react-query";
import { get, post } from "./client.ts";
import { useConnectionAction } from "./connections.ts";
import { listQuery, POLL_IDLE_MS } from "./query.ts";
import { CONNECTIONS_KEY } from "./runs.ts";
import type { WebhookEvent, WebhookEventDetail } from "./types.ts";

export function webhookEventsQuery(connectionId: string) {
  return {
    ...listQuery<WebhookEvent>([...CONNECTIONS_KEY, connectionId, "webhooks"], "/api/webhook-events", { connection_id: connectionId, limit: 50 }),
    refetchInterval: POLL_IDLE_MS,
  };
}

export function webhookEventQuery(eventId: string) {
  return queryOptions({
    queryKey: [...CONNECTIONS_KEY, "webhook-event", eventId],
    queryFn: ({ signal }) => get<WebhookEventDetail>(`/api/webhook-events/${eventId}`, signal),
  });
}

export function useReplayEvent(eventId: string) {
  return useConnectionAction(() => post<{ job_id: string | null }>(`/api/webhook-events/${eventId}/replay`));
}
