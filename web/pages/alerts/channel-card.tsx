/** A channel at a glance: where it leads, whether it gets through, what waits, and a test that says what came of it. */
import { useState } from "react";
import { isOver, useDelivery, useTestChannel } from "../../api/alerts.ts";
import { useMay } from "../../api/session.ts";
import type { AlertDelivery, AlertRule, Channel } from "../../api/types.ts";
import { plural, type Tone } from "../../lib/words.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Refused } from "../../ui/states.tsx";
import { Ago, Instant } from "../../ui/time.tsx";

interface Props {
  channel: Channel;
  rules: AlertRule[];
  onOpen: () => void;
}

export function ChannelCard({ channel, rules, onOpen }: Props) {
  const mayChange = useMay("alerts:write");
  const state = stateOf(channel);
  const told = new Set(rules.filter((rule) => rule.enabled).map((rule) => rule.event_type)).size;
  return (
    <li className="flex min-h-52 min-w-0 flex-col gap-3 rounded-lg border border-line bg-surface px-4 py-4">
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <h3 className="font-semibold break-words">{channel.name}</h3>
          <p className="text-sm break-words text-ink-3">{targetOf(channel)}</p>
        </div>
        <Badge tone={state.tone}>{state.text}</Badge>
      </div>
      {channel.last_error !== null && <p className="text-sm break-words text-bad">{channel.last_error.message}</p>}
      <dl className="mt-auto flex flex-col gap-1 text-sm">
        <div className="flex justify-between gap-3">
          <dt className="text-ink-3">Last sent</dt>
          <dd>
            <Ago at={channel.last_sent_at} />
          </dd>
        </div>
        <div className="flex justify-between gap-3">
          <dt className="text-ink-3">Told of</dt>
          <dd>{told === 0 ? "nothing" : `${told} ${plural(told, "kind", "kinds")} of events`}</dd>
        </div>
        {channel.failures > 0 && (
          <div className="flex justify-between gap-3">
            <dt className="text-ink-3">Next attempt</dt>
            <dd>
              <Instant at={channel.next_message_at} />
            </dd>
          </div>
        )}
        {channel.waiting > 0 && (
          <div className="flex justify-between gap-3">
            <dt className="text-ink-3">Waiting</dt>
            <dd>{`${channel.waiting} ${plural(channel.waiting, "alert", "alerts")}`}</dd>
          </div>
        )}
      </dl>
      {mayChange && <Actions channel={channel} onOpen={onOpen} />}
    </li>
  );
}

function Actions({ channel, onOpen }: { channel: Channel; onOpen: () => void }) {
  const test = useTestChannel(channel.id);
  const [alertId, setAlertId] = useState<string | null>(null);
  const delivery = useDelivery(alertId);
  const isTesting = test.isPending || (alertId !== null && !isOver(delivery));
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap gap-2">
        <Button
          size="small"
          isBusy={isTesting}
          disabled={!channel.enabled}
          onClick={() => test.mutate(undefined, { onSuccess: ({ alert_id: id }) => setAlertId(id) })}
        >
          Send a test
        </Button>
        <Button size="small" look="quiet" onClick={onOpen}>
          Change
        </Button>
      </div>
      <Refused error={test.error} />
      <p role="status" className="text-sm break-words text-ink-2 empty:hidden">
        {isOver(delivery) && testWords(delivery)}
      </p>
    </div>
  );
}

function testWords(delivery: AlertDelivery | null): string {
  if (delivery?.status === "sent") return "The test was sent. Look whether it has come.";
  if (delivery?.status === "shown") return "A local run sends nothing: the test stands below.";
  return `The test did not get through. ${delivery?.last_error?.message ?? ""}`;
}

/** Where it leads, as far as that is no secret. */
export function targetOf({ channel_type: type, config }: Pick<Channel, "channel_type" | "config">): string {
  if (type === "slack") return "Slack";
  if (type === "webhook") return typeof config["host"] === "string" ? `Webhook at ${config["host"]}` : "Webhook";
  return recipientsOf(config).join(", ");
}

export function recipientsOf(config: Channel["config"]): string[] {
  const { recipients } = config;
  return Array.isArray(recipients) ? recipients.filter((one) => typeof one === "string") : [];
}

function stateOf(channel: Channel): { text: string; tone: Tone } {
  if (!channel.enabled) return { text: "Off", tone: "neutral" };
  if (channel.failures > 0) return { text: "Not getting through", tone: "bad" };
  if (channel.last_error !== null) return { text: "Look at this", tone: "warn" };
  if (channel.waiting > 0) return { text: "Collecting", tone: "busy" };
  return channel.last_sent_at === null ? { text: "Not used yet", tone: "neutral" } : { text: "Working", tone: "good" };
}
