/** What a person may say of one column: what it is for, and how its dates, figures and words are read. Hands what is said to the reader. */
import { useState } from "react";
import type { AmountReading, ColumnReading, ProfileColumn } from "../../../src/domain/profile.ts";
import { settingsOfRole } from "../../lib/column-roles.ts";
import { DATE_PATTERNS, FIGURE_MARKS, figureWords } from "../../lib/reading-words.ts";
import { reader } from "../../preview/reader.ts";
import { SelectField, TextField } from "../../ui/field.tsx";
import { RoleField } from "../../ui/role-field.tsx";

interface ColumnProps {
  fileId: number;
  column: ProfileColumn;
  mayChange: boolean;
}

export function RoleSelect({ fileId, column, columns, mayChange }: ColumnProps & { columns: readonly ProfileColumn[] }) {
  return (
    <RoleField
      name={column.name}
      role={column.role}
      isReadOnly={!mayChange}
      onChoose={(role) => reader.sayColumns(fileId, settingsOfRole(columns, column, role))}
    />
  );
}

export function ColumnControls({ fileId, column, mayChange }: ColumnProps) {
  const say = (reading: ColumnReading) => reader.sayColumns(fileId, [{ name: column.name, index: column.index, role: column.role, reading }]);
  const { reading } = column;
  if (column.role === "ignored") return <div />;
  if ((column.role === "posted_on" || column.role === "value_on") && reading.kind !== "date") {
    return <DateControl name={column.name} pattern="" mayChange={mayChange} onChange={(pattern) => say({ kind: "date", pattern })} />;
  }
  switch (reading.kind) {
    case "date":
      return (
        <DateControl name={column.name} pattern={reading.pattern} mayChange={mayChange} onChange={(pattern) => say({ kind: "date", pattern })} />
      );
    case "amount":
      return <AmountControls column={column} reading={reading} mayChange={mayChange} onChange={say} />;
    case "indicator":
      return (
        <div className="grid gap-2 sm:grid-cols-2">
          <Words
            label={`Words for money in, in ${column.name}`}
            words={reading.in}
            mayChange={mayChange}
            onChange={(words) => say({ ...reading, in: words })}
          />
          <Words
            label={`Words for money out, in ${column.name}`}
            words={reading.out}
            mayChange={mayChange}
            onChange={(words) => say({ ...reading, out: words })}
          />
        </div>
      );
    case "pending":
      return (
        <Words
          label={`Words for pending, in ${column.name}`}
          words={reading.pending}
          mayChange={mayChange}
          onChange={(words) => say({ ...reading, pending: words })}
        />
      );
    default:
      return <div />;
  }
}

function DateControl({
  name,
  pattern,
  mayChange,
  onChange,
}: {
  name: string;
  pattern: string;
  mayChange: boolean;
  onChange: (pattern: string) => void;
}) {
  const patterns: readonly string[] = DATE_PATTERNS.some((known) => known === pattern) ? DATE_PATTERNS : [pattern, ...DATE_PATTERNS];
  return (
    <SelectField label={`Dates of ${name}`} isLabelHidden disabled={!mayChange} value={pattern} onChange={(event) => onChange(event.target.value)}>
      {patterns.map((one) => (
        <option key={one} value={one}>
          {one === "" ? "Not read as dates yet" : one}
        </option>
      ))}
    </SelectField>
  );
}

interface AmountProps {
  column: ProfileColumn;
  reading: AmountReading;
  mayChange: boolean;
  onChange: (reading: AmountReading) => void;
}

function AmountControls({ column: { name, role }, reading, mayChange, onChange }: AmountProps) {
  const isKnown = FIGURE_MARKS.some((marks) => figureWords(marks) === figureWords(reading));
  const marks = isKnown ? FIGURE_MARKS : [reading, ...FIGURE_MARKS];
  const chooseMarks = (text: string) => {
    const found = marks.find((one) => figureWords(one) === text);
    if (found !== undefined) onChange({ ...reading, decimal: found.decimal, thousands: found.thousands });
  };
  return (
    <div className="grid gap-2 sm:grid-cols-[2fr_3fr]">
      <SelectField
        label={`Figures of ${name}`}
        isLabelHidden
        disabled={!mayChange}
        value={figureWords(reading)}
        onChange={(event) => chooseMarks(event.target.value)}
      >
        {marks.map((one) => (
          <option key={figureWords(one)} value={figureWords(one)}>
            {figureWords(one)}
          </option>
        ))}
      </SelectField>
      {role === "amount" && (
        <SelectField
          label={`Sign of ${name}`}
          isLabelHidden
          disabled={!mayChange}
          value={reading.plain_is}
          onChange={(event) => onChange({ ...reading, plain_is: event.target.value === "out" ? "out" : "in" })}
        >
          <option value="in">No sign: money in</option>
          <option value="out">No sign: money out</option>
        </SelectField>
      )}
      {role === "fee" && (
        <SelectField
          label={`Fee of ${name}`}
          isLabelHidden
          disabled={!mayChange}
          value={reading.fee ?? "separate"}
          onChange={(event) => onChange({ ...reading, fee: event.target.value === "included" ? "included" : "separate" })}
        >
          <option value="separate">Besides the amount</option>
          <option value="included">Inside the amount</option>
        </SelectField>
      )}
    </div>
  );
}

interface WordsProps {
  label: string;
  words: readonly string[];
  mayChange: boolean;
  onChange: (words: string[]) => void;
}

/** Words with commas between them. */
function Words({ label, words, mayChange, onChange }: WordsProps) {
  const [text, setText] = useState(words.join(", "));
  const settle = () => {
    const said = text.split(",").flatMap((word) => (word.trim() === "" ? [] : [word.trim().slice(0, 60)]));
    if (said.join(",") !== words.join(",")) onChange(said.slice(0, 50));
  };
  return (
    <TextField
      label={label}
      isLabelHidden
      placeholder={label}
      disabled={!mayChange}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={settle}
      onKeyDown={(event) => event.key === "Enter" && settle()}
    />
  );
}
