/** A new channel: what it is, where it leads. A webhook's signing secret is shown once, when it is made. */
import { useState } from "react";
import { type NewChannel, useCreateChannel } from "../../api/alerts.ts";
import type { Channel } from "../../api/types.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { SelectField, TextAreaField, TextField } from "../../ui/field.tsx";
import { FormDialog } from "../../ui/form-dialog.tsx";
import { Note } from "../../ui/states.tsx";

const TYPES = { slack: "A Slack channel", email: "E-mail addresses", webhook: "Another system, by a signed webhook" } as const;
type ChannelType = Channel["channel_type"];

interface Draft {
  type: ChannelType;
  name: string;
  url: string;
  recipients: string;
  digestMinutes: string;
}

export function NewChannelDialog({ onClose }: { onClose: () => void }) {
  const [draft, setDraft] = useState<Draft>({ type: "slack", name: "", url: "", recipients: "", digestMinutes: "5" });
  const [secret, setSecret] = useState<string | null>(null);
  const create = useCreateChannel();
  const submit = () => {
    create.mutate(channelOf(draft), { onSuccess: (made) => (made.secret === undefined ? onClose() : setSecret(made.secret)) });
  };
  if (secret !== null) return <SecretDialog secret={secret} onClose={onClose} />;
  return (
    <FormDialog title="New channel" action="Create channel" isBusy={create.isPending} error={create.error} onClose={onClose} onSubmit={submit}>
      <SelectField
        label="Who is told"
        value={draft.type}
        onChange={({ target }) => setDraft({ ...draft, type: target.value === "email" || target.value === "webhook" ? target.value : "slack" })}
      >
        <option value="slack">{TYPES.slack}</option>
        <option value="email">{TYPES.email}</option>
        <option value="webhook">{TYPES.webhook}</option>
      </SelectField>
      <TextField
        label="Name"
        hint="As your team calls it, for example Treasury desk."
        required
        maxLength={100}
        autoComplete="off"
        value={draft.name}
        onChange={({ target }) => setDraft({ ...draft, name: target.value })}
      />
      {draft.type === "email" ? (
        <RecipientsField value={draft.recipients} onChange={(recipients) => setDraft({ ...draft, recipients })} />
      ) : (
        <TextField
          label={draft.type === "slack" ? "Incoming webhook's address" : "Address"}
          hint={
            draft.type === "slack"
              ? "From Slack's app settings; it begins with https://hooks.slack.com/"
              : "A public https address that takes a POST."
          }
          type="url"
          required
          maxLength={2000}
          autoComplete="off"
          value={draft.url}
          onChange={({ target }) => setDraft({ ...draft, url: target.value })}
        />
      )}
      <DigestField value={draft.digestMinutes} onChange={(digestMinutes) => setDraft({ ...draft, digestMinutes })} />
      <p className="text-sm text-ink-2">It is told of everything at first; what it need not hear is switched off afterwards.</p>
    </FormDialog>
  );
}

/** The one time that a secret is seen. */
export function SecretDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Dialog isOpen onClose={onClose} title="The signing secret" footer={<Button onClick={onClose}>I have kept it</Button>}>
      <div className="flex flex-col gap-4">
        <Note tone="warn">It is shown this once. Put it where the receiving system keeps its secrets.</Note>
        <code className="rounded-md bg-sunken px-3 py-2 font-mono text-sm break-all select-all">{secret}</code>
        <p className="text-sm text-ink-2">
          Each message is signed as Standard Webhooks have it: check <code className="font-mono">webhook-signature</code> over{" "}
          <code className="font-mono">webhook-id</code>, <code className="font-mono">webhook-timestamp</code> and the body, and take each id once.
        </p>
      </div>
    </Dialog>
  );
}

export function RecipientsField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <TextAreaField
      label="Addresses"
      hint="One a line, nine at the most."
      required
      rows={3}
      value={value}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}

export function DigestField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <TextField
      label="Minutes between messages"
      hint="The first alert goes out at once; what comes in this time after it goes out together. 0: each by itself."
      type="number"
      min={0}
      max={1440}
      required
      value={value}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}

export function addressesIn(text: string): string[] {
  return text.split(/[\s,;]+/).filter((address) => address !== "");
}

function channelOf({ type, name, url, recipients, digestMinutes }: Draft): NewChannel {
  const common = { name: name.trim(), digest_minutes: Number(digestMinutes) };
  if (type === "email") return { ...common, channel_type: type, config: { recipients: addressesIn(recipients) } };
  return { ...common, channel_type: type, credentials: { url: url.trim() } };
}
