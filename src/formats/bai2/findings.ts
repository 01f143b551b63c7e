/** Findings about records as a whole: out of place, missing, wrapped, unknown. Never about a value. */
import type { Context } from "./context.ts";
import type { LogicalRecord, Strays } from "./logical.ts";
import { RECORD_BYTES_MAX } from "./physical.ts";

export function reportMissing(context: Context, found: { line: number; because: string; code: string; trailer: string; what: string }): void {
  context.report({
    code: found.code,
    line: found.line,
    record: found.trailer,
    expected: found.trailer,
    message: `Expected a ${found.trailer} that ends ${found.what}, but ${found.because}. The file is not whole: ask the bank to send it again.`,
  });
}

/** A record that has no place where it stands. `said` is shown, and never names an account. */
export function outOfPlace(context: Context, record: LogicalRecord, expected: string, said: string | null = null): void {
  context.report({
    code: "record_out_of_place",
    line: record.line,
    record: record.code,
    value: said,
    expected,
    message: `Record ${record.code} stands where there is no ${expected.replace(/^an? /, "")}, so that it belongs to nothing and was left out. Ask the bank for a whole file.`,
  });
}

/** Two digits and a comma that begin no record of BAI2. */
export function reportUnknown(context: Context, record: LogicalRecord): void {
  context.report({
    code: "unknown_record_code",
    line: record.line,
    record: record.code,
    expected: "01, 02, 03, 16, 49, 88, 98 or 99",
    message: `Expected a record of BAI2, found the code ${record.code}. The record was left out: ask the bank what it means.`,
  });
}

export function reportStrays(context: Context, strays: Strays): void {
  const lines = strays.count === 1 ? "This line is" : `From here on ${strays.count} lines are`;
  context.report({
    code: "not_a_record",
    line: strays.line,
    expected: "a record code and a comma",
    message: `${lines} no record of BAI2 and nothing that could be continued. It was left out: see whether the file was changed on its way.`,
  });
}

export function reportOrphan(context: Context, line: number): void {
  context.report({
    code: "orphan_continuation",
    line,
    record: "88",
    expected: "a record before it",
    message: "A continuation (88) stands where there is no record to continue. It was left out: the file may have lost its beginning.",
  });
}

export function reportTooLong(context: Context, { code, line }: { code: string; line: number }): void {
  context.report({
    code: "record_too_long",
    line,
    record: code === "" ? null : code,
    expected: `at most ${RECORD_BYTES_MAX} bytes`,
    message:
      "A record has more than 1 MiB without an end. It was left out with its continuations: the file is damaged, ask the bank to send it again.",
  });
}

/** The sender, a mail gateway or a printer broke a line; it was put together again. */
export function warnWrapped(context: Context, record: LogicalRecord): void {
  const count = record.wrapped?.length ?? 0;
  if (count === 0) return;
  context.warn({
    code: record.code === "16" ? "wrapped_text" : "wrapped_record",
    line: record.line,
    record: record.code,
    value: `${count}`,
    expected: "88 before each continued line",
    message: `${count} of this record's lines begin with no record code; they were read as its continuation. Compare the record with the bank's own display.`,
  });
}

/** The end of the file is the end of this record, and what it says may be cut short. */
export function reportCutOff(context: Context, record: LogicalRecord): void {
  context.report({
    code: "truncated_record",
    line: record.line,
    record: record.code,
    expected: "a / or a line end",
    message: `The file ends inside this ${record.code}, so that its last figure may be cut short; it was left out. Ask the bank to send the file again.`,
  });
}
