/** A bank through Plaid: what to read of it, and the way to Plaid's own page, where a person signs in at the bank. No credential passes through this page. */
import { type FormEvent, useState } from "react";
import type { Schedule } from "../../api/connection-setup.ts";
import type { ConnectionType } from "../../api/types.ts";
import { draftOf, type FormDraft, fieldsOf, valuesOf } from "../../lib/schema-form.ts";
import { Button } from "../../ui/button.tsx";
import { Sheet } from "../../ui/page.tsx";
import { SchemaFields } from "../../ui/schema-fields.tsx";
import { Refused } from "../../ui/states.tsx";
import { useOpenPlaid } from "./plaid-link.ts";
import { ScheduleFields, startSchedule } from "./schedule.tsx";
import { AutomaticField, NameField } from "./set-up-fields.tsx";
import { LINK_FIELDS } from "./settings-fields.ts";

interface Draft {
  name: string;
  isAutomatic: boolean;
  schedule: Schedule;
  config: FormDraft;
}

export function PlaidSetUp({ type }: { type: ConnectionType }) {
  const fields = fieldsOf(type.config_schema, LINK_FIELDS);
  const [draft, setDraft] = useState<Draft>(() => ({
    name: "",
    isAutomatic: false,
    schedule: { ...startSchedule(), sync_frequency: "realtime" },
    config: draftOf(fields),
  }));
  const open = useOpenPlaid();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const config = valuesOf(fields, draft.config);
    const { lookback_days: days } = config;
    open.mutate({
      request: typeof days === "number" ? { lookback_days: days } : {},
      after: {
        ...draft.schedule,
        config: { ...config, auto_import: draft.isAutomatic },
        ...(draft.name.trim() === "" ? {} : { name: draft.name.trim() }),
      },
    });
  };
  return (
    <Sheet>
      <form onSubmit={submit} className="flex flex-col gap-5 px-4 py-5 sm:px-6">
        <SchemaFields fields={fields} draft={draft.config} onChange={(config) => setDraft({ ...draft, config })} />
        <ScheduleFields schedule={draft.schedule} onChange={(schedule) => setDraft({ ...draft, schedule })} />
        <NameField isOptional value={draft.name} onChange={(name) => setDraft({ ...draft, name })} />
        <AutomaticField isOn={draft.isAutomatic} onChange={(isAutomatic) => setDraft({ ...draft, isAutomatic })} />
        <p className="text-sm text-ink-2">
          Plaid's page opens here. You sign in at your bank there and choose the accounts; then you are brought back. What you type there is not seen
          here.
        </p>
        <Refused error={open.error} />
        <Button look="primary" type="submit" className="self-start" isBusy={open.isPending || open.isSuccess}>
          Open Plaid
        </Button>
      </form>
    </Sheet>
  );
}
