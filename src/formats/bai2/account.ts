/** Reads an account's 03 into a statement with its balances, and its 49 into the statement's end with its proof. Never reads a 16. */
import { addMinor, subtractMinor } from "../../domain/money.ts";
import { proveStatement, unproven } from "../../domain/proof.ts";
import type { BalanceRecord, Minor, ProofCheck, StatementKind } from "../../domain/record.ts";
import { readable } from "./bytes.ts";
import { checkCount, checkTotal, readTrailer, type TrailerShape } from "./checks.ts";
import type { AccountContext, Context, FileContext, GroupContext } from "./context.ts";
import type { PlainFields } from "./fields.ts";
import { outOfPlace, reportMissing } from "./findings.ts";
import type { LogicalRecord } from "./logical.ts";
import { type Quad, readQuads } from "./quads.ts";
import { Sum } from "./sum.ts";
import { readCurrency } from "./values.ts";

/** 03: account, currency, then any number of type code, amount, item count, funds type. The caller has seen to file and group. */
export function readAccount(context: Context, record: LogicalRecord, fields: PlainFields, within: { file: FileContext; group: GroupContext }): void {
  const { line } = record;
  const { group } = within;
  const account = openAccount(context, line);
  group.accountCount += 1;
  const number = fields.next() ?? "";
  account.currency = accountCurrency(context, fields.next() ?? "", line, within);
  if (number === "") {
    context.report({
      code: "missing_account_number",
      line,
      record: "03",
      field: "account_number",
      message: "Expected an account number, found none. Its rows cannot be mapped: ask the bank.",
    });
  }
  const at = context.out.length;
  const quads = readQuads(context, fields, { line, currency: account.currency, isCutOff: record.isCutOff });
  const problems = context.out.splice(at);
  account.kind = kindOf(group, quads);
  context.out.push({
    type: "statement",
    ordinal: account.ordinal,
    externalAccountId: context.isPlain ? number : readable(number),
    currency: account.currency,
    asOfOn: group.asOfOn,
    asOfTime: group.asOfTime,
    coveredFrom: group.asOfOn,
    coveredTo: group.asOfOn,
    kind: account.kind,
    groupStatus: group.status,
    place: { line, lineEnd: record.lineEnd, byteOffset: record.byteOffset, byteEnd: record.byteEnd },
  });
  for (const quad of quads) addBalance(context, { account, group, quad, line });
  for (const found of problems) context.out.push(found);
}

/** 49: control total, number of records. */
export function readAccountTrailer(context: Context, record: LogicalRecord): void {
  const { account } = context;
  if (account === null) {
    outOfPlace(context, record, "an open account");
    return;
  }
  account.recordCount += record.physicalCount;
  account.wrappedCount += record.wrapped?.length ?? 0;
  const trailer = readTrailer(context, record, { shape: ACCOUNT_TRAILER, members: 0, records: account.recordCount });
  const actual = controlTotal(account);
  const checks = [
    checkTotal(context, { trailer, scope: "account", actual, hint: totalHint(account, trailer.total) }),
    checkCount(context, {
      trailer,
      scope: "account",
      what: "record",
      actual: account.recordCount,
      alsoRight: account.recordCount + account.wrappedCount,
    }),
  ];
  endAccount(context, account, { checks, lineEnd: record.lineEnd, byteEnd: record.byteEnd, total: trailer.isTotalReadable ? trailer.total : actual });
}

/** Ends an account whose 49 did not come. */
export function closeAccount(context: Context, at: { line: number; because: string }): void {
  const { account } = context;
  if (account === null) return;
  reportMissing(context, { ...at, code: "missing_account_trailer", trailer: "49", what: `the account of line ${account.line}` });
  const actual = controlTotal(account);
  const because = "The trailer is missing.";
  const checks = [
    unproven({ check: "account_control_total", expected: null, actual, line: at.line }, because),
    unproven({ check: "account_record_count", expected: null, actual: `${account.recordCount}`, line: at.line }, because),
  ];
  endAccount(context, account, { checks, lineEnd: context.lastLine, byteEnd: context.lastByteEnd, total: actual });
}

const ACCOUNT_TRAILER: TrailerShape = { record: "49", members: null };

function openAccount(context: Context, line: number): AccountContext {
  const account: AccountContext = {
    line,
    ordinal: context.ordinal,
    currency: null,
    kind: "interim",
    recordCount: 0,
    wrappedCount: 0,
    balanceTotal: new Sum(),
    credits: new Sum(),
    debits: new Sum(),
    unsigned: new Sum(),
    creditCount: 0,
    debitCount: 0,
    transactionCount: 0,
    said: {},
    unprovable: null,
    notedCodes: [],
  };
  context.ordinal += 1;
  context.account = account;
  return account;
}

