/** Keeping a connection or not: its name, a pause, its end. The books stay whatever happens here, and it says so. */
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useChangeConnection, useRemoveConnection } from "../../api/connections.ts";
import { useMay } from "../../api/session.ts";
import type { Connection } from "../../api/types.ts";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { FormDialog } from "../../ui/form-dialog.tsx";
import { Section } from "../../ui/page.tsx";
import { Refused } from "../../ui/states.tsx";
import { NameField } from "./set-up-fields.tsx";

export function NameSetting({ connection }: { connection: Connection }) {
  const mayChange = useMay("connections:write");
  const [draft, setDraft] = useState<string | null>(null);
  const change = useChangeConnection(connection.id);
  if (!mayChange) return null;
  const name = draft ?? connection.name;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ name: name.trim() }, { onSuccess: () => setDraft(null) });
  };
  return (
    <Section title="Name">
      <form onSubmit={submit} className="flex flex-col gap-4 px-4 py-4">
        <NameField value={name} onChange={setDraft} />
        <Refused error={change.error} />
        <Button type="submit" className="self-start" disabled={name.trim() === connection.name} isBusy={change.isPending}>
          Save name
        </Button>
      </form>
    </Section>
  );
}

export function PauseConnection({ connection }: { connection: Connection }) {
  const change = useChangeConnection(connection.id);
  const mayChange = useMay("connections:write");
  if (!mayChange || connection.status === "pending_setup") return null;
  const isPaused = connection.status === "inactive";
  return (
    <Section title={isPaused ? "Resume" : "Pause"}>
      <div className="flex flex-col items-start gap-3 px-4 py-4">
        <p className="text-sm text-ink-2">
          {isPaused
            ? "Resumed, it fetches what it missed and goes on by its schedule."
            : "Paused, nothing is fetched. What came in stays, and what is missed is fetched when it is resumed."}
        </p>
        <Refused error={change.error} />
        <Button isBusy={change.isPending} onClick={() => change.mutate({ status: isPaused ? "active" : "inactive" })}>
          {isPaused ? "Resume this connection" : "Pause this connection"}
        </Button>
      </div>
    </Section>
  );
}

export function DeleteConnection({ connection }: { connection: Connection }) {
  const mayChange = useMay("connections:write");
  const [isOpen, setOpen] = useState(false);
  if (!mayChange || connection.is_default) return null;
  return (
    <Section title="Delete">
      <div className="flex flex-col items-start gap-3 px-4 py-4">
        <p className="text-sm text-ink-2">The books stay as they are. Only what comes in from here ends.</p>
        <Button look="danger" onClick={() => setOpen(true)}>
          Delete connection
        </Button>
      </div>
      {isOpen && <DeleteDialog connection={connection} onClose={() => setOpen(false)} />}
    </Section>
  );
}

function DeleteDialog({ connection, onClose }: { connection: Connection; onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const removal = useRemoveConnection(connection.id);
  const navigate = useNavigate();
  const submit = () => {
    if (typed.trim() !== connection.name) return;
    removal.mutate(undefined, { onSuccess: () => void navigate({ to: "/connections" }) });
  };
  return (
    <FormDialog
      title={`Delete ${connection.name}`}
      action="Delete connection"
      look="danger"
      isBusy={removal.isPending}
      isReady={typed.trim() === connection.name}
      error={removal.error}
      onClose={onClose}
      onSubmit={submit}
    >
      <ul className="flex list-disc flex-col gap-1 pl-5">
        <li>Every transaction, balance and import that came from it stays in the books.</li>
        <li>
          {connection.fetches
            ? "Nothing is fetched any more, and its access at the provider is given back."
            : "No file can be sent into it any more."}
        </li>
        {connection.fetches && <li>Its credentials are forgotten.</li>}
      </ul>
      <TextField
        label={`To go on, type its name: ${connection.name}`}
        required
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
      />
    </FormDialog>
  );
}
