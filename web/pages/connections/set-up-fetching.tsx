/** A connection that fetches: its settings and credentials, a test of them, and then its name and schedule. What was changed since the test is tested again. */
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { type ConnectionDraft, type Schedule, useCreateConnection, useTestDraft } from "../../api/connection-setup.ts";
import type { ConnectionTest, ConnectionType } from "../../api/types.ts";
import { draftOf, type FormDraft, fieldsOf, parsedJson, valuesOf } from "../../lib/schema-form.ts";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/page.tsx";
import { SchemaFields } from "../../ui/schema-fields.tsx";
import { Refused } from "../../ui/states.tsx";
import { BankDescription } from "./bank-description.tsx";
import { ScheduleFields, startSchedule } from "./schedule.tsx";
import { AutomaticField, NameField } from "./set-up-fields.tsx";
import { COMMON_FIELDS, credentialsAsked } from "./settings-fields.ts";
import { TestResult } from "./test-result.tsx";

interface Entered {
  config: FormDraft;
  /** A bank's description as it was typed; of the other kinds unused. */
  description: string;
  credentials: FormDraft;
}

export function FetchingSetUp({ type }: { type: ConnectionType }) {
  const isDescribed = type.connection_type === "bank_api";
  const configFields = fieldsOf(type.config_schema, COMMON_FIELDS);
  const allCredentials = fieldsOf(type.credentials_schema);
  const [entered, setEntered] = useState<Entered>(() => ({ config: draftOf(configFields), description: "", credentials: draftOf(allCredentials) }));
  const described = parsedJson(entered.description);
  const config = isDescribed ? ("value" in described ? described.value : null) : null;
  const credentialFields = isDescribed ? credentialsAsked(allCredentials, config ?? {}) : allCredentials;
  const test = useTestDraft();
  const [tested, setTested] = useState<ConnectionDraft | null>(null);
  const draft = (): ConnectionDraft => ({
    connection_type: type.connection_type,
    config: isDescribed ? (config ?? {}) : valuesOf(configFields, entered.config),
    credentials: valuesOf(credentialFields, entered.credentials),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const given = draft();
    setTested(given);
    test.mutate(given);
  };
  const isStale = tested !== null && JSON.stringify(tested) !== JSON.stringify(draft());
  return (
    <div className="flex flex-col gap-8">
      <Section title="Settings and credentials">
        <form onSubmit={submit} className="flex flex-col gap-5 px-4 py-5 sm:px-6">
          {isDescribed && (
            <BankDescription type={type} value={entered.description} onChange={(description) => setEntered({ ...entered, description })} />
          )}
          <SchemaFields fields={credentialFields} draft={entered.credentials} onChange={(credentials) => setEntered({ ...entered, credentials })} />
          {credentialFields.length > 0 && (
            <p className="text-sm text-ink-2">Credentials are kept encrypted and are never shown again, to nobody. They can be replaced.</p>
          )}
          {!isDescribed && (
            <SchemaFields fields={configFields} draft={entered.config} onChange={(next) => setEntered({ ...entered, config: next })} />
          )}
          <Refused error={test.error} />
          {test.data !== undefined && !test.isPending && <TestResult test={test.data} />}
          <div className="flex flex-wrap items-center gap-3">
            <Button
              look={test.data?.ok === true && !isStale ? "secondary" : "primary"}
              type="submit"
              isBusy={test.isPending}
              disabled={isDescribed && config === null}
            >
              Test
            </Button>
            {isStale && !test.isPending && (
              <span role="status" className="text-sm text-warn">
                Changed since the test: test it again.
              </span>
            )}
          </div>
        </form>
      </Section>
      {test.data !== undefined && tested !== null && <Naming test={test.data} draft={tested} isStale={isStale || test.isPending} />}
    </div>
  );
}

interface NamingProps {
  test: ConnectionTest;
  draft: ConnectionDraft;
  isStale: boolean;
}

function Naming({ test, draft, isStale }: NamingProps) {
  const [name, setName] = useState<string | null>(null);
  const [schedule, setSchedule] = useState<Schedule>(startSchedule);
  const [isAutomatic, setAutomatic] = useState(false);
  const create = useCreateConnection();
  const navigate = useNavigate();
  const isTaken = test.ok && test.existing !== null;
  const shownName = name ?? (test.ok ? (test.title ?? "") : "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(
      { ...draft, ...schedule, name: shownName.trim(), auto_import: isAutomatic },
      {
        onSuccess: ({ id, status }) =>
          void navigate({
            to: "/connections/$connectionId",
            params: { connectionId: id },
            search: status === "pending_setup" ? {} : { tab: "accounts" },
          }),
      },
    );
  };
  return (
    <Section title="Name and schedule">
      <form onSubmit={submit} className="flex flex-col gap-5 px-4 py-5 sm:px-6">
        <NameField value={shownName} onChange={setName} />
        <ScheduleFields schedule={schedule} onChange={setSchedule} />
        <AutomaticField isOn={isAutomatic} onChange={setAutomatic} />
        <Refused error={create.error} />
        {!test.ok && <p className="text-sm text-ink-2">It can be saved although the test failed. It fetches nothing before a test has passed.</p>}
        <Button look={test.ok ? "primary" : "secondary"} type="submit" className="self-start" disabled={isStale || isTaken} isBusy={create.isPending}>
          {test.ok ? "Create connection" : "Save it unfinished"}
        </Button>
      </form>
    </Section>
  );
}
