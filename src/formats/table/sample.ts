/** What inference looks at: the sampled rows as text, column by column. Holds no decision. */

export interface SampleRow {
  /** From 1, as a spreadsheet counts. */
  number: number;
  cells: string[];
}

export interface SampleValue {
  row: number;
  text: string;
}

/** A column's cells that hold anything, trimmed. */
export function valuesOf(rows: readonly SampleRow[], index: number): SampleValue[] {
  const values: SampleValue[] = [];
  for (const { number, cells } of rows) {
    const text = cells[index]?.trim() ?? "";
    if (text !== "") values.push({ row: number, text });
  }
  return values;
}

/** `row 17: 25.03.2026`. */
export const cited = ({ row, text }: SampleValue): string => `row ${row}: ${text.slice(0, 40)}`;
