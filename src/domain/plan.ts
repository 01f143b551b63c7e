/** The plan of a job: what would happen to each row, and what a person may decide about it (RULES.md §2, §6). */

export const OUTCOMES = ["new", "duplicate", "possible_duplicate", "update", "removal", "conflict", "unmapped", "invalid"] as const;
export type Outcome = (typeof OUTCOMES)[number];
/** `unmapped` and `invalid` are what a row is; only the others are ever written down as the matcher's finding. */
export type StoredOutcome = Exclude<Outcome, "unmapped" | "invalid">;

export const DECISIONS = ["import", "skip", "link"] as const;
export type Decision = (typeof DECISIONS)[number];

export type OutcomeCounts = Partial<Record<Outcome, number>>;

/** Outcomes that wait for a person before a job can be approved (a delta's removals and updates are decided already). */
export const OPEN_OUTCOMES = ["possible_duplicate", "conflict", "removal"] as const satisfies readonly Outcome[];

/** What happens to a row on which nobody has said anything. */
export const DEFAULT_DECISION = {
  new: "import",
  duplicate: "link",
  update: "import",
  possible_duplicate: null,
  conflict: null,
  removal: null,
  unmapped: "skip",
  invalid: "skip",
} as const satisfies Record<Outcome, Decision | null>;

/** What a person may decide for each outcome. For a removal `import` means apply; for a tombstoned duplicate `import` means restore. */
export const ALLOWED_DECISIONS = {
  new: ["import", "skip", "link"],
  duplicate: ["link", "skip", "import"],
  update: ["import", "skip"],
  possible_duplicate: ["import", "link", "skip"],
  conflict: ["import", "skip"],
  removal: ["import", "skip"],
  unmapped: [],
  invalid: [],
} as const satisfies Record<Outcome, readonly Decision[]>;

/** Removals have no staged row; their seq starts here, far above any file's row count. */
export const REMOVAL_SEQ_START = 1_000_000_000_000;
