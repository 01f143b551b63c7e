/** Reads an entry (Ntry) with its parts into one transaction: what moved the account. Never splits it, never books what the bank only announces. */
import type { TransactionRecord } from "../../domain/record.ts";
import type { Findings } from "../findings.ts";
import { judgeId } from "../seen-ids.ts";
import type { Tally } from "../tally.ts";
import { find, findAll, textAt, type XmlNode } from "./node.ts";
import { type Part, type Parts, reference } from "./part.ts";
import type { NodePlace } from "./reader.ts";
import type { OpenStatement } from "./statement.ts";
import { readAmount, readDay, type Spot } from "./values.ts";

export interface ReadEntry {
  statement: OpenStatement;
  tally: Tally;
  node: XmlNode;
  parts: Parts;
  place: NodePlace;
  raw: string;
}

/** Null for an entry that moves nothing (status INFO). */
export function readEntry(findings: Findings, { statement, tally, node, parts, place, raw }: ReadEntry): TransactionRecord | null {
  const spot = { statement: tally.ordinal, line: place.line, record: "Ntry" };
  const status = textAt(node, "Sts", "Cd") ?? textAt(node, "Sts", "Prtry") ?? textAt(node, "Sts") ?? "BOOK";
  if (status === "INFO") {
    findings.report(tally.ordinal, {
      severity: "info",
      code: "information_entry",
      line: place.line,
      record: "Ntry",
      message: "An entry is for information only (status INFO): no money moved, so nothing is booked. Nothing else needs doing.",
    });
    return null;
  }
  const isPending = status !== "BOOK";
  const amount = readAmount(findings, node, spot);
  const valueOn = readDay(findings, find(node, "ValDt"), { ...spot, field: "ValDt", severity: "warning" });
  const booked = find(node, "BookgDt");
  const postedOn = booked === undefined ? valueOn : readDay(findings, booked, { ...spot, field: "BookgDt", severity: "error" });
  if (booked === undefined && valueOn === null) reportNoDay(findings, spot);
  const [only] = parts.count === 1 ? parts.kept : [];
  const bankId = reference(textAt(node, "AcctSvcrRef")) ?? only?.bankReference ?? null;
  const isReversal = textAt(node, "RvslInd") === "true" || textAt(node, "RvslInd") === "1";
  checkParts(findings, { parts, node, minor: amount.minor, currency: amount.currency, spot });
  return {
    type: "transaction",
    statement: tally.ordinal,
    amountMinor: amount.minor,
    currency: amount.currency ?? tally.currency,
    postedOn,
    valueOn,
    typeCode: typeCodeOf(find(node, "BkTxCd")),
    sign: amount.sign,
    fundsType: null,
    bankReference: bankId ?? reference(textAt(node, "NtryRef")),
    customerReference: only?.endToEndId ?? only?.otherReference ?? reference(textAt(node, "NtryDtls", "Btch", "PmtInfId")),
    description: describe(node, parts, { isDebit: (amount.sign === "debit") !== isReversal, isReversal }),
    externalTransactionId: isPending || isReversal || bankId === null ? null : trusted(findings, { statement, id: bankId, spot }),
    isPending,
    raw,
    place,
  };
}

/** The bank's own reference is an id, unless it gives the same one to another entry of the statement. */
function trusted(findings: Findings, { statement, id, spot }: { statement: OpenStatement; id: string; spot: Spot }): string | null {
  const verdict = judgeId(statement.ids, id);
  if (verdict === "reused") {
    findings.warn(spot.statement, {
      code: "reused_id",
      line: spot.line,
      record: "Ntry",
      field: "AcctSvcrRef",
      value: id,
      message: "The bank gives this reference to more than one entry, so that it names none of them. The entry is told apart by what it says.",
    });
  }
  return verdict === "unique" ? id : null;
}

/** `PMNT-RCDT-DMCT`, else the bank's own code. */
function typeCodeOf(code: XmlNode | undefined): string {
  const domain = textAt(code, "Domn", "Cd");
  if (domain === null) return proprietary(textAt(code, "Prtry", "Cd") ?? "", textAt(code, "Prtry", "Issr"));
  const family = find(code, "Domn", "Fmly");
  return [domain, textAt(family, "Cd"), textAt(family, "SubFmlyCd")].filter((part) => part !== null).join("-");
}

