/**
 * The oracle: what the books must hold, counted in plain words from what the banks' files show and what people decided. Knows the files, not the parser;
 * counts movements, reads no key and runs no SQL.
 */
import { type BankFile, contentOf, isInvalid, type ShownStatement } from "./bank.ts";

/** A movement in the books: who shows it keeps it there. */
interface Held {
  id: string;
  accountId: string;
  content: string;
  /** Jobs that brought or saw it, the first one first. */
  jobs: string[];
  isDeleted: boolean;
  /** A person has reconciled it: from then on no source changes it unasked. */
  isReconciled: boolean;
  /** Shown by interim statements only. */
  isPending: boolean;
  /** The job that took it back for the bank. */
  removedBy: string | null;
  /** What jobs changed of it, the latest last, with how it was before. */
  changes: { job: string; was: Pick<Held, "content" | "isPending" | "removedBy"> }[];
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
  /** What the plan takes back, with what people said of it. */
  removals: { targetId: string; decision: string | null }[];
}

type BalanceNoun = "current" | "available";

interface HeldBalance {
  noun: BalanceNoun;
  accountId: string;
  /** The bank's own number: one a connection and account. */
  number: string;
  /** `2026-03-02 24:00`: in the account's own days. */
  asOf: string;
  kind: ShownStatement["kind"];
  amount: number;
  job: string;
}

/** What an account shows: an amount, and when it was. */
export interface ShownBalance {
  amount: number;
  asOf: string;
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
  /** The row stands in an interim statement. */
  isPending: boolean;
  /** A final statement of its day is known: an interim row brings nothing any more. */
  isLate: boolean;
}

/** A statement as it was booked, and as the file shows it. */
interface Part {
  statement: BookedStatement;
  shown: ShownStatement;
}

export class Ledger {
  private held: Held[] = [];
  private balances: HeldBalance[] = [];
  private finals: { job: string; accountId: string; day: string }[] = [];
  private readonly deleted = new Set<string>();
  private readonly reconciled = new Set<string>();
  readonly complaints: string[] = [];

  /** A job was booked: these statements of its file, with what the plan and people said of each row. */
  book(jobId: string, file: BankFile, statements: BookedStatement[]): void {
    const before = [...this.held];
    const met = new Map<string, Held | null>();
    const stood = new Map<string, Held | null>();
    const shows = new Set<Held>();
    const parts = statements
      .map((statement) => ({ statement, shown: shownBy(file, statement.ordinal) }))
      // A test is parsed and proven; its plan is empty (RULES.md §3).
      .filter(({ shown }) => shown.groupStatus !== 4)
      .sort((a, b) => a.statement.ordinal - b.statement.ordinal);
    const isReplaced = (part: Part) =>
      parts.some(
        ({ shown, statement }) =>
          (shown.groupStatus === 2 || shown.groupStatus === 3) &&
          shown.kind === "final" &&
          shown.day === part.shown.day &&
          statement.accountId === part.statement.accountId &&
          statement.ordinal > part.statement.ordinal,
      );
    const inPlay = parts.filter((part) => part.shown.groupStatus !== 2 && !isReplaced(part));
    for (const part of inPlay.filter(({ shown }) => shown.kind === "final"))
      this.finals.push({ job: jobId, accountId: part.statement.accountId, day: part.shown.day });
    for (const part of parts.filter((each) => !inPlay.includes(each))) this.bookAside(jobId, part, before, stood);
    for (const kind of ["final", "interim"])
      for (const part of inPlay.filter(({ shown }) => shown.kind === kind)) this.bookStatement({ jobId, part, before, met, stood, shows });
    for (const { statement } of parts) for (const removal of statement.removals) this.remove(jobId, removal, shows);
    for (const part of inPlay.filter(({ shown }) => shown.kind === "final")) this.expectNoPending(jobId, part, parts);
    this.bookBalances(
      jobId,
      parts.filter(({ shown }) => shown.groupStatus !== 2),
    );
  }

