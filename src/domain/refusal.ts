/** A refusal: what was asked cannot be done as things stand. Thrown so that the transaction around it rolls back; routes answer it as problem+json. */

export interface RefusalDetails {
  status: 400 | 401 | 403 | 404 | 409 | 412 | 413 | 415 | 422 | 429 | 503;
  /** Stable snake_case word. */
  code: string;
  /** A full sentence: what was expected, what was seen, what the person can do. */
  message: string;
  expected?: unknown;
  seen?: unknown;
  /** More members for the problem document, e.g. `blockers`. */
  more?: Record<string, unknown>;
  /** When asking again is worth it; answered as `Retry-After`. */
  retryAfterSeconds?: number;
}

export class Refusal extends Error {
  readonly details: RefusalDetails;

  constructor(details: RefusalDetails, options?: ErrorOptions) {
    super(details.message, options);
    this.name = "Refusal";
    this.details = details;
  }
}

/** The thing does not exist, or belongs to somebody else, which must look the same. */
export function notFound(noun: string): Refusal {
  return new Refusal({ status: 404, code: "not_found", message: `There is no such ${noun} here. Check the id; it may have been deleted.` });
}

/** The file's row and hash are here, its bytes are not any more. `expiredAt`: ISO 8601. */
export function rawFileExpired(expiredAt: string): Refusal {
  return new Refusal({
    status: 409,
    code: "raw_file_expired",
    message:
      "The file itself has expired: your company keeps raw files for a time (see Settings), and its hash for good. What was booked from it stays. Whoever has the same bytes can be told by the hash.",
    more: { expired_at: expiredAt },
  });
}

/** Infrastructure is away: what was asked may heal by itself and is worth asking again. Never a job's failure. */
export class Unavailable extends Error {
  readonly what: "database" | "storage" | "queue";

  constructor(what: Unavailable["what"], options?: ErrorOptions) {
    super(`The ${what} does not answer.`, options);
    this.name = "Unavailable";
    this.what = what;
  }
}
