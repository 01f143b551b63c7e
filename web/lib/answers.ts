/** What a person has said of a job's file and not sent yet, what is left to say, and the settings that it comes to. Pure. */
import { type ColumnRole, type ColumnSetting, mergeSettings, type ProfileSettings } from "../../src/domain/profile.ts";
import type { JobReading } from "../api/types.ts";
import { inferredColumns, withHeader } from "./column-roles.ts";

export interface Said {
  /** The chosen reading of each question, by the question's place. */
  chosen: ReadonlyMap<number, number>;
  /** What a column holds, by its place. */
  roles: ReadonlyMap<number, ColumnRole>;
  /** The row that holds the columns' names, where a person showed it. */
  headerRow: number | null;
  /** Where its lines are cut, of text that no table was found in. */
  cut: ProfileSettings | null;
}

export const NOTHING_SAID: Said = { chosen: new Map(), roles: new Map(), headerRow: null, cut: null };

type Question = JobReading["questions"][number];

const tableOf = ({ questions }: JobReading) => questions.find(({ table }) => table !== undefined)?.table ?? null;

/** How many questions are open. A header shown answers what is asked about the columns: their names may say it all, and what they do not is asked anew. */
export function leftOf({ questions }: JobReading, { chosen, roles, headerRow, cut }: Said): number {
  const given = new Set(roles.values());
  const isSaid = ({ code, role }: Question): boolean => {
    if (code === "layout") return cut !== null;
    if (code !== "role") return false;
    return headerRow !== null || (role === "amount" ? given.has("amount") || given.has("debit") || given.has("credit") : given.has("posted_on"));
  };
  return questions.filter((question, index) => !chosen.has(index) && !isSaid(question)).length;
}

/** The columns as they stand with what was said. */
export function columnsOfSaid(reading: JobReading, { roles, headerRow }: Said) {
  const table = tableOf(reading);
  if (table === null) return [];
  const { names } = withHeader(table, headerRow);
  return inferredColumns(table, reading.inference).map(({ index, role }) => ({ name: names[index] ?? "", index, role: roles.get(index) ?? role }));
}

export function settingsOfSaid(reading: JobReading, said: Said): ProfileSettings {
  const chosen = reading.questions.flatMap(({ choices }, index) => {
    const choice = choices[said.chosen.get(index) ?? -1];
    return choice === undefined ? [] : [choice.settings];
  });
  return [...chosen, said.cut ?? {}, settingsOfColumns(reading, said)].reduce(mergeSettings, {});
}

/** A header that was shown is known by its names from then on: the next file may have it in another row. */
function settingsOfColumns(reading: JobReading, said: Said): ProfileSettings {
  const { roles, headerRow } = said;
  const columns = columnsOfSaid(reading, said).flatMap(({ name, index, role }): ColumnSetting[] =>
    roles.has(index) ? [{ name, index, role }] : headerRow === null ? [] : [{ name, index }],
  );
  return { ...(headerRow === null ? {} : { header_row: headerRow }), ...(columns.length === 0 ? {} : { columns }) };
}
