/** A balance transaction, Stripe's line of its ledger, as one movement or as two: its gross amount and its fee. Never guesses what is missing. */
import { formatMinor, negateMinor, subtractMinor } from "../../domain/money.ts";
import type { Day, Minor } from "../../domain/record.ts";
import type { JsonNode } from "../page/json-node.ts";
import type { MovementOfPage } from "../page/page-writer.ts";
import { currencyOf, minorOf } from "./money.ts";

export type FeeHandling = "separate" | "net";

/** The type code of the line that a fee becomes. */
export const FEE_CODE = "fee";

export interface Line {
  /** `payments`, `issuing`, …: each is a balance of its own. */
  balanceType: string;
  currency: string;
  id: string;
  /** Seconds since 1970. */
  created: number;
  postedOn: Day;
  valueOn: Day | null;
  isPending: boolean;
  grossMinor: Minor;
  feeMinor: Minor;
  netMinor: Minor;
  category: string;
  sourceId: string | null;
  bankReference: string | null;
  description: string;
  feeDescription: string;
}

export interface LineProblem {
  code: string;
  field: string;
  value: string | null;
  expected: string;
  message: string;
}

/** The line of a balance transaction, or why none of it can be booked. `traceId`: the bank's name for the payout, where it is known. */
export function lineOf(node: JsonNode, traceId: string | null): Line | LineProblem {
  const id = node.get("id")?.string ?? "";
  if (id === "") return refused("id_missing", "id", null, "an id that begins with txn_");
  const currencyText = node.get("currency")?.string ?? null;
  const currency = currencyOf(currencyText);
  if (currency === null) return refused("currency_unknown", "currency", currencyText, "a currency of ISO 4217 whose unit at Stripe is known");
  const status = node.get("status")?.string ?? null;
  if (status !== "pending" && status !== "available") return refused("status_unknown", "status", status, "pending or available");
  const created = secondsOf(node.get("created"));
  const postedOn = created === null ? null : dayOfSeconds(created);
  if (created === null || postedOn === null)
    return refused("created_unreadable", "created", node.get("created")?.source ?? null, "seconds since 1970");
  const money = moneyOf(node, currency);
  if ("code" in money) return money;
  const source = sourceOf(node.get("source"));
  const available = secondsOf(node.get("available_on"));
  return {
    ...money,
    balanceType: node.get("balance_type")?.string ?? PAYMENTS,
    currency,
    id,
    created,
    postedOn,
    valueOn: available === null ? null : dayOfSeconds(available),
    isPending: status === "pending",
    category: node.get("reporting_category")?.string ?? node.get("type")?.string ?? "",
    sourceId: source.id,
    bankReference: source.id?.startsWith("po_") === true ? (traceId ?? source.traceId ?? source.id) : null,
    description: node.get("description")?.string ?? source.description ?? wordsOf(node.get("type")?.string ?? "movement"),
    feeDescription: feeDescriptionOf(node),
  };
}

/** The balance that a transaction without `balance_type` moves. */
export const PAYMENTS = "payments";

/** What the line is booked as: the whole of it, or gross and fee, which together are the net. */
export function movementsOf(line: Line, fees: FeeHandling): MovementOfPage[] {
  const shared = {
    currency: line.currency,
    postedOn: line.postedOn,
    valueOn: line.valueOn,
    isPending: line.isPending,
    bankReference: line.bankReference,
    customerReference: line.sourceId,
  };
  const own = { ...shared, typeCode: line.category, externalTransactionId: line.id };
  if (line.feeMinor === "0") return [{ ...own, amountMinor: line.netMinor, description: line.description }];
  if (fees === "net") return [{ ...own, amountMinor: line.netMinor, description: `${line.description} (${partsOf(line)})` }];
  const fee = { ...shared, typeCode: FEE_CODE, externalTransactionId: `${line.id}:fee`, bankReference: null };
  return [
    { ...own, amountMinor: line.grossMinor, description: line.description },
    { ...fee, amountMinor: negateMinor(line.feeMinor), description: line.feeDescription },
  ];
}

const partsOf = (line: Line): string =>
  `gross ${formatMinor(line.grossMinor, line.currency)}, fee ${formatMinor(line.feeMinor, line.currency)} ${line.currency}`;

function moneyOf(node: JsonNode, currency: string): Pick<Line, "grossMinor" | "feeMinor" | "netMinor"> | LineProblem {
  const amounts = ["amount", "fee", "net"].map((field) => ({ field, minor: minorOf(node.get(field)?.number ?? null, currency) }));
  const [gross, fee, net] = amounts.map(({ minor }) => minor);
  if (gross == null || fee == null || net == null) {
    const field = amounts.find(({ minor }) => minor === null)?.field ?? "amount";
    return refused("amount_unreadable", field, node.get(field)?.source ?? null, `a whole number that ${currency} has a unit for`);
  }
  if (subtractMinor(gross, fee) !== net) return refused("net_differs", "net", net, subtractMinor(gross, fee));
  return { grossMinor: gross, feeMinor: fee, netMinor: net };
}

function sourceOf(node: JsonNode | null): { id: string | null; traceId: string | null; description: string | null } {
  if (node === null || !node.isObject) return { id: node?.string ?? null, traceId: null, description: null };
  const said = node.get("description")?.string ?? node.get("statement_descriptor")?.string ?? node.get("reason")?.string ?? null;
  return { id: node.get("id")?.string ?? null, traceId: traceIdOf(node), description: said };
}

/** The bank's own name for a payout; null until the bank has told Stripe, up to ten days after it arrived. */
export const traceIdOf = (payout: JsonNode): string | null => payout.at("trace_id", "value")?.string ?? null;

function feeDescriptionOf(node: JsonNode): string {
  const details = [...(node.get("fee_details")?.items() ?? [])];
  const named = details.map((detail) => detail.get("description")?.string ?? wordsOf(detail.get("type")?.string ?? "")).filter((text) => text !== "");
  return named.length === 0 ? "Stripe fee" : named.join(", ");
}

/** `payout_failure` as `Payout failure`. */
function wordsOf(type: string): string {
  const words = type.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function secondsOf(node: JsonNode | null): number | null {
  const figure = node?.number ?? "";
  return /^\d{1,11}$/.test(figure) ? Number(figure) : null;
}

/** The day in UTC, which is what Stripe's own reports count in unless they are asked otherwise. Null beyond the year 9999. */
function dayOfSeconds(seconds: number): Day | null {
  const day = new Date(seconds * 1000).toISOString().slice(0, 10);
  return /^\d{4}-/.test(day) ? day : null;
}

function refused(code: string, field: string, value: string | null, expected: string): LineProblem {
  return { code, field, value, expected, message: MESSAGES[code] ?? "" };
}

const MESSAGES: Record<string, string> = {
  id_missing: "A balance transaction has no id, so that it could never be told from another one. Nothing of it was booked; ask Stripe's support.",
  currency_unknown:
    "A balance transaction's currency is missing or not known here. Nothing of it was booked; tell us the currency and read the page again.",
  status_unknown: "A balance transaction is neither pending nor available. Nothing of it was booked; its meaning has to be settled first.",
  created_unreadable: "A balance transaction does not say when it was created. Nothing of it was booked.",
  amount_unreadable: "An amount is missing, is no whole number, or is finer than the currency's smallest unit. Nothing of the line was booked.",
  net_differs: "The net is not the gross less the fee. Nothing of the line was booked; compare it with the line in Stripe's dashboard.",
};