/** The account's, else the group's, else US dollars; BTRS has no such default, and a bad currency is not replaced by another. */
function accountCurrency(context: Context, text: string, line: number, { file, group }: { file: FileContext; group: GroupContext }): string | null {
  if (text !== "") return readCurrency(context, text, { line, record: "03", field: "currency" });
  if (group.currency !== null) return group.currency;
  if (file.version !== "3") return "USD";
  context.report({
    code: "missing_currency",
    line,
    record: "03",
    field: "currency",
    expected: "three letters of ISO 4217",
    message: "BTRS (version 3) has no default currency, and neither this account nor its group names one. The currency is left open: ask the bank.",
  });
  return null;
}

/** The modifier decides; without one, a report with a closing balance is final. */
function kindOf(group: GroupContext, quads: readonly Quad[]): StatementKind {
  if (group.kind !== null) return group.kind;
  return quads.some((quad) => quad.typeCode === CODES.closing && quad.amountMinor !== null) ? "final" : "interim";
}

function addBalance(
  context: Context,
  { account, group, quad, line }: { account: AccountContext; group: GroupContext; quad: Quad; line: number },
): void {
  if (quad.amountMinor !== null) account.balanceTotal.add(quad.amountMinor);
  if (quad.typeCode === "") return;
  if (SAID.has(quad.typeCode)) account.said[quad.typeCode] = { amountMinor: quad.amountMinor, itemCount: quad.itemCount };
  const balance: BalanceRecord = {
    type: "balance",
    statement: account.ordinal,
    typeCode: quad.typeCode,
    level: quad.level,
    sign: quad.sign,
    amountMinor: quad.amountMinor,
    currency: account.currency,
    asOfOn: group.asOfOn,
    asOfTime: group.asOfTime,
    itemCount: quad.itemCount,
    fundsType: quad.fundsType,
    line,
  };
  context.out.push(balance);
}

/** The codes that proof asks for. */
const CODES = { opening: "010", closing: "015", available: "045", oneDay: "072", later: "074", credits: "100", debits: "400" } as const;
const SAID: ReadonlySet<string> = new Set(Object.values(CODES));

function controlTotal(account: AccountContext): Minor {
  return addMinor(account.balanceTotal.toString(), detailTotal(account));
}

function detailTotal(account: AccountContext): Minor {
  return addMinor(addMinor(account.credits.toString(), account.debits.toString()), account.unsigned.toString());
}

/** The two other ways in which senders are known to add up. */
function totalHint(account: AccountContext, said: Minor): string | null {
  if (said === detailTotal(account)) return "It is the sum of the transactions alone: this sender leaves the balances out of its control total.";
  const signed = subtractMinor(addMinor(account.balanceTotal.toString(), account.credits.toString()), account.debits.toString());
  return said === signed ? "It is the sum with debits subtracted, which the specification does not do." : null;
}

interface AccountEnd {
  checks: ProofCheck[];
  lineEnd: number;
  byteEnd: number;
  /** The control total that goes into the group's. */
  total: Minor;
}

function endAccount(context: Context, account: AccountContext, { checks, lineEnd, byteEnd, total }: AccountEnd): void {
  const amount = (code: string): Minor | null => account.said[code]?.amountMinor ?? null;
  const count = (code: string): number | null => account.said[code]?.itemCount ?? null;
  const facts = {
    line: account.line,
    isInterim: account.kind === "interim",
    openingMinor: amount(CODES.opening),
    closingMinor: amount(CODES.closing),
    creditsMinor: account.credits.toString(),
    debitsMinor: account.debits.toString(),
    creditCount: account.creditCount,
    debitCount: account.debitCount,
    transactionCount: account.transactionCount,
    unprovable: account.unprovable,
    summaries: {
      creditsMinor: amount(CODES.credits),
      debitsMinor: amount(CODES.debits),
      creditCount: count(CODES.credits),
      debitCount: count(CODES.debits),
    },
    float: { availableMinor: amount(CODES.available), oneDayMinor: amount(CODES.oneDay), laterMinor: amount(CODES.later) },
  };
  context.out.push({
    type: "statement_end",
    statement: account.ordinal,
    lineEnd,
    byteEnd,
    proof: [...checks, ...proveStatement(facts)],
    openingMinor: facts.openingMinor,
    closingMinor: facts.closingMinor,
    creditsMinor: facts.creditsMinor,
    debitsMinor: facts.debitsMinor,
    transactionCount: facts.transactionCount,
  });
  context.account = null;
  if (context.group === null) return;
  context.group.recordCount += account.recordCount;
  context.group.wrappedCount += account.wrappedCount;
  context.group.total.add(total);
}
