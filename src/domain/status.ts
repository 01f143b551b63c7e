/** The stages of a job, the status people see, and every move that exists (RULES.md §9). The database moves by compare-and-set from this table. */

export const STAGES = [
  "deposited",
  "fetching",
  "waiting",
  "parsing",
  "matching",
  "needs_mapping",
  "in_review",
  "importing",
  "done",
  "undoing",
  "undone",
  "cancelled",
] as const;
export type Stage = (typeof STAGES)[number];
export type JobStatus = "pending" | "running" | "completed" | "partial" | "failed";

/** From each stage, the stages a job may go on to. A failure keeps its stage; its status alone says so. */
export const MOVES = {
  deposited: ["parsing", "cancelled"],
  fetching: ["deposited", "waiting", "done", "cancelled"],
  waiting: ["deposited", "cancelled"],
  parsing: ["needs_mapping", "matching", "cancelled"],
  matching: ["needs_mapping", "in_review", "importing", "done", "cancelled"],
  needs_mapping: ["parsing", "matching", "cancelled"],
  in_review: ["matching", "importing", "cancelled"],
  importing: ["done", "matching", "undoing"],
  done: ["matching", "undoing"],
  undoing: ["undone", "done"],
  undone: [],
  cancelled: [],
} as const satisfies Record<Stage, readonly Stage[]>;

/** The stages in which a machine is at work: the sweeper announces these again when they stand still. */
export const WORKING_STAGES = ["deposited", "fetching", "parsing", "matching", "importing", "undoing"] as const satisfies readonly Stage[];

/** The message that sets a job of this stage going again; null where a person or another job is waited for. */
export const STAGE_MESSAGE = {
  deposited: "job.deposited",
  fetching: "sync.due",
  waiting: null,
  parsing: "job.deposited",
  matching: "job.parsed",
  needs_mapping: null,
  in_review: null,
  importing: "job.approved",
  done: null,
  undoing: "job.undo",
  undone: null,
  cancelled: null,
} as const satisfies Record<Stage, string | null>;

const STATUS_OF_STAGE = {
  deposited: "pending",
  fetching: "running",
  waiting: "running",
  parsing: "running",
  matching: "running",
  needs_mapping: "running",
  in_review: "running",
  importing: "running",
  undoing: "running",
  cancelled: "failed",
} as const satisfies Partial<Record<Stage, JobStatus>>;

/** May a job go from one stage to the other? */
export function canMove(move: { from: Stage; to: Stage }): boolean {
  const targets: readonly Stage[] = MOVES[move.from];
  return targets.includes(move.to);
}

/** The stages from which `to` can be reached, for the `where stage in (…)` of a compare-and-set. */
export function stagesBefore(to: Stage): Stage[] {
  return STAGES.filter((from) => canMove({ from, to }));
}

/** The status that a stage brings with it; null where the mover says which (`done`) or where it stays as it was (`undone`). */
export function statusOf(stage: Stage): JobStatus | null {
  return stage in STATUS_OF_STAGE ? STATUS_OF_STAGE[stage as keyof typeof STATUS_OF_STAGE] : null;
}
