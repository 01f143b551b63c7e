/** A connection that receives files: a name, and how far it may go by itself. */
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useCreateConnection } from "../../api/connection-setup.ts";
import type { ConnectionType } from "../../api/types.ts";
import { Button } from "../../ui/button.tsx";
import { Sheet } from "../../ui/page.tsx";
import { Refused } from "../../ui/states.tsx";
import { SwitchField } from "../../ui/switch.tsx";
import { AutomaticField, NameField } from "./set-up-fields.tsx";

export function FilesSetUp({ type }: { type: ConnectionType }) {
  const [draft, setDraft] = useState({ name: "", isAutomatic: false, needsLedger: true });
  const create = useCreateConnection();
  const navigate = useNavigate();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(
      {
        name: draft.name.trim(),
        connection_type: type.connection_type,
        config: { require_proof: draft.needsLedger ? "ledger" : "totals" },
        auto_import: draft.isAutomatic,
      },
      { onSuccess: ({ id }) => void navigate({ to: "/connections/$connectionId", params: { connectionId: id }, search: {} }) },
    );
  };
  return (
    <Sheet>
      <form onSubmit={submit} className="flex flex-col gap-5 px-4 py-5 sm:px-6">
        <NameField value={draft.name} onChange={(name) => setDraft({ ...draft, name })} />
        <AutomaticField isOn={draft.isAutomatic} onChange={(isAutomatic) => setDraft({ ...draft, isAutomatic })} />
        <SwitchField
          label="The ledger must be proven"
          hint="Opening balance plus movements has to come to the closing balance. Without this, it is enough that nothing contradicts."
          isOn={draft.needsLedger}
          onChange={(needsLedger) => setDraft({ ...draft, needsLedger })}
        />
        <Refused error={create.error} />
        <Button look="primary" type="submit" className="self-start" isBusy={create.isPending}>
          Create connection
        </Button>
      </form>
    </Sheet>
  );
}
