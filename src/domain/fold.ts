/** What the pages of a sync come to, in plain words (RULES.md §8): of each id the last state. Pure; the store's fold must agree with it. */

/** A row or a removal of a sync, numbered through its pages. */
export interface FoldEvent {
  seq: number;
  account: string;
  externalId: string;
  /** The id that the movement had before it was booked. */
  replaces: string | null;
  isRow: boolean;
}

/** The events that stay: the last of each id, but none of an id whose place a row that stays has taken. */
export function foldEvents(events: readonly FoldEvent[]): Set<number> {
  const last = new Map<string, FoldEvent>();
  for (const event of events.toSorted((a, b) => a.seq - b.seq)) last.set(keyOf(event.account, event.externalId), event);
  const replaced = new Set<string>();
  for (const event of last.values()) {
    if (event.isRow && event.replaces !== null && event.replaces !== event.externalId) replaced.add(keyOf(event.account, event.replaces));
  }
  return new Set([...last].flatMap(([key, event]) => (replaced.has(key) ? [] : [event.seq])));
}

const keyOf = (account: string, id: string): string => `${account}|${id}`;
