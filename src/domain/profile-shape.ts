/** Two headers held against each other: whether one is the other with columns that came, went or were renamed. Reads no file. */
import { reduceName } from "./profile.ts";

/** A sentence for each column that came or went since the profile; null where the two have too little in common to be one bank's file. */
export function columnsChanged({ signature, columns }: Former, now: { signature: string; names: readonly string[] }): string[] | null {
  const before = namesIn(signature);
  if (before === null || namesIn(now.signature) === null) return null;
  const after = new Set(now.names.map(reduceName));
  const common = before.filter((name) => after.has(name)).length;
  if (common < COMMON_MIN || common * 2 < before.length) return null;
  const shown = new Map(columns.map((name) => [reduceName(name), name]));
  const gone = before.filter((name) => !after.has(name) && name !== "");
  const known = new Set(before);
  const added = now.names.filter((name) => !known.has(reduceName(name)));
  return [
    ...gone.map((name) => `Column "${shown.get(name) ?? name}" is not in this file any more.`),
    ...added.map((name) => `Column "${name}" is new in this file.`),
  ];
}

export interface Former {
  signature: string;
  /** Names as they are written, where the profile knows them. */
  columns: readonly string[];
}

/** Two names in common may be chance: every table has a date and an amount. */
const COMMON_MIN = 3;

/** The reduced names that a signature holds; null where it holds a checksum, or no names. */
function namesIn(signature: string): string[] | null {
  const text = signature.slice(signature.indexOf(":") + 1);
  const names = text.split("|");
  return text.includes("#") || names.length < 2 ? null : names;
}
