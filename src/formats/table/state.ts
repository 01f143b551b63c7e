/** What is known of a table while its rows come in: plain JSON, so that it rests in a checkpoint as it stands. Reads no row. */
import type { StatementState } from "./statement.ts";

export interface TableState {
  statements: StatementState[];
  /** The statement of the last movement: problems behind it stand in it. */
  current: number | null;
  problemCount: number;
  movements: number;
  isRefused: boolean;
  /** Balances that lines around the table name, in plain decimal text of the file. */
  named: { opening: string | null; closing: string | null; line: number | null };
  notes: string[];
}

export const startOfTable = (): TableState => ({
  statements: [],
  current: null,
  problemCount: 0,
  movements: 0,
  isRefused: false,
  named: { opening: null, closing: null, line: null },
  notes: [],
});
