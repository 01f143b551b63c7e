/** What is known of a table while its rows come in: plain JSON, so that it rests in a checkpoint as it stands. Reads no row. */
import type { StatementState } from "./statement.ts";
import { type Surroundings, startOfSurroundings } from "./surroundings.ts";

export interface TableState {
  statements: StatementState[];
  /** The statement of the last movement: problems behind it stand in it. */
  current: number | null;
  problemCount: number;
  movements: number;
  isRefused: boolean;
  /** Whose account lines around the table name, and its balances. */
  around: Surroundings;
  notes: string[];
}

export const startOfTable = (): TableState => ({
  statements: [],
  current: null,
  problemCount: 0,
  movements: 0,
  isRefused: false,
  around: startOfSurroundings(),
  notes: [],
});
