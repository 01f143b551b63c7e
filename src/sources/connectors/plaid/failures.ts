/** Plaid's errors as failures of ours: by type and code, never by their message. Keeps Plaid's texts out of what people read: they are written for programmers. */
import * as z from "zod";
import type { ProviderFailureKind } from "../../../domain/connection-health.ts";
import { ConnectorFailure } from "../connector.ts";

/** Enums are open: Plaid adds words at will. */
export const plaidErrorSchema = z.looseObject({
  error_type: z.string(),
  error_code: z.string(),
  request_id: z.string().nullish(),
});
export type PlaidError = z.infer<typeof plaidErrorSchema>;

/** Over the type's own kind. */
const BY_CODE: ReadonlyMap<string, ProviderFailureKind> = new Map<string, ProviderFailureKind>([
  ["TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION", "chain_broken"],
  // Update mode may bring the login back; where it cannot, Link says so and makes a new one.
  ["USER_PERMISSION_REVOKED", "reauthenticate"],
  ["ADDITIONAL_CONSENT_REQUIRED", "reauthenticate"],
  ["ACCESS_NOT_GRANTED", "reauthenticate"],
  ["ITEM_NOT_FOUND", "gone"],
  ["INVALID_ACCESS_TOKEN", "gone"],
  ["ITEM_NOT_SUPPORTED", "gone"],
  ["INSTITUTION_NO_LONGER_SUPPORTED", "gone"],
  ["PRODUCT_NOT_READY", "unavailable"],
  ["INVALID_API_KEYS", "refused"],
  ["UNAUTHORIZED_ENVIRONMENT", "refused"],
  ["UNAUTHORIZED_ROUTE_ACCESS", "refused"],
  ["INVALID_PRODUCT", "refused"],
  ["PRODUCT_NOT_ENABLED", "refused"],
  ["NO_ACCOUNTS", "configuration"],
  ["PRODUCTS_NOT_SUPPORTED", "configuration"],
]);

const BY_TYPE: ReadonlyMap<string, ProviderFailureKind> = new Map<string, ProviderFailureKind>([
  ["RATE_LIMIT_EXCEEDED", "rate_limited"],
  ["API_ERROR", "unavailable"],
  ["INSTITUTION_ERROR", "unavailable"],
  ["TRANSACTIONS_ERROR", "unavailable"],
  ["ITEM_ERROR", "reauthenticate"],
  ["OAUTH_ERROR", "reauthenticate"],
  ["INVALID_REQUEST", "configuration"],
  ["INVALID_INPUT", "configuration"],
]);

/** Null: a code and type that nobody has mapped. */
export function kindOf({ error_type, error_code }: Pick<PlaidError, "error_type" | "error_code">): ProviderFailureKind | null {
  return BY_CODE.get(error_code) ?? BY_TYPE.get(error_type) ?? null;
}

interface Answered {
  status: number;
  error: PlaidError | null;
  /** The cursor that was sent, where one was. */
  cursor: string | null;
  bank: string;
  retryAfterSeconds: number | null;
}

/** An answer that is no 200. */
export function failureOf({ status, error, cursor, bank, retryAfterSeconds }: Answered): ConnectorFailure {
  const known = error === null ? null : kindOf(error);
  const kind = isLostCursor(error, cursor) ? "cursor_lost" : (known ?? kindOfStatus(status));
  const code = error?.error_code ?? `http_${status}`;
  return new ConnectorFailure({
    kind,
    code,
    message: `${sentenceOf(kind, bank)} (${code})`,
    requestId: error?.request_id ?? null,
    retryAfterSeconds,
  });
}

/** An error that Plaid keeps with a login at a bank (`item.error`), which is not of one call. */
export function failureOfItem(error: PlaidError, bank: string): ConnectorFailure {
  const kind = kindOf(error) ?? "reauthenticate";
  return new ConnectorFailure({ kind, code: error.error_code, message: `${sentenceOf(kind, bank)} (${error.error_code})` });
}

/** Plaid has no code of its own for a cursor it does not know: it is the one field of ours that could be invalid. */
function isLostCursor(error: PlaidError | null, cursor: string | null): boolean {
  return cursor !== null && (error?.error_code === "INVALID_FIELD" || error?.error_code === "INVALID_CURSOR");
}

function kindOfStatus(status: number): ProviderFailureKind {
  if (status === 429) return "rate_limited";
  if (status >= 500 || status === 408) return "unavailable";
  return status === 401 || status === 403 ? "refused" : "malformed";
}

const SENTENCES = {
  reauthenticate: (bank) => `${bank} wants somebody to sign in again. Choose “Sign in again”; accounts and history stay.`,
  gone: (bank) => `Plaid no longer knows this login at ${bank}. Connect the bank again; accounts and history stay.`,
  refused: () =>
    "Plaid refused this installation's own credentials, or they lack a permission. The administrator has to check the keys and products at Plaid.",
  configuration: (bank) => `Plaid cannot answer for ${bank} as this connection is set. Check its settings, or connect the bank again.`,
  rate_limited: () => "Plaid has had too many requests. It is asked again later, by itself.",
  unavailable: (bank) => `Plaid or ${bank} does not answer at the moment. It is asked again later, by itself.`,
  chain_broken: (bank) => `New movements came at ${bank} while the pages were read. They are read again from the first one, by itself.`,
  cursor_lost: () => "Plaid no longer knows how far it was read. The whole history is read again, by itself; what is known is not booked twice.",
  malformed: () => "Plaid answered something that cannot be understood. Nothing of it was booked. It is asked again later, by itself.",
} satisfies Record<ProviderFailureKind, (bank: string) => string>;

/** What happened and what to do, for people. `bank` may be a name or "the bank". */
export function sentenceOf(kind: ProviderFailureKind, bank: string): string {
  const sentence = SENTENCES[kind](bank);
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
