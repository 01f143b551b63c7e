/** All that a parser gives for one push or end, in the portions it gives it in. Never reads a file. */
import type { StatementRecord } from "../domain/record.ts";
import type { Parser } from "./format.ts";

/** `first` is what `push` or `end` answered. A checkpoint taken between two portions is valid. */
export function* portions(parser: Parser<unknown>, first: StatementRecord[]): Generator<StatementRecord[]> {
  yield first;
  if (parser.more === undefined || first.length === 0) return;
  for (let records = parser.more(); records.length > 0; records = parser.more()) yield records;
}
