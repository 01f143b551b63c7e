/** How long the company keeps what, what it may be sent in a day, its data to take along, and its end. What somebody may not do is not offered. */
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { RETENTION, RETENTION_NAMES, type RetentionName } from "../../../src/domain/retention.ts";
import { type SettingsDraft, settingsQuery, useChangeSettings } from "../../api/company.ts";
import { useMay } from "../../api/session.ts";
import type { CompanySettings } from "../../api/types.ts";
import { bytesText } from "../../lib/bytes.ts";
import { daysText, RETENTION_WORDS } from "../../lib/retention-words.ts";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { Page, Section } from "../../ui/page.tsx";
import { BoneRows, Pending, Refused } from "../../ui/states.tsx";
import { End, Export } from "./owners-part.tsx";

export function SettingsPage() {
  const settings = useQuery(settingsQuery);
  const mayExport = useMay("company:export");
  const mayDelete = useMay("company:delete");
  return (
    <Page title="Settings" lead="How long your company keeps what, and how much it may be sent in a day.">
      {settings.data === undefined ? (
        <Section title="Kept for">
          <Pending query={settings}>
            <BoneRows rows={8} className="h-[5.75rem]" />
          </Pending>
        </Section>
      ) : (
        <SettingsForm key={JSON.stringify(settings.data)} settings={settings.data} />
      )}
      {mayExport && <Export />}
      {mayDelete && <End />}
    </Page>
  );
}

/** 1 GB is 1,000,000,000 bytes here as in file managers. */
const GB = 1_000_000_000;

type Draft = Record<RetentionName | "files_a_day" | "gigabytes_a_day", string>;

function draftOf({ retention, quotas }: CompanySettings): Draft {
  const days = (name: RetentionName) => `${retention[name]}`;
  return {
    raw_files_days: days("raw_files_days"),
    problems_days: days("problems_days"),
    webhook_events_days: days("webhook_events_days"),
    alerts_days: days("alerts_days"),
    audit_days: days("audit_days"),
    files_a_day: `${quotas.files_a_day}`,
    gigabytes_a_day: `${Math.round(quotas.bytes_a_day / (GB / 1000)) / 1000}`,
  };
}

/** Only what was changed: what somebody else changed meanwhile is not taken back. */
function changeOf(draft: Draft, settings: CompanySettings): SettingsDraft {
  const before = draftOf(settings);
  const retention: SettingsDraft["retention"] = {};
  for (const name of RETENTION_NAMES) if (draft[name] !== before[name]) retention[name] = Number(draft[name]);
  const quotas: SettingsDraft["quotas"] = {};
  if (draft.files_a_day !== before.files_a_day) quotas.files_a_day = Number(draft.files_a_day);
  if (draft.gigabytes_a_day !== before.gigabytes_a_day) {
    const bytes = Math.round(Number(draft.gigabytes_a_day) * GB);
    // The installation's own is no round number of these.
    quotas.bytes_a_day = bytes >= settings.quotas.bytes_a_day_max ? null : bytes;
  }
  return { retention, quotas };
}

function SettingsForm({ settings }: { settings: CompanySettings }) {
  const mayWrite = useMay("settings:write");
  const [draft, setDraft] = useState(() => draftOf(settings));
  const change = useChangeSettings();
  const isChanged = JSON.stringify(draft) !== JSON.stringify(draftOf(settings));
  const set = (name: keyof Draft) => (value: string) => setDraft({ ...draft, [name]: value });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(changeOf(draft, settings));
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-6">
      <Section title="Kept for">
        <ul>
          {RETENTION_NAMES.map((name) => (
            <Setting key={name} name={RETENTION_WORDS[name].name} says={RETENTION_WORDS[name].says} aside={daysText(Number(draft[name]))}>
              <NumberField
                label={`${RETENTION_WORDS[name].name}, days`}
                unit="days"
                value={draft[name]}
                min={RETENTION[name].min}
                max={RETENTION[name].max}
                isFixed={!mayWrite}
                onChange={set(name)}
              />
            </Setting>
          ))}
        </ul>
      </Section>
      <Quotas settings={settings} draft={draft} isFixed={!mayWrite} set={set} />
      {mayWrite && (
        <div className="flex flex-wrap items-center gap-3">
          <Button look="primary" type="submit" disabled={!isChanged} isBusy={change.isPending}>
            Save settings
          </Button>
          {isChanged && (
            <Button look="quiet" onClick={() => setDraft(draftOf(settings))}>
              Leave them
            </Button>
          )}
          <p className="text-sm text-ink-3">What is older than a shorter time goes with the next night's run and does not come back.</p>
        </div>
      )}
      <Refused error={change.error} />
    </form>
  );
}

interface QuotasProps {
  settings: CompanySettings;
  draft: Draft;
  isFixed: boolean;
  set: (name: keyof Draft) => (value: string) => void;
}

function Quotas({ settings, draft, isFixed, set }: QuotasProps) {
  const { files_a_day_max: filesMax, bytes_a_day_max: bytesMax } = settings.quotas;
  return (
    <Section title="At most a day">
      <ul>
        <Setting name="Files" says={`Up to ${filesMax.toLocaleString("en")}, as those who run this installation allow.`}>
          <NumberField
            label="Files a day"
            unit="files"
            value={draft.files_a_day}
            min={1}
            max={filesMax}
            isFixed={isFixed}
            onChange={set("files_a_day")}
          />
        </Setting>
        <Setting name="Size" says={`Up to ${bytesText(bytesMax)}. What is more is refused until the next day (UTC).`}>
          <NumberField
            label="Gigabytes a day"
            unit="GB"
            value={draft.gigabytes_a_day}
            min={0.002}
            max={Math.ceil(bytesMax / GB)}
            step="any"
            isFixed={isFixed}
            onChange={set("gigabytes_a_day")}
          />
        </Setting>
      </ul>
    </Section>
  );
}

function Setting({ name, says, aside, children }: { name: string; says: string; aside?: string; children: React.ReactNode }) {
  return (
    <li className="grid items-center gap-x-6 gap-y-2 border-b border-line px-4 py-3.5 last:border-b-0 sm:grid-cols-[minmax(0,1fr)_13rem]">
      <div className="min-w-0">
        <p className="font-medium">{name}</p>
        <p className="max-w-[65ch] text-sm text-pretty text-ink-3">{says}</p>
      </div>
      <div>
        {children}
        {aside !== undefined && <p className="mt-1 min-h-5 text-sm text-ink-3">{aside}</p>}
      </div>
    </li>
  );
}

interface NumberFieldProps {
  label: string;
  unit: string;
  value: string;
  min: number;
  max: number;
  step?: string;
  /** Shown to whoever may not change it. */
  isFixed: boolean;
  onChange: (value: string) => void;
}

function NumberField({ label, unit, value, min, max, step = "1", isFixed, onChange }: NumberFieldProps) {
  if (isFixed)
    return (
      <p className="tabular-nums">
        {Number(value).toLocaleString("en")} {unit}
      </p>
    );
  return (
    <div className="flex items-center gap-2">
      <TextField
        label={label}
        isLabelHidden
        type="number"
        inputMode="decimal"
        required
        min={min}
        max={max}
        step={step}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="w-32"
      />
      <span className="text-ink-2">{unit}</span>
    </div>
  );
}
