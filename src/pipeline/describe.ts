/** What a bank's type code means, in words, for whoever shows rows. */
import { typeCodeOf } from "../formats/bai2/type-codes.ts";

/** The official description, or that of the code's range for custom ones; the balances of camt, MT940 and OFX in words; `""` for other codes. */
export function describeTypeCode(typeCode: string): string {
  return BALANCES.get(typeCode) ?? typeCodeOf(typeCode)?.description ?? "";
}

/** ISO 20022's external balance types, the balance tags of MT940/MT942, OFX's two balances, and the two that APIs know. */
const BALANCES: ReadonlyMap<string, string> = new Map([
  ["OPBD", "Opening booked"],
  ["CLBD", "Closing booked"],
  ["ITBD", "Interim booked"],
  ["PRCD", "Previously closed booked"],
  ["OPAV", "Opening available"],
  ["CLAV", "Closing available"],
  ["ITAV", "Interim available"],
  ["FWAV", "Forward available"],
  ["XPCD", "Expected"],
  ["INFO", "Information"],
  ["60F", "Opening balance"],
  ["60M", "Opening balance of the page"],
  ["62F", "Closing balance"],
  ["62M", "Closing balance of the page"],
  ["64", "Closing available balance"],
  ["65", "Forward available balance"],
  ["LEDGERBAL", "Ledger balance"],
  ["AVAILBAL", "Available balance"],
  ["current", "Current balance"],
  ["available", "Available balance"],
]);
