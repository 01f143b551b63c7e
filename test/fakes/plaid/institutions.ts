/** Banks that do not exist, with the accounts of a company that does not either, and a month of its movements. Deterministic. */
import { addDays } from "../../../src/domain/date.ts";
import type { FakeItem, NewMovement, PlaidWorld } from "./world.ts";

export interface AccountDraft {
  name: string;
  officialName: string | null;
  mask: string;
  type: "depository" | "credit" | "loan" | "investment" | "other";
  subtype: string;
  /** Null: only an unofficial one. */
  currency: string | null;
  unofficialCurrency?: string;
  /** What it holds before the first movement; of a card or loan, what is owed. */
  openingMinor: string;
  limitMinor: string | null;
}

export interface FakeInstitution {
  id: string;
  name: string;
  accounts: readonly AccountDraft[];
}

const depository = (name: string, mask: string, openingMinor: string, more: Partial<AccountDraft> = {}): AccountDraft => ({
  name,
  officialName: null,
  mask,
  type: "depository",
  subtype: "checking",
  currency: "USD",
  openingMinor,
  limitMinor: null,
  ...more,
});

export const INSTITUTIONS: readonly FakeInstitution[] = [
  {
    id: "ins_900001",
    name: "Meridian Stand-in Bank",
    accounts: [
      depository("Operating", "4410", "184250733", { officialName: "Meridian Business Advantage Checking" }),
      depository("Payroll", "7710", "42000000"),
      depository("Purchasing card", "3333", "1254018", { type: "credit", subtype: "credit card", limitMinor: "5000000" }),
      depository("Treasury bills", "9001", "250000000", { type: "investment", subtype: "brokerage" }),
    ],
  },
  {
    id: "ins_900002",
    name: "Harbor Stand-in Bank",
    accounts: [
      depository("Euro collections", "0093", "33048129", { currency: "EUR" }),
      depository("Yen settlement", "5150", "9120045", { currency: "JPY" }),
      depository("Equipment loan", "2280", "61500000", { type: "loan", subtype: "commercial" }),
    ],
  },
];

interface Habit {
  /** The account's last four. */
  mask: string;
  /** Per cent of days. */
  often: number;
  from: number;
  below: number;
  sign: 1 | -1;
  movement: Omit<NewMovement, "amountMinor">;
}

const wireIn = { name: "WIRE IN HALVORSEN FREIGHT", originalDescription: "FED WIRE IN HALVORSEN FREIGHT LLC INV", reference: "INV-20261" };
const supply = { name: "ACH Debit Castellan Supply", originalDescription: "ACH DEBIT CASTELLAN CO PPD", merchant: "Castellan Supply" };
const check = { name: "Check", originalDescription: "CHECK PAID", checkNumber: "10442", code: "cheque" };
const payroll = { name: "Payroll", originalDescription: "ACH CREDIT OFFSET PAYROLL", code: "standing order" };
const flight = { name: "Northwind Air", merchant: "Northwind Air", originalDescription: "NWND*AIR 0162" };
const sepa = { name: "SEPA Gutschrift Brückner", originalDescription: "SEPA GUTSCHRIFT BRÜCKNER LOGISTIK GMBH", reference: "RE-4471" };
const settlement = { name: "FURIKOMI KITANO SHOJI", originalDescription: "フリコミ キタノショウジ" };
const instalment = { name: "Loan payment", code: "payment" };

const HABITS: readonly Habit[] = [
  { mask: "4410", often: 55, from: 180_000, below: 4_200_000, sign: 1, movement: wireIn },
  { mask: "4410", often: 70, from: 9_900, below: 380_000, sign: -1, movement: supply },
  { mask: "4410", often: 12, from: 120_000, below: 900_000, sign: -1, movement: check },
  { mask: "7710", often: 10, from: 8_000_000, below: 9_500_000, sign: -1, movement: payroll },
  { mask: "3333", often: 80, from: 900, below: 96_000, sign: -1, movement: flight },
  { mask: "0093", often: 60, from: 50_000, below: 1_900_000, sign: 1, movement: sepa },
  { mask: "5150", often: 40, from: 12_000, below: 3_000_000, sign: 1, movement: settlement },
  { mask: "2280", often: 4, from: 1_250_000, below: 1_250_001, sign: 1, movement: instalment },
];

/** A month of movements that ends yesterday, and a few of today that are pending. */
export function liveThroughMonth(world: PlaidWorld, item: FakeItem, days = 30): void {
  const today = world.today();
  for (let back = days; back >= 0; back -= 1) {
    const given = { day: addDays(today, -back), isPending: back === 0 };
    for (const habit of HABITS) {
      const account = item.accounts.find(({ mask }) => mask === habit.mask);
      if (account !== undefined && world.chance.percent(habit.often)) happen({ world, item, habit, accountId: account.id }, given);
    }
  }
}

/** Something that this company does on an ordinary day; null where no account is shared that it happens on. */
export function somethingNew(world: PlaidWorld, item: FakeItem, isPending: boolean): string | null {
  const shared = new Map(item.accounts.flatMap(({ id, mask, isShared }) => (isShared ? [[mask, id]] : [])));
  const possible = HABITS.filter(({ mask }) => shared.has(mask));
  if (possible.length === 0) return null;
  const habit = world.chance.pick(possible);
  return happen({ world, item, habit, accountId: shared.get(habit.mask) ?? "" }, { day: world.today(), isPending });
}

interface Happening {
  world: PlaidWorld;
  item: FakeItem;
  habit: Habit;
  accountId: string;
}

function happen({ world, item, habit, accountId }: Happening, given: { day: string; isPending: boolean }): string {
  const amountMinor = String(habit.sign * (habit.from + world.chance.below(habit.below - habit.from)));
  return world.add(item, { ...habit.movement, ...given, amountMinor, accountId, authorizedDay: given.day }).id;
}
