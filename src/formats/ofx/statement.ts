/** What an OFX parser knows between two aggregates: the open statement. Plain JSON; never reads a transaction. */
import { isCurrency } from "../../domain/money.ts";
import type { Day, StatementStart } from "../../domain/record.ts";
import type { Findings } from "../findings.ts";
import type { SeenIds } from "../seen-ids.ts";
import { coveredDays, endOf, openTally, type Tally } from "../tally.ts";
import { plainDay, readAmount, readDay, readText } from "./values.ts";

/** Values by their tag; a tag inside another aggregate is `PAYEE.NAME`. One character a byte. */
export type Fields = Readonly<Record<string, string>>;

export interface OpenStatement {
  line: number;
  byteOffset: number;
  account: string | null;
  currency: string | null;
  startOn: Day | null;
  endOn: Day | null;
  closingOn: Day | null;
  tally: Tally | null;
  ids: SeenIds;
  lineEnd: number;
  byteEnd: number;
}

export interface OfxContext {
  ordinal: number;
  problemCount: number;
  charset: string | null;
  hasTags: boolean;
  hasOfx: boolean;
  hasStatement: boolean;
  statement: OpenStatement | null;
}

export const startContext = (): OfxContext => ({
  ordinal: 0,
  problemCount: 0,
  charset: null,
  hasTags: false,
  hasOfx: false,
  hasStatement: false,
  statement: null,
});

export function openStatement(context: OfxContext, { line, byteOffset }: { line: number; byteOffset: number }): void {
  context.hasStatement = true;
  context.statement = {
    line,
    byteOffset,
    account: null,
    currency: null,
    startOn: null,
    endOn: null,
    closingOn: null,
    tally: null,
    ids: [],
    lineEnd: line,
    byteEnd: byteOffset,
  };
}

/** A value of the statement itself: its currency, the days of its list. */
export function readValue(context: OfxContext, name: string, binary: string): void {
  const { statement } = context;
  if (statement === null) return;
  const text = readText(binary, context.charset);
  if (name === "CURDEF") statement.currency ??= /^[A-Za-z]{3}$/.test(text) ? text.toUpperCase() : null;
  else if (name === "DTSTART") statement.startOn ??= plainDay(text);
  else if (name === "DTEND") statement.endOn ??= plainDay(text);
}

export function readAccount(context: OfxContext, fields: Fields): void {
  const { statement } = context;
  const text = readText(fields["ACCTID"] ?? "", context.charset);
  if (statement !== null && text !== "") statement.account ??= text;
}

/** LEDGERBAL and AVAILBAL as printed. The ledger balance closes the statement only where it is of its last day. */
export function readBalance(context: OfxContext, findings: Findings, { name, fields, line }: { name: string; fields: Fields; line: number }): void {
  const tally = startStatement(context, findings);
  const { statement } = context;
  if (tally === null || statement === null) return;
  const spot = { statement: tally.ordinal, line, record: name };
  const text = (key: string): string | undefined => (fields[key] === undefined ? undefined : readText(fields[key] ?? "", context.charset));
  const amountMinor = readAmount(findings, text("BALAMT"), tally.currency, { ...spot, field: "BALAMT" });
  const asOfOn = readDay(findings, text("DTASOF"), { ...spot, field: "DTASOF", severity: "warning" });
  findings.out.push({
    type: "balance",
    statement: tally.ordinal,
    typeCode: name,
    level: "status",
    sign: amountMinor === null ? null : amountMinor.startsWith("-") ? "debit" : "credit",
    amountMinor,
    currency: tally.currency,
    asOfOn,
    asOfTime: null,
    itemCount: null,
    fundsType: null,
    line,
  });
  if (name !== "LEDGERBAL") {
    tally.availableMinor = amountMinor;
    return;
  }
  statement.closingOn = asOfOn;
  if (asOfOn !== null && (statement.endOn === null || statement.endOn === asOfOn)) tally.closingMinor = amountMinor;
}

export function startStatement(context: OfxContext, findings: Findings): Tally | null {
  const { statement } = context;
  if (statement === null) return null;
  if (statement.tally !== null) return statement.tally;
  const { line, byteOffset, lineEnd, byteEnd, currency, startOn, endOn } = statement;
  const tally = openTally({ ordinal: context.ordinal, line, kind: "final", currency });
  context.ordinal += 1;
  statement.tally = tally;
  const start: StatementStart = {
    type: "statement",
    ordinal: tally.ordinal,
    externalAccountId: statement.account,
    currency,
    asOfOn: endOn,
    asOfTime: null,
    coveredFrom: startOn ?? endOn,
    coveredTo: endOn,
    kind: "final",
    groupStatus: null,
    place: { line, lineEnd, byteOffset, byteEnd },
  };
  findings.out.push(start);
  reportHead(findings, statement, tally.ordinal);
  return tally;
}

function reportHead(findings: Findings, { line, account, currency }: OpenStatement, ordinal: number): void {
  if (account === null) {
    findings.report(ordinal, {
      code: "missing_account_number",
      line,
      record: "ACCTID",
      message: "Expected an account (ACCTID) before the first transaction, found none. Its rows cannot be mapped: ask the bank.",
    });
  }
  if (currency === null) {
    findings.report(ordinal, {
      code: "missing_currency",
      line,
      record: "CURDEF",
      expected: "three letters of ISO 4217",
      message: "Expected a currency (CURDEF) before the first transaction, found none. The currency is left open: ask the bank.",
    });
  } else if (!isCurrency(currency)) {
    findings.warn(ordinal, {
      code: "unknown_currency",
      line,
      record: "CURDEF",
      value: currency,
      expected: "a code of ISO 4217",
      message: `ISO 4217 has no currency ${currency}; its amounts are shown with two decimals. Check the account's currency.`,
    });
  }
}

/** Ends the open statement; `because` says why it may not be whole. */
export function closeStatement(context: OfxContext, findings: Findings, because: string | null): void {
  const tally = startStatement(context, findings);
  const { statement } = context;
  context.statement = null;
  if (statement === null || tally === null) return;
  if (because !== null) tally.unprovable ??= because;
  const { lineEnd, byteEnd, closingOn, endOn } = statement;
  const covered = endOn === null ? coveredDays(tally, closingOn) : null;
  findings.out.push(endOf(tally, findings, { lineEnd, byteEnd, asOfOn: closingOn, covered }));
}
