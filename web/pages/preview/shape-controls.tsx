/** What holds for a whole file: its characters, its header, its sheet, its currency, each with what speaks for it. Hands what is said to the reader. */
import { useState } from "react";
import { ENCODINGS, type Encoding, type Inference, type ProfileKind, type Reading } from "../../../src/domain/profile.ts";
import { DELIMITER_WORDS, ENCODING_WORDS, evidenceWords } from "../../lib/reading-words.ts";
import { reader } from "../../preview/reader.ts";
import type { WaitingFile } from "../../preview/waiting.ts";
import { SelectField, TextField } from "../../ui/field.tsx";

interface ShapeProps {
  one: WaitingFile;
  reading: Reading;
  mayChange: boolean;
}

/** What each kind of file has; a fixed line has no delimiter, and says its names with its places. */
const SHAPE_OF = {
  csv: ["encoding", "delimiter", "header", "currency"],
  custom: ["encoding", "delimiter", "header", "currency"],
  json: ["path", "currency"],
  xlsx: ["sheet", "header", "currency"],
  qif: ["currency"],
} as const satisfies Record<ProfileKind, readonly Control[]>;

type Control = "encoding" | "delimiter" | "header" | "sheet" | "path" | "currency";

export function ShapeControls({ one, reading, mayChange }: ShapeProps) {
  const { profile } = reading;
  const isFixed = profile.fixed_fields !== null;
  const has = (control: Control) =>
    SHAPE_OF[profile.kind].some((known) => known === control) && !(isFixed && (control === "delimiter" || control === "header"));
  const because = (role: Inference["role"]) => {
    const found = reading.inference.find((one) => one.column === null && one.role === role);
    return found === undefined ? undefined : evidenceWords(found.evidence);
  };
  const shared = { one, reading, mayChange };
  return (
    <div className="grid gap-x-4 gap-y-3 border-b border-line bg-sunken px-4 py-3.5 sm:grid-cols-2 lg:grid-cols-4">
      {has("encoding") && <EncodingField {...shared} hint={because("encoding")} />}
      {has("delimiter") && <DelimiterField {...shared} hint={because("delimiter")} />}
      {has("sheet") && <SheetField key={`sheet ${profile.sheet}`} {...shared} hint={because("sheet")} />}
      {has("path") && <PathField key={`path ${profile.json_path}`} {...shared} hint={because("json_path")} />}
      {has("header") && <HeaderRow key={`${profile.header_row}`} {...shared} hint={because("header")} />}
      {has("currency") && <CurrencyField key={`currency ${profile.currency}`} {...shared} />}
    </div>
  );
}

interface HintedProps extends ShapeProps {
  hint: string | undefined;
}

function EncodingField({ one, reading, hint, mayChange }: HintedProps) {
  return (
    <SelectField
      label="Encoding"
      hint={hint}
      disabled={!mayChange}
      value={reading.profile.encoding}
      onChange={(event) => reader.sayShape(one.id, { encoding: encodingOf(event.target.value) })}
    >
      {ENCODINGS.map((encoding) => (
        <option key={encoding} value={encoding}>
          {ENCODING_WORDS[encoding]}
        </option>
      ))}
    </SelectField>
  );
}

const encodingOf = (text: string): Encoding => ENCODINGS.find((known) => known === text) ?? "utf-8";

function DelimiterField({ one, reading: { profile }, hint, mayChange }: HintedProps) {
  const delimiters = DELIMITER_WORDS.some(([delimiter]) => delimiter === profile.delimiter)
    ? DELIMITER_WORDS
    : [...DELIMITER_WORDS, [profile.delimiter, `Character ${profile.delimiter.charCodeAt(0)}`] as const];
  return (
    <SelectField
      label="Delimiter"
      hint={hint}
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
  );
}

function SheetField({ one, reading, hint, mayChange }: HintedProps) {
  const { sheet } = reading.profile;
  const found = reading.inference.find(({ role }) => role === "sheet")?.reading;
  return (
    <SettledField
      label="Sheet"
      hint={hint}
      placeholder={found}
      maxLength={100}
      mayChange={mayChange}
      value={sheet ?? ""}
      onSettle={(text) => reader.sayShape(one.id, { sheet: text === "" ? null : text })}
    />
  );
}

function PathField({ one, reading: { profile }, hint, mayChange }: HintedProps) {
  return (
    <SettledField
      label="Place of the rows"
      hint={hint === undefined ? "Names with points between them, as data.transactions." : `${hint}. As data.transactions.`}
      placeholder={profile.json_path === null ? "An object a line" : "The file is the list"}
      maxLength={500}
      mayChange={mayChange}
      value={profile.json_path ?? ""}
      onSettle={(text) => reader.sayShape(one.id, { json_path: text })}
    />
  );
}

function HeaderRow({ one, reading, hint, mayChange }: HintedProps) {
  const { header_row: headerRow } = reading.profile;
  const settle = (text: string) => {
    const row = /^\d{1,6}$/.test(text) ? Number(text) : 0;
    reader.sayShape(one.id, { header_row: row === 0 ? null : row });
  };
  return (
    <SettledField
      label="Header in row"
      hint={hint === undefined ? "Empty: there is none." : `${hint}. Empty: there is none.`}
      inputMode="numeric"
      mayChange={mayChange}
      value={headerRow === null ? "" : `${headerRow}`}
      onSettle={settle}
    />
  );
}

function CurrencyField({ one, reading, mayChange }: ShapeProps) {
  const { currency, columns } = reading.profile;
  const settle = (text: string) => {
    const code = text.toUpperCase();
    if (/^[A-Z]{3}$/.test(code)) reader.sayCurrency(one.id, code);
  };
  return (
    <SettledField
      label="Currency"
      hint={columns.some(({ role }) => role === "currency") ? "For rows that name none." : "Nothing in the file names it row by row."}
      maxLength={3}
      autoCapitalize="characters"
      mayChange={mayChange}
      value={currency ?? ""}
      onSettle={settle}
    />
  );
}

interface SettledFieldProps {
  label: string;
  hint: string | undefined;
  value: string;
  mayChange: boolean;
  placeholder?: string | undefined;
  maxLength?: number;
  inputMode?: "numeric";
  autoCapitalize?: string;
  onSettle: (text: string) => void;
}

/** Says what was typed when it is left or confirmed, and only where it is something else. */
function SettledField({ label, hint, value, mayChange, onSettle, ...rest }: SettledFieldProps) {
  const [text, setText] = useState(value);
  const settle = () => {
    if (text.trim() !== value) onSettle(text.trim());
  };
  return (
    <TextField
      {...rest}
      label={label}
      {...(hint === undefined ? {} : { hint })}
      disabled={!mayChange}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={settle}
      onKeyDown={(event) => event.key === "Enter" && settle()}
    />
  );
}
