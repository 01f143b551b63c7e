/** What the provider rang for: each event once, with what it led to; its payload masked; and ringing again. No money is ever read out of it. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { rowsOf } from "../../api/query.ts";
import { useMay } from "../../api/session.ts";
import type { Connection, WebhookEvent } from "../../api/types.ts";
import { useReplayEvent, webhookEventQuery, webhookEventsQuery } from "../../api/webhook-events.ts";
import { EFFECT_TONES, EFFECTS } from "../../lib/connection-words.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Facts, Section } from "../../ui/page.tsx";
import { BoneRows, Empty, Failed, Pending, Refused } from "../../ui/states.tsx";
import { Ago, Instant } from "../../ui/time.tsx";

const route = getRouteApi("/shell/connections/$connectionId");

export function WebhooksTab({ connection }: { connection: Connection }) {
  const { event: openId } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(webhookEventsQuery(connection.id));
  const events = rowsOf(query.data);
  return (
    <>
      {connection.connection_type === "stripe" && <Address connectionId={connection.id} />}
      <Section title="Events">
        <Pending query={query}>
          <BoneRows rows={5} className="h-16" />
        </Pending>
        {query.data !== undefined && events.length === 0 && (
          <Empty title="The provider has not rung yet">
            Each event shows here with what it led to. Without any, the schedule fetches all the same.
          </Empty>
        )}
        <ul>
          {events.map((event) => (
            <EventLine key={event.id} connectionId={connection.id} event={event} />
          ))}
        </ul>
        {query.hasNextPage && (
          <div className="border-t border-line px-4 py-2.5">
            <Button size="small" isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              Show older events
            </Button>
          </div>
        )}
      </Section>
      {openId !== undefined && (
        <EventPanel eventId={openId} onClose={() => void navigate({ search: { tab: "webhooks" }, replace: true, resetScroll: false })} />
      )}
    </>
  );
}

function Address({ connectionId }: { connectionId: string }) {
  return (
    <Section title="Where Stripe rings">
      <div className="flex flex-col gap-2 px-4 py-4">
        <code className="rounded-md bg-sunken px-3 py-2 font-mono text-sm break-all select-all">{`${window.location.origin}/webhooks/stripe/${connectionId}`}</code>
        <p className="text-sm text-ink-2">
          Enter this address at Stripe (Developers, Webhooks), and its signing secret under Credentials here. Without it, changes come by the
          schedule.
        </p>
      </div>
    </Section>
  );
}

/** What it said is for owners and admins; that it came, for everybody. */
function EventLine({ connectionId, event }: { connectionId: string; event: WebhookEvent }) {
  const mayOpen = useMay("connections:write");
  return (
    <li className="relative flex flex-wrap items-center justify-between gap-x-6 gap-y-1 border-b border-line px-4 py-3 last:border-b-0">
      <div className="min-w-0 flex-1 basis-64">
        {mayOpen ? (
          <Link
            to="/connections/$connectionId"
            params={{ connectionId }}
            search={{ tab: "webhooks", event: event.id }}
            replace
            resetScroll={false}
            className="font-mono text-sm break-all after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
          >
            {event.event_type}
          </Link>
        ) : (
          <span className="font-mono text-sm break-all">{event.event_type}</span>
        )}
        <p className="text-sm text-ink-3">
          <Ago at={event.received_at} />
          {event.deliveries > 1 && `, sent ${event.deliveries} times, one effect`}
          {event.replayed_at !== null && ", replayed"}
        </p>
      </div>
      <Badge tone={EFFECT_TONES[event.effect]}>{EFFECTS[event.effect]}</Badge>
    </li>
  );
}

function EventPanel({ eventId, onClose }: { eventId: string; onClose: () => void }) {
  const query = useQuery(webhookEventQuery(eventId));
  const event = query.data;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={event?.event_type ?? "Event"}
      place="side"
      footer={event === undefined ? undefined : <Replay event={event} />}
    >
      {event === undefined ? (
        query.error === null ? (
          <BoneRows rows={6} />
        ) : (
          <Failed error={query.error} retry={() => void query.refetch()} />
        )
      ) : (
        <div className="flex flex-col gap-5">
          <Facts facts={factsOf(event)} />
          <section aria-label="Payload" className="flex flex-col gap-2">
            <h3 className="font-semibold">Payload</h3>
            <p className="text-sm text-ink-2">As it came; what is secret is masked. Movements are fetched, never read from here.</p>
            <pre className="overflow-x-auto rounded-md bg-sunken px-3 py-2 font-mono text-xs break-all whitespace-pre-wrap">
              {JSON.stringify(event.payload, null, 2)}
            </pre>
          </section>
        </div>
      )}
    </Dialog>
  );
}

function factsOf(event: WebhookEvent) {
  const run =
    event.job_id === null ? (
      "none"
    ) : (
      <Link to="/imports/$jobId" params={{ jobId: event.job_id }} className="underline underline-offset-2">
        The run that it rang for
      </Link>
    );
  return [
    ["Led to", `${EFFECTS[event.effect]}${event.code === null ? "" : ` (${event.code})`}`],
    ["Received", <Instant key="received" at={event.received_at} />],
    ["Sent", `${event.deliveries} ${event.deliveries === 1 ? "time" : "times"}`],
    ["Dealt with", <Instant key="processed" at={event.processed_at} />],
    ["Replayed", <Instant key="replayed" at={event.replayed_at} />],
    ["Run", run],
    [
      "Event's id",
      <span key="id" className="font-mono text-sm break-all">
        {event.event_id}
      </span>,
    ],
  ] as const;
}

function Replay({ event }: { event: WebhookEvent }) {
  const replay = useReplayEvent(event.id);
  return (
    <div className="flex w-full flex-wrap items-center gap-3">
      <Button isBusy={replay.isPending} onClick={() => replay.mutate(undefined)}>
        Ring again
      </Button>
      <p role="status" className="min-w-0 flex-1 text-sm text-ink-2">
        {replay.data !== undefined && (replay.data.job_id === null ? "Done. There was nothing to fetch for it." : "Done. A run has begun.")}
      </p>
      <Refused error={replay.error} />
    </div>
  );
}
