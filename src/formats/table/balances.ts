/** A table's balances at its end: those that lines around it name, and those that its running balance proves. Asserts none that nothing speaks for. */
import { addMinor } from "../../domain/money.ts";
import { compared, unproven } from "../../domain/proof.ts";
import type { BalanceRecord, Day, Minor, ProofCheck } from "../../domain/record.ts";
import type { ChainResult } from "./chain.ts";
import type { NamedBalance, Surroundings } from "./surroundings.ts";

/** ISO 20022's words for the ledger's first and last balance: a table has none of its own. */
const OPENING = "OPBD";
const CLOSING = "CLBD";

export interface Ended {
  ordinal: number;
  currency: string | null;
  /** The last day of the movements, and the line on which the statement begins. */
  to: Day | null;
  line: number;
  unreadable: number;
  /** Credits less debits. */
  moved: Minor;
  chain: ChainResult | null;
  /** Null where the file has several statements: lines around the table then belong to none of them. */
  around: Surroundings | null;
}

export interface EndBalances {
  openingMinor: Minor | null;
  closingMinor: Minor | null;
  records: BalanceRecord[];
  proof: ProofCheck[];
}

export function endBalances(ended: Ended): EndBalances {
  const { chain, around, to, line } = ended;
  const isProved = chain?.check.ok === true;
  const opening: NamedBalance | null =
    around?.opening ?? (isProved && chain.openingMinor !== null ? { minor: chain.openingMinor, on: null, line } : null);
  const named = around === null ? null : (around.closing ?? closingAmong(around, ended, opening));
  const closing: NamedBalance | null = named ?? (isProved && chain.closingMinor !== null ? { minor: chain.closingMinor, on: to, line } : null);
  const ofAnotherDay = around?.other ?? null;
  const records = [
    ...(opening === null ? [] : [recordOf(ended, OPENING, opening)]),
    ...(closing === null ? [] : [recordOf(ended, CLOSING, { ...closing, on: closing.on ?? to })]),
    // True of its day, and no end of these movements.
    ...(ofAnotherDay?.on && ofAnotherDay !== closing && ofAnotherDay.on !== closing?.on ? [recordOf(ended, CLOSING, ofAnotherDay)] : []),
  ];
  const openingMinor = opening?.minor ?? chain?.openingMinor ?? null;
  const closingMinor = closing?.minor ?? chain?.closingMinor ?? null;
  const hasNamed = around !== null && (around.opening !== null || named !== null);
  const proof = hasNamed ? [ledger(ended, { openingMinor, closingMinor, line: (around.closing ?? around.opening ?? named)?.line ?? null })] : [];
  return { openingMinor, closingMinor, records, proof };
}

/** A balance that no word calls the closing one is it where it is of the last day, or where the movements come to it. */
function closingAmong({ other }: Surroundings, { moved, to, chain }: Ended, opening: NamedBalance | null): NamedBalance | null {
  if (other === null) return null;
  const follows = opening !== null && addMinor(opening.minor, moved) === other.minor;
  return follows || chain?.closingMinor === other.minor || (other.on !== null && other.on === to) ? other : null;
}

function recordOf({ ordinal, currency }: Ended, typeCode: string, { minor, on, line }: NamedBalance): BalanceRecord {
  return {
    type: "balance",
    statement: ordinal,
    typeCode,
    level: "status",
    sign: minor.startsWith("-") ? "debit" : "credit",
    amountMinor: minor,
    currency,
    asOfOn: on,
    asOfTime: null,
    itemCount: null,
    fundsType: null,
    line,
  };
}

/** Opening + Σ = closing. */
function ledger(
  { moved, unreadable }: Ended,
  { openingMinor, closingMinor, line }: { openingMinor: Minor | null; closingMinor: Minor | null; line: number | null },
): ProofCheck {
  const actual = openingMinor === null ? null : addMinor(openingMinor, moved);
  const found = { check: "ledger_by_details", expected: closingMinor, actual, line };
  if (openingMinor === null || closingMinor === null) return unproven(found, "The file does not name both its opening and its closing balance.");
  if (unreadable > 0) return unproven(found, "An amount cannot be read.");
  return compared(found, "The opening balance plus all movements is not the closing balance: a movement is missing, doubled or wrong.");
}
