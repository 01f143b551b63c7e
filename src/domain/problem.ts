/** A problem: what was wrong with the input, where, and what was expected. Bad input is a value; it is collected, never thrown. */

export type Severity = "error" | "warning" | "info";

/**
 * One finding about a file. `line` counts physical lines from 1; `record` is the record's own name in its format (for BAI2 the code, "49");
 * `field` is the specification's name of the field; `value` is what was seen, at most 200 characters, and never an account number.
 */
export interface Problem {
  severity: Severity;
  /** Stable snake_case word, e.g. `control_total_mismatch`. */
  code: string;
  line: number | null;
  record: string | null;
  field: string | null;
  value: string | null;
  expected: string | null;
  /** A full sentence: what was expected, what was seen, and what the person can do. */
  message: string;
}

/** 200 characters: a line of a grid; more is noise and a place for secrets to hide. */
export const PROBLEM_VALUE_CHARS_MAX = 200;

type ProblemDraft = Pick<Problem, "code" | "message"> & Partial<Problem>;

/** A problem with every field present, its value cut to `PROBLEM_VALUE_CHARS_MAX` characters. Severity defaults to `error`. */
export function problem(draft: ProblemDraft): Problem {
  return {
    severity: draft.severity ?? "error",
    code: draft.code,
    line: draft.line ?? null,
    record: draft.record ?? null,
    field: draft.field ?? null,
    value: draft.value?.slice(0, PROBLEM_VALUE_CHARS_MAX) ?? null,
    expected: draft.expected ?? null,
    message: draft.message,
  };
}
