/** The fields that every kind of connection has: its name, and whether it imports by itself. */

import { TextField } from "../../ui/field.tsx";
import { SwitchField } from "../../ui/switch.tsx";

export function NameField({ value, onChange, isOptional = false }: { value: string; onChange: (name: string) => void; isOptional?: boolean }) {
  return (
    <TextField
      label={isOptional ? "Name (optional)" : "Name"}
      hint={isOptional ? "Without one it is called as the bank is." : "As your team calls it, for example the bank and the region."}
      required={!isOptional}
      maxLength={200}
      autoComplete="off"
      value={value}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}

interface AutomaticProps {
  isOn: boolean;
  onChange: (isOn: boolean) => void;
  disabled?: boolean;
}

export function AutomaticField(props: AutomaticProps) {
  return (
    <SwitchField
      label="Import by itself"
      hint="Only when every account is mapped, every check holds and no row asks for a decision. Otherwise it waits for you."
      {...props}
    />
  );
}
