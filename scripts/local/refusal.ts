/** A stop with a reason that a person can act on: printed as one line, without a stack. Never used for our own bugs. */
export class Refusal extends Error {}

/** Prints what went wrong on the way out: a refusal as its one line, anything else whole. */
export function explain(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
