/** /transactions/sync over a login's log: what changed between two places of it, in pages, with cursors that only this file can read. */
import { type FakeItem, type FakeTransaction, statesAt } from "./world.ts";

export interface SyncPage {
  added: FakeTransaction[];
  modified: FakeTransaction[];
  removed: FakeTransaction[];
  nextCursor: string;
  hasMore: boolean;
}

export type SyncRefusal = "mutation" | "invalid_cursor";

/** From `from` up to `to` entries of the log; `passed` changes were given on earlier pages. */
interface Place {
  item: string;
  from: number;
  to: number;
  passed: number;
}

const CURSOR_KEY = "cursor:";

export const cursorOf = (place: Place): string => Buffer.from(CURSOR_KEY + JSON.stringify(place)).toString("base64");

function placeOf(item: FakeItem, cursor: string | undefined): Place | null {
  if (cursor === undefined) return { item: item.id, from: 0, to: item.log.length, passed: 0 };
  const text = Buffer.from(cursor, "base64").toString();
  if (!text.startsWith(CURSOR_KEY)) return null;
  const place: Place = JSON.parse(text.slice(CURSOR_KEY.length));
  if (place.item !== item.id || place.to > item.log.length) return null;
  return place.passed === 0 ? { ...place, from: place.to, to: item.log.length } : place;
}

/** The pages of one update hold together: once the log has grown, the next of them is refused. */
export function syncPage(item: FakeItem, cursor: string | undefined, count: number): SyncPage | SyncRefusal {
  if (!item.isReady) return { added: [], modified: [], removed: [], nextCursor: "", hasMore: false };
  const place = placeOf(item, cursor);
  if (place === null) return "invalid_cursor";
  if (place.passed > 0 && place.to !== item.log.length) return "mutation";
  const changes = changesBetween(item, place);
  const given = changes.slice(place.passed, place.passed + count);
  const passed = place.passed + given.length;
  const hasMore = passed < changes.length;
  return {
    added: given.flatMap(({ kind, state }) => (kind === "added" ? [state] : [])),
    modified: given.flatMap(({ kind, state }) => (kind === "modified" ? [state] : [])),
    removed: given.flatMap(({ kind, state }) => (kind === "removed" ? [state] : [])),
    nextCursor: cursorOf({ ...place, passed: hasMore ? passed : 0 }),
    hasMore,
  };
}

interface NetChange {
  kind: "added" | "modified" | "removed";
  /** How it is, or how it was before it went. */
  state: FakeTransaction;
}

/** What was added first, then what changed, then what went: so that a posted movement and its pending one part over pages. */
function changesBetween(item: FakeItem, { from, to }: Place): NetChange[] {
  const before = statesAt(item, from);
  const after = statesAt(item, to);
  const touched = new Set(item.log.slice(from, to).map(({ id }) => id));
  const changes = [...touched].flatMap((id): NetChange[] => {
    const was = before.get(id) ?? null;
    const is = after.get(id) ?? null;
    if (is !== null) return [{ kind: was === null ? "added" : "modified", state: is }];
    return was === null ? [] : [{ kind: "removed", state: was }];
  });
  const rank = { added: 0, modified: 1, removed: 2 };
  return changes.sort((a, b) => rank[a.kind] - rank[b.kind]);
}
