/** What goes wrong in one history, how often, and how often it has: drawn from the seed, counted by kind. Decides nothing about the house. */
import type { Chance } from "../../harness/random.ts";

/** Every kind of fault that is injected. */
export const FAULTS = [
  "killed_before_transaction",
  "killed_inside_transaction",
  "killed_before_commit",
  "killed_after_commit",
  /** Only where a mutant commits twice. */
  "killed_between_commits",
  "answer_lost_after_commit",
  "connection_lost",
  "connect_refused",
  "database_outage",
  "worker_paused_past_lease",
  "clock_ran_on",
  "time_budget_spent",
  "message_duplicated",
  "message_delayed",
  "message_lost",
  "message_reordered",
  "acknowledgement_lost",
  "queue_refused",
  "queue_answer_lost",
  "object_missing",
  "object_changed",
  "object_rewritten",
  "storage_refused",
] as const;
export type Fault = (typeof FAULTS)[number];

/** In per mille of the occasions. */
export type Rates = Record<Fault, number>;

export class Weather {
  readonly counts: Partial<Record<Fault, number>> = {};
  isCalm = false;
  private readonly chance: Chance;
  private readonly rates: Rates;
  private readonly tell: (fault: Fault) => void;

  constructor(chance: Chance, tell: (fault: Fault) => void) {
    this.chance = chance;
    this.tell = tell;
    this.rates = drawRates(chance);
  }

  /** True where the fault strikes now; it is counted then. */
  strikes(fault: Fault): boolean {
    if (this.isCalm || this.chance.below(1000) >= this.rates[fault]) return false;
    this.note(fault);
    return true;
  }

  never(fault: Fault): void {
    this.rates[fault] = 0;
  }

  note(fault: Fault): void {
    this.counts[fault] = (this.counts[fault] ?? 0) + 1;
    this.tell(fault);
  }
}

/** Per mille at the worst. A transaction has some five occasions, a job some forty transactions: a stage should come through now and then. */
const WORST: Rates = {
  killed_before_transaction: 15,
  killed_inside_transaction: 8,
  killed_before_commit: 25,
  killed_after_commit: 25,
  killed_between_commits: 300,
  answer_lost_after_commit: 15,
  connection_lost: 6,
  connect_refused: 30,
  database_outage: 8,
  worker_paused_past_lease: 60,
  clock_ran_on: 500,
  time_budget_spent: 40,
  message_duplicated: 150,
  message_delayed: 300,
  message_lost: 60,
  message_reordered: 500,
  acknowledgement_lost: 100,
  queue_refused: 60,
  queue_answer_lost: 60,
  object_missing: 120,
  object_changed: 120,
  object_rewritten: 120,
  storage_refused: 40,
};

/** Each history has weather of its own: some kinds stay away, others strike hard. */
function drawRates(chance: Chance): Rates {
  const rates = { ...WORST };
  for (const fault of FAULTS) rates[fault] = Math.round((WORST[fault] * chance.pick([0, 20, 50, 100])) / 100);
  return rates;
}
