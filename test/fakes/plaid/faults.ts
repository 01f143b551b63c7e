/** What a test can order to go wrong, call by call. The order of faults of a path is the order of its calls. */
import type { ItemError } from "./world.ts";

export type Fault =
  /** An error of Plaid's own shape. */
  | { kind: "error"; status: number; error: ItemError; retryAfterSeconds?: number }
  /** An error page of something in between. */
  | { kind: "page"; status: number; retryAfterSeconds?: number }
  /** The answer, so many milliseconds late. */
  | { kind: "slow"; ms: number }
  /** Half the answer, then the line is dead. */
  | { kind: "cut_off" }
  /** Half the answer, as if it were whole. */
  | { kind: "malformed" }
  /** Something happens at the bank just before the answer is made. */
  | { kind: "before"; happens: () => void }
  /** The answer, changed on its way. */
  | { kind: "changed"; change: (answer: Record<string, unknown>) => Record<string, unknown> };

export const FAULTS = {
  rateLimited: (code = "TRANSACTIONS_SYNC_LIMIT", retryAfterSeconds?: number): Fault => ({
    kind: "error",
    status: 429,
    error: { error_type: "RATE_LIMIT_EXCEEDED", error_code: code, error_message: "rate limit exceeded" },
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  }),
  internal: (): Fault => ({
    kind: "error",
    status: 500,
    error: { error_type: "API_ERROR", error_code: "INTERNAL_SERVER_ERROR", error_message: "an unexpected error occurred" },
  }),
  institutionDown: (): Fault => ({
    kind: "error",
    status: 400,
    error: { error_type: "INSTITUTION_ERROR", error_code: "INSTITUTION_DOWN", error_message: "this institution is not currently responding" },
  }),
  balancesNotSupported: (): Fault => ({
    kind: "error",
    status: 400,
    error: { error_type: "ITEM_ERROR", error_code: "PRODUCTS_NOT_SUPPORTED", error_message: "the products are not supported by this institution" },
  }),
  mutation: (): Fault => ({ kind: "error", status: 400, error: MUTATION }),
  invalidCursor: (): Fault => ({ kind: "error", status: 400, error: INVALID_CURSOR }),
} as const;

export const MUTATION: ItemError = {
  error_type: "TRANSACTIONS_ERROR",
  error_code: "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION",
  error_message: "the data changed since the last page was fetched",
};
export const INVALID_CURSOR: ItemError = {
  error_type: "INVALID_REQUEST",
  error_code: "INVALID_FIELD",
  error_message: "cursor not associated with access_token",
};
export const LOGIN_REQUIRED: ItemError = {
  error_type: "ITEM_ERROR",
  error_code: "ITEM_LOGIN_REQUIRED",
  error_message: "the login details of this item have changed",
};

export class FaultQueue {
  readonly #byPath = new Map<string, Fault[]>();

  /** The next calls of `path` each meet one of `faults`; `*` is any path that has none of its own. */
  order(path: string, ...faults: readonly Fault[]): void {
    this.#byPath.set(path, [...(this.#byPath.get(path) ?? []), ...faults]);
  }

  /** The same for the calls about one login, so that tests do not disturb one another. */
  orderFor(accessToken: string, path: string, ...faults: readonly Fault[]): void {
    this.order(`${path} ${accessToken}`, ...faults);
  }

  clear(): void {
    this.#byPath.clear();
  }

  next(path: string, accessToken: string): Fault | null {
    return this.#byPath.get(`${path} ${accessToken}`)?.shift() ?? this.#byPath.get(path)?.shift() ?? this.#byPath.get("*")?.shift() ?? null;
  }
}
