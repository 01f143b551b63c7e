/** Stripe's snapshot of its balances: current is available and pending together, available is what can be paid out. Never sums transactions. */
import { addMinor } from "../../domain/money.ts";
import type { Minor } from "../../domain/record.ts";
import type { JsonNode } from "../page/json-node.ts";
import { PAYMENTS } from "./ledger.ts";
import { currencyOf, minorOf } from "./money.ts";

export interface Balance {
  balanceType: string;
  currency: string;
  availableMinor: Minor;
  currentMinor: Minor;
  /** Where it stands. */
  node: JsonNode;
}

export type BalanceProblem = { code: "balance_unreadable"; field: string; value: string | null; node: JsonNode };

/** Balances that have lines of their own in the ledger. `connect_reserved` and `instant_available` are parts of others and not added. */
const OWN_BALANCES = ["issuing", "refund_and_dispute_prefunding", "risk_reserved"];

/** One a balance and currency, in the document's order. */
export function balancesOf(body: JsonNode): (Balance | BalanceProblem)[] {
  const holders: [balanceType: string, node: JsonNode][] = [[PAYMENTS, body]];
  for (const name of OWN_BALANCES) {
    const node = body.get(name);
    if (node !== null) holders.push([name, node]);
  }
  return holders.flatMap(([balanceType, holder]) => balancesIn(balanceType, holder));
}

function balancesIn(balanceType: string, holder: JsonNode): (Balance | BalanceProblem)[] {
  const byCurrency = new Map<string, Balance>();
  const problems: BalanceProblem[] = [];
  for (const part of ["available", "pending"] as const) {
    for (const node of holder.get(part)?.items() ?? []) {
      const currency = currencyOf(node.get("currency")?.string ?? null);
      const minor = currency === null ? null : minorOf(node.get("amount")?.number ?? null, currency);
      if (currency === null || minor === null) {
        problems.push({ code: "balance_unreadable", field: part, value: node.source, node });
        continue;
      }
      const known = byCurrency.get(currency) ?? { balanceType, currency, availableMinor: "0", currentMinor: "0", node };
      byCurrency.set(currency, {
        ...known,
        availableMinor: part === "available" ? addMinor(known.availableMinor, minor) : known.availableMinor,
        currentMinor: addMinor(known.currentMinor, minor),
      });
    }
  }
  const refused = new Set(problems.map(({ node }) => node.get("currency")?.string?.toUpperCase() ?? ""));
  return [...[...byCurrency.values()].filter(({ currency }) => !refused.has(currency)), ...problems];
}
