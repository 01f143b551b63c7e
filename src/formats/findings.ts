/** What a parser gives out, in order, with its problems counted: past the limit one last problem says so. Never drops a row. */
import { type Problem, problem } from "../domain/problem.ts";
import type { StatementRecord } from "../domain/record.ts";

export type Finding = Pick<Problem, "code" | "message"> & Partial<Problem>;

export class Findings {
  out: StatementRecord[] = [];
  /** Kept in a parser's state, so that the limit holds over a stop. */
  problemCount: number;

  constructor(problemCount = 0) {
    this.problemCount = problemCount;
  }

  /** An error unless the finding says otherwise; `statement` is the one it stands in. */
  report(statement: number | null, finding: Finding): void {
    this.problemCount += 1;
    if (this.problemCount > PROBLEMS_MAX) return;
    const found = this.problemCount === PROBLEMS_MAX ? tooMany(finding.line ?? null) : problem(finding);
    this.out.push({ type: "problem", statement, problem: found });
  }

  warn(statement: number | null, finding: Finding): void {
    this.report(statement, { ...finding, severity: "warning" });
  }

  takeOut(): StatementRecord[] {
    const records = this.out;
    this.out = [];
    return records;
  }
}

/** 10,000 problems: more than a person reads, and little enough to keep. Records after it are read all the same. */
export const PROBLEMS_MAX = 10_000;

const tooMany = (line: number | null): Problem =>
  problem({
    code: "too_many_problems",
    line,
    message: `The file has more than ${PROBLEMS_MAX} problems; those after this line are not listed. Ask the bank for a correct file.`,
  });
