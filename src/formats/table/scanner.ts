/** What reads a cell where it stands, before anybody knows where the cell ends: figures and days are so short that this costs less than looking for the end. */

export interface CellScanner {
  /** What the last scan read: a signed figure without its decimal mark, or a day such as 20260328. */
  figure: number;
  /** How many of the figure's digits are decimals. */
  decimals: number;
  /**
   * Reads from `from` on and answers the place behind what it read, or -1 where it cannot. `stop` (a character's code) ends the cell in any
   * case; the caller has to see whether the cell really ends there.
   */
  scan(text: string, from: number, stop: number): number;
}

/**
 * The code of a character, -1 behind the text's end. The engine reads a string several times faster where no place outside of it was ever
 * asked for.
 */
export const codeAt = (text: string, at: number): number => (at < text.length ? text.charCodeAt(at) : -1);

/** No character has this code. */
export const NO_STOP = -2;
