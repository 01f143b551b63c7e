/** Statements and books in memory, for the pure matcher: short to write, with sensible defaults. Touches no database. */

import type { RowInPlay } from "../../src/domain/match/nouns.ts";
import type { BookedRow, Books, Finding, PlanRow, PlanStatement, Removal } from "../../src/domain/match.ts";
import { matchPlan } from "../../src/domain/match.ts";

export const DAY = "2026-03-02";
export const ACCOUNT = "account";
/** The connection whose job is matched, and another one that feeds the same account. */
export const BANK = "bank";
export const OTHER_BANK = "other bank";

type Movement = Partial<Omit<PlanRow, "seq" | "id" | "identityKey">> & { text?: string };

/** A movement as a statement shows it: its key is all that makes it itself. */
export function movement(amount: number, more: Movement = {}): Omit<PlanRow, "seq" | "id"> {
  const { text = "WIRE", ...fields } = more;
  const row = {
    postedOn: DAY,
    amountMinor: BigInt(amount),
    bankReference: null,
    customerReference: null,
    externalId: null,
    isPending: false,
    ...fields,
  };
  return { ...row, identityKey: [row.postedOn, amount, row.bankReference ?? "", row.customerReference ?? "", text].join("|") };
}

export type StatementShape = Partial<Omit<PlanStatement, "rows">>;

/** A final statement of the day with group status 1, unless told otherwise. Pending goes with interim. */
export function statement(rows: Omit<PlanRow, "seq" | "id">[], more: StatementShape = {}): StatementShape & { rows: Omit<PlanRow, "seq" | "id">[] } {
  return { ...more, rows };
}

export const interim = (rows: Omit<PlanRow, "seq" | "id">[], more: StatementShape = {}) =>
  statement(
    rows.map((row) => ({ ...row, isPending: true })),
    { kind: "interim", ...more },
  );

let nextBookedId = 0;

/** A row that stands in the books, from a final statement of its day unless told otherwise. */
export function booked(row: Omit<PlanRow, "seq" | "id">, more: Partial<BookedRow> = {}): BookedRow {
  nextBookedId += 1;
  const { externalId, ...said } = row;
  return {
    ...said,
    id: `booked ${String(nextBookedId).padStart(4, "0")}`,
    accountId: ACCOUNT,
    connectionId: BANK,
    statementId: "an earlier statement",
    statementDays: { from: row.postedOn, to: row.postedOn },
    scopedId: externalId === null ? null : `${ACCOUNT}:${externalId}`,
    occurrence: 1,
    isReconciled: false,
    deletedBy: null,
    version: 1,
    sightings: [],
    ...more,
  };
}

export type Plan = { of: (statementNo: number, rowNo: number) => Finding & { id: string }; outcomes: string[]; removals: Removal[] };

/** Matches one job of the bank's against the books; rows are asked for by statement and row, both from 0. */
export function planOf(statements: ReturnType<typeof statement>[], rows: BookedRow[] = [], more: Partial<Books> = {}): Plan {
  let seq = 0;
  const planned = statements.map(({ rows: shown, ...shape }, index): PlanStatement => {
    const asOfOn = shape.asOfOn === undefined ? DAY : shape.asOfOn;
    const days = shape.days === undefined ? asOfOn && { from: asOfOn, to: asOfOn } : shape.days;
    const staged = shown.map((row) => ({ ...row, seq: seq++, id: `staged ${index}` }));
    return {
      id: `statement ${index}`,
      accountId: ACCOUNT,
      kind: "final",
      groupStatus: 1,
      ...shape,
      asOfOn,
      days: days || null,
      rows: staged.map((row, no) => ({ ...row, id: `staged ${index}.${no}` })),
    };
  });
  const books: Books = {
    rows,
    finals: [],
    sameProvider: new Set([BANK]),
    sharedAccounts: new Set(rows.some((row) => row.connectionId !== BANK) ? [ACCOUNT] : []),
    ...more,
  };
  const { findings, removals } = matchPlan({ connectionId: BANK, statements: planned }, books);
  const findingOf = (row: Pick<RowInPlay, "seq" | "id"> | undefined) => {
    const finding = row && findings.get(row.seq);
    if (!finding) throw new Error("The plan says nothing of that row.");
    return { ...finding, id: row.id };
  };
  return {
    of: (statementNo, rowNo) => findingOf(planned[statementNo]?.rows[rowNo]),
    outcomes: planned.flatMap((each) =>
      each.rows.map((row) => {
        const { outcome, code } = findingOf(row);
        return `${outcome}: ${code}`;
      }),
    ),
    removals,
  };
}
