/** What may stand in double braces in the paths, queries and headers of a bank's configuration, and its filling. Never evaluates anything. */

/** Known in every request for an account's data; `since` and `until` are days, with `_at` instants. */
export const REQUEST_WORDS = ["account.id", "account.currency", "since", "until", "since_at", "until_at", "uuid"] as const;
/** In headers: the credential of that name beside. */
export const HEADER_WORDS = ["uuid", "consent_id"] as const;

export type Word = (typeof REQUEST_WORDS)[number] | (typeof HEADER_WORDS)[number];

const PLACE = /\{\{\s*([\w.]*)\s*\}\}/g;

/** Words that are not among `known`, in the order in which they stand. */
export function unknownWords(text: string, known: readonly string[]): string[] {
  return [...text.matchAll(PLACE)].map((match) => match[1] ?? "").filter((word) => !known.includes(word));
}

/** The text with each word's value; `encode` as its place asks. A word without a value leaves nothing. */
export function fillTemplate(text: string, values: ReadonlyMap<string, string>, encode: (value: string) => string = (value) => value): string {
  return text.replaceAll(PLACE, (_whole, word: string) => encode(values.get(word) ?? ""));
}
