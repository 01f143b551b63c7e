/** Reads plain 16s - digits, a listed code, text in one or more lines - where they stand: nine of ten rows. Never differs from transaction.ts, which reads the rest. */
import { parseDay6 } from "../../domain/date.ts";
import type { Day, Sign } from "../../domain/record.ts";
import { isPlainText, readable } from "./bytes.ts";
import type { AccountContext, Context } from "./context.ts";
import { isBlankCode, trimmedLength } from "./text.ts";
import { type TypeCode, typeCodeAt } from "./type-codes.ts";

/** A whole 16 in `source`: its first line up to `lineEnd`, its continuations up to `end`, all lines ended by one `\n`. One object serves all. */
export interface PlainPlace {
  start: number;
  lineEnd: number;
  end: number;
  /** Continuations. */
  more: number;
  line: number;
  /** The file's byte at which `source` begins. */
  base: number;
}

/**
 * Reads the 16 at `place`, if it is plain; else gives back false, and nothing is read. The caller has seen that a record of its own begins
 * behind it.
 */
export function readPlainTransaction(context: Context, source: string, place: PlainPlace): boolean {
  const { account, group } = context;
  const { start, lineEnd, end } = place;
  if (account === null || group === null || context.isRefused || end - start > RAW_CHARS_MAX) return false;
  const type = plainType(source, start + 3);
  const amountEnd = type === null ? -1 : digitsEnd(source, start + 7, lineEnd);
  if (type === null || amountEnd === -1) return false;
  const fundsCode = source.charCodeAt(amountEnd + 1);
  const bankStart = fundsCode === COMMA ? amountEnd + 2 : fundsEnd(source, amountEnd + 1, lineEnd);
  const bankEnd = bankStart === -1 ? -1 : source.indexOf(",", bankStart);
  const customerEnd = bankEnd === -1 ? -1 : source.indexOf(",", bankEnd + 1);
  if (customerEnd === -1 || customerEnd >= lineEnd || hasBlankEdge(source, bankStart, bankEnd) || hasBlankEdge(source, bankEnd + 1, customerEnd))
    return false;
  const valueOn = fundsCode === VALUE_DATED ? valueDay(source, amountEnd + 3) : null;
  if (fundsCode === VALUE_DATED && valueOn === null) return false;
  const raw = source.slice(start, end);
  const isPlain = context.isPlain || isPlainText(raw);
  const digits = source.slice(start + 7, amountEnd);
  addUp(account, type.sign, digitsValue(source, start + 7, amountEnd), place.more + 1);
  const textStart = customerEnd + 1;
  const description = place.more === 0 ? source.slice(textStart, textEnd(source, textStart, lineEnd)) : joined(context, source, textStart, place);
  const last = place.line + place.more;
  context.out.push({
    type: "transaction",
    statement: account.ordinal,
    amountMinor: type.sign === "debit" ? `-${digits}` : digits,
    currency: account.currency,
    postedOn: group.asOfOn,
    valueOn: valueOn !== null && group.asOfOn !== null && valueOn < group.asOfOn ? group.asOfOn : valueOn,
    typeCode: type.code,
    sign: type.sign,
    fundsType: fundsCode === COMMA ? null : source.charAt(amountEnd + 1),
    bankReference: isPlain ? source.slice(bankStart, bankEnd) : readable(source.slice(bankStart, bankEnd)),
    customerReference: isPlain ? source.slice(bankEnd + 1, customerEnd) : readable(source.slice(bankEnd + 1, customerEnd)),
    description: isPlain ? description : readable(description),
    externalTransactionId: null,
    isPending: account.kind === "interim",
    raw: isPlain ? raw : raw.split("\n").map(readable).join("\n"),
    place: { line: place.line, lineEnd: last, byteOffset: place.base + start, byteEnd: place.base + end },
  });
  context.lastLine = last;
  context.lastByteEnd = place.base + end;
  return true;
}

/** Records up to this length are kept whole as `raw`. */
const RAW_CHARS_MAX = 4000;
const COMMA = 0x2c;
const SLASH = 0x2f;
const ZERO = 0x30;
const VALUE_DATED = 0x56;
/** 15 digits are exact as a number. */
const DIGITS_MAX = 15;

/** A listed or custom detail code with a sign, and a comma behind it. */
function plainType(source: string, at: number): TypeCode | null {
  const a = source.charCodeAt(at) - ZERO;
  const b = source.charCodeAt(at + 1) - ZERO;
  const c = source.charCodeAt(at + 2) - ZERO;
  if (source.charCodeAt(at + 3) !== COMMA || a < 0 || a > 9 || b < 0 || b > 9 || c < 0 || c > 9) return null;
  return PLAIN_TYPES[a * 100 + b * 10 + c] ?? null;
}

