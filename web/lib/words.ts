/** The bank's world in words: stages, outcomes, checks and states as people say them. Words only; decides nothing. */
import type { Connection, Decision, Job, Outcome, Stage, Statement } from "../api/types.ts";

export type Tone = "neutral" | "busy" | "good" | "warn" | "bad";

interface State {
  text: string;
  tone: Tone;
}

const STAGE_STATES = {
  deposited: { text: "Received", tone: "busy" },
  fetching: { text: "Fetching", tone: "busy" },
  waiting: { text: "Waiting its turn", tone: "neutral" },
  parsing: { text: "Reading", tone: "busy" },
  matching: { text: "Matching", tone: "busy" },
  needs_mapping: { text: "Needs accounts", tone: "warn" },
  in_review: { text: "Ready for review", tone: "warn" },
  importing: { text: "Booking", tone: "busy" },
  done: { text: "Booked", tone: "good" },
  undoing: { text: "Undoing", tone: "busy" },
  undone: { text: "Undone", tone: "neutral" },
  cancelled: { text: "Cancelled", tone: "neutral" },
} as const satisfies Record<Stage, State>;

/** What a job's status and stage come to in two words. */
export function jobState(job: Pick<Job, "status" | "stage" | "waits_for">): State {
  if (job.stage === "cancelled" || job.stage === "undone") return STAGE_STATES[job.stage];
  if (job.status === "failed") return { text: `Failed while ${FAILED_WHILE[job.stage]}`, tone: "bad" };
  if (job.waits_for === "reading") return { text: "Asks how to read it", tone: "warn" };
  if (job.stage === "done" && job.status === "partial") return { text: "Booked in part", tone: "warn" };
  return STAGE_STATES[job.stage];
}

export const FAILED_WHILE = {
  deposited: "receiving",
  fetching: "fetching",
  waiting: "waiting",
  parsing: "reading",
  matching: "matching",
  needs_mapping: "mapping",
  in_review: "in review",
  importing: "booking",
  done: "finishing",
  undoing: "undoing",
  undone: "undoing",
  cancelled: "cancelling",
} as const satisfies Record<Stage, string>;

interface OutcomeWords {
  /** One row: "duplicate". */
  one: string;
  many: string;
  tone: Tone;
  /** What the outcome means, for the head of its tab. */
  meaning: string;
}

export const OUTCOME_WORDS = {
  new: { one: "New", many: "New", tone: "good", meaning: "Not in the books yet. Approving books them." },
  duplicate: {
    one: "Duplicate",
    many: "Duplicates",
    tone: "neutral",
    meaning: "Already in the books. Approving notes that they were seen again and books nothing.",
  },
  possible_duplicate: {
    one: "Possible duplicate",
    many: "Possible duplicates",
    tone: "warn",
    meaning: "May be in the books already. Each needs your decision before the job can be approved.",
  },
  update: {
    one: "Update",
    many: "Updates",
    tone: "neutral",
    meaning: "The bank has restated a movement that is in the books. Approving takes the new version; your notes stay.",
  },
  removal: {
    one: "Removal",
    many: "Removals",
    tone: "warn",
    meaning: "In the books, but the bank has withdrawn them. Each needs your decision; nothing is removed by itself.",
  },
  conflict: {
    one: "Conflict",
    many: "Conflicts",
    tone: "bad",
    meaning: "The bank now says something else about a movement in the books. Each needs your decision.",
  },
  unmapped: {
    one: "Unmapped",
    many: "Unmapped",
    tone: "warn",
    meaning: "Their bank account is not mapped to one of yours. They stay behind until it is.",
  },
  invalid: { one: "Invalid", many: "Invalid", tone: "bad", meaning: "Could not be read. They stay behind, with the line and the reason." },
} as const satisfies Record<Outcome, OutcomeWords>;

/** What a decision does to a row of this outcome, as the words of a button. */
export function decisionWords(outcome: Outcome, decision: Decision): string {
  if (decision === "link") return "It is the same";
  if (decision === "skip") return SKIP_WORDS[outcome];
  return IMPORT_WORDS[outcome];
}

const IMPORT_WORDS = {
  new: "Book it",
  duplicate: "Book it anyway",
  possible_duplicate: "Book as new",
  update: "Take the new version",
  removal: "Remove it",
  conflict: "Take the bank's version",
  unmapped: "Book it",
  invalid: "Book it",
} as const satisfies Record<Outcome, string>;

const SKIP_WORDS = {
  new: "Leave it out",
  duplicate: "Leave it out",
  possible_duplicate: "Leave it out",
  update: "Keep what is booked",
  removal: "Keep it",
  conflict: "Keep what is booked",
  unmapped: "Leave it out",
  invalid: "Leave it out",
} as const satisfies Record<Outcome, string>;

/** What was decided, as a state of the row. */
export function decidedWords(outcome: Outcome, decision: Decision): string {
  if (outcome === "unmapped") return "No account yet";
  if (outcome === "invalid") return "Stays behind";
  if (decision === "link") return "Will be linked";
  if (decision === "skip")
    return outcome === "update" || outcome === "conflict" || outcome === "removal" ? "Will stay as booked" : "Will be left out";
  if (outcome === "removal") return "Will be removed";
  return outcome === "update" || outcome === "conflict" ? "Will be updated" : "Will be booked";
}

const CHECK_WORDS: Record<string, string> = {
  ledger_by_details: "Opening balance plus every movement comes to the closing balance",
  ledger_by_summary: "Opening balance plus the bank's own totals comes to the closing balance",
  credits_total: "The credits listed come to the bank's total credits",
  debits_total: "The debits listed come to the bank's total debits",
  credits_count: "The bank counts as many credits as are listed",
  debits_count: "The bank counts as many debits as are listed",
  continuity: "It opens where the statement before it closed",
  float: "Available balance plus float comes to the closing balance",
  account_control_total: "The account's control total",
  account_record_count: "The account's number of records",
  group_control_total: "The group's control total",
  group_record_count: "The group's number of records",
  group_account_count: "The group's number of accounts",
  file_control_total: "The file's control total",
  file_record_count: "The file's number of records",
  file_group_count: "The file's number of groups",
};

export function checkWords(check: string): string {
  return CHECK_WORDS[check] ?? sentence(check);
}

/** Counts are counted, not paid: their figures carry no decimals. */
export function isCountCheck(check: string): boolean {
  return check.includes("count") || check.includes("number");
}

export function proofState(ok: boolean | null): State {
  if (ok === null) return { text: "Not provable", tone: "neutral" };
  return ok ? { text: "Proven", tone: "good" } : { text: "Does not add up", tone: "bad" };
}

export const STATEMENT_KINDS = { final: "Final", interim: "Interim", delta: "Changes" } as const satisfies Record<Statement["kind"], string>;

export const CONNECTION_TYPES = {
  bai2: "BAI2 bank files",
  file: "Bank files, any format",
  plaid: "Plaid",
  stripe: "Stripe",
  bank_api: "Bank API",
  sftp: "SFTP",
} as const satisfies Record<Connection["connection_type"], string>;

export const FORMAT_NAMES: Record<string, string> = {
  bai2: "BAI2",
  csv: "CSV",
  mt940: "MT940",
  ofx: "OFX",
  json: "JSON",
  custom: "Custom text",
  xml: "camt (XML)",
  qif: "QIF",
  xlsx: "Excel",
  archive: "Archive",
};

/** `account_control_total` → `Account control total`, for words that this page does not know yet. */
export function sentence(snake: string): string {
  const words = snake.replaceAll(/[_.]/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many;
}
