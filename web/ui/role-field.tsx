/** The choice of what one column holds. Keeps nothing. */
import { COLUMN_ROLES, type ColumnRole } from "../../src/domain/profile.ts";
import { ROLE_WORDS } from "../lib/reading-words.ts";
import { SelectField } from "./field.tsx";

interface RoleFieldProps {
  name: string;
  role: ColumnRole;
  isReadOnly: boolean;
  onChoose: (role: ColumnRole) => void;
}

export function RoleField({ name, role, isReadOnly, onChoose }: RoleFieldProps) {
  return (
    <SelectField
      label={`What ${name} holds`}
      isLabelHidden
      disabled={isReadOnly}
      value={role}
      onChange={(event) => onChoose(COLUMN_ROLES.find((known) => known === event.target.value) ?? "ignored")}
    >
      {COLUMN_ROLES.map((known) => (
        <option key={known} value={known}>
          {ROLE_WORDS[known]}
        </option>
      ))}
    </SelectField>
  );
}
