/** A made-up bank's own books, for all three dialects: movements with every change they went through, by its own clock. Knows nothing of who reads it. */

export type WorldStatus = "pending" | "posted" | "void" | "vanished";

export interface WorldMovement {
  /** What the bank knows it by inside; ids that it shows are each dialect's. */
  key: string;
  /** Position in the order of making. */
  serial: number;
  accountId: string;
  /** Minor units, positive is into the account. */
  amountMinor: number;
  feeMinor: number;
  currency: string;
  /** Milliseconds since 1970. */
  madeAtMs: number;
  postedAtMs: number | null;
  status: WorldStatus;
  description: string;
  counterparty: string;
}

export interface WorldAccount {
  id: string;
  name: string;
  number: string;
  currency: string;
  /** Minor units before the first movement. */
  openingMinor: number;
}

/** A movement as the books must hold it in the end. */
export interface TruthRow {
  account: string;
  external_id: string;
  amount_minor: string;
  posted_on: string;
  is_pending: boolean;
}

const DAY_MS = 86_400_000;

/** 1,000 a day: serials of a day are its number and what comes behind. */
const SERIALS_PER_DAY = 1_000;

export class World {
  readonly accounts: WorldAccount[];
  readonly movements: WorldMovement[] = [];
  /** Every change, in order; for people and for tests that look. */
  readonly log: { atMs: number; what: WorldStatus | "amended" | "made"; key: string }[] = [];
  readonly #seed: number;
  readonly #isRunning: boolean;
  /** Of a running clock how far it is ahead of the real one, else its time; milliseconds. */
  #nowMs: number;
  #below: (limit: number) => number;

  constructor({ accounts, seed, now, isRunning = false }: { accounts: WorldAccount[]; seed: number; now: Date; isRunning?: boolean }) {
    this.accounts = accounts;
    this.#seed = seed;
    this.#isRunning = isRunning;
    this.#nowMs = now.getTime() - (isRunning ? Date.now() : 0);
    this.#below = chanceOf(seed + Math.floor(now.getTime() / 1_000));
  }

