/** A remembered profile against a new file: which columns are gone, and which no longer hold what it says. Never mends it. */
import { type Profile, type ProfileSettings, reduceName } from "../../domain/profile.ts";
import { AmountCells } from "./amount-cell.ts";
import { ColumnMap } from "./columns.ts";
import { DateCells } from "./date-cell.ts";
import { Row } from "./row.ts";
import { type SampleRow, valuesOf } from "./sample.ts";

/** A sentence for each column that no longer fits. */
export function changedColumns(given: ProfileSettings, profile: Profile, rows: readonly SampleRow[]): string[] {
  const changed: string[] = [];
  const names = new Set(profile.columns.map(({ name }) => reduceName(name)));
  for (const { name, role } of given.columns ?? []) {
    if (name === undefined || role === undefined || role === "ignored" || names.has(reduceName(name))) continue;
    changed.push(`Column "${name}" (${role}) is not in this file any more.`);
  }
  const map = new ColumnMap(profile);
  for (const column of profile.columns) {
    if (!given.columns?.some((one) => one.name !== undefined && reduceName(one.name) === reduceName(column.name) && one.reading !== undefined))
      continue;
    const values = valuesOf(rows, column.index);
    const cells =
      column.reading.kind === "date" ? new DateCells(column.reading) : column.reading.kind === "amount" ? new AmountCells(column.reading) : null;
    if (cells === null || values.length === 0 || map.indexOf(column.role) !== column.index) continue;
    const row = new Row();
    const unread = values.filter(({ text }) => {
      row.clear();
      row.addText(text);
      return cells.read(row, 0, DECIMALS_MAX) === null;
    });
    const [first] = unread;
    if (first !== undefined && unread.length * 2 > values.length) {
      changed.push(
        `Column "${column.name}" (${column.role}) no longer reads as the profile says: row ${first.row} holds "${first.text.slice(0, 40)}".`,
      );
    }
  }
  return changed;
}

/** Decimals are the currency's matter, not the profile's. */
const DECIMALS_MAX = 4;
