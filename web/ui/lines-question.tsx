/** Where a line is cut, put to a person: by a character between its fields, or at fixed places. Keeps what is being typed; the caller hears what is said. */
import { useState } from "react";
import type { ProfileSettings, ShownTable } from "../../src/domain/profile.ts";
import { cutAt, settingsOfFields, startsIn } from "../lib/fixed-fields.ts";
import { DELIMITER_WORDS } from "../lib/reading-words.ts";
import { Button } from "./button.tsx";
import { SelectField, TextField } from "./field.tsx";

interface LinesQuestionProps {
  /** Whole lines. */
  table: ShownTable;
  /** What was said before; null = nothing yet. */
  cut?: ProfileSettings | null;
  isReadOnly: boolean;
  onDescribe: (settings: ProfileSettings) => void;
}

export function LinesQuestion({ table, cut = null, isReadOnly, onDescribe }: LinesQuestionProps) {
  const [places, setPlaces] = useState("");
  const [headerRow, setHeaderRow] = useState<number | null>(null);
  const starts = startsIn(places);
  return (
    <fieldset className="min-w-0 px-4 py-4" disabled={isReadOnly}>
      <legend className="sr-only">Where its lines are cut</legend>
      <p className="max-w-[75ch] font-medium text-pretty">Where its lines are cut into fields is not known.</p>
      <p className="mt-1 max-w-[75ch] text-sm text-pretty text-ink-2">Say what stands between the fields, or at which characters they begin.</p>
      <div className="mt-3 grid gap-x-4 gap-y-3 sm:grid-cols-3 sm:items-end">
        <SelectField
          label="Between its fields stands"
          value={cut?.delimiter ?? ""}
          onChange={(event) => event.target.value !== "" && onDescribe({ delimiter: event.target.value })}
        >
          <option value="">Nothing: they begin at fixed places</option>
          {DELIMITER_WORDS.map(([delimiter, name]) => (
            <option key={delimiter} value={delimiter}>
              {name}
            </option>
          ))}
        </SelectField>
        <TextField
          label="Fields begin at characters"
          placeholder="1, 11, 41"
          inputMode="numeric"
          value={places}
          onChange={(event) => setPlaces(event.target.value)}
        />
        <SelectField
          label="Their names stand in"
          value={headerRow === null ? "" : `${headerRow}`}
          onChange={(event) => setHeaderRow(event.target.value === "" ? null : Number(event.target.value))}
        >
          <option value="">No line: there are none</option>
          {table.rows.map(({ row }) => (
            <option key={row} value={row}>
              Line {row}
            </option>
          ))}
        </SelectField>
      </div>
      <Lines table={table} starts={starts} headerRow={headerRow} />
      <Button className="mt-3" disabled={starts === null} onClick={() => starts !== null && onDescribe(settingsOfFields(table, starts, headerRow))}>
        Cut the lines so
      </Button>
      {cut?.fixed_fields != null && <span className="ml-3 text-sm text-ink-2">Cut into {cut.fixed_fields.length} fields.</span>}
    </fieldset>
  );
}

/** The lines under a ruler; once places are said, cut there. */
function Lines({ table, starts, headerRow }: { table: ShownTable; starts: readonly number[] | null; headerRow: number | null }) {
  const width = Math.max(0, ...table.rows.map(({ cells: [line = ""] }) => line.length));
  if (starts === null) {
    return (
      <pre className="mt-3 overflow-x-auto rounded-md border border-line-strong bg-sunken px-3 py-2 font-mono text-xs leading-5">
        <span className="text-ink-3">{ruler(width)}</span>
        {"\n"}
        {table.rows.map(({ cells: [line = ""] }) => line).join("\n")}
      </pre>
    );
  }
  const { names, rows } = cutAt(table, starts, headerRow);
  return (
    <div className="mt-3 overflow-x-auto rounded-md border border-line-strong">
      <table className="min-w-full text-left font-mono text-xs whitespace-pre">
        <thead className="bg-sunken text-ink-2">
          <tr>
            {names.map((name) => (
              <th key={name} className="px-3 py-2 font-medium">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ row, cells }) => (
            <tr key={row} className="border-t border-line">
              {cells.map((cell, at) => (
                <td key={names[at]} className="max-w-64 truncate px-3 py-1.5">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** `....:....10...:....20`: each tenth character is numbered at its place. */
function ruler(width: number): string {
  let text = "";
  while (text.length < width) {
    const tens = `${(Math.floor(text.length / 10) + 1) * 10}`;
    text += `....:${".".repeat(5 - tens.length)}${tens}`;
  }
  return text;
}
