/** What the person said, on top of what is remembered, as one set of settings; and what of it is kept for the next file. Never infers. */
import { isSameColumn, mergeSettings, type ProfileColumn, type ProfileSettings, type Question, type Reading } from "../../src/domain/profile.ts";
import { trusted } from "../api/client.ts";
import type { StoredProfile } from "../api/types.ts";
import type { AskedQuestion, Saying, WaitingFile } from "./waiting.ts";

/** What the file is read with; null = nothing is given, all is inferred. */
export function settingsOf({ remembered, said }: Pick<WaitingFile, "remembered" | "said">): ProfileSettings | null {
  const spoken = said.map(({ settings }) => settings).reduce(mergeSettings, {});
  if (remembered === null || remembered === undefined) return said.length === 0 ? null : spoken;
  return mergeSettings(without(settingsIn(remembered), spoken), spoken);
}

/** Says it anew, as the last word; what was said of the same columns before is taken back. */
export function say(said: readonly Saying[], saying: Saying): Saying[] {
  const columns = saying.settings.columns ?? [];
  const rest = said.filter(
    ({ key, settings }) => key !== saying.key && !(settings.columns ?? []).some((column) => columns.some((other) => isSameColumn(column, other))),
  );
  return [...rest, saying];
}

export function keyOf(question: Question): string {
  return `${question.code} ${question.columns.join("|")}`;
}

/** Questions that are open now, behind those that were answered. */
export function askedWith(asked: readonly AskedQuestion[], open: readonly Question[]): AskedQuestion[] {
  const answered = asked.filter(({ chosen, key }) => chosen !== null && !open.some((question) => keyOf(question) === key));
  const known = new Set(answered.map(({ key }) => key));
  return [
    ...answered,
    ...open.filter((question) => !known.has(keyOf(question))).map((question) => ({ key: keyOf(question), question, chosen: null })),
  ];
}

/**
 * What the next file of this shape is read by: all that was said, every column's role, and the order of its dates. The marks of figures are not
 * kept unless they were said: a file with small amounts shows none.
 */
export function keptSettings(given: ProfileSettings, { profile }: Reading): ProfileSettings {
  const columns = profile.columns
    .filter(({ role }) => role !== "ignored")
    .map(({ name, index, role, reading }: ProfileColumn) => ({ name, index, role, ...(reading.kind === "date" ? { reading } : {}) }));
  return mergeSettings({ kind: profile.kind, columns }, given);
}

function settingsIn(stored: StoredProfile): ProfileSettings {
  return trusted<ProfileSettings>(stored.profile);
}

/** A column whose role is said anew has lost the reading that was remembered for its old one. */
function without(base: ProfileSettings, spoken: ProfileSettings): ProfileSettings {
  if (base.columns === undefined) return base;
  const isTakenOver = (column: NonNullable<ProfileSettings["columns"]>[number]) =>
    spoken.columns?.some((one) => isSameColumn(one, column) && one.role !== undefined && one.role !== column.role) === true;
  return { ...base, columns: base.columns.filter((column) => !isTakenOver(column)) };
}
