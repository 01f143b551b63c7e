/** The fields of a form that a schema describes. A secret is typed in, masked, and never stands there again. */
import type { FormDraft, FormField } from "../lib/schema-form.ts";
import { sentence } from "../lib/words.ts";
import { SelectField, TextAreaField, TextField } from "./field.tsx";
import { SwitchField } from "./switch.tsx";

interface Props {
  fields: readonly FormField[];
  draft: FormDraft;
  onChange: (draft: FormDraft) => void;
  disabled?: boolean;
}

export function SchemaFields({ fields, draft, onChange, disabled = false }: Props) {
  return (
    <>
      {fields.map((field) => (
        <SchemaField
          key={field.name}
          field={field}
          value={draft[field.name] ?? ""}
          disabled={disabled}
          onChange={(value) => onChange({ ...draft, [field.name]: value })}
        />
      ))}
    </>
  );
}

/** May be left empty. What has a start of its own is not empty at first. */
function isOptional({ kind, isRequired, start }: FormField): boolean {
  if (isRequired || kind === "switch" || kind === "choice") return false;
  return kind === "lines" || start === undefined || start === null;
}

interface FieldProps {
  field: FormField;
  value: string | boolean;
  disabled: boolean;
  onChange: (value: string | boolean) => void;
}

function SchemaField({ field, value, disabled, onChange }: FieldProps) {
  const { kind, title, description } = field;
  const text = typeof value === "string" ? value : "";
  const label = isOptional(field) ? `${title} (optional)` : title;
  const common = { label, hint: description === "" ? undefined : description, disabled, required: field.isRequired, name: field.name };
  switch (kind) {
    case "switch":
      return <SwitchField label={title} hint={description} isOn={value === true} disabled={disabled} onChange={onChange} />;
    case "choice":
      return (
        <SelectField {...common} value={text} onChange={({ target }) => onChange(target.value)}>
          {field.isNullable && <option value="">—</option>}
          {field.choices.map((choice) => (
            <option key={choice} value={choice}>
              {sentence(choice)}
            </option>
          ))}
        </SelectField>
      );
    case "lines":
    case "json":
      return (
        <TextAreaField
          {...common}
          rows={kind === "json" ? 6 : 2}
          spellCheck={false}
          autoComplete="off"
          masked={field.isSecret}
          value={text}
          onChange={({ target }) => onChange(target.value)}
        />
      );
    case "number":
      return (
        <TextField
          {...common}
          type="number"
          inputMode="numeric"
          min={field.min}
          max={field.max}
          step={field.isWhole ? 1 : "any"}
          value={text}
          onChange={({ target }) => onChange(target.value)}
        />
      );
    case "text":
      return (
        <TextField
          {...common}
          type={field.isSecret ? "password" : "text"}
          autoComplete={field.isSecret ? "new-password" : "off"}
          spellCheck={false}
          {...(field.pattern === undefined ? {} : { pattern: field.pattern.replace(/^\^|\$$/g, ""), title: description })}
          value={text}
          onChange={({ target }) => onChange(target.value)}
        />
      );
  }
}
