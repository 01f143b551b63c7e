/** Lines cut at fixed places, as a person says them. Reads no meaning into a field. */
import { columnNames, type ProfileSettings, type ShownTable } from "../../src/domain/profile.ts";

/** The last field takes the rest of its line: no bank's line is longer. */
const REST_CHARS = 1_000;

/** `1, 11 31` are the places where fields begin, counted from 1; null for what is no rising row of places. */
export function startsIn(text: string): number[] | null {
  const words = text.split(/[\s,;]+/).filter((word) => word !== "");
  const starts = words.map((word) => (/^\d{1,5}$/.test(word) ? Number(word) : 0));
  return starts.length > 1 && starts.every((start, at) => start > (starts[at - 1] ?? 0)) ? starts : null;
}

/** Each line of the table cut at the places; a line that holds the names gives them. */
export function cutAt({ rows }: ShownTable, starts: readonly number[], headerRow: number | null): ShownTable {
  const cut = rows.map(({ row, cells: [line = ""] }) => ({
    row,
    cells: starts.map((start, at) => line.slice(start - 1, (starts[at + 1] ?? REST_CHARS) - 1)),
  }));
  const header = cut.find(({ row }) => row === headerRow);
  const names = header === undefined ? starts.map((_, at) => `field ${at + 1}`) : columnNames(header.cells);
  return { names, rows: cut.filter(({ row }) => headerRow === null || row > headerRow) };
}

export function settingsOfFields(table: ShownTable, starts: readonly number[], headerRow: number | null): ProfileSettings {
  const { names } = cutAt(table, starts, headerRow);
  const fields = starts.map((start, at) => ({ name: names[at] ?? `field ${at + 1}`, start, length: (starts[at + 1] ?? start + REST_CHARS) - start }));
  return { fixed_fields: fields, first_row: (headerRow ?? 0) + 1 };
}
