/** The questions of a waiting file that only its columns can answer: what each holds, or where a line is cut. Each choice is read anew at once. */
import type { Reading } from "../../../src/domain/profile.ts";
import { settingsOfRole } from "../../lib/column-roles.ts";
import { reader } from "../../preview/reader.ts";
import { isAboutColumns } from "../../preview/settings.ts";
import type { WaitingFile } from "../../preview/waiting.ts";
import { ColumnsQuestion } from "../../ui/columns-question.tsx";
import { LinesQuestion } from "../../ui/lines-question.tsx";
import { messageOf, QuestionCard } from "../../ui/questions.tsx";

interface ColumnsAskedProps {
  one: WaitingFile;
  reading: Reading;
  isReadOnly: boolean;
}

export function ColumnsAsked({ one, reading, isReadOnly }: ColumnsAskedProps) {
  const asked = one.asked.map(({ question }) => question).filter(isAboutColumns);
  const open = reading.questions.filter(isAboutColumns);
  const table = [...open, ...asked].find((question) => question.table !== undefined)?.table;
  if (table === undefined) {
    return open.map((question) => <QuestionCard key={question.message} question={question} chosen={null} onChoose={() => undefined} />);
  }
  const messages = open.map(messageOf);
  if (table.names.length === 0) {
    return <LinesQuestion table={table} isReadOnly={isReadOnly} onDescribe={(settings) => reader.sayShape(one.id, settings)} />;
  }
  const { columns, header_row: headerRow } = reading.profile;
  return (
    <ColumnsQuestion
      messages={messages}
      table={table}
      names={columns.slice(0, table.names.length).map(({ name }) => name)}
      roles={columns.map(({ role }) => role)}
      headerRow={headerRow}
      isReadOnly={isReadOnly}
      onHeader={reading.profile.kind === "json" ? null : (row) => reader.sayShape(one.id, { header_row: row })}
      onRole={(index, role) => {
        const column = columns[index];
        if (column !== undefined) reader.sayColumns(one.id, settingsOfRole(columns, column, role));
      }}
    />
  );
}
