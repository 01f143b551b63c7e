/** Reads an STMTTRN into one transaction. Never shifts a day by its zone, never trusts an id that the bank gives twice. */
import type { Sign, TransactionRecord } from "../../domain/record.ts";
import type { Findings } from "../findings.ts";
import { judgeId } from "../seen-ids.ts";
import type { Tally } from "../tally.ts";
import type { Fields, OpenStatement } from "./statement.ts";
import { plainDay, readAmount, readDay, readText, type Spot } from "./values.ts";

export interface ReadTransaction {
  statement: OpenStatement;
  tally: Tally;
  fields: Fields;
  charset: string | null;
  isPending: boolean;
  raw: string;
  place: TransactionRecord["place"];
}

/** Null for one that takes back another (CORRECTACTION DELETE): a file's row is taken back by a person. */
export function readTransaction(
  findings: Findings,
  { statement, tally, fields, charset, isPending, raw, place }: ReadTransaction,
): TransactionRecord | null {
  const spot = { statement: tally.ordinal, line: place.line, record: "STMTTRN" };
  const text = (key: string): string | undefined => {
    const value = fields[key] === undefined ? "" : readText(fields[key] ?? "", charset);
    return value === "" ? undefined : value;
  };
  if (text("CORRECTACTION") !== undefined) noteCorrection(findings, spot, text("CORRECTACTION") ?? "");
  if (text("CORRECTACTION") === "DELETE") return null;
  const symbol = text("CURRENCY.CURSYM")?.toUpperCase();
  const currency = symbol !== undefined && /^[A-Z]{3}$/.test(symbol) ? symbol : tally.currency;
  const amountMinor = readAmount(findings, text("TRNAMT"), currency, { ...spot, field: "TRNAMT" });
  const typeCode = (text("TRNTYPE") ?? "").slice(0, TYPE_CODE_CHARS_MAX).toUpperCase();
  const sign = signOf(amountMinor, typeCode);
  noteSign(findings, { spot, sign, typeCode, amountMinor });
  const day = text("DTPOSTED") ?? (isPending ? text("DTTRAN") : undefined);
  return {
    type: "transaction",
    statement: tally.ordinal,
    amountMinor,
    currency,
    postedOn: readDay(findings, day, { ...spot, field: "DTPOSTED", severity: "error" }),
    valueOn: plainDay(text("DTAVAIL")),
    typeCode,
    sign,
    fundsType: null,
    bankReference: text("REFNUM") ?? null,
    customerReference: text("CHECKNUM") ?? null,
    description: describe(text),
    externalTransactionId: isPending ? null : trusted(findings, { statement, id: text("FITID"), spot }),
    isPending,
    raw,
    place,
  };
}

/** 20: the longest of OFX's words has eleven. */
const TYPE_CODE_CHARS_MAX = 20;
const FITID_CHARS_MIN = 4;

function signOf(amountMinor: string | null, typeCode: string): Sign | null {
  if (amountMinor === null) return null;
  if (amountMinor === "0") return typeCode === "DEBIT" || typeCode === "FEE" || typeCode === "SRVCHG" ? "debit" : "credit";
  return amountMinor.startsWith("-") ? "debit" : "credit";
}

/** FITID names the transaction, where the bank gives it once and it is more than a counter. */
function trusted(findings: Findings, { statement, id, spot }: { statement: OpenStatement; id: string | undefined; spot: Spot }): string | null {
  if (id === undefined) return null;
  const verdict = judgeId(statement.ids, id, FITID_CHARS_MIN);
  if (verdict === "reused") {
    findings.warn(spot.statement, {
      code: "reused_id",
      line: spot.line,
      record: "STMTTRN",
      field: "FITID",
      value: id,
      message: "The bank gives this id to more than one transaction, so that it names none of them. The row is told apart by what it says.",
    });
  }
  return verdict === "unique" ? id : null;
}

/** The name, and the memo where it says more. */
function describe(text: (key: string) => string | undefined): string {
  const name = text("NAME") ?? text("PAYEE.NAME") ?? "";
  const extended = text("EXTDNAME") ?? "";
  const memo = text("MEMO") ?? "";
  const named = extended !== "" && extended.startsWith(name) ? [extended] : [name, extended];
  const lines = name !== "" && memo.startsWith(name) ? [...named.slice(1), memo] : [...named, memo];
  return lines.filter((line) => line !== "").join("\n");
}

/** TRNAMT carries the sign; a type that says the other way is a reason to look. */
function noteSign(
  findings: Findings,
  { spot, sign, typeCode, amountMinor }: { spot: Spot; sign: Sign | null; typeCode: string; amountMinor: string | null },
): void {
  const isOdd = amountMinor !== "0" && ((typeCode === "DEBIT" && sign === "credit") || (typeCode === "CREDIT" && sign === "debit"));
  if (!isOdd) return;
  findings.warn(spot.statement, {
    code: "sign_disagrees",
    line: spot.line,
    record: "STMTTRN",
    field: "TRNAMT",
    value: amountMinor,
    expected: `a ${typeCode.toLowerCase()}`,
    message: `The type says ${typeCode}, the amount's sign the other way; it was read as printed. Compare the row with the bank's own display.`,
  });
}

function noteCorrection(findings: Findings, spot: Spot, action: string): void {
  findings.warn(spot.statement, {
    code: "correction",
    line: spot.line,
    record: "STMTTRN",
    field: "CORRECTACTION",
    value: action,
    message:
      action === "DELETE"
        ? "The bank takes back a transaction that it gave before. Nothing is deleted by a file: find the row and delete it."
        : "The bank replaces a transaction that it gave before. The new row is read; find the old one and delete it.",
  });
}
