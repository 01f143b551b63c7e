/** What a file's columns hold, put to a person: a choice above each column, and its first rows under it. Keeps nothing; the caller hears each choice. */
import { useId } from "react";
import type { ColumnRole, ShownTable } from "../../src/domain/profile.ts";
import { isNameless } from "../lib/column-roles.ts";
import { cx } from "./cx.ts";
import { SelectField } from "./field.tsx";
import { RoleField } from "./role-field.tsx";

interface ColumnsQuestionProps {
  /** What is asked, a sentence each; none once it is all said. */
  messages: readonly string[];
  /** As the file stands, its header not yet taken out where a person has to show it. */
  table: ShownTable;
  /** What each column holds now, by its place. */
  roles: readonly ColumnRole[];
  names: readonly string[];
  headerRow: number | null;
  isReadOnly: boolean;
  onRole: (index: number, role: ColumnRole) => void;
  onHeader: ((row: number | null) => void) | null;
}

export function ColumnsQuestion({ messages, table, roles, names, headerRow, isReadOnly, onRole, onHeader }: ColumnsQuestionProps) {
  const hintId = useId();
  return (
    <fieldset className="min-w-0 px-4 py-4" disabled={isReadOnly} aria-describedby={hintId}>
      <legend className="sr-only">What each column holds</legend>
      {messages.map((message) => (
        <p key={message} className="max-w-[75ch] font-medium text-pretty break-words">
          {message}
        </p>
      ))}
      <p id={hintId} className={cx("max-w-[75ch] text-sm text-pretty text-ink-2", messages.length > 0 && "mt-1")}>
        Say what each column holds. It needs a booking date, and an amount or money in and out. What you leave as “Not used” is not imported.
      </p>
      {onHeader !== null && (isNameless(table) || headerRow !== null) && (
        <SelectField
          label="The columns' names stand in"
          className="mt-3 max-w-60"
          value={headerRow === null ? "" : `${headerRow}`}
          onChange={(event) => onHeader(event.target.value === "" ? null : Number(event.target.value))}
        >
          <option value="">No row: there are none</option>
          {headerRow !== null && !table.rows.some(({ row }) => row === headerRow) && <option value={headerRow}>Row {headerRow}</option>}
          {table.rows.map(({ row, cells }) => (
            <option key={row} value={row}>
              Row {row}:{" "}
              {cells
                .filter((cell) => cell.trim() !== "")
                .slice(0, 3)
                .join(", ")
                .slice(0, 60)}
            </option>
          ))}
        </SelectField>
      )}
      <ColumnsGrid table={table} roles={roles} names={names} headerRow={headerRow} isReadOnly={isReadOnly} onRole={onRole} />
    </fieldset>
  );
}

type ColumnsGridProps = Pick<ColumnsQuestionProps, "table" | "roles" | "names" | "headerRow" | "isReadOnly" | "onRole">;

function ColumnsGrid({ table, roles, names, headerRow, isReadOnly, onRole }: ColumnsGridProps) {
  return (
    <div className="relative mt-3 overflow-x-auto rounded-md border border-line-strong">
      <table className="min-w-full text-left">
        <thead className="bg-sunken">
          <tr>
            <th className="w-14 px-3 py-2 align-bottom text-xs font-medium text-ink-3">Row</th>
            {names.map((name, index) => (
              <th key={name} className="min-w-44 px-2 py-2 align-bottom font-normal">
                <span className="mb-1 block max-w-56 truncate text-sm font-medium">{name}</span>
                <RoleField name={name} role={roles[index] ?? "ignored"} isReadOnly={isReadOnly} onChoose={(role) => onRole(index, role)} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map(({ row, cells }) => (
            <tr key={row} className={cx("border-t border-line", headerRow !== null && row <= headerRow && "text-ink-3 line-through")}>
              <td className="px-3 py-1.5 text-xs text-ink-3 tabular-nums">{row}</td>
              {names.map((name, index) => (
                <td
                  key={name}
                  className={cx(
                    "max-w-56 truncate px-2 py-1.5 font-mono text-xs whitespace-pre",
                    (roles[index] ?? "ignored") === "ignored" ? "text-ink-3" : "text-ink",
                  )}
                >
                  {cells[index] ?? ""}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
