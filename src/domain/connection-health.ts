/** How a connection that fetches can fail, and what follows from each kind: whether it heals by itself, and who has to do what. Pure. */

export const FAILURE_KINDS = [
  /** A person has to sign in at the bank or provider again. */
  "reauthenticate",
  /** What was connected is no longer there: removed, closed, never to answer again. */
  "gone",
  /** The credential was refused or lacks a permission. */
  "refused",
  /** The settings cannot be right: an address, an account that is not there. */
  "configuration",
  /** Too many requests; heals by waiting. */
  "rate_limited",
  /** The provider does not answer, or answers with its own fault; heals by waiting. */
  "unavailable",
  /** The data changed while its pages were read: the chain begins again. */
  "chain_broken",
  /** The provider no longer knows the cursor: the whole window is read again. */
  "cursor_lost",
  /** An answer that cannot be understood, or a value that nobody has mapped: nothing of it is booked. */
  "malformed",
  /** A fault of this program's own that nobody foresaw: no provider and no setting is to blame. Tried again like an outage. */
  "unexpected",
] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];
/** What a connector can say of its provider. */
export type ProviderFailureKind = Exclude<FailureKind, "unexpected">;

/** Kinds that need a person: such a connection is not tried again by itself. */
export const NEEDS_PERSON: readonly FailureKind[] = ["reauthenticate", "gone", "refused", "configuration"];

/** What the webhook of a provider asks for. `sync`: there is something to fetch. Money is never taken out of its body. */
export const BELL_EFFECTS = ["sync", "reauthenticate", "repaired", "expires", "disconnected", "none"] as const;
export type BellEffect = (typeof BELL_EFFECTS)[number];