  /** Rows of a deletion's list, or of what a later group replaces, book nothing unless a person says so. */
  private bookAside(jobId: string, { statement, shown }: Part, before: Held[], stood: Map<string, Held | null>): void {
    for (const [position, movement] of shown.rows.entries()) {
      const row = statement.rows[position];
      if (row?.decision !== "import" || isInvalid(movement)) continue;
      const content = contentOf(movement, shown.day);
      const { held } = this.force(
        {
          jobId,
          accountId: statement.accountId,
          content,
          k: 1,
          row,
          before,
          met: new Map(),
          stood,
          isPending: shown.kind === "interim",
          isLate: false,
        },
        "",
        undefined,
      );
      stood.set(row.id, held);
    }
  }

  private bookStatement(at: {
    jobId: string;
    part: Part;
    before: Held[];
    met: Map<string, Held | null>;
    stood: Map<string, Held | null>;
    /** What the job shows, but for interim rows that a final statement of their day speaks for: those hold nothing back. */
    shows: Set<Held>;
  }): void {
    const { jobId, before, met, stood, shows } = at;
    const { statement, shown } = at.part;
    const { accountId } = statement;
    const seen = new Map<string, number>();
    const claimed = new Set<Held>();
    const isLate = shown.kind === "interim" && this.finals.some((final) => final.accountId === accountId && final.day === shown.day);
    for (const [position, movement] of shown.rows.entries()) {
      const row = statement.rows[position];
      if (row === undefined) {
        this.complaints.push(`job ${jobId}, statement ${statement.ordinal}: row ${position} was never staged`);
        continue;
      }
      if (isInvalid(movement) !== (row.outcome === "invalid"))
        this.complaints.push(`job ${jobId}: row ${row.id} is ${row.outcome}, of ${movement.code}`);
      if (isInvalid(movement)) continue;
      const content = contentOf(movement, shown.day);
      const k = (seen.get(content) ?? 0) + 1;
      seen.set(content, k);
      const { held } = this.bookRow({ jobId, accountId, content, k, row, before, met, stood, isPending: shown.kind === "interim", isLate });
      stood.set(row.id, held);
      if (held === null) continue;
      if (claimed.has(held)) this.complaints.push(`job ${jobId}, statement ${statement.ordinal}: two rows claim the movement ${held.id}`);
      claimed.add(held);
      if (!isLate) shows.add(held);
    }
  }

  private bookRow(at: Booking): { held: Held | null } {
    const { row, met } = at;
    const place = `${at.accountId}|${at.content}|${at.k}`;
    const isAsked = row.outcome === "duplicate" || row.outcome === "possible_duplicate";
    const meetable = (held: Held) =>
      held.accountId === at.accountId && held.content === at.content && held.removedBy === null && this.held.includes(held);
    // A plan that a later final statement overtook names no movement for an interim row: it need not show what was booked since.
    const kth = at.isLate && isAsked && row.targetId === null ? null : at.before.filter(meetable)[at.k - 1];
    if (isAsked && row.decision === "import") return this.force(at, place, kth);
    if (row.decision === "skip") {
      // Nothing is booked for it; what repeats it in the file still meets what it would have met.
      if (!met.has(place)) met.set(place, kth ?? null);
      return { held: null };
    }
    // Where a person forced or linked the row that this one repeats, the plan may still say that it shows what stood there before.
    const isOfBefore = kth !== null && kth !== undefined && row.outcome === "duplicate" && row.targetId === kth.id;
    const same = met.has(place) && !isOfBefore ? met.get(place) : kth;
    const held =
      same !== undefined
        ? same
        : isAsked || row.outcome === "update" || row.outcome === "conflict"
          ? this.other(at)
          : at.isLate
            ? null
            : this.bring(at);
    met.set(place, held);
    if (held === null) return { held };
    if (held.isReconciled && row.outcome === "update")
      this.complaints.push(`job ${at.jobId}: row ${row.id} changes ${held.id}, which is reconciled, unasked`);
    const isSettled = held.isReconciled && row.outcome !== "conflict";
    if (held.isPending && !at.isPending && !held.isDeleted && !isSettled)
      this.change(held, at.jobId, { content: at.content, isPending: false, removedBy: null });
    if (!held.jobs.includes(at.jobId)) held.jobs.push(at.jobId);
    return { held };
  }

