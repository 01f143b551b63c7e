/** What the books must hold when everything has been read: made from the stand-in's own ledger, without a line of the code that it tests. */
import type { Entry, StripeBooks } from "./books.ts";

export interface TrueRow {
  account: string;
  currency: string;
  externalId: string;
  amountMinor: string;
  postedOn: string;
  valueOn: string;
  isPending: boolean;
}

export interface TrueBalance {
  account: string;
  currency: string;
  currentMinor: string;
  availableMinor: string;
}

/** Units of ours in one of Stripe's: the krona and the shilling come with two decimals that they do not have, the ariary without the two that it has. */
const UNITS: Record<string, [times: bigint, by: bigint]> = { ISK: [1n, 100n], UGX: [1n, 100n], MGA: [100n, 1n] };

function minor(amount: number, currency: string): string {
  const [times, by] = UNITS[currency] ?? [1n, 1n];
  return ((BigInt(amount) * times) / by).toString();
}

const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);

/** In the order of the ids. `created`: only what was created from then on. */
export function trueRowsOf(books: StripeBooks, fees: "separate" | "net", { created = 0 }: { created?: number } = {}): TrueRow[] {
  const rowsOf = (entry: Entry): TrueRow[] => {
    const currency = entry.currency.toUpperCase();
    const shared = {
      account: accountOf(books, entry.balance_type),
      currency,
      postedOn: day(entry.created),
      valueOn: day(entry.available_on),
      isPending: books.statusOf(entry) === "pending",
    };
    const whole = fees === "net" || entry.fee === 0;
    const own = { ...shared, externalId: entry.id, amountMinor: minor(whole ? entry.net : entry.amount, currency) };
    return whole ? [own] : [own, { ...shared, externalId: `${entry.id}:fee`, amountMinor: minor(-entry.fee, currency) }];
  };
  return books.entries
    .filter((entry) => entry.created >= created)
    .flatMap(rowsOf)
    .sort((one, other) => (one.externalId < other.externalId ? -1 : 1));
}

export function trueBalancesOf(books: StripeBooks): TrueBalance[] {
  const { available, pending } = books.balance();
  return available.map(({ amount, currency }) => {
    const waiting = pending.filter((part) => part.currency === currency).reduce((sum, part) => sum + part.amount, 0);
    const code = currency.toUpperCase();
    return {
      account: accountOf(books, "payments"),
      currency: code,
      currentMinor: minor(amount + waiting, code),
      availableMinor: minor(amount, code),
    };
  });
}

function accountOf({ settings }: StripeBooks, balanceType: string): string {
  const account = settings.livemode ? settings.id : `${settings.id}:test`;
  return balanceType === "payments" ? account : `${account}:${balanceType}`;
}
