/** One Stripe account in one mode: charges, refunds, disputes, payouts and the ledger that they make, by a clock that is handed in. Never looks at the real one. */
import type Stripe from "stripe";
import { chargeOf, disputeOf, payoutOf, refundOf, type Shared } from "./objects.ts";

const DAY = 86_400;

/** What a line of the ledger is, without what follows from the clock. */
export type Entry = Omit<Stripe.BalanceTransaction, "status" | "source"> & {
  source: string | null;
  /** The payout that paid it out, where an automatic one did. */
  paidOutBy: string | null;
};

export interface Clock {
  /** Seconds since 1970. */
  now(): number;
}

export interface AccountSettings {
  id: string;
  name: string;
  country: string;
  currency: string;
  livemode: boolean;
}

export interface Movement {
  amount: number;
  currency?: string;
  description?: string | null;
}

type Tell = (type: string, object: object) => void;

/** Newest entries stand last. */
export class StripeBooks {
  readonly settings: AccountSettings;
  readonly entries: Entry[] = [];
  readonly charges: Stripe.Charge[] = [];
  readonly refunds: Stripe.Refund[] = [];
  readonly disputes: Stripe.Dispute[] = [];
  readonly payouts: Stripe.Payout[] = [];
  /** How long after a payout has arrived the bank's name for it is known; up to ten days at the real one. */
  traceDays = 1;
  /** The account was closed, or took its permission back. */
  isGone = false;
  readonly #clock: Clock;
  readonly #newId: (prefix: string) => string;
  readonly #tell: Tell;

  constructor(settings: AccountSettings, { clock, newId, tell }: { clock: Clock; newId: (prefix: string) => string; tell: Tell }) {
    this.settings = settings;
    this.#clock = clock;
    this.#newId = newId;
    this.#tell = tell;
  }

