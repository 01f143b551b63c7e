/** The pretended Stripe as a whole: its clock, accounts, keys, events, faults and webhook endpoints. Knows no HTTP but the bells that it rings. */
import { createHmac } from "node:crypto";
import type Stripe from "stripe";
import { type AccountSettings, StripeBooks } from "./books.ts";

export const API_VERSION = "2026-10-28.endive";

/** What a restricted key may read. */
export const PERMISSIONS = ["account", "balance", "balance_transactions", "payouts", "charges", "refunds", "disputes", "events"] as const;
export type Permission = (typeof PERMISSIONS)[number];

export interface ApiKey {
  text: string;
  account: string;
  livemode: boolean;
  permissions: readonly Permission[];
  /** Accounts that this platform's key may read by `Stripe-Account`. */
  connected: string[];
  isRevoked: boolean;
}

/** What goes wrong with the next requests. `path`: only where the path contains it. */
export interface Fault {
  kind: "rate_limited" | "server_error" | "unavailable" | "slow" | "cut" | "malformed" | "reset";
  path?: string;
  /** 1 unless said. */
  times?: number;
  /** Of `rate_limited` and `unavailable`. */
  retryAfterSeconds?: number;
  /** Of `slow`. */
  ms?: number;
  /** That many requests are answered first. */
  after?: number;
}

export interface Endpoint {
  url: string;
  secret: string;
  account: string;
  livemode: boolean;
}

export interface Told {
  event: Stripe.Event;
  /** Whose it is. */
  account: string;
  livemode: boolean;
}

export class StripeWorld {
  readonly violations: string[] = [];
  readonly calls: { method: string; path: string; query: string; account: string | null; status: number }[] = [];
  readonly events: Told[] = [];
  readonly keys = new Map<string, ApiKey>();
  readonly endpoints: Endpoint[] = [];
  readonly #accounts = new Map<string, StripeBooks>();
  readonly #faults: (Required<Pick<Fault, "times" | "after">> & Fault)[] = [];
  /** What the world's clock is ahead of `#ticks`. */
  #offset: number;
  readonly #ticks: () => number;
  /** How far it was told what time brings. */
  #passed: number;
  #count = 0;
  #rung = 0;

  /** `start`: seconds since 1970. `ticks`: a clock that runs, for local runs; without it time stands still until `advance`. */
  constructor(start: number, ticks: () => number = () => 0) {
    this.#ticks = ticks;
    this.#offset = start - ticks();
    this.#passed = start;
  }

  now(): number {
    return Math.floor(this.#offset + this.#ticks());
  }

  newId(prefix: string): string {
    this.#count += 1;
    return `${prefix}1Stand${String(this.#count).padStart(12, "0")}`;
  }

  /** Time passes: lines become available, payouts arrive. */
  advance(seconds: number): void {
    this.#offset += seconds;
    this.catchUp();
  }

  /** What has happened by now, has happened. */
  catchUp(): void {
    const before = this.#passed;
    this.#passed = this.now();
    if (this.#passed > before) for (const books of this.#accounts.values()) books.pass(before);
  }

  account({
    id = this.newId("acct_"),
    name = "Example Shop",
    country = "US",
    currency = "usd",
    livemode = false,
  }: Partial<AccountSettings> = {}): StripeBooks {
    const settings = { id, name, country, currency, livemode };
    const tell = (type: string, object: object) => this.#tell(settings, type, object);
    const books = new StripeBooks(settings, { clock: this, newId: (prefix) => this.newId(prefix), tell });
    this.#accounts.set(keyOf(settings), books);
    return books;
  }

  booksOf(account: { id: string; livemode: boolean }): StripeBooks | null {
    return this.#accounts.get(keyOf(account)) ?? null;
  }

  /** A restricted key with every permission, unless said otherwise. */
  key(books: StripeBooks, options: { text?: string; isSecret?: boolean; permissions?: readonly Permission[]; connected?: string[] } = {}): ApiKey {
    const { id, livemode } = books.settings;
    const text = options.text ?? `${options.isSecret === true ? "sk" : "rk"}_${livemode ? "live" : "test"}_${this.newId("standin")}`;
    const key = {
      text,
      account: id,
      livemode,
      permissions: options.permissions ?? PERMISSIONS,
      connected: options.connected ?? [],
      isRevoked: false,
    };
    this.keys.set(text, key);
    return key;
  }

  /** The account ends what it had allowed. */
  deauthorize(books: StripeBooks): void {
    this.#tell(books.settings, "account.application.deauthorized", { id: "ca_Stand", object: "application", name: "Stratifi" });
    books.isGone = true;
  }

  fault(fault: Fault): void {
    this.#faults.push({ times: 1, after: 0, ...fault });
  }

  /** The fault that meets this request, which is used up by it. */
  faultOf(path: string): Fault | null {
    for (const fault of this.#faults) {
      if (fault.times === 0 || (fault.path !== undefined && !path.includes(fault.path))) continue;
      if (fault.after > 0) fault.after -= 1;
      else {
        fault.times -= 1;
        return fault;
      }
    }
    return null;
  }

  endpoint(endpoint: Endpoint): void {
    this.endpoints.push(endpoint);
  }

  /**
   * Posts to the endpoints what has not been posted yet; `times` each, as Stripe may, and with `again` all of it once more. They are signed at this machine's
   * time, which whoever receives them compares it with. Answers the statuses; 0 where nobody answers.
   */
  async ring({ times = 1, again = false }: { times?: number; again?: boolean } = {}): Promise<number[]> {
    const waiting = this.events.slice(again ? 0 : this.#rung);
    this.#rung = this.events.length;
    const statuses: number[] = [];
    for (const told of waiting) {
      for (const endpoint of this.endpoints) {
        if (endpoint.account !== told.account || endpoint.livemode !== told.livemode) continue;
        const { body, headers } = signedOf(told.event, { secrets: [endpoint.secret], at: Math.floor(Date.now() / 1000) });
        for (let sent = 0; sent < times; sent += 1) {
          statuses.push(
            await fetch(endpoint.url, { method: "POST", body, headers }).then(
              ({ status }) => status,
              () => 0,
            ),
          );
        }
      }
    }
    return statuses;
  }

  #tell({ id, livemode }: AccountSettings, type: string, object: object): void {
    const created = this.now();
    const event = eventOf({ id: this.newId("evt_"), created, data: { object: structuredClone(object) }, livemode, type });
    this.events.push({ event, account: id, livemode });
  }
}

/** The package's union of all events has no constructor: this one is checked against its declaration where it is answered. */
function eventOf(said: { id: string; created: number; data: { object: object }; livemode: boolean; type: string }): Stripe.Event {
  const shared = { object: "event", api_version: API_VERSION, pending_webhooks: 1, request: { id: null, idempotency_key: null } };
  return { ...shared, ...said } as unknown as Stripe.Event;
}

const keyOf = ({ id, livemode }: { id: string; livemode: boolean }): string => `${id}:${livemode ? "live" : "test"}`;

/** A webhook as Stripe posts it: the body's own text, signed with each of the secrets. */
export function signedOf(
  event: object,
  { secrets, at }: { secrets: readonly string[]; at: number },
): { body: string; headers: Record<string, string> } {
  const body = JSON.stringify(event, null, 2);
  const signatures = secrets.map((secret) => `v1=${createHmac("sha256", secret).update(`${at}.${body}`).digest("hex")}`);
  return { body, headers: { "content-type": "application/json; charset=utf-8", "stripe-signature": [`t=${at}`, ...signatures].join(",") } };
}
