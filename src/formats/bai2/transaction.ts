/** Reads a 16 into one transaction: sign from its type code, text from wherever it was continued. Never moves money for a message (890). */
import { negateMinor, parseMinor } from "../../domain/money.ts";
import type { Day, Minor, Sign, TransactionRecord } from "../../domain/record.ts";
import { isPlainText, readable } from "./bytes.ts";
import type { AccountContext, Context } from "./context.ts";
import type { TextRecordFields } from "./fields.ts";
import { outOfPlace, reportCutOff } from "./findings.ts";
import { NO_FUNDS, readFunds } from "./funds.ts";
import { type LogicalRecord, linesOf } from "./logical.ts";
import { noteOnce } from "./quads.ts";
import { MESSAGE_CODE, type TypeCode, typeCodeAt, typeCodeOf } from "./type-codes.ts";
import { readAmount } from "./values.ts";

/** 16: type code, amount, funds type, bank reference, customer reference, text. */
export function readTransaction(context: Context, record: LogicalRecord): void {
  const { account, group, textFields: fields } = context;
  fields.open(record);
  if (account === null || group === null) {
    outOfPlace(context, record, "an open account", fields.next());
    return;
  }
  const { line } = record;
  const isPlain = context.isPlain || linesOf(record).every(isPlainText);
  const at = context.out.length;
  const index = fields.threeDigits();
  const typeText = index === -1 ? (fields.next() ?? "") : "";
  const type = index === -1 ? typeCodeOf(typeText) : typeCodeAt(index);
  const typeCode = type?.code ?? typeText;
  const digits = fields.plainDigits();
  const amount = digits === "" ? takeAmount(context, fields, line, account.currency) : digits;
  const fundsText = fields.skipEmpty() ? "" : (fields.next() ?? "");
  const funds = fundsText === "" ? NO_FUNDS : readFunds(context, fundsText, fields, { line, record: "16", field: "funds_type" });
  const bankReference = fields.skipEmpty() ? "" : fields.next();
  const customerReference = fields.skipEmpty() ? "" : fields.next();
  const description = fields.onlyText() ?? fields.joinedText(context.joiner, context.file?.width ?? null);
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
    valueOn: funds.valueOn === null ? null : valueDate(funds.valueOn, group.asOfOn),
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
  if (digits === "" || sign === null || typeCode.charCodeAt(0) === SEVEN) addUp(account, { amount, sign, typeCode });
  else addPlain(account, sign, fields.plainValue);
  if (type === null || type.origin === "unknown" || type.level !== "detail" || amount?.charCodeAt(0) === MINUS)
    noteOddities(context, transaction, type);
}

const MINUS = 0x2d;

/** An amount that is not plain digits, canonical as they stand. */
function takeAmount(context: Context, fields: TextRecordFields, line: number, currency: string | null): Minor | null {
  const text = fields.next() ?? "";
  if (text === "") return null;
  return parseMinor(text) ?? readAmount(context, text, currency, { line, record: "16", field: "amount" });
}

/** A value date before the day of the report is that day (specification, funds types). */
function valueDate(valueOn: Day, asOfOn: Day | null): Day {
  return asOfOn !== null && valueOn < asOfOn ? asOfOn : valueOn;
}

/** The common case of `addUp`: a known sign and an amount of few digits. */
function addPlain(account: AccountContext, sign: Sign, value: number): void {
  account.transactionCount += 1;
  if (sign === "credit") {
    account.creditCount += 1;
    account.credits.addSmall(value);
  } else {
    account.debitCount += 1;
    account.debits.addSmall(value);
  }
}

/** The account's sums. What cannot be added is remembered with its reason, and makes the ledger unprovable. */
function addUp(account: AccountContext, { amount, sign, typeCode }: { amount: Minor | null; sign: Sign | null; typeCode: string }): void {
  if (amount === null) {
    if (typeCode !== MESSAGE_CODE) account.unprovable ??= "A transaction has no amount that can be read.";
  } else if (sign === "credit") account.credits.add(amount);
  else if (sign === "debit") account.debits.add(amount);
  else account.unsigned.add(amount);
  if (typeCode === MESSAGE_CODE) return;
  account.transactionCount += 1;
  if (sign === "credit") account.creditCount += 1;
  else if (sign === "debit") account.debitCount += 1;
  else account.unprovable ??= `Nobody says which way type code ${typeCode.slice(0, 20)} moves money.`;
  if (typeCode.charCodeAt(0) === SEVEN) account.unprovable ??= `Loan type code ${typeCode} need not move the ledger balance.`;
}

const SEVEN = 0x37;

/** 4,000 characters show any record a person would look at; the file itself keeps the rest. */
const RAW_CHARS_MAX = 4000;

function rawText({ source, start, end, more }: LogicalRecord, isPlain: boolean): string {
  const text = source.slice(start, end);
  let raw = isPlain ? text : readable(text);
  for (const line of more ?? NO_LINES) {
    if (raw.length > RAW_CHARS_MAX) break;
    raw += `\n${isPlain ? line : readable(line)}`;
  }
  return raw.length > RAW_CHARS_MAX ? raw.slice(0, RAW_CHARS_MAX) : raw;
}

const NO_LINES: readonly string[] = [];

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
