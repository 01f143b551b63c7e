/** What a camt parser knows between two records: the open message and its statement, with the head that comes before the entries. Plain JSON. */
import { addDays, parseTime } from "../../domain/date.ts";
import { parseMajor } from "../../domain/money.ts";
import type { BalanceRecord, Day, Minor, StatementKind, StatementStart, TimeOfDay } from "../../domain/record.ts";
import type { Findings } from "../findings.ts";
import type { SeenIds } from "../seen-ids.ts";
import { endOf, openTally, type Tally } from "../tally.ts";
import { find, textAt, type XmlNode } from "./node.ts";
import type { NodePlace } from "./reader.ts";
import { plainDay, readAmount, readDay } from "./values.ts";

/** A statement, report or notification that is open. */
export interface OpenStatement {
  line: number;
  byteOffset: number;
  account: string | null;
  currency: string | null;
  createdOn: Day | null;
  createdTime: TimeOfDay | null;
  coveredFrom: Day | null;
  coveredTo: Day | null;
  /** Balances that came before the statement was begun. */
  balances: BalanceRecord[];
  closingOn: Day | null;
  /** Ledger balances by their code, in the account's currency; intermediate ones in order. */
  ledger: { OPBD: Minor | null; PRCD: Minor | null; CLBD: Minor | null; CLAV: Minor | null; ITAV: Minor | null; ITBD: Minor[] };
  hasUnbooked: boolean;
  tally: Tally | null;
  ids: SeenIds;
  lineEnd: number;
  byteEnd: number;
}

export interface CamtContext {
  ordinal: number;
  problemCount: number;
  /** 052, 053, 054 of the open message. */
  message: "052" | "053" | "054" | null;
  hasMessage: boolean;
  hasStatement: boolean;
  statement: OpenStatement | null;
}

export const startContext = (): CamtContext => ({
  ordinal: 0,
  problemCount: 0,
  message: null,
  hasMessage: false,
  hasStatement: false,
  statement: null,
});

export function openStatement(context: CamtContext, { line, byteOffset }: { line: number; byteOffset: number }): void {
  context.hasStatement = true;
  context.statement = {
    line,
    byteOffset,
    account: null,
    currency: null,
    createdOn: null,
    createdTime: null,
    coveredFrom: null,
    coveredTo: null,
    balances: [],
    closingOn: null,
    ledger: { OPBD: null, PRCD: null, CLBD: null, CLAV: null, ITAV: null, ITBD: [] },
    hasUnbooked: false,
    tally: null,
    ids: [],
    lineEnd: line,
    byteEnd: byteOffset,
  };
}

/** Acct: the IBAN, else the bank's own number. */
export function readAccount(statement: OpenStatement, node: XmlNode): void {
  const id = find(node, "Id");
  statement.account = textAt(id, "IBAN") ?? textAt(id, "Othr", "Id") ?? textAt(id, "BBAN") ?? textAt(id, "PrtryAcct", "Id") ?? textAt(id, "UPIC");
  const currency = textAt(node, "Ccy");
  if (currency !== null && /^[A-Z]{3}$/.test(currency)) statement.currency = currency;
}

export function readCreated(statement: OpenStatement, node: XmlNode): void {
  const text = textAt(node);
  statement.createdOn = plainDay(text);
  statement.createdTime = parseTime(text?.slice(11, 16) ?? "");
}

/** FrToDt: the days covered. An end at midnight is the end of the day before. */
export function readPeriod(statement: OpenStatement, node: XmlNode): void {
  const end = textAt(node, "ToDtTm") ?? textAt(node, "ToDt");
  statement.coveredFrom = plainDay(textAt(node, "FrDtTm") ?? textAt(node, "FrDt"));
  statement.coveredTo = plainDay(end);
  const { coveredFrom: from, coveredTo: to } = statement;
  if (from !== null && to !== null && from < to && /^.{10}T00:00(?::00(?:\.0+)?)?(?!\d|:[0-5]?[1-9])/.test(end ?? ""))
    statement.coveredTo = addDays(to, -1);
}

/** Bal: a balance as it stands; ledger balances in the account's currency take part in the proof. */
export function readBalance(context: CamtContext, findings: Findings, { node, place }: { node: XmlNode; place: NodePlace }): void {
  const { statement } = context;
  if (statement === null) return;
  const spot = { statement: statement.tally?.ordinal ?? null, line: place.line, record: "Bal" };
  const type = find(node, "Tp");
  const typeCode = textAt(type, "CdOrPrtry", "Cd") ?? textAt(type, "CdOrPrtry", "Prtry") ?? textAt(type, "Cd") ?? textAt(type, "Prtry") ?? "";
  const amount = readAmount(findings, node, spot);
  const asOfOn = readDay(findings, find(node, "Dt"), { ...spot, field: "Dt", severity: "warning" });
  statement.currency ??= amount.currency;
  const balance: BalanceRecord = {
    type: "balance",
    statement: statement.tally?.ordinal ?? context.ordinal,
    typeCode,
    level: "status",
    sign: amount.sign,
    amountMinor: amount.sign === null ? null : amount.minor,
    currency: amount.currency ?? statement.currency,
    asOfOn,
    asOfTime: null,
    itemCount: null,
    fundsType: null,
    line: place.line,
  };
  if (typeCode === "CLBD") statement.closingOn = asOfOn;
  noteLedger(statement, balance);
  if (statement.tally === null && statement.balances.length < HEAD_BALANCES_MAX) statement.balances.push(balance);
  else {
    startStatement(context, findings);
    findings.out.push({ ...balance, statement: statement.tally?.ordinal ?? balance.statement });
  }
}

