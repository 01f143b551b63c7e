/** What a parser knows between two records: the open file, group and account with their running totals. Small, and saved as plain JSON. */
import { type Problem, problem } from "../../domain/problem.ts";
import type { Day, Minor, StatementKind, StatementRecord, TimeOfDay } from "../../domain/record.ts";
import type { ParseOptions } from "../format.ts";
import { TextRecordFields } from "./fields.ts";
import { Sum } from "./sum.ts";
import { TextJoiner } from "./text.ts";

export interface FileContext {
  line: number;
  /** `2`, or `3` for BTRS; `1` and null (none given) are suspects until their first account shows its shape. */
  version: "1" | "2" | "3" | null;
  isSuspect: boolean;
  /** The declared length of physical records; null = variable. */
  width: number | null;
  recordCount: number;
  wrappedCount: number;
  groupCount: number;
  /** Σ of the groups' control totals as printed. */
  total: Sum;
  firstStatement: number;
}

export interface GroupContext {
  line: number;
  status: 1 | 2 | 3 | 4 | null;
  asOfOn: Day | null;
  asOfTime: TimeOfDay | null;
  currency: string | null;
  kind: "final" | "interim" | null;
  recordCount: number;
  wrappedCount: number;
  accountCount: number;
  /** Σ of the accounts' control totals as printed. */
  total: Sum;
  firstStatement: number;
}

export interface AccountContext {
  line: number;
  ordinal: number;
  currency: string | null;
  kind: StatementKind;
  recordCount: number;
  wrappedCount: number;
  /** Σ of every amount in the 03: with those of the 16s what a 49 adds up. */
  balanceTotal: Sum;
  credits: Sum;
  debits: Sum;
  /** Σ of the 16s that move nothing, or nobody knows where. */
  unsigned: Sum;
  creditCount: number;
  debitCount: number;
  transactionCount: number;
  /** Amounts and item counts of the codes that proof asks for. */
  said: Record<string, { amountMinor: Minor | null; itemCount: number | null }>;
  unprovable: string | null;
  /** Type codes already spoken of: one warning an account, not one a transaction. */
  notedCodes: string[];
}

export class Context {
  file: FileContext | null = null;
  group: GroupContext | null = null;
  account: AccountContext | null = null;
  /** The next statement's number, counted over the whole file. */
  ordinal = 0;
  problemCount = 0;
  /** The file is of a dialect that is not read: everything after is passed over. */
  isRefused = false;
  /** Any record at all was seen. */
  hasRecords = false;
  /** Where the last record ended. */
  lastLine = 0;
  lastByteEnd = 0;
  /** All bytes so far were ASCII. Not saved: a parser that goes on finds out again. */
  isPlain = true;
  /** The one reader of 16s. */
  readonly textFields = new TextRecordFields();
  readonly joiner: TextJoiner;
  out: StatementRecord[] = [];

  constructor(options: ParseOptions) {
    this.joiner = new TextJoiner(options.textJoin);
  }

  /** One problem into the stream, in the statement that is open; past the limit one last problem says so. */
  report(draft: Pick<Problem, "code" | "message"> & Partial<Problem>): void {
    this.problemCount += 1;
    if (this.problemCount > PROBLEMS_MAX) return;
    const found = this.problemCount === PROBLEMS_MAX ? TOO_MANY(draft.line ?? null) : problem(draft);
    this.out.push({ type: "problem", statement: this.account?.ordinal ?? null, problem: found });
  }

  warn(draft: Pick<Problem, "code" | "message"> & Partial<Problem>): void {
    this.report({ ...draft, severity: "warning" });
  }

  takeOut(): StatementRecord[] {
    const records = this.out;
    this.out = [];
    return records;
  }
}

/** 10,000 problems: more than a person reads, and little enough to keep. Records after it are read all the same. */
export const PROBLEMS_MAX = 10_000;

const TOO_MANY = (line: number | null): Problem =>
  problem({
    code: "too_many_problems",
    line,
    message: `The file has more than ${PROBLEMS_MAX} problems; those after this line are not listed. Ask the bank for a correct file.`,
  });

type Saved<T> = { [Key in keyof T]: T[Key] extends Sum ? string : T[Key] };

export interface SavedContext {
  file: Saved<FileContext> | null;
  group: Saved<GroupContext> | null;
  account: Saved<AccountContext> | null;
  ordinal: number;
  problemCount: number;
  isRefused: boolean;
  hasRecords: boolean;
  lastLine: number;
  lastByteEnd: number;
}

/** A copy in plain JSON, which later records do not change. */
export function saveContext(context: Context): SavedContext {
  const { file, group, account, ordinal, problemCount, isRefused, hasRecords, lastLine, lastByteEnd } = context;
  return {
    file: file && { ...file, total: file.total.toString() },
    group: group && { ...group, total: group.total.toString() },
    account: account && {
      ...account,
      balanceTotal: account.balanceTotal.toString(),
      credits: account.credits.toString(),
      debits: account.debits.toString(),
      unsigned: account.unsigned.toString(),
      said: structuredClone(account.said),
      notedCodes: [...account.notedCodes],
    },
    ordinal,
    problemCount,
    isRefused,
    hasRecords,
    lastLine,
    lastByteEnd,
  };
}

export function loadContext(saved: SavedContext, options: ParseOptions): Context {
  const context = new Context(options);
  const { file, group, account } = structuredClone(saved);
  context.file = file && { ...file, total: Sum.of(file.total) };
  context.group = group && { ...group, total: Sum.of(group.total) };
  context.account = account && {
    ...account,
    balanceTotal: Sum.of(account.balanceTotal),
    credits: Sum.of(account.credits),
    debits: Sum.of(account.debits),
    unsigned: Sum.of(account.unsigned),
  };
  context.ordinal = saved.ordinal;
  context.problemCount = saved.problemCount;
  context.isRefused = saved.isRefused;
  context.hasRecords = saved.hasRecords;
  context.lastLine = saved.lastLine;
  context.lastByteEnd = saved.lastByteEnd;
  return context;
}
