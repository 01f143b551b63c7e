/** How the file is read, column by column, each with its evidence and what a person may change about it. Every change is read anew by the worker. */
import { useState } from "react";
import type { Inference, ProfileColumn, Reading } from "../../../src/domain/profile.ts";
import { CONFIDENCE_WORDS, evidenceWords } from "../../lib/reading-words.ts";
import type { PreviewView } from "../../preview/preview.ts";
import { reader } from "../../preview/reader.ts";
import type { WaitingFile } from "../../preview/waiting.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/page.tsx";
import { ColumnControls, RoleSelect } from "./column-controls.tsx";
import { ShapeControls } from "./shape-controls.tsx";

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
      <ShapeControls one={one} reading={reading} mayChange={mayChange} />
      <ul>
        {shown.map((column) => (
          <ColumnLine
            key={column.index}
            fileId={one.id}
            column={column}
            columns={columns}
            values={view.columns.length === 0 ? null : (view.columns.find(({ index }) => index === column.index)?.values ?? [])}
            inference={reading.inference.find((found) => found.column === column.name) ?? null}
            mayChange={mayChange}
            // The letters of a QIF are what they are.
            mayChangeRole={mayChange && reading.profile.kind !== "qif"}
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

interface ColumnLineProps {
  fileId: number;
  column: ProfileColumn;
  columns: readonly ProfileColumn[];
  /** Some of its cells; null where the format has none to show. */
  values: readonly string[] | null;
  inference: Inference | null;
  mayChange: boolean;
  mayChangeRole: boolean;
}

function ColumnLine({ fileId, column, columns, values, inference, mayChange, mayChangeRole }: ColumnLineProps) {
  const sure = inference === null ? null : CONFIDENCE_WORDS[inference.confidence];
  return (
    <li className="grid gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-b-0 lg:grid-cols-[minmax(0,1fr)_11rem_minmax(0,1.4fr)_minmax(0,1fr)] lg:items-start">
      <div className="min-w-0">
        <p className="font-medium break-words">{column.name === "" ? `Column ${column.index + 1}` : column.name}</p>
        {values !== null && <p className="mt-0.5 truncate font-mono text-xs text-ink-3">{values.length === 0 ? "empty" : values.join("  ·  ")}</p>}
      </div>
      <RoleSelect fileId={fileId} column={column} columns={columns} mayChange={mayChangeRole} />
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
