/** What an MT940 parser knows between two fields: the open message and its statement. Plain JSON; never reads an entry. */
import type { Day, Minor, StatementKind, StatementStart, TimeOfDay } from "../../domain/record.ts";
import type { Findings } from "../findings.ts";
import { coveredDays, endOf, openTally, type Tally } from "../tally.ts";
import type { Field } from "./fields.ts";

export interface Message {
  /** Where its first field stands. */
  line: number;
  byteOffset: number;
  account: string | null;
  /** The statement's number (:28C:), the same on all its pages. */
  number: string | null;
  currency: string | null;
  asOfOn: Day | null;
  asOfTime: TimeOfDay | null;
  /** A field that only MT942 has was seen. */
  isInterim: boolean;
  closingOn: Day | null;
  hasClosing: boolean;
  /** It closed with 62M: another page follows. */
  hasMore: boolean;
  /** The statement, once it has begun: with the first balance, entry or sum. */
  tally: Tally | null;
  lineEnd: number;
  byteEnd: number;
}

export interface Mt940Context {
  ordinal: number;
  problemCount: number;
  /** `942` where the envelope says so. */
  messageType: string | null;
  message: Message | null;
  /** A page that says that another follows: its statement is still open. */
  page: Message | null;
  hasFields: boolean;
  /** Strays are said once a message. */
  hasStrays: boolean;
}

export const startContext = (): Mt940Context => ({
  ordinal: 0,
  problemCount: 0,
  messageType: null,
  message: null,
  page: null,
  hasFields: false,
  hasStrays: false,
});

export function openMessage(context: Mt940Context, { line, byteOffset, lineEnd, byteEnd }: Field): Message {
  context.message = {
    line,
    byteOffset,
    account: null,
    number: null,
    currency: null,
    asOfOn: null,
    asOfTime: null,
    isInterim: context.messageType === "942",
    closingOn: null,
    hasClosing: false,
    hasMore: false,
    tally: null,
    lineEnd,
    byteEnd,
  };
  context.hasStrays = false;
  return context.message;
}

/** The message's statement; begins it where this is the first field that speaks of money, unless it goes on from the page before. */
export function startStatement(context: Mt940Context, findings: Findings, { message, tag }: { message: Message; tag: string }): Tally {
  if (message.tally !== null) return message.tally;
  const { page } = context;
  const isNextPage = page !== null && tag === "60M" && message.number !== null && page.number === message.number && page.account === message.account;
  if (isNextPage && page.tally !== null) {
    context.page = null;
    message.tally = page.tally;
    return message.tally;
  }
  closePage(context, findings);
  const kind: StatementKind = message.isInterim ? "interim" : "final";
  const tally = openTally({ ordinal: context.ordinal, line: message.line, kind, currency: message.currency });
  context.ordinal += 1;
  message.tally = tally;
  const { line, lineEnd, byteOffset, byteEnd, asOfOn, asOfTime } = message;
  const start: StatementStart = {
    type: "statement",
    ordinal: tally.ordinal,
    externalAccountId: message.account,
    currency: message.currency,
    asOfOn,
    asOfTime,
    coveredFrom: asOfOn,
    coveredTo: asOfOn,
    kind,
    groupStatus: null,
    place: { line, lineEnd, byteOffset, byteEnd },
  };
  findings.out.push(start);
  if (message.account === null) {
    findings.report(tally.ordinal, {
      code: "missing_account_number",
      line,
      record: "25",
      message: "Expected an account (:25:) before the first balance or entry, found none. Its rows cannot be mapped: ask the bank.",
    });
  }
  return tally;
}

/** Ends the open message, and the statement in it. */
export function closeMessage(context: Mt940Context, findings: Findings): void {
  const { message } = context;
  context.message = null;
  context.messageType = null;
  if (message === null) return;
  const { tally } = message;
  if (tally === null) {
    findings.report(null, {
      code: "empty_statement",
      line: message.line,
      message: "A message has neither balances nor entries, so that nothing was read from it. Ask the bank for a whole file.",
    });
    return;
  }
  if (!message.hasClosing && tally.kind === "final") {
    findings.report(tally.ordinal, {
      code: "missing_closing_balance",
      line: message.lineEnd,
      record: "62F",
      expected: "62F or 62M",
      message: "The statement ends without a closing balance (:62F:), so that entries may be missing. Ask the bank to send the file again.",
    });
  }
  closePage(context, findings);
  if (message.hasMore) context.page = message;
  else endStatement(findings, message, tally);
}

/** Ends the statement of a page that none followed. */
export function closePage(context: Mt940Context, findings: Findings): void {
  const { page } = context;
  context.page = null;
  if (page !== null && page.tally !== null) endStatement(findings, page, page.tally);
}

function endStatement(findings: Findings, message: Message, tally: Tally): void {
  const { lineEnd, byteEnd, closingOn } = message;
  findings.out.push(endOf(tally, findings, { lineEnd, byteEnd, asOfOn: closingOn, covered: coveredDays(tally, closingOn ?? message.asOfOn) }));
}

/** A balance takes part in the proof only in the statement's own currency. */
export function provable(tally: Tally, minor: Minor | null, currency: string): Minor | null {
  if (tally.currency === null || tally.currency === currency) return minor;
  tally.unprovable ??= `A balance is in ${currency}, the account in ${tally.currency}.`;
  return null;
}
