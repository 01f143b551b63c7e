/** What a soak's connections lead to: stand-ins of every kind, each with what happens there in an hour, what goes wrong, and what it holds in the end. */
import type { ConnectionType } from "../../src/domain/connection.ts";
import type { Json } from "../../src/domain/stored.ts";
import { DIALECTS, type Dialect, type DialectName } from "../fakes/bank/dialect.ts";
import { type FakeBank, startFakeBank } from "../fakes/bank/server.ts";
import { FAULTS } from "../fakes/plaid/faults.ts";
import { INSTITUTIONS, liveThroughMonth, somethingNew } from "../fakes/plaid/institutions.ts";
import { type FakePlaid, startFakePlaid } from "../fakes/plaid/start.ts";
import type { FakeItem } from "../fakes/plaid/world.ts";
import type { StripeBooks } from "../fakes/stripe/books.ts";
import { type FakeStripe, startFakeStripe } from "../fakes/stripe/fake.ts";
import type { Chance } from "./random.ts";
import { plaidTruth, stripeTruth } from "./sync-truth.ts";
import type { BookedRow } from "./sync-world.ts";

export const SOAK_KINDS = ["plaid", "stripe", ...DIALECTS] as const;
export type SoakKind = (typeof SOAK_KINDS)[number];

/** What a person would set up. */
export interface SetUp {
  type: ConnectionType;
  config: { [key: string]: Json };
  credentials: { [key: string]: Json };
}

/** One bank, shop or account that a connection leads to. */
export interface Party {
  setUp: SetUp;
  /** An hour of its life. */
  live(chance: Chance): void;
  truth(): BookedRow[];
}

export interface SoakOptions {
  seed: number;
  /** The stand-ins' clocks begin so many hours ago: what lies ahead of them is asked for by nobody. */
  hours: number;
}

export class SoakProviders {
  readonly plaid: FakePlaid;
  readonly stripe: FakeStripe;
  readonly banks: FakeBank[] = [];
  /** How many were ordered. */
  faults = 0;
  readonly #options: SoakOptions;
  readonly #parties: { kind: SoakKind; party: Party }[] = [];

  private constructor(plaid: FakePlaid, stripe: FakeStripe, options: SoakOptions) {
    this.plaid = plaid;
    this.stripe = stripe;
    this.#options = options;
  }

  static async open(options: SoakOptions): Promise<SoakProviders> {
    const plaid = await startFakePlaid({ seed: options.seed, pageSizeMax: 40 });
    const stripe = await startFakeStripe({ start: Math.floor(Date.now() / 1_000) - options.hours * 3_600 });
    return new SoakProviders(plaid, stripe, options);
  }

  async close(): Promise<void> {
    await Promise.all([this.plaid, this.stripe, ...this.banks].map((stand) => stand.close()));
  }

  /** Somebody new, whom nobody is connected to yet. */
  async party(kind: SoakKind): Promise<Party> {
    const party = await this.#newParty(kind);
    this.#parties.push({ kind, party });
    return party;
  }

