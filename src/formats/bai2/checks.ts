/** Holds trailers against what was counted: each check is a proof and, where it fails, a warning that names line, record and field. */

import { compared, unproven } from "../../domain/proof.ts";
import type { Minor, ProofCheck } from "../../domain/record.ts";
import type { Context } from "./context.ts";
import { PlainFields } from "./fields.ts";
import type { LogicalRecord } from "./logical.ts";
import { readAmount, readCount } from "./values.ts";

export type Scope = "account" | "group" | "file";

export interface TrailerShape {
  record: "49" | "98" | "99";
  /** The field that counts accounts or groups; null for a 49. */
  members: "number_of_accounts" | "number_of_groups" | null;
}

export interface Trailer {
  line: number;
  shape: TrailerShape;
  /** An empty control total is 0; null where it cannot be read. */
  total: Minor;
  totalText: string;
  isTotalReadable: boolean;
  members: number | null;
  membersText: string;
  records: number | null;
  recordsText: string;
}

/** Reads a 49, 98 or 99. Some senders leave out the number of accounts: the one count that is there is then taken for what it fits. */
export function readTrailer(
  context: Context,
  record: LogicalRecord,
  { shape, members, records }: { shape: TrailerShape; members: number; records: number },
): Trailer {
  const { line } = record;
  const { values } = new PlainFields(record);
  const totalText = values[0] ?? "";
  let membersText = shape.members === null ? "" : (values[1] ?? "");
  let recordsText = (shape.members === null ? values[1] : values[2]) ?? "";
  if (shape.members !== null && recordsText === "" && membersText !== "" && !(Number(membersText) === members && members !== records)) {
    recordsText = membersText;
    membersText = "";
  }
  const spot = { line, record: shape.record };
  const total = readAmount(context, totalText, null, { ...spot, field: "control_total" });
  return {
    line,
    shape,
    total: total ?? "0",
    totalText,
    isTotalReadable: total !== null || totalText === "",
    members: readCount(context, membersText, { ...spot, field: shape.members ?? "" }),
    membersText,
    records: readCount(context, recordsText, { ...spot, field: "number_of_records" }),
    recordsText,
  };
}

/** What a trailer counts besides records: an account's own trailer counts nothing else. */
const MEMBERS = { account: "account", group: "account", file: "group" } as const satisfies Record<Scope, string>;

/** The control total against the sum of what was read. `hint` says what else the figure could be. */
export function checkTotal(
  context: Context,
  { trailer, scope, actual, hint }: { trailer: Trailer; scope: Scope; actual: Minor; hint: string | null },
): ProofCheck {
  const found = { check: `${scope}_control_total`, expected: trailer.isTotalReadable ? trailer.total : null, actual, line: trailer.line };
  const check = trailer.isTotalReadable
    ? compared(found, `The ${trailer.shape.record} says ${trailer.total}, the amounts read add up to ${actual}.${hint === null ? "" : ` ${hint}`}`)
    : unproven(found, "The control total cannot be read.");
  record(context, scope, check);
  if (check.ok === false) {
    context.warn({
      code: "control_total_mismatch",
      line: trailer.line,
      record: trailer.shape.record,
      field: "control_total",
      value: trailer.totalText,
      expected: actual,
      message: `${check.note ?? ""} A record is missing, doubled or changed, or the sender counts otherwise: compare with the bank before importing.`,
    });
  }
  return check;
}

/** A count of members (accounts, groups) or of physical records. `alsoRight` is a second figure that a sender may rightly mean. */
export function checkCount(
  context: Context,
  {
    trailer,
    scope,
    what,
    actual,
    alsoRight,
  }: { trailer: Trailer; scope: Scope; what: "member" | "record"; actual: number; alsoRight: number | null },
): ProofCheck {
  const said = what === "member" ? trailer.members : trailer.records;
  const name = what === "record" ? "record" : MEMBERS[scope];
  const counted = said !== null && said === alsoRight ? alsoRight : actual;
  const found = { check: `${scope}_${name}_count`, expected: said === null ? null : `${said}`, actual: `${counted}`, line: trailer.line };
  const check =
    said === null
      ? unproven(found, `The ${trailer.shape.record} names no number of ${name}s.`)
      : compared(found, `The ${trailer.shape.record} says ${said} ${name}s, ${counted} were read.`);
  record(context, scope, check);
  if (check.ok === false) {
    context.warn({
      code: `${name}_count_mismatch`,
      line: trailer.line,
      record: trailer.shape.record,
      field: what === "record" ? "number_of_records" : trailer.shape.members,
      value: what === "record" ? trailer.recordsText : trailer.membersText,
      expected: `${counted}`,
      message: `${check.note ?? ""} A record is missing or doubled, or the sender counts otherwise: compare with the bank before importing.`,
    });
  }
  return check;
}

/** A group or file that ends without its trailer: its total and counts cannot be proven. */
export function missingCheck(
  context: Context,
  { scope, firstStatement, line }: { scope: "group" | "file"; firstStatement: number; line: number },
): void {
  for (const name of ["control_total", scope === "group" ? "account_count" : "group_count", "record_count"]) {
    const check = unproven({ check: `${scope}_${name}`, expected: null, actual: null, line }, "The trailer is missing.");
    context.out.push({ type: "check", scope, statements: span(firstStatement, context.ordinal), check });
  }
}

/** An account's checks go with its end; a group's and the file's are records of their own. */
function record(context: Context, scope: Scope, check: ProofCheck): void {
  if (scope === "account") return;
  const from = scope === "group" ? context.group?.firstStatement : context.file?.firstStatement;
  context.out.push({ type: "check", scope, statements: span(from ?? context.ordinal, context.ordinal), check });
}

const span = (from: number, next: number): { from: number; to: number } | null => (next > from ? { from, to: next - 1 } : null);
