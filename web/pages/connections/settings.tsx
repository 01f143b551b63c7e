/** A connection's settings as its kind's schema draws them: a form, or a bank's description as JSON. Everybody who sees the connection may read them. */
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { connectionTypesQuery } from "../../api/connection-setup.ts";
import { useChangeConnection } from "../../api/connections.ts";
import { useMay } from "../../api/session.ts";
import type { Connection, ConnectionType } from "../../api/types.ts";
import { draftOf, type FormDraft, fieldsOf, parsedJson, valuesOf } from "../../lib/schema-form.ts";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/page.tsx";
import { SchemaFields } from "../../ui/schema-fields.tsx";
import { Bone, Pending, Refused } from "../../ui/states.tsx";
import { BankDescription } from "./bank-description.tsx";
import { AutomaticField } from "./set-up-fields.tsx";
import { COMMON_FIELDS, FIXED_FIELDS, LINK_FIELDS } from "./settings-fields.ts";

export function SettingsSection({ connection }: { connection: Connection }) {
  const types = useQuery(connectionTypesQuery);
  const type = types.data?.data.find((one) => one.connection_type === connection.connection_type);
  return (
    <Section title="Settings">
      <div className="flex flex-col gap-5 px-4 py-4">
        <Automatic connection={connection} />
        <Pending query={types}>
          <Bone className="h-40" />
        </Pending>
        {type !== undefined &&
          (connection.connection_type === "bank_api" ? (
            <DescriptionForm connection={connection} type={type} />
          ) : (
            <SettingsForm connection={connection} type={type} />
          ))}
      </div>
    </Section>
  );
}

function Automatic({ connection }: { connection: Connection }) {
  const change = useChangeConnection(connection.id);
  const mayChange = useMay("connections:write");
  return (
    <>
      <AutomaticField
        isOn={connection.config["auto_import"] === true}
        disabled={!mayChange || change.isPending}
        onChange={(isOn) => change.mutate({ auto_import: isOn })}
      />
      <Refused error={change.error} />
    </>
  );
}

interface FormProps {
  connection: Connection;
  type: ConnectionType;
}

function SettingsForm({ connection, type }: FormProps) {
  const fixed = connection.connection_type === "plaid" ? [...LINK_FIELDS, ...FIXED_FIELDS] : [];
  const fields = fieldsOf(type.config_schema, [...fixed, ...COMMON_FIELDS]);
  const [draft, setDraft] = useState<FormDraft | null>(null);
  const change = useChangeConnection(connection.id);
  const mayChange = useMay("connections:write");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (draft === null) return;
    change.mutate({ config: { ...connection.config, ...valuesOf(fields, draft) } }, { onSuccess: () => setDraft(null) });
  };
  if (fields.length === 0) return null;
  return (
    <form onSubmit={submit} className="flex flex-col gap-5">
      <SchemaFields fields={fields} draft={draft ?? draftOf(fields, connection.config)} onChange={setDraft} disabled={!mayChange} />
      <SaveLine isShown={mayChange} isChanged={draft !== null} change={change} />
    </form>
  );
}

function DescriptionForm({ connection, type }: FormProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const change = useChangeConnection(connection.id);
  const mayChange = useMay("connections:write");
  const kept = Object.entries(connection.config).filter(([name]) => COMMON_FIELDS.some((one) => one === name));
  const described = Object.entries(connection.config).filter(([name]) => !COMMON_FIELDS.some((one) => one === name));
  const saved = JSON.stringify(Object.fromEntries(described), null, 2);
  const parsed = parsedJson(draft ?? saved);
  if (!mayChange) {
    return (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
      <pre className="max-h-80 overflow-auto rounded-md bg-sunken px-3 py-2 font-mono text-xs" tabIndex={0}>
        {saved}
      </pre>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!("value" in parsed)) return;
    change.mutate({ config: { ...Object.fromEntries(kept), ...parsed.value } }, { onSuccess: () => setDraft(null) });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-5">
      <BankDescription type={type} value={draft ?? saved} onChange={setDraft} />
      <SaveLine isShown isChanged={draft !== null && "value" in parsed} change={change} />
    </form>
  );
}

interface SaveProps {
  isShown: boolean;
  isChanged: boolean;
  change: { isPending: boolean; isSuccess: boolean; error: Error | null };
}

function SaveLine({ isShown, isChanged, change }: SaveProps) {
  if (!isShown) return <p className="text-sm text-ink-3">Owners and admins can change this.</p>;
  return (
    <>
      <Refused error={change.error} />
      <div className="flex items-center gap-3">
        <Button type="submit" disabled={!isChanged} isBusy={change.isPending}>
          Save settings
        </Button>
        <span role="status" className="text-sm text-ink-2">
          {change.isSuccess && !isChanged && "Saved. It holds from the next run on."}
        </span>
      </div>
    </>
  );
}
