/** When a connection fetches: how often, and of a daily one the hour with the zone whose hour it is. */
import { type FormEvent, useState } from "react";
import type { Schedule } from "../../api/connection-setup.ts";
import { useChangeConnection } from "../../api/connections.ts";
import { useMay } from "../../api/session.ts";
import type { Connection } from "../../api/types.ts";
import { FREQUENCIES, FREQUENCY_HINTS } from "../../lib/connection-words.ts";
import { Button } from "../../ui/button.tsx";
import { SelectField } from "../../ui/field.tsx";
import { Section } from "../../ui/page.tsx";
import { Refused } from "../../ui/states.tsx";

const FREQUENCY_ORDER = ["realtime", "hourly", "daily", "manual"] as const satisfies readonly Connection["sync_frequency"][];

/** The reader's own zone: what "six in the morning" means to them. */
const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export const startSchedule = (): Schedule => ({ sync_frequency: "hourly", sync_hour: 6, sync_time_zone: ownZone() });

export function scheduleOf({ sync_frequency, sync_hour, sync_time_zone }: Connection): Schedule {
  return { sync_frequency, sync_hour, sync_time_zone };
}

interface FieldsProps {
  schedule: Schedule;
  onChange: (schedule: Schedule) => void;
  disabled?: boolean;
}

export function ScheduleFields({ schedule, onChange, disabled = false }: FieldsProps) {
  const { sync_frequency: frequency, sync_hour: hour, sync_time_zone: zone } = schedule;
  return (
    <>
      <SelectField
        label="How often"
        hint={FREQUENCY_HINTS[frequency]}
        disabled={disabled}
        value={frequency}
        onChange={({ target }) => onChange({ ...schedule, sync_frequency: FREQUENCY_ORDER.find((one) => one === target.value) ?? "manual" })}
      >
        {FREQUENCY_ORDER.map((one) => (
          <option key={one} value={one}>
            {FREQUENCIES[one]}
          </option>
        ))}
      </SelectField>
      {frequency === "daily" && (
        <div className="grid grid-cols-[7rem_minmax(0,1fr)] gap-3">
          <SelectField
            label="Hour"
            disabled={disabled}
            value={hour}
            onChange={({ target }) => onChange({ ...schedule, sync_hour: Number(target.value) })}
          >
            {HOURS.map((one) => (
              <option key={one} value={one}>
                {`${one}`.padStart(2, "0")}:00
              </option>
            ))}
          </SelectField>
          <SelectField
            label="Time zone"
            disabled={disabled}
            value={zone}
            onChange={({ target }) => onChange({ ...schedule, sync_time_zone: target.value })}
          >
            {zonesWith(zone).map((one) => (
              <option key={one} value={one}>
                {one.replaceAll("_", " ")}
              </option>
            ))}
          </SelectField>
        </div>
      )}
    </>
  );
}

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

function zonesWith(chosen: string): string[] {
  return [...new Set([chosen, ownZone(), "UTC", ...Intl.supportedValuesOf("timeZone")])];
}

export function ScheduleSection({ connection }: { connection: Connection }) {
  const mayChange = useMay("connections:write");
  const saved = scheduleOf(connection);
  const [draft, setDraft] = useState<Schedule | null>(null);
  const change = useChangeConnection(connection.id);
  const schedule = draft ?? saved;
  const isChanged = draft !== null && JSON.stringify(draft) !== JSON.stringify(saved);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(schedule, { onSuccess: () => setDraft(null) });
  };
  return (
    <Section title="Schedule">
      <form onSubmit={submit} className="flex flex-col gap-4 px-4 py-4">
        <ScheduleFields schedule={schedule} onChange={setDraft} disabled={!mayChange} />
        <Refused error={change.error} />
        {mayChange && (
          <div className="flex items-center gap-3">
            <Button type="submit" disabled={!isChanged} isBusy={change.isPending}>
              Save schedule
            </Button>
            <span role="status" className="text-sm text-ink-2">
              {change.isSuccess && !isChanged && "Saved."}
            </span>
          </div>
        )}
      </form>
    </Section>
  );
}