/** By the code's number; loan codes (7xx) take the long way. */
const PLAIN_TYPES: readonly (TypeCode | null)[] = Array.from({ length: 1000 }, (_, index) => {
  const type = typeCodeAt(index);
  const isPlain = type !== null && type.level === "detail" && type.sign !== null && type.origin !== "unknown" && !type.code.startsWith("7");
  return isPlain ? type : null;
});

/** Where digits without a leading zero end before a comma; -1 for anything else. */
function digitsEnd(source: string, start: number, end: number): number {
  if (source.charCodeAt(start) === ZERO) return -1;
  const comma = anyDigitsEnd(source, start, end);
  return comma === start || comma - start > DIGITS_MAX ? -1 : comma;
}

/** At most 15 digits as a number: exact, and far cheaper than reading them from a string of their own. */
function digitsValue(source: string, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) value = value * 10 + source.charCodeAt(at) - ZERO;
  return value;
}

/** Where digits, or none, end before a comma; -1 for anything else. */
function anyDigitsEnd(source: string, start: number, end: number): number {
  for (let at = start; at < end; at += 1) {
    const code = source.charCodeAt(at);
    if (code === COMMA) return at;
    if (code < ZERO || code > ZERO + 9) return -1;
  }
  return -1;
}

/** Behind the comma that ends a funds type and its own fields, from the type on; -1 where it is not plain. */
function fundsEnd(source: string, at: number, end: number): number {
  const code = source.charCodeAt(at);
  if (source.charCodeAt(at + 1) !== COMMA) return -1;
  // 0, 1, 2 and Z stand alone.
  if ((code >= ZERO && code <= ZERO + 2) || code === 0x5a) return at + 2;
  if (code === VALUE_DATED) return valueDateEnd(source, at + 2, end);
  if (code !== 0x53) return -1;
  let next = at + 2;
  for (let amount = 0; amount < 3; amount += 1) {
    const comma = anyDigitsEnd(source, next, end);
    if (comma === -1 || comma - next > DIGITS_MAX) return -1;
    next = comma + 1;
  }
  return next;
}

/** `YYMMDD,` and an empty time or four digits that are one. */
function valueDateEnd(source: string, at: number, end: number): number {
  if (at + 7 >= end || source.charCodeAt(at + 6) !== COMMA) return -1;
  if (source.charCodeAt(at + 7) === COMMA) return at + 8;
  const isTime = anyDigitsEnd(source, at + 7, end) === at + 11 && source.charCodeAt(at + 7) <= ZERO + 1 && source.charCodeAt(at + 9) <= ZERO + 5;
  return isTime ? at + 12 : -1;
}

/** Rows of a statement mostly share a value date: it is read once. */
let lastValueDate: { text: string; day: Day | null } = { text: "", day: null };

function valueDay(source: string, at: number): Day | null {
  if (!source.startsWith(lastValueDate.text, at) || lastValueDate.text === "") {
    const text = source.slice(at, at + 6);
    lastValueDate = { text, day: parseDay6(text) };
  }
  return lastValueDate.day;
}

function hasBlankEdge(source: string, start: number, end: number): boolean {
  return start < end && (isBlankCode(source.charCodeAt(start)) || isBlankCode(source.charCodeAt(end - 1)));
}

/** Before trailing blanks and one `/`. */
function textEnd(source: string, start: number, end: number): number {
  const length = trimmedLength(source, end, start);
  return length > start && source.charCodeAt(length - 1) === SLASH ? trimmedLength(source, length - 1, start) : length;
}

function joined(context: Context, source: string, from: number, place: PlainPlace): string {
  const joiner = context.joiner;
  joiner.open(context.file?.width ?? null);
  joiner.add(source, place.start, from, place.lineEnd);
  for (let start = place.lineEnd + 1; start < place.end; ) {
    const lf = source.indexOf("\n", start);
    const end = lf === -1 || lf > place.end ? place.end : lf;
    joiner.add(source, start, start + 3, end);
    start = end + 1;
  }
  return joiner.text;
}

function addUp(account: AccountContext, sign: Sign | null, value: number, physicalCount: number): void {
  account.recordCount += physicalCount;
  account.transactionCount += 1;
  if (sign === "credit") {
    account.creditCount += 1;
    account.credits.addSmall(value);
  } else {
    account.debitCount += 1;
    account.debits.addSmall(value);
  }
}
