/** What columns hold, as a person says it: one column has a role that only one can have. Decides no reading. */
import { COLUMN_ROLES, type ColumnRole, type ColumnSetting, columnNames, type ShownTable } from "../../src/domain/profile.ts";

interface NamedColumn {
  name: string;
  index: number;
  role: ColumnRole;
}

/** The column gets the role, and whichever had it before has none. Several columns may be text, or nothing. */
export function settingsOfRole(columns: readonly NamedColumn[], column: Pick<NamedColumn, "name" | "index">, role: ColumnRole): ColumnSetting[] {
  const isShared = role === "description" || role === "ignored";
  const others = isShared ? [] : columns.filter((one) => one.role === role && one.index !== column.index);
  return [...others.map(({ name, index }): ColumnSetting => ({ name, index, role: "ignored" })), { name: column.name, index: column.index, role }];
}

/** A table's columns with the roles that were inferred. */
export function inferredColumns({ names }: ShownTable, inference: readonly { column: string | null; role: string }[]): NamedColumn[] {
  return names.map((name, index) => {
    const found = inference.find(({ column }) => column === name)?.role;
    return { name, index, role: COLUMN_ROLES.find((role) => role === found) ?? "ignored" };
  });
}

/** No column has a name of its own: the names may stand in one of the rows. */
export const isNameless = ({ names }: ShownTable): boolean => names.every((name) => /^column \d+$/.test(name));

/** The table once a row of it is said to hold the names. */
export function withHeader(table: ShownTable, headerRow: number | null): ShownTable {
  const at = table.rows.findIndex(({ row }) => row === headerRow);
  const header = table.rows[at];
  if (header === undefined) return table;
  return { names: columnNames(table.names.map((_, index) => header.cells[index] ?? "")), rows: table.rows.slice(at + 1) };
}