  private change(held: Held, job: string, to: Pick<Held, "content" | "isPending" | "removedBy">): void {
    held.changes.push({ job, was: { content: held.content, isPending: held.isPending, removedBy: held.removedBy } });
    Object.assign(held, to);
  }

  /** The bank takes a movement back, where people agree; never one that this very job shows. */
  private remove(jobId: string, removal: { targetId: string; decision: string | null }, shown: Set<Held>): void {
    const held = this.held.find((each) => each.id === removal.targetId);
    if (removal.decision !== "import") return;
    if (held === undefined) return void this.complaints.push(`job ${jobId} takes back ${removal.targetId}, which is not in the books`);
    if (shown.has(held)) this.complaints.push(`job ${jobId} takes back ${held.id}, which it shows`);
    this.change(held, jobId, { content: held.content, isPending: held.isPending, removedBy: jobId });
  }

  /** A final statement leaves no interim movement of its day open: each is confirmed, or people were asked whether it goes. */
  private expectNoPending(jobId: string, { statement, shown }: Part, parts: Part[]): void {
    const asked = new Set(parts.flatMap((part) => part.statement.removals.map((removal) => removal.targetId)));
    for (const held of this.held) {
      if (
        held.accountId !== statement.accountId ||
        !held.isPending ||
        held.isDeleted ||
        held.removedBy !== null ||
        !held.content.startsWith(`${shown.day}|`)
      )
        continue;
      if (
        asked.has(held.id) ||
        parts.some((part) => part.statement.rows.some((row) => row.decision !== null && (row.targetId === held.id || row.id === held.id)))
      )
        continue;
      this.complaints.push(`job ${jobId}: its final statement of ${shown.day} leaves the interim movement ${held.id} as it was`);
    }
  }

  /** The plan, or a person, says that it is a movement which stands in the books in other words. */
  private other(at: Booking): Held | null {
    // A later final statement, or a later group, speaks for this row.
    if (at.row.targetId === null) return null;
    const inFile = at.stood.get(at.row.targetId ?? "");
    if (inFile !== undefined) return inFile;
    const held = this.held.find((each) => each.id === at.row.targetId);
    if (held === undefined) this.complaints.push(`job ${at.jobId}: row ${at.row.id} is linked to ${at.row.targetId}, which is not in the books`);
    return held ?? null;
  }

  /** A person said that it is a movement of its own; or, of a deleted one, that it is back. */
  /** A person made a movement of its own of it; what repeats it in the file still meets `kth`, which it would have met, as its plan said. */
  private force(at: Booking, place: string, kth: Held | null | undefined): { held: Held } {
    const target = this.held.find((held) => held.id === at.row.targetId);
    if (target !== undefined && (target.isDeleted || target.restoredBy.includes(at.jobId))) {
      if (target.isDeleted) target.restoredBy.push(at.jobId);
      target.isDeleted = false;
      if (!target.jobs.includes(at.jobId)) target.jobs.push(at.jobId);
      if (!at.met.has(place)) at.met.set(place, target);
      return { held: target };
    }
    const brought = this.bring(at);
    if (!at.met.has(place)) at.met.set(place, kth ?? brought);
    return { held: brought };
  }

  private bring(at: Booking): Held {
    const held: Held = {
      id: at.row.id,
      accountId: at.accountId,
      content: at.content,
      jobs: [at.jobId],
      isDeleted: this.deleted.has(at.row.id),
      isReconciled: this.reconciled.has(at.row.id),
      isPending: at.isPending,
      removedBy: null,
      changes: [],
      restoredBy: [],
    };
    this.held.push(held);
    return held;
  }