  /** Money from a customer: 2.9% and 30 are Stripe's, unless said otherwise; it is available two days later. */
  charge({ amount, currency, description, fee, days = 2 }: Movement & { fee?: number; days?: number }): Stripe.Charge {
    const shared = this.#shared("ch_", { amount, currency });
    const charged = fee ?? Math.round(amount * 0.029) + 30;
    const text = description === undefined ? `Order ${this.charges.length + 1}` : description;
    const entry = this.#book({
      ...shared,
      source: shared.id,
      type: "charge",
      category: "charge",
      description: text,
      fee: charged,
      availableOn: this.#dayAfter(days),
    });
    const charge = chargeOf(shared, entry.id, text ?? "");
    this.charges.push(charge);
    this.#tell("charge.succeeded", charge);
    return charge;
  }

  refund(chargeId: string, amount?: number): Stripe.Refund {
    const charge = found(this.charges, chargeId);
    const back = amount ?? charge.amount - charge.amount_refunded;
    const shared = this.#shared("re_", { amount: back, currency: charge.currency });
    const entry = this.#book({
      ...shared,
      amount: -back,
      source: shared.id,
      type: "refund",
      category: "refund",
      description: `REFUND FOR CHARGE (${charge.description})`,
      fee: 0,
      availableOn: this.#clock.now(),
    });
    const refund = refundOf(shared, entry.id, charge.id);
    this.refunds.push(refund);
    charge.amount_refunded += back;
    charge.refunded = charge.amount_refunded === charge.amount;
    this.#tell("refund.created", refund);
    this.#tell("charge.refunded", charge);
    return refund;
  }

  /** The customer's bank takes the money back, and Stripe its fee. */
  dispute(chargeId: string): Stripe.Dispute {
    const charge = found(this.charges, chargeId);
    const shared = this.#shared("du_", { amount: charge.amount, currency: charge.currency });
    this.#book({
      ...shared,
      amount: -charge.amount,
      source: shared.id,
      type: "adjustment",
      category: "dispute",
      description: `Chargeback withdrawal for ${charge.id}`,
      fee: 1500,
      availableOn: this.#clock.now(),
    });
    const dispute = disputeOf(shared, charge.id);
    charge.disputed = true;
    this.disputes.push(dispute);
    this.#tell("charge.dispute.created", dispute);
    this.#tell("charge.dispute.funds_withdrawn", dispute);
    return dispute;
  }

  winDispute(disputeId: string): void {
    const dispute = found(this.disputes, disputeId);
    dispute.status = "won";
    const { amount, currency } = dispute;
    this.#book({
      ...this.#shared("adj_", { amount, currency }),
      source: dispute.id,
      type: "adjustment",
      category: "dispute_reversal",
      description: `Chargeback reversal for ${dispute.id}`,
      fee: 0,
      availableOn: this.#clock.now(),
    });
    this.#tell("charge.dispute.funds_reinstated", dispute);
    this.#tell("charge.dispute.closed", dispute);
  }

  /** Money to the bank, two days from now. An automatic one takes everything that is available and has not been paid out; a manual one the amount. */
  payout({ amount, currency = this.settings.currency, fee = 0 }: Partial<Movement> & { fee?: number } = {}): Stripe.Payout {
    const isAutomatic = amount === undefined;
    const paidOut = isAutomatic
      ? this.entries.filter((entry) => entry.currency === currency && entry.paidOutBy === null && this.#isAvailable(entry))
      : [];
    const total = amount ?? paidOut.reduce((sum, entry) => sum + entry.net, 0);
    if (total <= 0) throw new Error(`There is nothing to pay out in ${currency}.`);
    const shared = this.#shared("po_", { amount: total, currency });
    const arrivesAt = this.#dayAfter(2);
    for (const entry of paidOut) entry.paidOutBy = shared.id;
    const entry = this.#book({
      ...shared,
      amount: -total,
      source: shared.id,
      type: "payout",
      category: "payout",
      description: "STRIPE PAYOUT",
      fee,
      availableOn: arrivesAt,
    });
    entry.paidOutBy = shared.id;
    const payout = payoutOf(shared, entry.id, { isAutomatic, arrivesAt });
    this.payouts.push(payout);
    this.#tell("payout.created", payout);
    return payout;
  }

  /** The bank sent it back. */
  failPayout(payoutId: string): void {
    const payout = found(this.payouts, payoutId);
    const { amount, currency } = payout;
    const entry = this.#book({
      ...this.#shared("pf_", { amount, currency }),
      source: payout.id,
      type: "payout_failure",
      category: "payout_reversal",
      description: "STRIPE PAYOUT FAILURE",
      fee: 0,
      availableOn: this.#clock.now(),
    });
    Object.assign(payout, {
      status: "failed",
      failure_code: "account_closed",
      failure_message: "The bank account has been closed.",
      failure_balance_transaction: entry.id,
    });
    this.#tell("payout.failed", payout);
  }

  /** Money from the company's own bank account. */
  topUp({ amount, currency }: Movement): void {
    const shared = this.#shared("tu_", { amount, currency });
    this.#book({ ...shared, source: shared.id, type: "topup", category: "topup", description: "Top-up", fee: 0, availableOn: this.#dayAfter(5) });
    this.#tell("topup.created", { id: shared.id, object: "topup", amount });
  }

  /** Any other line: a fee of Stripe's own, money into a reserve, a type that nobody has met yet. */
  adjust({
    amount,
    currency,
    description = null,
    type,
    category,
    balanceType = "payments",
    days = 0,
  }: Movement & { type: string; category: string; balanceType?: string; days?: number }): Entry {
    const shared = this.#shared("adj_", { amount, currency });
    const entry = this.#book({
      ...shared,
      source: null,
      type,
      category,
      description,
      fee: 0,
      availableOn: days === 0 ? this.#clock.now() : this.#dayAfter(days),
    });
    entry.balance_type = balanceType;
    return entry;
  }

  /** What the clock brings: payouts arrive, are reconciled, and get the bank's name later; lines become available. `before`: where it stood. */
  pass(before: number): void {
    const now = this.#clock.now();
    if (this.entries.some((entry) => entry.available_on > before && entry.available_on <= now)) this.#tell("balance.available", this.balance());
    for (const payout of this.payouts) {
      if (payout.status === "pending" && payout.arrival_date <= now) this.#pay(payout);
      if (payout.status === "paid" && payout.trace_id?.status === "pending" && payout.arrival_date + this.traceDays * DAY <= now) {
        payout.trace_id = { status: "supported", value: `0910000${payout.id.slice(-8)}` };
        this.#tell("payout.updated", payout);
      }
    }
  }

  statusOf(entry: Entry): "available" | "pending" {
    return this.#isAvailable(entry) ? "available" : "pending";
  }

  /** A payout leaves at once what is available, though its line is pending until it arrives. */
  balance(): Stripe.Balance {
    const currencies = [...new Set([this.settings.currency, ...this.entries.map(({ currency }) => currency)])];
    const sumOf = (currency: string, balanceType: string, counts: (entry: Entry) => boolean) =>
      this.entries
        .filter((entry) => entry.currency === currency && entry.balance_type === balanceType && counts(entry))
        .reduce((sum, entry) => sum + entry.net, 0);
    const hasLeft = (entry: Entry) => this.#isAvailable(entry) || entry.type === "payout";
    const partOf = (balanceType: string, counts: (entry: Entry) => boolean) =>
      currencies.map((currency) => ({ amount: sumOf(currency, balanceType, counts), currency }));
    const isIssuing = this.entries.some(({ balance_type }) => balance_type === "issuing");
    return {
      object: "balance",
      available: partOf("payments", hasLeft).map((part) => ({ ...part, source_types: { card: part.amount } })),
      livemode: this.settings.livemode,
      pending: partOf("payments", (entry) => !hasLeft(entry)).map((part) => ({ ...part, source_types: { card: part.amount } })),
      ...(isIssuing ? { issuing: { available: partOf("issuing", hasLeft) } } : {}),
    };
  }

  #pay(payout: Stripe.Payout): void {
    payout.status = "paid";
    this.#tell("payout.paid", payout);
    if (!payout.automatic) return;
    payout.reconciliation_status = "completed";
    this.#tell("payout.reconciliation_completed", payout);
  }

  #isAvailable(entry: Entry): boolean {
    return entry.available_on <= this.#clock.now();
  }

  #shared(prefix: string, { amount, currency = this.settings.currency }: { amount: number; currency: string | undefined }): Shared {
    return { id: this.#newId(prefix), created: this.#clock.now(), livemode: this.settings.livemode, currency, amount };
  }

  /** Funds become available at the beginning of a day in UTC. */
  #dayAfter(days: number): number {
    const now = this.#clock.now();
    return now - (now % DAY) + days * DAY;
  }

  #book(line: {
    amount: number;
    currency: string;
    created: number;
    source: string | null;
    type: string;
    category: string;
    description: string | null;
    fee: number;
    availableOn: number;
  }): Entry {
    const entry: Entry = {
      id: this.#newId("txn_"),
      object: "balance_transaction",
      amount: line.amount,
      available_on: line.availableOn,
      balance_type: "payments",
      created: line.created,
      currency: line.currency,
      description: line.description,
      exchange_rate: null,
      fee: line.fee,
      fee_details:
        line.fee === 0
          ? []
          : [{ amount: line.fee, application: null, currency: line.currency, description: "Stripe processing fees", type: "stripe_fee" }],
      net: line.amount - line.fee,
      reporting_category: line.category,
      source: line.source,
      type: line.type,
      paidOutBy: null,
    };
    this.entries.push(entry);
    return entry;
  }
}

function found<T extends { id: string }>(among: readonly T[], id: string): T {
  const one = among.find((candidate) => candidate.id === id);
  if (one === undefined) throw new Error(`There is no ${id}.`);
  return one;
}
