/**
 * The oracle: what the books must hold, counted in plain words from what the banks' files show and what people decided. Knows the files, not the parser;
 * counts movements, reads no key and runs no SQL.
 */
import { type BankFile, contentOf } from "./bank.ts";

/** A movement in the books: who shows it keeps it there. */
interface Held {
  id: string;
  accountId: string;
  content: string;
  /** Jobs that brought or saw it, the first one first. */
  jobs: string[];
  isDeleted: boolean;
  /** Jobs that brought it back from a person's deletion. */
  restoredBy: string[];
}

/** What was decided for one staged row when its statement was booked. */
export interface PlannedRow {
  id: string;
  outcome: string;
  decision: string | null;
  targetId: string | null;
}

export interface BookedStatement {
  ordinal: number;
  accountId: string;
  /** One for each row that the file shows, in the file's order. */
  rows: PlannedRow[];
}

interface HeldBalance {
  key: string;
  accountId: string;
  asOf: string;
  amount: number;
  job: string;
}

/** One row on its way into the books. */
interface Booking {
  jobId: string;
  accountId: string;
  content: string;
  /** The how-manieth of equal movements in its statement. */
  k: number;
  row: PlannedRow;
  /** The books before the job. */
  before: Held[];
  /** What each (content, k) of the job has met so far. */
  met: Map<string, Held | null>;
  /** What became of each row of the job so far. */
  stood: Map<string, Held | null>;
}

export class Ledger {
  private held: Held[] = [];
  private balances: HeldBalance[] = [];
  private readonly deleted = new Set<string>();
  readonly complaints: string[] = [];

  /** A job was booked: these statements of its file, with what the plan and people said of each row. Returns how many rows that booked or brought back. */
  book(jobId: string, file: BankFile, statements: BookedStatement[]): number {
    const before = [...this.held];
    const met = new Map<string, Held | null>();
    const stood = new Map<string, Held | null>();
    let booked = 0;
    for (const statement of statements) {
      const shown = file.statements[statement.ordinal];
      if (shown === undefined) throw new Error(`The file has no statement ${statement.ordinal}.`);
      const seen = new Map<string, number>();
      const claimed = new Set<Held>();
      for (const [position, movement] of shown.rows.entries()) {
        const row = statement.rows[position];
        if (row === undefined) {
          this.complaints.push(`job ${jobId}, statement ${statement.ordinal}: row ${position} was never staged`);
          continue;
        }
        const content = contentOf(movement, shown.day);
        const k = (seen.get(content) ?? 0) + 1;
        seen.set(content, k);
        const { held, count } = this.bookRow({ jobId, accountId: statement.accountId, content, k, row, before, met, stood });
        booked += count;
        stood.set(row.id, held);
        if (held === null) continue;
        if (claimed.has(held)) this.complaints.push(`job ${jobId}, statement ${statement.ordinal}: two rows claim the movement ${held.id}`);
        claimed.add(held);
      }
      this.bookBalance(jobId, statement.accountId, shown);
    }
    return booked;
  }

  private bookRow(at: Booking): { held: Held | null; count: number } {
    const { row, met } = at;
    const place = `${at.accountId}|${at.content}|${at.k}`;
    if (row.decision === "skip") {
      if (!met.has(place)) met.set(place, null);
      return { held: null, count: 0 };
    }
    const isAsked = row.outcome === "duplicate" || row.outcome === "possible_duplicate";
    if (isAsked && row.decision === "import") return this.force(at, place);
    const kth = at.before.filter((held) => held.accountId === at.accountId && held.content === at.content && this.held.includes(held))[at.k - 1];
    const same = met.has(place) ? met.get(place) : kth;
    const held = same !== undefined ? same : isAsked ? this.other(at) : this.bring(at);
    met.set(place, held);
    if (held !== null && !held.jobs.includes(at.jobId)) held.jobs.push(at.jobId);
    return { held, count: same === undefined && !isAsked ? 1 : 0 };
  }

  /** The plan, or a person, says that it is a movement which stands in the books in other words. */
  private other(at: Booking): Held | null {
    const inFile = at.stood.get(at.row.targetId ?? "");
    if (inFile !== undefined) return inFile;
    const held = this.held.find((each) => each.id === at.row.targetId);
    if (held === undefined) this.complaints.push(`job ${at.jobId}: row ${at.row.id} is linked to ${at.row.targetId}, which is not in the books`);
    return held ?? null;
  }

  /** A person said that it is a movement of its own; or, of a deleted one, that it is back. */
  private force(at: Booking, place: string): { held: Held; count: number } {
    const target = this.held.find((held) => held.id === at.row.targetId);
    if (target !== undefined && (target.isDeleted || target.restoredBy.includes(at.jobId))) {
      const count = target.isDeleted ? 1 : 0;
      if (count === 1) target.restoredBy.push(at.jobId);
      target.isDeleted = false;
      if (!target.jobs.includes(at.jobId)) target.jobs.push(at.jobId);
      if (!at.met.has(place)) at.met.set(place, target);
      return { held: target, count };
    }
    const brought = this.bring(at);
    if (!at.met.has(place)) at.met.set(place, brought);
    return { held: brought, count: 1 };
  }

  private bring(at: Booking): Held {
    const held = {
      id: at.row.id,
      accountId: at.accountId,
      content: at.content,
      jobs: [at.jobId],
      isDeleted: this.deleted.has(at.row.id),
      restoredBy: [],
    };
    this.held.push(held);
    return held;
  }

  private bookBalance(jobId: string, accountId: string, shown: BankFile["statements"][number]): void {
    const key = `${accountId}|${shown.number}|${shown.day}`;
    this.balances = this.balances.filter((balance) => balance.key !== key || balance.job !== jobId);
    this.balances.push({ key, accountId, asOf: shown.day, amount: shown.closing, job: jobId });
  }

  /** A job was taken back: what only it showed is gone. */
  undo(jobId: string): void {
    for (const held of this.held) {
      held.jobs = held.jobs.filter((job) => job !== jobId);
      if (!held.restoredBy.includes(jobId)) continue;
      held.restoredBy = held.restoredBy.filter((job) => job !== jobId);
      held.isDeleted = true;
    }
    this.held = this.held.filter((held) => held.jobs.length > 0);
    this.balances = this.balances.filter((balance) => balance.job !== jobId);
  }

  setDeleted(id: string, isDeleted: boolean): void {
    if (isDeleted) this.deleted.add(id);
    else this.deleted.delete(id);
    for (const held of this.held) if (held.id === id) held.isDeleted = isDeleted;
  }

  /** The books as a sorted list, one line a movement. */
  movements(): string[] {
    return this.held.map((held) => lineOf(held)).sort();
  }

  /** The account's current balance: the latest day's, and of one day the one that was booked last; null where none was ever told. */
  balanceOf(accountId: string): number | null {
    const own = this.balances.filter((balance) => balance.accountId === accountId);
    const latest = own
      .map((balance) => balance.asOf)
      .sort()
      .at(-1);
    return own.findLast((balance) => balance.asOf === latest)?.amount ?? null;
  }
}

export function lineOf(held: Pick<Held, "accountId" | "content" | "isDeleted" | "jobs">): string {
  return `${held.accountId}|${held.content}|${held.isDeleted ? "deleted" : "live"}|${[...new Set(held.jobs)].sort().join(",")}`;
}