  /** A restatement of the same moment replaces what its connection said before; an interim one never tops a final one. */
  private bookBalances(jobId: string, parts: Part[]): void {
    for (const { statement, shown } of parts) {
      for (const [noun, amount] of [
        ["current", shown.closing],
        ["available", shown.available],
      ] as const) {
        if (amount !== null)
          this.balances.push({ noun, accountId: statement.accountId, number: shown.number, asOf: asOf(shown), kind: shown.kind, amount, job: jobId });
      }
    }
  }

  /** A job was taken back: what only it showed is gone. */
  undo(jobId: string): void {
    for (const held of this.held) {
      held.jobs = held.jobs.filter((job) => job !== jobId);
      if (!held.restoredBy.includes(jobId)) continue;
      held.restoredBy = held.restoredBy.filter((job) => job !== jobId);
      held.isDeleted = true;
    }
    for (const held of this.held) {
      const first = held.changes.findIndex((change) => change.job === jobId);
      if (first < 0) continue;
      Object.assign(held, held.changes[first]?.was);
      held.changes = held.changes.slice(0, first);
    }
    this.finals = this.finals.filter((final) => final.job !== jobId);
    for (const held of this.held)
      if (held.jobs.length === 0 && held.isReconciled) this.complaints.push(`job ${jobId} was undone with ${held.id}, which is reconciled`);
    this.held = this.held.filter((held) => held.jobs.length > 0);
    this.balances = this.balances.filter((balance) => balance.job !== jobId);
  }

  setDeleted(id: string, isDeleted: boolean): void {
    if (isDeleted) this.deleted.add(id);
    else this.deleted.delete(id);
    for (const held of this.held) {
      if (held.id !== id) continue;
      held.isDeleted = isDeleted;
      if (!isDeleted) held.removedBy = null;
    }
  }

  setReconciled(id: string, isReconciled: boolean): void {
    if (isReconciled) this.reconciled.add(id);
    else this.reconciled.delete(id);
    for (const held of this.held) if (held.id === id) held.isReconciled = isReconciled;
  }

  /** The books as a sorted list, one line a movement. */
  movements(): string[] {
    return this.held.map((held) => lineOf(held)).sort();
  }

  /**
   * The account's balance: of the latest moment that any bank speaks of, a final statement's before an interim one's, and of those the one that was booked
   * last; null where none was ever told (RULES.md §5). A credit account's bank counts what is owed: it flips.
   */
  balanceOf(account: { id: string; isCredit: boolean }, noun: BalanceNoun): ShownBalance | null {
    const own = this.balances.filter((balance) => balance.accountId === account.id && balance.noun === noun);
    const latest = own
      .map((balance) => balance.asOf)
      .sort()
      .at(-1);
    const ofMoment = own.filter((balance) => balance.asOf === latest);
    const told = ofMoment.findLast((balance) => balance.kind === "final") ?? ofMoment.at(-1);
    return told === undefined ? null : { amount: account.isCredit ? -told.amount : told.amount, asOf: told.asOf };
  }
}

/** A final statement without a time speaks of the day's end, an interim one of its beginning. */
function asOf(shown: ShownStatement): string {
  const time = shown.time ?? (shown.kind === "final" ? "2400" : "0000");
  return `${shown.day} ${time.slice(0, 2)}:${time.slice(2)}`;
}

function shownBy(file: BankFile, ordinal: number): ShownStatement {
  const shown = file.statements[ordinal];
  if (shown === undefined) throw new Error(`The file has no statement ${ordinal}.`);
  return shown;
}

/** One movement of the books in a line: where, what, in which state, and who shows it. */
export function lineOf(held: Pick<Held, "accountId" | "content" | "isDeleted" | "isReconciled" | "isPending" | "removedBy" | "jobs">): string {
  const state = held.removedBy !== null ? "removed" : held.isDeleted ? "deleted" : "live";
  return `${held.accountId}|${held.content}|${state}${held.isPending ? " interim" : ""}${held.isReconciled ? " reconciled" : ""}|${[...new Set(held.jobs)].sort().join(",")}`;
}
