/** Opens and closes files and groups (01, 02, 98, 99), and closes what a sender left open. Never reads an account's money. */
import type { Day } from "../../domain/record.ts";
import { closeAccount } from "./account.ts";
import { checkCount, checkTotal, missingCheck, readTrailer, type TrailerShape } from "./checks.ts";
import type { Context, FileContext, GroupContext } from "./context.ts";
import { readVersion } from "./dialect.ts";
import { PlainFields } from "./fields.ts";
import { outOfPlace, reportMissing } from "./findings.ts";
import type { LogicalRecord } from "./logical.ts";
import { Sum } from "./sum.ts";
import { readCurrency, readDay, readTime } from "./values.ts";

/** 01: sender, receiver, date, time, file id, physical record length, block size, version. */
export function readFileHeader(context: Context, record: LogicalRecord): void {
  closeFile(context, { line: record.line, because: "a new 01 begins" });
  const { values } = new PlainFields(record);
  const spot = { line: record.line, record: "01" };
  const answer = readVersion(values[7] ?? "");
  if ("refusal" in answer) {
    context.report({ ...answer.refusal, ...spot, field: "version", value: values[7] ?? "", expected: "2 or 3" });
    context.isRefused = true;
    return;
  }
  const file = openFile(context, record.line);
  const width = Number(values[5]);
  file.version = answer.version;
  file.isSuspect = answer.version === null || answer.version === "1";
  file.width = Number.isInteger(width) && width > 0 ? width : null;
  if ((values[2] ?? "") !== "") readDay(context, values[2] ?? "", { ...spot, field: "file_date", severity: "warning" });
  readTime(context, values[3] ?? "", { ...spot, field: "file_time" });
  if (answer.version !== "3") return;
  context.report({
    ...spot,
    severity: "info",
    code: "btrs",
    field: "version",
    value: "3",
    message: "The file is BTRS (X9.121, version 3), which is read like BAI2; only its currencies are never assumed.",
  });
}

/** 02: ultimate receiver, originator, group status, as-of date, as-of time, currency, as-of modifier. */
export function readGroupHeader(context: Context, record: LogicalRecord): void {
  closeGroup(context, { line: record.line, because: "a new 02 begins" });
  const { line } = record;
  const { values } = new PlainFields(record);
  const group = openGroup(context, line);
  group.status = readStatus(context, values[2] ?? "", line);
  group.asOfOn = readAsOf(context, values[3] ?? "", line);
  group.asOfTime = readTime(context, values[4] ?? "", { line, record: "02", field: "as_of_time" });
  group.currency = readCurrency(context, values[5] ?? "", { line, record: "02", field: "currency" });
  group.kind = readModifier(context, values[6] ?? "", line);
}

/** The file an account or group stands in; a file without a header is read as version 2, with a problem. */
export function ensureFile(context: Context, record: LogicalRecord): FileContext {
  if (context.file !== null) return context.file;
  context.report({
    code: "missing_file_header",
    line: record.line,
    record: record.code,
    expected: "01",
    message: `Expected a file header (01) before this ${record.code}. The file may have lost its beginning; what follows was read as BAI2.`,
  });
  const file = openFile(context, record.line);
  file.version = "2";
  return file;
}

/** The group an account stands in; an account without one has no day, which is a problem. */
export function ensureGroup(context: Context, record: LogicalRecord): GroupContext {
  if (context.group !== null) return context.group;
  context.report({
    code: "missing_group_header",
    line: record.line,
    record: record.code,
    expected: "02",
    message: `Expected a group header (02) before this ${record.code}: its day and currency are not known. Ask the bank for a whole file.`,
  });
  return openGroup(context, record.line);
}

/** 98: control total, number of accounts, number of records. */
export function readGroupTrailer(context: Context, record: LogicalRecord): void {
  const { group } = context;
  if (group === null) {
    outOfPlace(context, record, "an open group");
    return;
  }
  closeAccount(context, { line: record.line, because: "the group ends" });
  group.recordCount += record.physicalCount;
  group.wrappedCount += record.wrapped?.length ?? 0;
  const trailer = readTrailer(context, record, { shape: GROUP_TRAILER, members: group.accountCount, records: group.recordCount });
  checkTotal(context, { trailer, scope: "group", actual: group.total.toString(), hint: null });
  checkCount(context, { trailer, scope: "group", what: "member", actual: group.accountCount, alsoRight: null });
  checkCount(context, { trailer, scope: "group", what: "record", actual: group.recordCount, alsoRight: group.recordCount + group.wrappedCount });
  endGroup(context, group, trailer.total);
}