/** Three digits of a bank are no type code of BAI2, unless it says so: `890` or `720` would be read as one. */
function proprietary(code: string, issuer: string | null): string {
  const isBai = /^BAI2?$/i.test(issuer ?? "");
  return (/^\d{3}$/.test(code) && !isBai ? `PRTRY-${code}` : code).slice(0, TYPE_CODE_CHARS_MAX);
}

/** 35: the standard's longest code of a bank. */
const TYPE_CODE_CHARS_MAX = 35;

interface Direction {
  isDebit: boolean;
  isReversal: boolean;
}

/** The other side, what was said, and the bank's own words; of several parts a line each. */
function describe(node: XmlNode, parts: Parts, direction: Direction): string {
  const additional = textAt(node, "AddtlNtryInf") ?? "";
  const lines = parts.count === 1 ? parts.kept.flatMap((part) => [otherSide(part, direction) ?? "", part.text]) : listed(parts, direction);
  return [direction.isReversal ? "Reversal" : "", ...lines, additional]
    .filter((line) => line !== "")
    .join("\n")
    .slice(0, DESCRIPTION_CHARS_MAX);
}

const DESCRIPTION_CHARS_MAX = 4000;

function listed(parts: Parts, direction: Direction): string[] {
  if (parts.count === 0) return [];
  const rows = parts.kept.map((part) =>
    [
      part.amountText === null ? "" : `${part.amountText} ${part.currency ?? ""}`.trim(),
      otherSide(part, direction) ?? "",
      part.endToEndId ?? "",
      part.text.replaceAll("\n", " "),
    ]
      .filter((word) => word !== "")
      .join(" · "),
  );
  const left = parts.count - parts.kept.length;
  return [`${parts.count} payments`, ...rows, ...(left > 0 ? [`and ${left} more`] : [])];
}

/** Who paid us, or whom we paid; where only one name is given, that. */
function otherSide(part: Part, { isDebit }: Direction): string | null {
  return isDebit ? (part.creditor ?? part.debtor) : (part.debtor ?? part.creditor);
}

/** An entry's parts come to the entry, where all of them are in its currency. */
function checkParts(
  findings: Findings,
  { parts, node, minor, currency, spot }: { parts: Parts; node: XmlNode; minor: string | null; currency: string | null; spot: Spot },
): void {
  const said = Number(findAll(find(node, "NtryDtls"), "Btch").length === 1 ? (textAt(node, "NtryDtls", "Btch", "NbOfTxs") ?? "0") : "0");
  if (said > 0 && parts.count > 0 && said !== parts.count && findAll(node, "NtryDtls").length === 1) {
    findings.warn(spot.statement, {
      code: "parts_count_mismatch",
      line: spot.line,
      record: "Ntry",
      field: "NbOfTxs",
      value: `${said}`,
      expected: `${parts.count}`,
      message: `The batch says ${said} payments, ${parts.count} are listed. The entry's own amount is booked: compare it with the bank's display.`,
    });
  }
  if (!parts.canAdd || parts.sum === null || minor === null || parts.sum.currency !== currency) return;
  const sum = parts.sum.minor < 0n ? -parts.sum.minor : parts.sum.minor;
  const total = BigInt(minor) < 0n ? -BigInt(minor) : BigInt(minor);
  if (sum === total) return;
  findings.warn(spot.statement, {
    code: "parts_sum_mismatch",
    line: spot.line,
    record: "Ntry",
    field: "TxDtls",
    value: sum.toString(),
    expected: total.toString(),
    message: `The entry's parts come to ${sum} minor units, the entry to ${total}. The entry's own amount is booked: compare it with the bank's display.`,
  });
}

function reportNoDay(findings: Findings, { statement, ...place }: Spot): void {
  findings.report(statement, {
    ...place,
    code: "bad_date",
    field: "BookgDt",
    expected: "YYYY-MM-DD",
    message: "The entry has neither a booking day nor a value day, so that it has no day to be booked on. Ask the bank for a correct file.",
  });
}
