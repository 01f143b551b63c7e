/** Remembers the ids a bank gave within one statement, so that one given twice is not trusted. Bounded, and plain JSON; never decides what a row is. */

/** 1,000 ids of at most 40 characters are 40 KB of a checkpoint; banks that reuse ids do so for neighbours, or for all rows. */
const REMEMBERED_MAX = 1_000;
const ID_CHARS_MAX = 40;
/** Six characters, as for references that join two rows: shorter ones are counters. */
const ID_CHARS_MIN = 6;

/** Kept as a list in order of age; the caller owns it. */
export type SeenIds = string[];

/** What banks write where there is no id. */
const FILLER = /^(?:0+|(.)\1*|NONREF|NONE|NOTPROVIDED|NOT PROVIDED|UNKNOWN|N\/?A)$/i;

/**
 * `unique`: trust it. `reused`: it was given to another row of this statement, so that it names neither. `filler`: it never was an id.
 * The first row of a reused id has been given out with it; the rows after it are told apart by what they say.
 */
export function judgeId(seen: SeenIds, id: string, charsMin: number = ID_CHARS_MIN): "unique" | "reused" | "filler" {
  if (id.length < charsMin || FILLER.test(id)) return "filler";
  const key = id.length <= ID_CHARS_MAX ? id : `${id.slice(0, ID_CHARS_MAX / 2)}${id.slice(-ID_CHARS_MAX / 2)}${id.length}`;
  const index = indexOf(seen);
  if (index.has(key)) return "reused";
  seen.push(key);
  index.add(key);
  if (seen.length > REMEMBERED_MAX) index.delete(seen.shift() ?? "");
  return "unique";
}

/** The same ids, to be found quickly; made anew after a stop. */
const indexes = new WeakMap<SeenIds, Set<string>>();

function indexOf(seen: SeenIds): Set<string> {
  const known = indexes.get(seen);
  if (known !== undefined) return known;
  const made = new Set(seen);
  indexes.set(seen, made);
  return made;
}
