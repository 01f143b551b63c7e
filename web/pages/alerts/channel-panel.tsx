/** One channel's settings: what it is told, how often, where it leads. Its secret can be replaced and never read. */
import { type FormEvent, useState } from "react";
import { ALERT_EVENTS, EVENT_WORDS } from "../../../src/domain/alerts.ts";
import { useChangeChannel, useRemoveChannel, useSetCredentials, useSwitchRule } from "../../api/alerts.ts";
import { usePersonName } from "../../api/session.ts";
import type { AlertRule, Channel } from "../../api/types.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { Refused } from "../../ui/states.tsx";
import { SwitchField } from "../../ui/switch.tsx";
import { Instant } from "../../ui/time.tsx";
import { recipientsOf } from "./channel-card.tsx";
import { addressesIn, DigestField, RecipientsField, SecretDialog } from "./new-channel.tsx";

interface Props {
  channel: Channel;
  rules: AlertRule[];
  onClose: () => void;
}

export function ChannelPanel({ channel, rules, onClose }: Props) {
  const [secret, setSecret] = useState<string | null>(null);
  if (secret !== null) return <SecretDialog secret={secret} onClose={() => setSecret(null)} />;
  return (
    <Dialog isOpen onClose={onClose} title={channel.name} place="side">
      <div className="flex flex-col gap-8">
        <Events channel={channel} rules={rules} />
        <Settings channel={channel} />
        {channel.channel_type !== "email" && <Credentials channel={channel} onSecret={setSecret} />}
        <Removal channel={channel} onRemoved={onClose} />
      </div>
    </Dialog>
  );
}

function Events({ channel, rules }: { channel: Channel; rules: AlertRule[] }) {
  const change = useChangeChannel(channel.id);
  const switchRule = useSwitchRule(channel.id);
  const partial = rules.filter((rule) => rule.connection_id !== null && rule.enabled).length;
  return (
    <section className="flex flex-col gap-3" aria-label="What it is told">
      <SwitchField
        label="This channel"
        hint="Off: nothing is sent, and nothing is kept for it."
        isOn={channel.enabled}
        disabled={change.isPending}
        onChange={(enabled) => change.mutate({ enabled })}
      />
      <h3 className="mt-3 font-semibold">What it is told</h3>
      {ALERT_EVENTS.map((event) => {
        const rule = rules.find((one) => one.event_type === event && one.connection_id === null);
        const isOn = rule?.enabled === true;
        return (
          <SwitchField
            key={event}
            label={EVENT_WORDS[event].one}
            isOn={isOn}
            disabled={switchRule.isPending}
            onChange={(wanted) => switchRule.mutate({ event, rule, isOn: wanted })}
          />
        );
      })}
      {partial > 0 && <p className="text-sm text-ink-2">Beside these, {partial} of its rules are for single connections.</p>}
      <Refused error={change.error ?? switchRule.error} />
    </section>
  );
}

function Settings({ channel }: { channel: Channel }) {
  const [name, setName] = useState(channel.name);
  const [digest, setDigest] = useState(`${channel.digest_minutes}`);
  const [recipients, setRecipients] = useState(recipientsOf(channel.config).join("\n"));
  const change = useChangeChannel(channel.id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({
      name: name.trim(),
      digest_minutes: Number(digest),
      ...(channel.channel_type === "email" ? { config: { recipients: addressesIn(recipients) } } : {}),
    });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4" aria-label="Settings">
      <h3 className="font-semibold">How it is told</h3>
      <TextField label="Name" required maxLength={100} value={name} onChange={({ target }) => setName(target.value)} />
      {channel.channel_type === "email" && <RecipientsField value={recipients} onChange={setRecipients} />}
      <DigestField value={digest} onChange={setDigest} />
      <Refused error={change.error} />
      <div className="flex items-center gap-3">
        <Button type="submit" isBusy={change.isPending}>
          Save settings
        </Button>
        <span role="status" className="text-sm text-ink-2">
          {change.isSuccess && "Saved."}
        </span>
      </div>
    </form>
  );
}

function Credentials({ channel, onSecret }: { channel: Channel; onSecret: (secret: string) => void }) {
  const [url, setUrl] = useState("");
  const set = useSetCredentials(channel.id);
  const personName = usePersonName();
  const by = personName(channel.credentials.set_by);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    set.mutate({ url: url.trim() }, { onSuccess: () => setUrl("") });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4" aria-label="Address">
      <h3 className="font-semibold">Where it leads</h3>
      <TextField
        label="New address"
        hint={
          <>
            The present one is kept secret; set <Instant at={channel.credentials.set_at} />
            {by !== null && ` by ${by}`}.
          </>
        }
        type="url"
        required
        autoComplete="off"
        value={url}
        onChange={({ target }) => setUrl(target.value)}
      />
      <Refused error={set.error} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" isBusy={set.isPending}>
          Replace address
        </Button>
        {channel.channel_type === "webhook" && (
          <Button
            isBusy={set.isPending}
            onClick={() => set.mutate({ secret: "new" }, { onSuccess: (made) => made.secret !== undefined && onSecret(made.secret) })}
          >
            New signing secret
          </Button>
        )}
      </div>
    </form>
  );
}

function Removal({ channel, onRemoved }: { channel: Channel; onRemoved: () => void }) {
  const [isSure, setSure] = useState(false);
  const removal = useRemoveChannel(channel.id);
  return (
    <section className="flex flex-col gap-3 border-t border-line pt-5" aria-label="Remove">
      <p className="text-sm text-ink-2">
        Removed, it is told nothing more and its secret is forgotten.
        {channel.waiting > 0 && ` ${channel.waiting} that wait are not sent.`} What it was told stays readable.
      </p>
      <Refused error={removal.error} />
      <div className="flex flex-wrap gap-2">
        {isSure ? (
          <>
            <Button look="danger" isBusy={removal.isPending} onClick={() => removal.mutate(undefined, { onSuccess: onRemoved })}>
              Remove {channel.name}
            </Button>
            <Button look="quiet" onClick={() => setSure(false)}>
              Leave it
            </Button>
          </>
        ) : (
          <Button look="danger" onClick={() => setSure(true)}>
            Remove channel
          </Button>
        )}
      </div>
    </section>
  );
}
