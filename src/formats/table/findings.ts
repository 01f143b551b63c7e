/** What is wrong with a table's rows and cells, in words for the person who mends it. Never reads a cell's meaning, never drops a row. */
import { type Problem, problem } from "../../domain/problem.ts";
import type { Profile } from "../../domain/profile.ts";
import type { StatementRecord } from "../../domain/record.ts";
import type { Row } from "./row.ts";

/** As in BAI2: more than a person reads. */
export const PROBLEMS_MAX = 10_000;

export class TableFindings {
  out: StatementRecord[] = [];
  /** The statement in which what is found stands; null outside of any. */
  statement: number | null = null;
  readonly #profile: Profile;
  readonly #state: { problemCount: number };

  constructor(profile: Profile, state: { problemCount: number }) {
    this.#profile = profile;
    this.#state = state;
  }

  takeOut(): StatementRecord[] {
    const out = this.out;
    this.out = [];
    return out;
  }

  report(draft: Pick<Problem, "code" | "message"> & Partial<Problem>): void {
    this.#state.problemCount += 1;
    if (this.#state.problemCount > PROBLEMS_MAX) return;
    const found = this.#state.problemCount === PROBLEMS_MAX ? TOO_MANY(draft.line ?? null) : problem(draft);
    this.out.push({ type: "problem", statement: this.statement, problem: found });
  }

  note(code: string, row: Row, severity: "info" | "warning", message: string): void {
    this.report({ code, severity, line: row.line, record: `row ${row.number}`, message });
  }

  noteVoid(row: Row): void {
    this.note("void_row", row, "info", "The bank marks this row as declined or reversed before booking: no money moved, so nothing is booked.");
  }

  noteSummary(row: Row): void {
    this.note("summary_row", row, "info", "A summary line: it is no movement, and nothing is booked for it.");
  }

  warnQuotes(row: Row): void {
    const message = `Row ${row.number} has a quote in the midst of a cell, so that its cells may be cut wrongly. Compare it with the bank's own display.`;
    this.note("malformed_quotes", row, "warning", message);
  }

  warnUnread(row: Row): void {
    this.report({
      code: "row_not_read",
      severity: "warning",
      line: row.line,
      record: `row ${row.number}`,
      expected: "a date and an amount",
      message: `Row ${row.number} has neither a date nor an amount where the table has them, so that it was left out. Compare it with the file.`,
    });
  }

  /** Row, column, value and reason: all that a person needs to mend it. */
  reportCell(row: Row, index: number, code: string, { reason, severity = "error" }: { reason: string; severity?: "error" | "warning" }): void {
    const name = this.#profile.columns.find((column) => column.index === index)?.name ?? null;
    const value = index === -1 ? null : row.text(index).trim();
    this.report({
      code,
      severity,
      line: row.line,
      record: `row ${row.number}`,
      field: name,
      value,
      message: `Row ${row.number}, column "${name ?? "?"}": ${value === "" || value === null ? "" : `"${value.slice(0, 80)}" cannot be read: `}${reason}. Mend the file or the column's setting.`,
    });
  }
}

const TOO_MANY = (line: number | null): Problem =>
  problem({
    code: "too_many_problems",
    line,
    message: `The file has more than ${PROBLEMS_MAX} problems; those after this row are not listed. Check that its columns were understood.`,
  });
