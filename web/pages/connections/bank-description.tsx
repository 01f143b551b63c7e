/** A bank described as data: a preset to begin with, the description itself, and a try against an answer of the bank's before anybody is asked. */
import { useState } from "react";
import type { ConnectionType } from "../../api/types.ts";
import { parsedJson } from "../../lib/schema-form.ts";
import { SelectField, TextAreaField } from "../../ui/field.tsx";
import { SampleCheck } from "./bank-sample.tsx";

interface Props {
  type: Pick<ConnectionType, "presets">;
  value: string;
  onChange: (value: string) => void;
}

export function BankDescription({ type, value, onChange }: Props) {
  const [presetId, setPresetId] = useState("");
  const preset = type.presets.find(({ id }) => id === presetId);
  const choose = (id: string) => {
    setPresetId(id);
    const chosen = type.presets.find((one) => one.id === id);
    if (chosen !== undefined) onChange(JSON.stringify(chosen.config, null, 2));
  };
  const parsed = parsedJson(value);
  return (
    <>
      {type.presets.length > 0 && (
        <SelectField
          label="Begin with"
          hint={preset?.description ?? "A bank that is described already, or a description of your own."}
          value={presetId}
          onChange={({ target }) => choose(target.value)}
        >
          <option value="">A description of your own</option>
          {type.presets.map(({ id, title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </SelectField>
      )}
      <TextAreaField
        label="Description"
        hint="JSON: the address, the sign-in, where accounts and movements stand in the answers. No secrets here; those are credentials."
        required
        rows={14}
        isCode
        spellCheck={false}
        autoComplete="off"
        aria-invalid={value !== "" && "problem" in parsed}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
      {value !== "" && "problem" in parsed && (
        <p role="status" className="text-sm break-words text-bad">
          {parsed.problem}
        </p>
      )}
      <SampleCheck config={"value" in parsed ? parsed.value : null} />
    </>
  );
}
