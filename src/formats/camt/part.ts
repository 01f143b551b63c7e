/** Reads one part of an entry (TxDtls): its amount, references, the other side and what it says. Never books anything: the entry is what moves the account. */
import { parseMajor } from "../../domain/money.ts";
import type { Minor } from "../../domain/record.ts";
import { find, findAll, textAt, textsBelow, type XmlNode } from "./node.ts";

export interface Part {
  amountText: string | null;
  minor: Minor | null;
  currency: string | null;
  isDebit: boolean | null;
  bankReference: string | null;
  endToEndId: string | null;
  otherReference: string | null;
  debtor: string | null;
  creditor: string | null;
  text: string;
}

/** The parts of the entry that is being read: a few in full, all of them counted and added up. */
export interface Parts {
  count: number;
  kept: Part[];
  /** Σ of the parts in their one currency, signed; null where it cannot be told. */
  sum: { minor: bigint; currency: string } | null;
  canAdd: boolean;
}

export const noParts = (): Parts => ({ count: 0, kept: [], sum: null, canAdd: true });

/** 50 parts fill the 4,000 characters of a description; the file itself keeps the rest. */
const PARTS_KEPT_MAX = 50;

export function addPart(parts: Parts, node: XmlNode): void {
  const part = readPart(node);
  parts.count += 1;
  if (parts.kept.length < PARTS_KEPT_MAX) parts.kept.push(part);
  const { minor, currency, isDebit } = part;
  if (minor === null || currency === null || (parts.sum !== null && parts.sum.currency !== currency)) parts.canAdd = false;
  else parts.sum = { minor: (parts.sum?.minor ?? 0n) + (isDebit === true ? -BigInt(minor) : BigInt(minor)), currency };
}

function readPart(node: XmlNode): Part {
  const refs = find(node, "Refs");
  const amount = find(node, "Amt") ?? find(node, "AmtDtls", "TxAmt", "Amt");
  const mark = textAt(node, "CdtDbtInd");
  const parties = find(node, "RltdPties");
  const amountText = amount?.text.trim() ?? null;
  return {
    amountText,
    minor: amountText === null ? null : parseMajor(amountText, amount?.currency ?? null),
    currency: amount?.currency ?? null,
    isDebit: mark === null ? null : mark.startsWith("DB"),
    bankReference: reference(textAt(refs, "AcctSvcrRef")),
    endToEndId: reference(textAt(refs, "EndToEndId")),
    otherReference: reference(
      textAt(refs, "TxId") ?? textAt(refs, "InstrId") ?? textAt(refs, "PmtInfId") ?? textAt(refs, "MsgId") ?? textAt(refs, "ChqNb"),
    ),
    debtor: nameOf(find(parties, "Dbtr")) ?? nameOf(find(parties, "UltmtDbtr")),
    creditor: nameOf(find(parties, "Cdtr")) ?? nameOf(find(parties, "UltmtCdtr")),
    text: partText(node),
  };
}

/** What banks write where there is no reference. */
export function reference(text: string | null): string | null {
  return text === null || /^(?:NOTPROVIDED|NOT PROVIDED|NONREF|NONE|N\/A)$/i.test(text) ? null : text;
}

/** Until version 7 the party's name, later the name of the party or of its agent. */
const nameOf = (party: XmlNode | undefined): string | null =>
  textAt(party, "Nm") ?? textAt(party, "Pty", "Nm") ?? textAt(party, "Agt", "FinInstnId", "Nm");

function partText(node: XmlNode): string {
  const remittance = find(node, "RmtInf");
  const structured = findAll(remittance, "Strd").flatMap((one) => [
    ...textsBelow(find(one, "CdtrRefInf"), "Ref"),
    ...findAll(one, "RfrdDocInf").flatMap((document) => textsBelow(document, "Nb")),
    ...textsBelow(one, "AddtlRmtInf"),
  ]);
  const returned = textAt(node, "RtrInf", "Rsn", "Cd") ?? textAt(node, "RtrInf", "Rsn", "Prtry");
  const lines = [
    [...textsBelow(remittance, "Ustrd"), ...structured].join(" "),
    returned === null ? "" : `Return ${returned} ${textsBelow(find(node, "RtrInf"), "AddtlInf").join(" ")}`.trim(),
    textAt(node, "AddtlTxInf") ?? "",
  ];
  return lines.filter((line) => line !== "").join("\n");
}
