/** A connection's credentials: whether, when and by whom they were set. They are tested, replaced, and never read. */
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { connectionTypesQuery, useReplaceCredentials, useTestDraft } from "../../api/connection-setup.ts";
import { useMay, usePersonName } from "../../api/session.ts";
import type { Connection, ConnectionType } from "../../api/types.ts";
import { draftOf, type FormDraft, fieldsOf, valuesOf } from "../../lib/schema-form.ts";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/page.tsx";
import { SchemaFields } from "../../ui/schema-fields.tsx";
import { BoneRows, Pending, Refused } from "../../ui/states.tsx";
import { Instant } from "../../ui/time.tsx";
import { OpenPlaidButton } from "./open-plaid.tsx";
import { COMMON_FIELDS, credentialsAsked } from "./settings-fields.ts";
import { TestResult } from "./test-result.tsx";

export function CredentialsTab({ connection }: { connection: Connection }) {
  const mayChange = useMay("connections:write");
  const types = useQuery(connectionTypesQuery);
  const type = types.data?.data.find((one) => one.connection_type === connection.connection_type);
  return (
    <div className="flex max-w-3xl flex-col gap-6">
      <Section title="Credentials">
        <div className="flex flex-col items-start gap-3 px-4 py-4">
          <SetLine connection={connection} />
          {mayChange && connection.connection_type === "plaid" && (
            <>
              <p className="text-sm text-ink-2">
                They come from Plaid's page, where you sign in at the bank. Accounts and history stay when you do it again.
              </p>
              <OpenPlaidButton connection={connection} mode="update" />
            </>
          )}
          {!mayChange && <p className="text-sm text-ink-3">Owners and admins can replace them.</p>}
        </div>
      </Section>
      {mayChange && connection.connection_type !== "plaid" && (
        <Section title="Replace them">
          <Pending query={types}>
            <BoneRows rows={2} className="h-16" />
          </Pending>
          {type !== undefined && <ReplaceForm connection={connection} type={type} />}
        </Section>
      )}
    </div>
  );
}

function SetLine({ connection }: { connection: Connection }) {
  const personName = usePersonName();
  const { set, set_at: at, set_by: userId } = connection.credentials;
  const by = personName(userId);
  if (!set) return <p>None are set.</p>;
  return (
    <p>
      Set on <Instant at={at} />
      {by !== null && ` by ${by}`}. They are kept encrypted and are shown to nobody.
    </p>
  );
}

/** A test first: what the provider refuses replaces nothing. */
function ReplaceForm({ connection, type }: { connection: Connection; type: ConnectionType }) {
  const allFields = fieldsOf(type.credentials_schema);
  const fields = connection.connection_type === "bank_api" ? credentialsAsked(allFields, connection.config) : allFields;
  const [draft, setDraft] = useState<FormDraft>(() => draftOf(fields));
  const [tested, setTested] = useState<FormDraft | null>(null);
  const test = useTestDraft();
  const replace = useReplaceCredentials(connection.id);
  const isTested = test.data?.ok === true && tested === draft;
  const config = Object.fromEntries(Object.entries(connection.config).filter(([name]) => !COMMON_FIELDS.some((one) => one === name)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const credentials = valuesOf(fields, draft);
    if (isTested) {
      const forget = () => {
        setDraft(draftOf(fields));
        setTested(null);
        test.reset();
      };
      replace.mutate(credentials, { onSuccess: forget });
      return;
    }
    replace.reset();
    setTested(draft);
    test.mutate({ connection_type: connection.connection_type, config, credentials });
  };
  // That the tested credentials lead to this very connection is what is wanted here.
  const shown = test.data?.ok === true && test.data.existing?.id === connection.id ? { ...test.data, existing: null } : test.data;
  if (fields.length === 0) return <p className="px-4 py-4 text-ink-2">This connection needs none.</p>;
  return (
    <form onSubmit={submit} className="flex flex-col gap-5 px-4 py-5">
      <SchemaFields fields={fields} draft={draft} onChange={setDraft} />
      {shown !== undefined && !test.isPending && <TestResult test={shown} />}
      <Refused error={test.error ?? replace.error} />
      <div className="flex flex-wrap items-center gap-3">
        <Button look="primary" type="submit" isBusy={test.isPending || replace.isPending}>
          {isTested ? "Replace credentials" : "Test"}
        </Button>
        <span role="status" className="text-sm text-ink-2">
          {replace.isSuccess ? "Replaced. The old ones are forgotten." : isTested ? "" : "They are tested before they replace anything."}
        </span>
      </div>
    </form>
  );
}
