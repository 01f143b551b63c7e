/** Reads a 16 into one transaction: sign from its type code, text from wherever it was continued. Never moves money for a message (890). */
import { negateMinor, parseMinor } from "../../domain/money.ts";
import type { Minor, Sign, TransactionRecord } from "../../domain/record.ts";
import { readable } from "./bytes.ts";
import type { AccountContext, Context } from "./context.ts";
import { TextRecordFields } from "./fields.ts";
import { outOfPlace, reportCutOff } from "./findings.ts";
import { NO_FUNDS, readFunds } from "./funds.ts";
import type { LogicalRecord } from "./logical.ts";
import { noteOnce } from "./quads.ts";
import { cleanText, joinText } from "./text.ts";
import { MESSAGE_CODE, type TypeCode, typeCodeOf } from "./type-codes.ts";
import { readAmount } from "./values.ts";

/** 16: type code, amount, funds type, bank reference, customer reference, text. */
export function readTransaction(context: Context, record: LogicalRecord): void {
  const { account, group, isPlain } = context;
  if (account === null || group === null) {
    outOfPlace(context, record, "an open account", new TextRecordFields(record).next());
    return;
  }
  const { line } = record;
  const fields = new TextRecordFields(record);
  const typeCode = fields.next() ?? "";
  const type = typeCodeOf(typeCode);
  const amountText = fields.next() ?? "";
  const fundsText = fields.next() ?? "";
  const at = context.out.length;
  const amount =
    amountText === "" ? null : (parseMinor(amountText) ?? readAmount(context, amountText, account.currency, { line, record: "16", field: "amount" }));
  const funds = fundsText === "" ? NO_FUNDS : readFunds(context, fundsText, fields, { line, record: "16", field: "funds_type" });
  const bankReference = fields.next();
  const customerReference = fields.next();
  const description = readText(context, record, fields);
  if (record.isCutOff && description === "") {
    context.out.length = at;
    reportCutOff(context, record);
    account.unprovable ??= "The file ends inside a transaction.";
    return;
  }
  const sign = typeCode === MESSAGE_CODE ? null : (type?.sign ?? null);
  const transaction: TransactionRecord = {
    type: "transaction",
    statement: account.ordinal,
    amountMinor: amount === null || sign !== "debit" ? amount : negateMinor(amount),
    currency: account.currency,
    postedOn: group.asOfOn,
    valueOn: funds.valueOn !== null && group.asOfOn !== null && funds.valueOn < group.asOfOn ? group.asOfOn : funds.valueOn,
    typeCode,
    sign,
    fundsType: funds.type,
    bankReference: isPlain || bankReference === null ? bankReference : readable(bankReference),
    customerReference: isPlain || customerReference === null ? customerReference : readable(customerReference),
    description: isPlain ? description : readable(description),
    externalTransactionId: null,
    isPending: account.kind === "interim",
    raw: rawText(record, isPlain),
    place: { line, lineEnd: record.lineEnd, byteOffset: record.byteOffset, byteEnd: record.byteEnd },
  };
  if (context.out.length === at) context.out.push(transaction);
  else context.out.splice(at, 0, transaction);
  addUp(account, { amount, sign, typeCode, type });
  if (type === null || type.origin === "unknown" || type.level !== "detail" || amount?.startsWith("-") === true)
    noteOddities(context, transaction, type);
}

/** The account's sums. What cannot be added is remembered with its reason, and makes the ledger unprovable. */
function addUp(account: AccountContext, found: { amount: Minor | null; sign: Sign | null; typeCode: string; type: TypeCode | null }): void {
  const { amount, sign, typeCode } = found;
  if (amount !== null) account.detailTotal.add(amount);
  if (typeCode === MESSAGE_CODE) return;
  account.transactionCount += 1;
  if (sign === "credit") {
    account.creditCount += 1;
    if (amount !== null) account.credits.add(amount);
  } else if (sign === "debit") {
    account.debitCount += 1;
    if (amount !== null) account.debits.add(amount);
  } else {
    account.unprovable ??= `Nobody says which way type code ${typeCode.slice(0, 20)} moves money.`;
  }
  if (amount === null) account.unprovable ??= "A transaction has no amount that can be read.";
  else if (typeCode.charCodeAt(0) === 0x37) account.unprovable ??= `Loan type code ${typeCode} need not move the ledger balance.`;
}

function readText(context: Context, record: LogicalRecord, fields: TextRecordFields): string {
  const only = fields.onlyText();
  const text = only === null ? joinText(fields.text(), { textJoin: context.options.textJoin, width: context.file?.width ?? null }) : cleanText(only);
  if (text.includes("/") && RECORD_INSIDE.test(text)) {
    context.warn({
      code: "record_inside_text",
      line: record.line,
      record: "16",
      field: "text",
      expected: "one record a line",
      message: "The text holds what looks like another record; it was read as text, because nothing else in the file shares a line. See the totals.",
    });
  }
  return text;
}

/** A `/`, then a transaction with code, amount and funds type, or a trailer: more than text has by chance. */
const RECORD_INSIDE = /\/\s*(?:16,\d{3},[+-]?\d+,[012SVDZ]?,|49,[+-]?\d+,\d+\/)/;

/** 4,000 characters show any record a person would look at; the file itself keeps the rest. */
const RAW_CHARS_MAX = 4000;

function rawText(record: LogicalRecord, isPlain: boolean): string {
  if (record.more === null) {
    const line = record.text.length > RAW_CHARS_MAX ? record.text.slice(0, RAW_CHARS_MAX) : record.text;
    return isPlain ? line : readable(line);
  }
  const lines = [record.text, ...record.more];
  return (isPlain ? lines : lines.map(readable)).join("\n").slice(0, RAW_CHARS_MAX);
}

function noteOddities(context: Context, transaction: TransactionRecord, type: TypeCode | null): void {
  const { typeCode } = transaction;
  const spot = { line: transaction.place.line, record: "16", field: "type_code", value: typeCode };
  if (type === null) {
    context.report({
      ...spot,
      code: "bad_type_code",
      expected: "three digits",
      message: `Expected a type code of three digits, found "${typeCode.slice(0, 20)}". The row is kept without a sign: ask the bank.`,
    });
  } else if (type.origin === "unknown") {
    noteOnce(context, typeCode, () =>
      context.warn({
        ...spot,
        code: "unknown_type_code",
        expected: "a listed type code",
        message: `Type code ${typeCode} is in no list; its rows were kept and read as ${transaction.sign ?? "neither credit nor debit"} by its range. Ask the bank what it means.`,
      }),
    );
  } else if (type.level !== "detail") {
    noteOnce(context, `level ${typeCode}`, () =>
      context.warn({
        ...spot,
        code: "not_a_detail_code",
        expected: "a detail code",
        message: `Type code ${typeCode} (${type.description}) is a ${type.level} code, but stands on a transaction. It was kept: see that it is not counted twice.`,
      }),
    );
  }
  if (transaction.amountMinor !== null && transaction.sign !== null && transaction.amountMinor.startsWith("-") === (transaction.sign === "credit")) {
    context.warn({
      ...spot,
      field: "amount",
      value: transaction.amountMinor,
      code: "negative_amount",
      expected: "an amount without a sign",
      message: `The amount of a ${transaction.sign} is negative; it was reckoned as printed, so that it moves the other way. Compare the row with the bank's own display.`,
    });
  }
}
