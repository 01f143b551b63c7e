/** Who is told what when something needs a person, and what was told. In a local run the messages stand here instead of being sent. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { channelsQuery, rulesQuery } from "../../api/alerts.ts";
import { useMay } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Page, Section, Sheet } from "../../ui/page.tsx";
import { Bone, Empty, Pending } from "../../ui/states.tsx";
import { ChannelCard } from "./channel-card.tsx";
import { ChannelPanel } from "./channel-panel.tsx";
import { Messages } from "./messages.tsx";
import { NewChannelDialog } from "./new-channel.tsx";

export function AlertsPage() {
  const channels = useQuery(channelsQuery);
  const rules = useQuery(rulesQuery);
  const mayChange = useMay("alerts:write");
  const [isCreating, setCreating] = useState(false);
  const [openId, setOpenId] = useState<string | null>(null);
  const rows = channels.data?.data ?? [];
  const open = rows.find((channel) => channel.id === openId);
  const create = mayChange ? (
    <Button look="primary" onClick={() => setCreating(true)}>
      New channel
    </Button>
  ) : undefined;
  return (
    <Page title="Alerts" lead="Who is told when an import fails or waits for somebody, and what was told." actions={create}>
      <Section title="Channels" isFlush>
        <Pending query={channels}>
          <CardBones />
        </Pending>
        {channels.data !== undefined && rows.length === 0 && (
          <Sheet>
            <Empty title="Nobody is told yet">
              {mayChange
                ? "Make a channel: a Slack channel, e-mail addresses, or a webhook of a system of yours."
                : "Owners and admins can make a channel to Slack, to e-mail addresses or to another system."}
            </Empty>
          </Sheet>
        )}
        <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
          {rows.map((channel) => (
            <ChannelCard
              key={channel.id}
              channel={channel}
              rules={(rules.data?.data ?? []).filter((rule) => rule.channel_id === channel.id)}
              onOpen={() => setOpenId(channel.id)}
            />
          ))}
        </ul>
      </Section>
      {/* Below cards of any height: shown when those stand. */}
      {(channels.data !== undefined || channels.error !== null) && <Messages />}
      {isCreating && <NewChannelDialog onClose={() => setCreating(false)} />}
      {open !== undefined && (
        <ChannelPanel
          key={open.id}
          channel={open}
          rules={(rules.data?.data ?? []).filter((rule) => rule.channel_id === open.id)}
          onClose={() => setOpenId(null)}
        />
      )}
    </Page>
  );
}

function CardBones() {
  return (
    <div role="status" aria-label="Loading" className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
      {["a", "b", "c"].map((key) => (
        <Bone key={key} className="h-52 rounded-lg" />
      ))}
    </div>
  );
}
