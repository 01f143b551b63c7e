/** Where the next page is, by what an answer says. Looks at cursors, links and ids; never at money. Pure. */
import type { Paging } from "../../../domain/bank-api/config.ts";
import { find, textFound } from "../../../domain/bank-api/expression.ts";
import { malformed } from "./failures.ts";

interface ReadPage {
  paging: Paging;
  answer: unknown;
  headers: Headers;
  rows: readonly unknown[];
  /** By which this page was asked for; null: the first. */
  token: string | null;
  /** The address of this page. */
  address: URL;
}

/** By which the next page is asked for, null after the last: an offset, a number, an id, a cursor, or a link's path and query. Throws ConnectorFailure. */
export function nextToken(page: ReadPage): string | null {
  return STEPS[page.paging.kind](page);
}

/** True where the token is a word of the bank's own, which it may forget. */
export const isBanksWord = (paging: Paging): boolean => ["cursor", "link_body", "link_header", "last_id"].includes(paging.kind);

/** The address of a page. */
export function withToken(address: URL, paging: Paging, token: string | null): URL {
  const next = new URL(address);
  if (paging.kind === "none") return next;
  if (paging.kind === "link_body" || paging.kind === "link_header") return token === null ? next : new URL(token, address.origin);
  if (paging.kind === "offset" || paging.kind === "page")
    next.searchParams.set(paging.param, token ?? String(paging.kind === "page" ? paging.first : 0));
  else if (token !== null) next.searchParams.set(paging.param, token);
  return next;
}

const STEPS: Record<Paging["kind"], (page: ReadPage) => string | null> = {
  none: () => null,
  offset({ paging, answer, rows, token }) {
    if (paging.kind !== "offset" || rows.length === 0) return null;
    const next = Number(token ?? 0) + rows.length;
    const total = figureAt(paging.total, answer);
    return total !== null && next >= total ? null : String(next);
  },
  page({ paging, answer, rows, token }) {
    if (paging.kind !== "page") return null;
    const number = Number(token ?? paging.first);
    const total = figureAt(paging.totalPages, answer);
    const isLast = total === null ? rows.length === 0 : number - paging.first + 1 >= total;
    return isLast ? null : String(number + 1);
  },
  last_id({ paging, rows }) {
    const last = rows.at(-1);
    if (paging.kind !== "last_id" || last === undefined) return null;
    const id = textFound(find(paging.field, last));
    if (id === null || id === "") throw malformed("no_last_id", "The last row of a page has no id to go on from. Correct the field of the paging.");
    return id;
  },
  cursor: ({ paging, answer }) => (paging.kind === "cursor" ? filled(textFound(find(paging.path, answer))) : null),
  link_body: ({ paging, answer, address }) => (paging.kind === "link_body" ? linked(textFound(find(paging.path, answer)), address) : null),
  link_header: ({ headers, address }) => linked(nextLink(headers.get("link")), address),
};

const filled = (text: string | null): string | null => (text === null || text === "" || text === "false" ? null : text);

function figureAt(path: string | undefined, answer: unknown): number | null {
  const text = path === undefined ? null : textFound(find(path, answer));
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** Path and query of a link of the same origin: whoever else it names would be handed the credentials. */
function linked(link: string | null, address: URL): string | null {
  if (link === null || link === "") return null;
  const target = URL.parse(link, address);
  if (target === null || target.origin !== address.origin || target.username !== "" || target.password !== "") {
    throw malformed(
      "link_to_another_origin",
      "The bank names a next page at another address. It is not followed there, and nothing of this run is booked.",
    );
  }
  return target.pathname + target.search;
}

/** `<https://…>; rel="next"` of RFC 8288. */
function nextLink(header: string | null): string | null {
  for (const [, target = "", parameters = ""] of (header ?? "").matchAll(/<([^>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*"?[^";]*\bnext\b/i.test(parameters)) return target;
  }
  return null;
}
