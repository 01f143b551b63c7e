/** Stripe's lists: filters, newest first, paging by id, expansion; and single objects. Reads the books, changes nothing. */
import type { Entry, StripeBooks } from "./books.ts";
import { LIST_PARAMS } from "./contract.ts";
import { PERMISSIONS, type Permission, type Told } from "./world.ts";

export interface Refusal {
  status: number;
  code: string;
  param: string | null;
  message: string;
}

export const LISTS = Object.keys(LIST_PARAMS);

type Params = Record<string, unknown>;
interface Kept {
  id: string;
  created: number;
  [field: string]: unknown;
}

const RESOURCE: Record<string, string> = {
  balance_transactions: "balance_transaction",
  payouts: "payout",
  charges: "charge",
  refunds: "refund",
  disputes: "dispute",
  events: "event",
};

/** Everything of a list, oldest first. */
export function keptOf(list: string, books: StripeBooks, events: readonly Told[]): Kept[] {
  if (list === "balance_transactions") return books.entries.map((entry) => shown(books, entry));
  if (list === "events")
    return events
      .filter(({ account, livemode }) => account === books.settings.id && livemode === books.settings.livemode)
      .map(({ event }) => ({ ...event }));
  const { payouts, charges, refunds, disputes } = books;
  const all: Record<string, readonly object[]> = {
    payouts,
    charges,
    refunds,
    disputes: disputes.map((dispute) => ({ ...dispute, balance_transactions: linesOf(books, dispute.id) })),
  };
  return (all[list] ?? []).map(kept);
}

/** A copy of an object of Stripe's, to be looked into by any name. Every one of them has an id and the second that it was created in. */
function kept(object: object): Kept {
  return { ...object } as Kept;
}

function shown(books: StripeBooks, { paidOutBy: _, ...entry }: Entry): Kept {
  return { ...entry, status: books.statusOf({ ...entry, paidOutBy: null }) };
}

const linesOf = (books: StripeBooks, source: string): Kept[] =>
  books.entries.filter((entry) => entry.source === source).map((entry) => shown(books, entry));

export function pageOf(list: string, params: Params, books: StripeBooks, events: readonly Told[]): object | Refusal {
  const limit = Number(params["limit"] ?? 10);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    return refusal("parameter_invalid_integer", "limit", "Invalid integer: limit must be between 1 and 100.");
  const kept = keptOf(list, books, events);
  const newestFirst = kept.toSorted((one, other) => other.created - one.created || (one.id < other.id ? 1 : -1));
  const paidOut =
    params["payout"] === undefined ? null : new Set(books.entries.filter(({ paidOutBy }) => paidOutBy === params["payout"]).map(({ id }) => id));
  const matching = newestFirst.filter((object) => fits(object, params) && (paidOut === null || paidOut.has(object.id)));
  const window = windowOf(list, newestFirst, matching, params);
  if ("status" in window) return window;
  const data = "after" in window ? window.after.slice(0, limit) : window.before.slice(-limit);
  const isMore = "after" in window ? window.after.length > limit : window.before.length > limit;
  const expanded = data.map((object) => expandedOf(object, pathsOf(params), books));
  const refused = expanded.find((object) => "status" in object && "message" in object && "param" in object);
  return refused ?? { object: "list", url: `/v1/${list}`, has_more: isMore, data: expanded };
}

/** An id that is in nobody's list is refused; one that the filters leave out is a place all the same. */
function windowOf(list: string, all: Kept[], matching: Kept[], params: Params): Refusal | { after: Kept[] } | { before: Kept[] } {
  const placeOf = (param: string): number | Refusal => {
    const at = all.findIndex(({ id }) => id === params[param]);
    return at === -1 ? refusal("resource_missing", param, `No such ${RESOURCE[list]}: '${String(params[param])}'`) : at;
  };
  const order = new Map(all.map(({ id }, place) => [id, place]));
  const at = ({ id }: Kept): number => order.get(id) ?? 0;
  if (params["ending_before"] !== undefined) {
    const end = placeOf("ending_before");
    return typeof end === "number" ? { before: matching.filter((object) => at(object) < end) } : end;
  }
  if (params["starting_after"] === undefined) return { after: matching };
  const start = placeOf("starting_after");
  return typeof start === "number" ? { after: matching.filter((object) => at(object) > start) } : start;
}

function fits(object: Kept, params: Params): boolean {
  const created = params["created"];
  if (typeof created === "number" && object.created !== created) return false;
  if (typeof created === "object" && created !== null && !within(object.created, created)) return false;
  const types = params["types"];
  if (Array.isArray(types) && !types.includes(object["type"])) return false;
  return ["currency", "type", "source", "status", "charge"].every((field) => params[field] === undefined || object[field] === params[field]);
}

function within(at: number, range: object): boolean {
  return Object.entries(range).every(([bound, value]) => {
    const limit = Number(value);
    return bound === "gte" ? at >= limit : bound === "gt" ? at > limit : bound === "lte" ? at <= limit : at < limit;
  });
}

export function pathsOf(params: Params): string[] {
  const expand = params["expand"];
  return Array.isArray(expand) ? expand.map(String) : [];
}

/** Up to four levels deep, as Stripe has it; the paths of a list begin with `data`. */
function expandedOf(object: Kept, paths: readonly string[], books: StripeBooks): Kept | Refusal {
  const result: Kept = { ...object };
  for (const path of paths.toSorted()) {
    const [first, ...steps] = path.split(".");
    if (first !== "data" || steps.length === 0 || steps.length > 4) return refusal("", "expand", `This property cannot be expanded (${path}).`);
    let holder: Record<string, unknown> = result;
    for (const step of steps) {
      const value = holder[step];
      if (value === null || value === undefined) break;
      const found = typeof value === "string" ? byId(value, books) : value;
      if (found === null) break;
      const copy: Record<string, unknown> = typeof found === "object" ? { ...found } : {};
      holder[step] = copy;
      holder = copy;
    }
  }
  return result;
}

/** What an id stands for; null for kinds that the stand-in keeps only as lines. */
export function byId(id: string, books: StripeBooks): Kept | null {
  const entry = books.entries.find((one) => one.id === id);
  if (entry !== undefined) return shown(books, entry);
  const objects: readonly { id: string }[] = [...books.charges, ...books.refunds, ...books.payouts];
  const dispute = books.disputes.find((one) => one.id === id);
  if (dispute !== undefined) return kept({ ...dispute, balance_transactions: linesOf(books, id) });
  const found = objects.find((one) => one.id === id);
  return found === undefined ? null : kept(found);
}

/** What a key must be allowed to read before it may have this expanded. */
export function neededFor(list: string, paths: readonly string[]): Permission[] {
  const needed: Permission[] = [];
  for (const path of paths) {
    if (path.includes("balance_transaction")) needed.push("balance_transactions");
    if (path.includes("source")) needed.push("charges", "refunds", "disputes", "payouts");
  }
  const own = PERMISSIONS.find((permission) => permission === list);
  return own === undefined ? needed : [own, ...needed];
}

const refusal = (code: string, param: string, message: string): Refusal => ({ status: 400, code, param, message });