/** 99: control total, number of groups, number of records. */
export function readFileTrailer(context: Context, record: LogicalRecord): void {
  const { file } = context;
  if (file === null) {
    outOfPlace(context, record, "an open file");
    return;
  }
  closeGroup(context, { line: record.line, because: "the file ends" });
  file.recordCount += record.physicalCount;
  file.wrappedCount += record.wrapped?.length ?? 0;
  const trailer = readTrailer(context, record, { shape: FILE_TRAILER, members: file.groupCount, records: file.recordCount });
  checkTotal(context, { trailer, scope: "file", actual: file.total.toString(), hint: null });
  checkCount(context, { trailer, scope: "file", what: "member", actual: file.groupCount, alsoRight: null });
  checkCount(context, { trailer, scope: "file", what: "record", actual: file.recordCount, alsoRight: file.recordCount + file.wrappedCount });
  context.file = null;
}

/** What an open group or file lacks, where the next one or the end of the file closes it. */
export function closeGroup(context: Context, at: { line: number; because: string }): void {
  closeAccount(context, at);
  const { group } = context;
  if (group === null) return;
  reportMissing(context, { ...at, code: "missing_group_trailer", trailer: "98", what: `the group of line ${group.line}` });
  missingCheck(context, { scope: "group", firstStatement: group.firstStatement, line: at.line });
  endGroup(context, group, group.total.toString());
}

export function closeFile(context: Context, at: { line: number; because: string }): void {
  closeGroup(context, at);
  const { file } = context;
  if (file === null) return;
  reportMissing(context, { ...at, code: "missing_file_trailer", trailer: "99", what: `the file of line ${file.line}` });
  missingCheck(context, { scope: "file", firstStatement: file.firstStatement, line: at.line });
  context.file = null;
}

const GROUP_TRAILER: TrailerShape = { record: "98", members: "number_of_accounts" };
const FILE_TRAILER: TrailerShape = { record: "99", members: "number_of_groups" };

function openFile(context: Context, line: number): FileContext {
  const file: FileContext = {
    line,
    version: null,
    isSuspect: false,
    width: null,
    recordCount: 0,
    wrappedCount: 0,
    groupCount: 0,
    total: new Sum(),
    firstStatement: context.ordinal,
  };
  context.file = file;
  return file;
}

function openGroup(context: Context, line: number): GroupContext {
  const group: GroupContext = {
    line,
    status: null,
    asOfOn: null,
    asOfTime: null,
    currency: null,
    kind: null,
    recordCount: 0,
    wrappedCount: 0,
    accountCount: 0,
    total: new Sum(),
    firstStatement: context.ordinal,
  };
  if (context.file !== null) context.file.groupCount += 1;
  context.group = group;
  return group;
}

/** The group's records and total are the file's too. */
function endGroup(context: Context, group: GroupContext, total: string): void {
  context.group = null;
  if (context.file === null) return;
  context.file.recordCount += group.recordCount;
  context.file.wrappedCount += group.wrappedCount;
  context.file.total.add(total);
}

function readStatus(context: Context, text: string, line: number): GroupContext["status"] {
  switch (text) {
    case "1":
      return 1;
    case "2":
      return 2;
    case "3":
      return 3;
    case "4":
      return 4;
    default:
      context.report({
        code: "bad_group_status",
        line,
        record: "02",
        field: "group_status",
        value: text,
        expected: "1, 2, 3 or 4",
        message: `Expected a group status of 1 (update), 2 (deletion), 3 (correction) or 4 (test), found "${text.slice(0, 20)}". Ask the bank what is meant.`,
      });
      return null;
  }
}

function readAsOf(context: Context, text: string, line: number): Day | null {
  return readDay(context, text, { line, record: "02", field: "as_of_date", severity: "error" });
}

/** 1 and 3 are interim, 2 and 4 final; empty leaves it to the account. */
function readModifier(context: Context, text: string, line: number): GroupContext["kind"] {
  if (text === "") return null;
  if (text === "2" || text === "4") return "final";
  if (text === "1" || text === "3") return "interim";
  context.warn({
    code: "bad_as_of_modifier",
    line,
    record: "02",
    field: "as_of_date_modifier",
    value: text,
    expected: "1, 2, 3 or 4",
    message: `Expected an as-of modifier of 1 to 4 or none, found "${text.slice(0, 20)}". An account with a closing balance was read as final.`,
  });
  return null;
}