  /** An hour passes for all. */
  live(chance: Chance): void {
    for (const { party } of this.#parties) party.live(chance);
    this.stripe.world.advance(3_600);
  }

  /** One of them has a bad moment. */
  goWrong(chance: Chance): void {
    this.faults += 1;
    const kind = chance.pick(this.#parties).kind;
    if (kind === "plaid") this.#plaidGoesWrong(chance);
    else if (kind === "stripe") this.#stripeGoesWrong(chance);
    else bankGoesWrong(chance.pick(this.banks)[kind], chance);
  }

  /** What was ordered to go wrong and has not yet, does not any more. */
  mend(): void {
    this.plaid.faults.clear();
    for (const bank of this.banks) for (const name of DIALECTS) bank[name].mend();
  }

  /** What the providers' own ledgers say, in the order of the books' own columns. */
  truth(): BookedRow[] {
    return this.#parties.flatMap(({ party }) => party.truth());
  }

  violations(): string[] {
    return [...this.plaid.violations, ...this.stripe.world.violations, ...this.banks.flatMap((bank) => bank.violations())];
  }

  async #newParty(kind: SoakKind): Promise<Party> {
    if (kind === "plaid") return plaidParty(this.plaid, this.#countOf(kind));
    if (kind === "stripe") return stripeParty(this.stripe);
    // Each dialect of a stand-in is one bank: the next of its kind is another stand-in's.
    const number = this.#countOf(kind);
    for (let made = this.banks.length; made <= number; made += 1) this.banks.push(await this.#newBank(made));
    const bank = this.banks[number];
    if (bank === undefined) throw new Error("No bank was made.");
    return bankParty(bank, kind);
  }

  #newBank(number: number): Promise<FakeBank> {
    const now = new Date(Date.now() - this.#options.hours * 3_600_000);
    return startFakeBank({ seed: this.#options.seed * 1_000 + number, now, days: 3, perDay: 3, pageSize: 12 });
  }

  #countOf(kind: SoakKind): number {
    return this.#parties.filter((one) => one.kind === kind).length;
  }

  #plaidGoesWrong(chance: Chance): void {
    const fault = chance.pick([FAULTS.rateLimited(), FAULTS.mutation(), FAULTS.invalidCursor(), FAULTS.internal(), { kind: "cut_off" } as const]);
    this.plaid.faults.order("/transactions/sync", fault);
  }

  #stripeGoesWrong(chance: Chance): void {
    if (chance.percent(40)) this.stripe.world.fault({ kind: "rate_limited", retryAfterSeconds: 1 });
    else this.stripe.world.fault({ kind: chance.pick(["server_error", "cut", "malformed"]) });
  }
}

function plaidParty(plaid: FakePlaid, number: number): Party {
  const institution = INSTITUTIONS[number % INSTITUTIONS.length];
  if (institution === undefined) throw new Error("The stand-in has no bank.");
  const item = plaid.world.connect(institution, { isReady: true });
  liveThroughMonth(plaid.world, item, 5);
  return {
    setUp: { type: "plaid", config: { item_id: item.id }, credentials: { access_token: item.accessToken } },
    live: (chance) => liveAtPlaid(plaid, item, chance),
    truth: () => plaidTruth(plaid, item.id),
  };
}

function liveAtPlaid({ world }: FakePlaid, item: FakeItem, chance: Chance): void {
  const live = world.live(item);
  const pending = live.filter((row) => row.isPending);
  // An account keeps its oldest movement: what is older than all that is still there is taken back by nobody where the cursor is lost in the same hour (RULES.md §8).
  const younger = live.filter((row) => live.some((other) => other.accountId === row.accountId && other.day < row.day));
  const fate = chance.below(100);
  if (fate < 55) somethingNew(world, item, chance.percent(40));
  else if (fate < 75 && pending.length > 0) world.post(item, chance.pick(pending).id);
  else if (fate < 85 && younger.length > 0) world.remove(item, chance.pick(younger).id);
  else if (fate < 95 && live.length > 0) {
    const row = chance.pick(live);
    world.change(item, row.id, { amountMinor: String(BigInt(row.amountMinor) + 1n) });
  }
}

function stripeParty({ world }: FakeStripe): Party {
  const books: StripeBooks = world.account();
  const key = world.key(books);
  books.charge({ amount: 5_000, currency: "usd", description: "Desk lamp" });
  return {
    setUp: { type: "stripe", config: { account_id: books.settings.id, livemode: false }, credentials: { api_key: key.text } },
    live: (chance) => {
      if (chance.percent(60)) books.charge({ amount: 100 + chance.below(9_000), currency: "usd", description: "Wall clock" });
      if (chance.percent(10)) books.topUp({ amount: 700, currency: "usd" });
    },
    truth: () => stripeTruth(books),
  };
}

function bankParty(bank: FakeBank, name: DialectName): Party {
  const { config, credentials } = bank.connection(name);
  // Without waiting between requests; the stand-ins' clocks are well within the overlap.
  const limits = { ...config.limits, rps: 1_000, overlapDays: 30, ...(name === "berlin" ? { callsPerDay: 10_000 } : {}) };
  const { world } = bank[name];
  const currencies = new Map(world.accounts.map(({ id, currency }) => [id, currency]));
  return {
    setUp: { type: "bank_api", config: asJson({ ...config, limits }), credentials: asJson(credentials) },
    live: (chance) => liveAtBank(bank[name], chance),
    truth: () =>
      bank[name].truth().map((row) => ({
        external_account_id: row.account,
        external_id: row.external_id,
        amount_minor: row.amount_minor,
        currency: currencies.get(row.account) ?? "",
        posted_on: row.posted_on,
        is_pending: row.is_pending,
      })),
  };
}

/** As a form would send it. */
const asJson = (settings: object): { [key: string]: Json } => JSON.parse(JSON.stringify(settings));

function liveAtBank({ world }: Dialect, chance: Chance): void {
  world.advance({ hours: 1 });
  if (chance.percent(60)) world.make({ status: chance.percent(40) ? "pending" : "posted" });
  const pending = world.pending();
  if (pending.length > 0 && chance.percent(40)) world.change(chance.pick(pending), chance.pick(["posted", "posted", "void", "vanished"]));
  const posted = world.movements.filter(({ status }) => status === "posted");
  if (posted.length === 0 || !chance.percent(15)) return;
  const row = chance.pick(posted);
  world.amend(row, { amountMinor: row.amountMinor + Math.sign(row.amountMinor) });
}

function bankGoesWrong(bank: Dialect, chance: Chance): void {
  const path = bank.name === "paypal" ? "reporting" : "transactions";
  const fault = chance.below(6);
  if (fault === 0) bank.fail({ kind: "rate_limited", path, headers: { "retry-after": "1" } });
  else if (fault === 1) bank.fail({ kind: "status", status: 503, path });
  else if (fault === 2) bank.fail({ kind: "cut", path });
  else if (fault === 3) bank.fail({ kind: "html", path });
  else if (fault === 4) bank.fail({ kind: "not_json", path });
  else bank.fail({ kind: "meanwhile", path, happens: (world) => world.make({ status: "posted" }) });
}