/** 100: a statement has some five, and one for each day to come; those after are given at once. */
const HEAD_BALANCES_MAX = 100;
const INTERMEDIATE_MAX = 100;

function noteLedger(statement: OpenStatement, { typeCode, amountMinor, currency }: BalanceRecord): void {
  if (amountMinor === null || currency !== statement.currency) return;
  const { ledger } = statement;
  if (typeCode === "ITBD" && ledger.ITBD.length < INTERMEDIATE_MAX) ledger.ITBD.push(amountMinor);
  else if (typeCode === "OPBD" || typeCode === "PRCD" || typeCode === "CLBD" || typeCode === "CLAV" || typeCode === "ITAV")
    ledger[typeCode] ??= amountMinor;
}

/** TxsSummry: what the statement says that its entries come to. */
export function readSummary(tally: Tally, node: XmlNode): void {
  const count = (name: string): number | null => {
    const text = textAt(node, name, "NbOfNtries") ?? "";
    return /^\d{1,15}$/.test(text) ? Number(text) : null;
  };
  const sum = (name: string): Minor | null => parseMajor(textAt(node, name, "Sum") ?? "", tally.currency);
  tally.said = {
    creditsMinor: sum("TtlCdtNtries"),
    debitsMinor: sum("TtlDbtNtries"),
    creditCount: count("TtlCdtNtries"),
    debitCount: count("TtlDbtNtries"),
  };
}

/** The statement's beginning, with the balances that came before; once, before the first entry. */
export function startStatement(context: CamtContext, findings: Findings): Tally | null {
  const { statement } = context;
  if (statement === null) return null;
  if (statement.tally !== null) return statement.tally;
  const kind: StatementKind = context.message === "053" ? "final" : "interim";
  const tally = openTally({ ordinal: context.ordinal, line: statement.line, kind, currency: statement.currency });
  context.ordinal += 1;
  statement.tally = tally;
  const asOfOn = statement.closingOn ?? statement.coveredTo ?? statement.createdOn;
  const { line, byteOffset, lineEnd, byteEnd, coveredFrom, coveredTo } = statement;
  const start: StatementStart = {
    type: "statement",
    ordinal: tally.ordinal,
    externalAccountId: statement.account,
    currency: statement.currency,
    asOfOn,
    asOfTime: kind === "interim" && asOfOn === statement.createdOn ? statement.createdTime : null,
    coveredFrom: coveredFrom ?? asOfOn,
    coveredTo: coveredTo ?? asOfOn,
    kind,
    groupStatus: null,
    place: { line, lineEnd, byteOffset, byteEnd },
  };
  findings.out.push(start, ...statement.balances);
  statement.balances = [];
  if (statement.account === null) {
    findings.report(tally.ordinal, {
      code: "missing_account_number",
      line,
      record: "Acct",
      message: "Expected an account (Acct) with an IBAN or a number, found none. Its rows cannot be mapped: ask the bank.",
    });
  }
  return tally;
}

/** Ends the open statement; `because` says why it may not be whole. */
export function closeStatement(context: CamtContext, findings: Findings, because: string | null): void {
  const tally = startStatement(context, findings);
  const { statement } = context;
  context.statement = null;
  if (statement === null || tally === null) return;
  const { ledger } = statement;
  const [first = null, second = null] = ledger.ITBD;
  const last = ledger.ITBD.at(-1) ?? null;
  tally.openingMinor = ledger.OPBD ?? ledger.PRCD ?? (ledger.CLBD !== null || second !== null ? first : null);
  tally.closingMinor = ledger.CLBD ?? (ledger.OPBD !== null || ledger.PRCD !== null || second !== null ? last : null);
  tally.availableMinor = ledger.CLAV ?? ledger.ITAV;
  if (because !== null) tally.unprovable ??= because;
  if (statement.hasUnbooked) tally.said = { creditsMinor: null, debitsMinor: null, creditCount: null, debitCount: null };
  findings.out.push(endOf(tally, findings, { lineEnd: statement.lineEnd, byteEnd: statement.byteEnd, asOfOn: null, covered: null }));
}
