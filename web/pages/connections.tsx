/** Where money's news comes from: each connection's state in words, its last success and its last job. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { connectionsQuery, useCreateConnection } from "../api/connections.ts";
import { rowsOf } from "../api/query.ts";
import { useMay } from "../api/session.ts";
import type { Connection } from "../api/types.ts";
import { CONNECTION_TYPES, connectionState } from "../lib/words.ts";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Page, Sheet } from "../ui/page.tsx";
import { Bone, Empty, Pending, Refused } from "../ui/states.tsx";
import { SwitchField } from "../ui/switch.tsx";
import { Ago } from "../ui/time.tsx";

export function ConnectionsPage() {
  const query = useInfiniteQuery(connectionsQuery);
  const mayCreate = useMay("connections:write");
  const [isCreating, setCreating] = useState(false);
  const connections = rowsOf(query.data);
  const create = mayCreate ? (
    <Button look="primary" onClick={() => setCreating(true)}>
      New connection
    </Button>
  ) : undefined;
  return (
    <Page title="Connections" lead="One connection for each bank or system that sends you files." actions={create}>
      <Pending query={query}>
        <CardBones />
      </Pending>
      {query.data !== undefined && connections.length === 0 && (
        <Sheet>
          <Empty title="No connections yet">Make one for each bank, so that its files keep together and the same file is noticed.</Empty>
        </Sheet>
      )}
      <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
        {connections.map((connection) => (
          <ConnectionCard key={connection.id} connection={connection} />
        ))}
      </ul>
      {isCreating && <NewConnectionDialog onClose={() => setCreating(false)} />}
    </Page>
  );
}

function ConnectionCard({ connection }: { connection: Connection }) {
  const state = connectionState(connection);
  return (
    <li className="relative flex min-h-44 flex-col gap-3 rounded-lg border border-line bg-surface px-4 py-4 hover:border-line-strong">
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <Link
            to="/connections/$connectionId"
            params={{ connectionId: connection.id }}
            className="block font-semibold break-words after:absolute after:inset-0 after:rounded-lg focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-accent"
          >
            {connection.name}
          </Link>
          <span className="text-sm text-ink-3">
            {CONNECTION_TYPES[connection.connection_type]}
            {connection.is_default && ", default"}
          </span>
        </div>
        <Badge tone={state.tone}>{state.text}</Badge>
      </div>
      {connection.last_error !== null && <p className="line-clamp-3 text-sm break-words text-bad">{connection.last_error}</p>}
      <dl className="mt-auto flex flex-col gap-1 text-sm">
        <div className="flex justify-between gap-3">
          <dt className="text-ink-3">Last success</dt>
          <dd>
            <Ago at={connection.last_success_at} />
          </dd>
        </div>
        <div className="flex justify-between gap-3">
          <dt className="shrink-0 text-ink-3">Last import</dt>
          <dd className="truncate" title={connection.last_job?.file_name ?? undefined}>
            {connection.last_job === null ? <span className="text-ink-3">none yet</span> : (connection.last_job.file_name ?? "sync")}
          </dd>
        </div>
      </dl>
    </li>
  );
}

function CardBones() {
  return (
    <div role="status" aria-label="Loading" className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
      {["a", "b", "c"].map((key) => (
        <Bone key={key} className="h-44 rounded-lg" />
      ))}
    </div>
  );
}

function NewConnectionDialog({ onClose }: { onClose: () => void }) {
  const [draft, setDraft] = useState({ name: "", type: "bai2" as const as "bai2" | "file", isAutomatic: false, needsLedger: true });
  const create = useCreateConnection();
  const navigate = useNavigate();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(
      {
        name: draft.name.trim(),
        connection_type: draft.type,
        config: { auto_import: draft.isAutomatic, require_proof: draft.needsLedger ? "ledger" : "totals" },
      },
      { onSuccess: (connection) => void navigate({ to: "/connections/$connectionId", params: { connectionId: connection.id } }) },
    );
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="New connection"
      footer={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="primary" type="submit" form="new-connection" isBusy={create.isPending}>
            Create connection
          </Button>
        </>
      }
    >
      <form id="new-connection" onSubmit={submit} className="flex flex-col gap-5">
        <TextField
          label="Name"
          hint="As your team calls it, for example the bank and the region."
          required
          maxLength={200}
          autoComplete="off"
          value={draft.name}
          onChange={(event) => setDraft({ ...draft, name: event.target.value })}
        />
        <SelectField
          label="What it receives"
          value={draft.type}
          onChange={(event) => setDraft({ ...draft, type: event.target.value === "file" ? "file" : "bai2" })}
        >
          <option value="bai2">{CONNECTION_TYPES.bai2}</option>
          <option value="file">{CONNECTION_TYPES.file}</option>
        </SelectField>
        <SwitchField
          label="Import by itself"
          hint="Only when every account is mapped, every check holds and no row asks for a decision. Otherwise it waits for you."
          isOn={draft.isAutomatic}
          onChange={(isAutomatic) => setDraft({ ...draft, isAutomatic })}
        />
        <SwitchField
          label="The ledger must be proven"
          hint="Opening balance plus movements has to come to the closing balance. Without this, it is enough that nothing contradicts."
          isOn={draft.needsLedger}
          onChange={(needsLedger) => setDraft({ ...draft, needsLedger })}
        />
        <Refused error={create.error} />
      </form>
    </Dialog>
  );
}
