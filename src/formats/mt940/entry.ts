/** Reads an entry (:61:) with its details (:86:) into one transaction. Never books on a day that the calendar has not. */
import { negateMinor } from "../../domain/money.ts";
import type { Day, Sign, TransactionRecord } from "../../domain/record.ts";
import { readable } from "../bai2/bytes.ts";
import type { Findings } from "../findings.ts";
import type { ParseOptions } from "../format.ts";
import type { Tally } from "../tally.ts";
import { readDetails } from "./details.ts";
import type { Field } from "./fields.ts";
import { nearestDay, readAmount, readDay } from "./values.ts";

/** Value date, entry date, mark, funds code (a letter of the currency), amount, type code, references. */
const ENTRY = /^(\d{6})(\d{4})?(R[DC]|E[DC]|[DC])([A-Z])?([\d.,]+)\s*([A-Z][A-Z0-9]{3})?(.*)$/s;

/** What the marks mean for the account; R takes back, E is expected. */
const SIGNS: Readonly<Record<string, Sign>> = { D: "debit", C: "credit", RD: "credit", RC: "debit", ED: "debit", EC: "credit" };

/** Null where the file ends inside the entry, so that its figures may be cut short. */
export function readEntry(
  findings: Findings,
  { tally, field, options }: { tally: Tally; field: Field; options: ParseOptions },
): TransactionRecord | null {
  const spot = { statement: tally.ordinal, line: field.line, record: "61" };
  const [first = "", ...supplement] = field.lines;
  const match = ENTRY.exec(first.trim());
  if (field.isCutOff && field.details === null && (match === null || match[6] === undefined)) {
    findings.report(tally.ordinal, {
      code: "truncated_record",
      line: field.line,
      record: "61",
      message: "The file ends inside this entry, so that its amount may be cut short; it was left out. Ask the bank to send the file again.",
    });
    return null;
  }
  const details = readDetails(field.details ?? [], options.textJoin);
  const extra = readable(supplement.join("\n")).trim();
  const description = [details.description, extra].filter((part) => part !== "").join("\n");
  const base = { type: "transaction", statement: tally.ordinal, currency: tally.currency, fundsType: null, externalTransactionId: null } as const;
  const { line, lineEnd, byteOffset, byteEnd } = field;
  const rest = { description, raw: rawText(field), place: { line, lineEnd, byteOffset, byteEnd } };
  if (match === null) {
    findings.report(tally.ordinal, {
      code: "bad_entry",
      line,
      record: "61",
      value: first,
      expected: "YYMMDD, MMDD, D or C, an amount and a type code",
      message: `Expected an entry like 2601150115D12,50NTRFNONREF, found "${first.slice(0, 40)}". The row is kept without an amount: ask the bank for a correct file.`,
    });
    const unread = { amountMinor: null, postedOn: null, valueOn: null, typeCode: "", sign: null, bankReference: null, customerReference: null };
    return { ...base, ...unread, ...rest, isPending: tally.kind === "interim" };
  }
  const [, valueText = "", entryText, mark = "", , amountText = "", typeCode = "", references = ""] = match;
  const sign = SIGNS[mark] ?? null;
  const amount = readAmount(findings, amountText, tally.currency, spot);
  return {
    ...base,
    amountMinor: amount === null || sign !== "debit" ? amount : negateMinor(amount),
    ...readDays(findings, { valueText, entryText, spot }),
    typeCode,
    sign,
    ...readReferences(references, details.customerReference),
    ...rest,
    isPending: tally.kind === "interim" || mark.startsWith("E"),
  };
}

/** Booked on the entry date; where there is none, on the value date. */
function readDays(
  findings: Findings,
  { valueText, entryText, spot }: { valueText: string; entryText: string | undefined; spot: { statement: number; line: number; record: string } },
): { postedOn: Day | null; valueOn: Day | null } {
  const severity = entryText === undefined ? "error" : "warning";
  const valueOn = readDay(findings, valueText, { ...spot, field: "value date", severity });
  if (entryText === undefined) return { postedOn: valueOn, valueOn };
  const postedOn = nearestDay({ monthDay: entryText, valueText, valueOn });
  if (postedOn === null) {
    const { statement, ...place } = spot;
    findings.report(statement, {
      ...place,
      code: "bad_date",
      field: "entry date",
      value: entryText,
      expected: "MMDD",
      message: `Expected an entry day as MMDD, found "${entryText}", which no year has. The row has no day to be booked on: ask the bank for a correct file.`,
    });
  }
  return { postedOn, valueOn };
}

/** `customer//bank`. NONREF is the bank's word for none; `KREF+` says that the reference stands in the details. */
function readReferences(text: string, inDetails: string | null): { bankReference: string | null; customerReference: string | null } {
  const [customer = "", ...bank] = readable(text).split("//");
  const said = customer.trim();
  const customerReference = said === "KREF+" ? inDetails : said === "" || said === "NONREF" ? null : said;
  const bankText = bank.join("//").trim();
  return { bankReference: bankText === "" || bankText === "NONREF" ? null : bankText, customerReference };
}

/** 4,000 characters show any entry a person would look at; the file itself keeps the rest. */
const RAW_CHARS_MAX = 4000;

const rawText = (field: Field): string => readable(field.raw.filter((line) => line !== "").join("\n")).slice(0, RAW_CHARS_MAX);