  get now(): Date {
    return new Date(this.#nowMs + (this.#isRunning ? Date.now() : 0));
  }

  get today(): string {
    return this.now.toISOString().slice(0, 10);
  }

  advance(step: { days?: number; hours?: number }): void {
    this.#nowMs += (step.days ?? 0) * DAY_MS + (step.hours ?? 0) * 3_600_000;
  }

  /** The business of the days before now. A day's movements are the same whenever the bank is started. */
  fill(days: number, perDay: number): void {
    const nowMs = this.now.getTime();
    const below = this.#below;
    for (let back = days; back >= 0; back -= 1) {
      const dayMs = (Math.floor(nowMs / DAY_MS) - back) * DAY_MS;
      this.#below = chanceOf(this.#seed + dayMs / DAY_MS);
      for (let one = 0; one < perDay; one += 1) {
        const madeAtMs = dayMs + this.#below(DAY_MS);
        const isFresh = this.#below(3) === 0;
        const movement = this.make({ status: back <= 2 && isFresh ? "pending" : "posted" }, madeAtMs);
        // What this day has not brought yet.
        if (madeAtMs > nowMs) this.movements.splice(this.movements.indexOf(movement), 1);
      }
    }
    this.#below = below;
  }

  make(
    given: Partial<Pick<WorldMovement, "accountId" | "amountMinor" | "feeMinor" | "status" | "description" | "counterparty">> = {},
    madeAtMs = this.now.getTime(),
  ): WorldMovement {
    const account = this.accounts.find(({ id }) => id === given.accountId) ?? this.#oneOf(this.accounts);
    const serial = this.#nextSerial(Math.floor(madeAtMs / DAY_MS));
    const isIn = this.#below(3) === 0;
    const scale = account.currency === "JPY" ? 1 : 100;
    const status = given.status ?? "posted";
    const movement: WorldMovement = {
      key: hex(this.#below, 32),
      serial,
      accountId: account.id,
      amountMinor: given.amountMinor ?? (isIn ? 1 : -1) * (1 + this.#below(5_000 * scale)),
      feeMinor: given.feeMinor ?? (isIn ? -(30 + this.#below(300)) : 0),
      currency: account.currency,
      madeAtMs,
      postedAtMs: status === "posted" ? madeAtMs : null,
      status,
      description: given.description ?? `${this.#oneOf(SUBJECTS)} ${serial}`,
      counterparty: given.counterparty ?? this.#oneOf(COUNTERPARTIES),
    };
    this.movements.push(movement);
    this.log.push({ atMs: madeAtMs, what: "made", key: movement.key });
    return movement;
  }

  /** Booked, voided, or gone without a word. */
  change(movement: WorldMovement, status: WorldStatus): void {
    movement.status = status;
    const atMs = this.now.getTime();
    if (status === "posted") movement.postedAtMs = atMs;
    this.log.push({ atMs, what: status, key: movement.key });
  }

  /** The bank corrects itself. */
  amend(movement: WorldMovement, content: Partial<Pick<WorldMovement, "amountMinor" | "description">>): void {
    Object.assign(movement, content);
    this.log.push({ atMs: this.now.getTime(), what: "amended", key: movement.key });
  }

  pending(): WorldMovement[] {
    return this.movements.filter(({ status }) => status === "pending");
  }

  /** What a day brings: some pending rows are booked, one may be void, and new ones come. */
  pass(days: number): void {
    for (let day = 0; day < days; day += 1) {
      this.advance({ days: 1 });
      for (const movement of this.pending()) {
        const chance = this.#below(10);
        if (chance < 5) this.change(movement, "posted");
        else if (chance === 5) this.change(movement, "void");
        else if (chance === 6) this.change(movement, "vanished");
      }
      for (let one = 0; one < 3; one += 1) this.make({ status: this.#below(2) === 0 ? "pending" : "posted" });
    }
  }

  balanceOf(account: WorldAccount): { current: number; available: number } {
    const of = (status: WorldStatus) =>
      this.movements
        .filter((movement) => movement.accountId === account.id && movement.status === status)
        .reduce((sum, { amountMinor, feeMinor }) => sum + amountMinor + feeMinor, 0);
    const current = account.openingMinor + of("posted");
    return { current, available: current + Math.min(0, of("pending")) };
  }

  #nextSerial(day: number): number {
    const first = (day % 100_000) * SERIALS_PER_DAY;
    return (
      this.movements.reduce((most, { serial }) => (serial >= first && serial < first + SERIALS_PER_DAY ? Math.max(most, serial) : most), first) + 1
    );
  }

  #oneOf<One>(list: readonly One[]): One {
    const one = list[this.#below(list.length)];
    if (one === undefined) throw new Error("There is nothing to choose from.");
    return one;
  }
}

/** `123456` in USD as `1234.56`, in JPY as `123456`. */
export function majorOf(minor: number, currency: string): string {
  if (currency === "JPY") return String(minor);
  const digits = String(Math.abs(minor)).padStart(3, "0");
  return `${minor < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
export const secondOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
export const uuidOf = (key: string): string =>
  `${key.slice(0, 8)}-${key.slice(8, 12)}-4${key.slice(13, 16)}-8${key.slice(17, 20)}-${key.slice(20, 32)}`;

const COUNTERPARTIES = ["Alder & Sons", "Birch Freight", "Cedar Payroll", "Dogwood Utilities", "Elm Insurance", "Fir Software", "Ginkgo Café"];
const SUBJECTS = ["Invoice", "Order", "Payroll run", "Subscription", "Refund", "Transfer"];

/** Mulberry32: small, and the same at every run. */
function chanceOf(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const hex = (below: (limit: number) => number, length: number): string => Array.from({ length }, () => below(16).toString(16)).join("");
