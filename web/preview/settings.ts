/** What the person said, on top of what is remembered, as one set of settings: this file is read by it, and the next file of its shape too. Never infers. */
import { isSameColumn, mergeSettings, type ProfileSettings, type Question, type Reading } from "../../src/domain/profile.ts";
import { trusted } from "../api/client.ts";
import type { StoredProfile } from "../api/types.ts";
import type { AskedQuestion, Saying, WaitingFile } from "./waiting.ts";

/** What the file is read with; null = nothing is given, all is inferred. */
export function settingsOf({ remembered, said }: Pick<WaitingFile, "remembered" | "said">): ProfileSettings | null {
  const spoken = said.map(({ settings }) => settings).reduce(mergeSettings, {});
  if (remembered === null || remembered === undefined) return said.length === 0 ? null : spoken;
  return mergeSettings(settingsIn(remembered), spoken);
}

/** Says it anew, as the last word; what was said of the same columns before is taken back. */
export function say(said: readonly Saying[], saying: Saying): Saying[] {
  const columns = saying.settings.columns ?? [];
  const rest = said.filter(
    ({ key, settings }) => key !== saying.key && !(settings.columns ?? []).some((column) => columns.some((other) => isSameColumn(column, other))),
  );
  return [...rest, saying];
}

/** Nothing to choose from: a person says what the columns hold, or where they are. */
export const isAboutColumns = ({ choices }: Question): boolean => choices.length === 0;

export function keyOf(question: Question): string {
  return `${question.member ?? ""} ${question.code} ${question.role} ${question.columns.join("|")}`;
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
 * What the next file of this shape is read by: what was said, and nothing that was inferred (docs/adr/0024). Where a person showed the header, its
 * names too: the next file may have it in another row.
 */
export function keptSettings(given: ProfileSettings, { profile }: Reading): ProfileSettings {
  if (typeof given.header_row !== "number") return given;
  return mergeSettings({ columns: profile.columns.map(({ name, index }) => ({ name, index })) }, given);
}

function settingsIn(stored: StoredProfile): ProfileSettings {
  return trusted<ProfileSettings>(stored.profile);
}
