/** How the file is read, column by column, each with its evidence and what a person may change about it. Every change is read anew by the worker. */
import { useState } from "react";
import { ENCODINGS, type Encoding, type Inference, type ProfileColumn, type Reading } from "../../../src/domain/profile.ts";
import { CONFIDENCE_WORDS, DELIMITER_WORDS, ENCODING_WORDS, evidenceWords } from "../../lib/reading-words.ts";
import type { PreviewView } from "../../preview/preview.ts";
import { reader } from "../../preview/reader.ts";
import type { WaitingFile } from "../../preview/waiting.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { Section } from "../../ui/page.tsx";
import { ColumnControls, RoleSelect } from "./column-controls.tsx";

interface ReadingEditorProps {
  one: WaitingFile;
  view: PreviewView;
  reading: Reading;
  mayChange: boolean;
}

/** 12 columns fill a screen; a bank's widest has some fifty. */
const COLUMNS_AT_FIRST = 16;

export function ReadingEditor({ one, view, reading, mayChange }: ReadingEditorProps) {
  const [areAllShown, showAll] = useState(false);
  const { columns } = reading.profile;
  const shown = areAllShown ? columns : columns.slice(0, COLUMNS_AT_FIRST);
  return (
    <Section
      title="How it is read"
      aside={
        one.said.length > 0 && (
          <Button size="small" look="quiet" onClick={() => reader.takeBack(one.id)}>
            Take my changes back
          </Button>
        )
      }
    >
      {reading.profile.kind === "csv" && <ShapeControls one={one} reading={reading} mayChange={mayChange} />}
      <ul>
        {shown.map((column) => (
          <ColumnLine
            key={column.index}
            fileId={one.id}
            column={column}
            columns={columns}
            values={view.columns.find(({ index }) => index === column.index)?.values ?? []}
            inference={reading.inference.find((found) => found.column === column.name) ?? null}
            mayChange={mayChange}
          />
        ))}
      </ul>
      {columns.length > shown.length && (
        <div className="border-t border-line px-4 py-2.5">
          <Button size="small" onClick={() => showAll(true)}>
            Show all {columns.length} columns
          </Button>
        </div>
      )}
    </Section>
  );
}

/** What holds for the whole file, each with what speaks for it. */
function ShapeControls({ one, reading, mayChange }: Omit<ReadingEditorProps, "view">) {
  const { profile } = reading;
  const because = (role: Inference["role"]) => {
    const found = reading.inference.find((one) => one.column === null && one.role === role);
    return found === undefined ? undefined : evidenceWords(found.evidence);
  };
  const delimiters = DELIMITER_WORDS.some(([delimiter]) => delimiter === profile.delimiter)
    ? DELIMITER_WORDS
    : [...DELIMITER_WORDS, [profile.delimiter, `Character ${profile.delimiter.charCodeAt(0)}`] as const];
  return (
    <div className="grid gap-x-4 gap-y-3 border-b border-line bg-sunken px-4 py-3.5 sm:grid-cols-2 lg:grid-cols-4">
      <SelectField
        label="Encoding"
        hint={because("encoding")}
        disabled={!mayChange}
        value={profile.encoding}
        onChange={(event) => reader.sayShape(one.id, { encoding: encodingOf(event.target.value) })}
      >
        {ENCODINGS.map((encoding) => (
          <option key={encoding} value={encoding}>
            {ENCODING_WORDS[encoding]}
          </option>
        ))}
      </SelectField>
      <SelectField
        label="Delimiter"
        hint={because("delimiter")}
        disabled={!mayChange}
        value={profile.delimiter}
        onChange={(event) => reader.sayShape(one.id, { delimiter: event.target.value })}
      >
        {delimiters.map(([delimiter, name]) => (
          <option key={delimiter} value={delimiter}>
            {name}
          </option>
        ))}
      </SelectField>
      <HeaderRow key={`${profile.header_row}`} one={one} reading={reading} hint={because("header")} mayChange={mayChange} />
      <CurrencyField key={`currency ${profile.currency}`} one={one} reading={reading} mayChange={mayChange} />
    </div>
  );
}

const encodingOf = (text: string): Encoding => ENCODINGS.find((known) => known === text) ?? "utf-8";

function HeaderRow({ one, reading, hint, mayChange }: Omit<ReadingEditorProps, "view"> & { hint: string | undefined }) {
  const { header_row: headerRow } = reading.profile;
  const [text, setText] = useState(headerRow === null ? "" : `${headerRow}`);
  const settle = () => {
    const row = /^\d{1,6}$/.test(text.trim()) ? Number(text) : null;
    const said = row === 0 ? null : row;
    if (said !== headerRow) reader.sayShape(one.id, { header_row: said });
  };
  return (
    <TextField
      label="Header in row"
      hint={hint === undefined ? "Empty: there is none." : `${hint}. Empty: there is none.`}
      inputMode="numeric"
      disabled={!mayChange}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={settle}
      onKeyDown={(event) => event.key === "Enter" && settle()}
    />
  );
}

function CurrencyField({ one, reading, mayChange }: Omit<ReadingEditorProps, "view">) {
  const { currency, columns } = reading.profile;
  const [text, setText] = useState(currency ?? "");
  const settle = () => {
    const code = text.trim().toUpperCase();
    if (/^[A-Z]{3}$/.test(code) && code !== currency) reader.sayCurrency(one.id, code);
  };
  return (
    <TextField
      label="Currency"
      hint={columns.some(({ role }) => role === "currency") ? "For rows that name none." : "The file has no column of it."}
      maxLength={3}
      autoCapitalize="characters"
      disabled={!mayChange}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={settle}
      onKeyDown={(event) => event.key === "Enter" && settle()}
    />
  );
}

interface ColumnLineProps {
  fileId: number;
  column: ProfileColumn;
  columns: readonly ProfileColumn[];
  values: readonly string[];
  inference: Inference | null;
  mayChange: boolean;
}

function ColumnLine({ fileId, column, columns, values, inference, mayChange }: ColumnLineProps) {
  const sure = inference === null ? null : CONFIDENCE_WORDS[inference.confidence];
  return (
    <li className="grid gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-b-0 lg:grid-cols-[minmax(0,1fr)_11rem_minmax(0,1.4fr)_minmax(0,1fr)] lg:items-start">
      <div className="min-w-0">
        <p className="font-medium break-words">{column.name === "" ? `Column ${column.index + 1}` : column.name}</p>
        <p className="mt-0.5 truncate font-mono text-xs text-ink-3">{values.length === 0 ? "empty" : values.join("  ·  ")}</p>
      </div>
      <RoleSelect fileId={fileId} column={column} columns={columns} mayChange={mayChange} />
      <ColumnControls fileId={fileId} column={column} mayChange={mayChange} />
      <div className="min-w-0 text-sm text-ink-2 lg:pt-1.5">
        {inference !== null && sure !== null && (
          <>
            <Badge tone={sure.tone}>{sure.text}</Badge> <span className="break-words">{evidenceWords(inference.evidence)}</span>
          </>
        )}
      </div>
    </li>
  );
}
