/** What a job's file leaves open about its columns: what each holds, or where its lines are cut. Sends nothing by itself. */
import { useState } from "react";
import type { ColumnRole } from "../../../src/domain/profile.ts";
import type { JobReading } from "../../api/types.ts";
import { columnsOfSaid, type Said } from "../../lib/answers.ts";
import { settingsOfRole } from "../../lib/column-roles.ts";
import { Button } from "../../ui/button.tsx";
import { ColumnsQuestion } from "../../ui/columns-question.tsx";
import { LinesQuestion } from "../../ui/lines-question.tsx";
import { messageOf, QuestionCard } from "../../ui/questions.tsx";

interface ColumnsAnswerProps {
  reading: JobReading;
  said: Said;
  isReadOnly: boolean;
  onSay: (said: Said) => void;
}

export function ColumnsAnswer({ reading, said, isReadOnly, onSay }: ColumnsAnswerProps) {
  const [isWanted, want] = useState(false);
  const bare = reading.questions.filter(({ choices }) => choices.length === 0);
  const table = reading.questions.find((question) => question.table !== undefined)?.table;
  if (table === undefined)
    return bare.map((question) => <QuestionCard key={question.message} question={question} chosen={null} onChoose={() => undefined} />);
  const messages = bare.map(messageOf);
  if (table.names.length === 0) {
    return (
      <div className="border-b border-line">
        <LinesQuestion table={table} cut={said.cut} isReadOnly={isReadOnly} onDescribe={(cut) => onSay({ ...said, cut })} />
      </div>
    );
  }
  if (bare.length === 0 && !isWanted) {
    return (
      <div className="border-b border-line px-4 py-3">
        <Button size="small" disabled={isReadOnly} onClick={() => want(true)}>
          None of these: say what each column holds
        </Button>
      </div>
    );
  }
  const columns = columnsOfSaid(reading, said);
  const say = (index: number, role: ColumnRole) => {
    const column = columns[index];
    if (column === undefined) return;
    const roles = new Map(said.roles);
    for (const setting of settingsOfRole(columns, column, role)) if (setting.index !== undefined) roles.set(setting.index, setting.role ?? "ignored");
    onSay({ ...said, roles });
  };
  return (
    <div className="border-b border-line">
      <ColumnsQuestion
        messages={messages}
        table={table}
        names={columns.map(({ name }) => name)}
        roles={columns.map(({ role }) => role)}
        headerRow={said.headerRow}
        isReadOnly={isReadOnly}
        onHeader={(headerRow) => onSay({ ...said, headerRow })}
        onRole={say}
      />
    </div>
  );
}
