/** When two movements are the same one (RULES.md §2). Pure; the hash itself is taken in SQL, where the rows are. */
import type { Day, Minor } from "./record.ts";

/** Changes only when what counts as the same movement changes; then every stored key is computed anew. */
export const IDENTITY_VERSION = "1";

/** Unit separator: cannot stand in any of the parts. */
const SEPARATOR = "\u001f";

export interface IdentityParts {
  currency: string;
  amountMinor: Minor;
  postedOn: Day;
  typeCode: string;
  bankReference: string | null;
  customerReference: string | null;
  text: string;
}

/**
 * All that makes a movement itself, but for its account: `identity_key = sha256(version, account_id, identity text)`, in SQL as
 * `identityKeySql` of the store. An absent and an empty reference are the same: banks write both for one.
 */
export function identityText(parts: IdentityParts): string {
  return [
    parts.currency,
    parts.amountMinor,
    parts.postedOn,
    parts.typeCode,
    parts.bankReference ?? "",
    parts.customerReference ?? "",
    reduceText(parts.text),
  ].join(SEPARATOR);
}

/** Upper-case letters and digits only, so that the joining of wrapped lines, slashes and blanks cannot make two of one. */
export function reduceText(text: string): string {
  return text.toUpperCase().replace(/[^\p{L}\p{Nd}]+/gu, "");
}
