/** How a record's beginning and a line's end look, byte by byte: what the cutter goes by. Holds no state. */
import { BREAKS, LINE_BREAK, RECORD_START } from "./mode.ts";

export const LF = 0x0a;
export const CR = 0x0d;
export const COMMA = 0x2c;
export const ONE = 0x31;
export const SIX = 0x36;
/** A record begins within 64 characters of where it is looked for, or none does. */
export const LOOKAHEAD_CHARS = 64;
/** Blanks between two records of one line; a wider gap is padding at a line's end. */
export const BLANKS_MAX = 4096;

/** Two digits with a comma behind them as one number; 0 for anything else. */
export function codeAt(text: string, at: number): number {
  return text.charCodeAt(at + 2) === COMMA ? text.charCodeAt(at) * 256 + text.charCodeAt(at + 1) : 0;
}

/** Two digits as one number: compared for every line of a file. */
const pair = (code: string): number => code.charCodeAt(0) * 256 + code.charCodeAt(1);
export const TRANSACTION = pair("16");
export const ACCOUNT_TRAILER = pair("49");
export const CONTINUATION = pair("88");
export const NO_TEXT: readonly number[] = ["49", "03", "01", "02", "98", "99"].map(pair);
/** Inside text more is asked for than a number and a comma, because text may hold both. */
const RECORD_START_IN_TEXT = /^(?:16,\d{3},[+-]?\d*,|88,|03,[^,/]{1,40},|(?:49|98|99),[+-]?\d*[,/]|0[12],)/;

export const beginsRecord = (text: string, isText: boolean): boolean => (isText ? RECORD_START_IN_TEXT : RECORD_START).test(text);

/** Behind the first line end of `text`; -1 where there is none, or only the half of one. */
export function breakEnd(text: string): number {
  const at = text.search(LINE_BREAK);
  if (at === -1 || (at === text.length - 1 && text.charCodeAt(at) === CR)) return -1;
  return text.charCodeAt(at) === CR && text.charCodeAt(at + 1) === LF ? at + 2 : at + 1;
}

export function afterBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && at - from < BLANKS_MAX && (text.charCodeAt(at) === 0x20 || text.charCodeAt(at) === 0x09)) at += 1;
  return at;
}

/** Behind line ends and end-of-file marks, which a fixed-width file may hold between or after its records. */
export function afterBreaks(text: string, from: number): number {
  let at = from;
  while (at < text.length && BREAKS.includes(text.charAt(at))) at += 1;
  return at;
}
