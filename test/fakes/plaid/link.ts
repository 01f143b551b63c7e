/** Link's stand-in: tokens that open a page of plain forms, what a person does there, and the public token it ends with. Sends people back to this machine only. */
import { isLoopback } from "../../../src/lib/public-address.ts";
import { INSTITUTIONS, liveThroughMonth } from "./institutions.ts";
import type { FakeItem, PlaidWorld } from "./world.ts";

export interface LinkSession {
  token: string;
  id: string;
  /** Of update mode: the login that is opened again. */
  item: FakeItem | null;
  choosesAccounts: boolean;
  webhook: string | null;
  daysRequested: number;
  returnTo: string | null;
  createdAt: string;
  expiresAt: string;
  finishedAt: string | null;
  publicToken: string | null;
}

export interface LinkResult {
  /** Null: the person left. */
  publicToken: string | null;
  session: LinkSession;
  item: FakeItem | null;
}

const HOUR_MS = 3_600_000;

export class LinkDesk {
  readonly #world: PlaidWorld;
  readonly #sessions = new Map<string, LinkSession>();
  readonly #publicTokens = new Map<string, { item: FakeItem; isSpent: boolean }>();

  constructor(world: PlaidWorld) {
    this.#world = world;
  }

  open(draft: Pick<LinkSession, "item" | "choosesAccounts" | "webhook" | "daysRequested" | "returnTo">): LinkSession {
    const now = this.#world.now().getTime();
    const session: LinkSession = {
      ...draft,
      token: `link-sandbox-${this.#world.newId()}`,
      id: this.#world.newId(),
      createdAt: new Date(now).toISOString(),
      // Four hours for a new login, half an hour for a known one.
      expiresAt: new Date(now + (draft.item === null ? 4 : 0.5) * HOUR_MS).toISOString(),
      finishedAt: null,
      publicToken: null,
    };
    this.#sessions.set(session.token, session);
    return session;
  }

  /** Null: there is none, or its time is up. */
  session(token: string): LinkSession | null {
    const session = this.#sessions.get(token);
    return session === undefined || session.expiresAt <= this.#world.now().toISOString() ? null : session;
  }

  /** A person chooses a bank and accounts, or signs in again, and is done. */
  succeed(session: LinkSession, given: { institutionId?: string; masks?: readonly string[] } = {}): LinkResult {
    const item = session.item ?? this.#connect(session, given.institutionId);
    item.error = null;
    if (given.masks !== undefined && (session.item === null || session.choosesAccounts)) this.#world.share(item, given.masks);
    return this.#finish(session, item);
  }

  leave(session: LinkSession): LinkResult {
    session.finishedAt = this.#world.now().toISOString();
    return { publicToken: null, session, item: session.item };
  }

  /** A public token for a login without a page, as the sandbox gives. */
  publicTokenOf(item: FakeItem): string {
    const token = `public-sandbox-${this.#world.newId()}`;
    this.#publicTokens.set(token, { item, isSpent: false });
    return token;
  }

  /** Good once. */
  exchange(publicToken: string): FakeItem | null {
    const known = this.#publicTokens.get(publicToken);
    if (known === undefined || known.isSpent) return null;
    known.isSpent = true;
    return known.item;
  }

  #connect(session: LinkSession, institutionId: string | undefined): FakeItem {
    const institution = INSTITUTIONS.find(({ id }) => id === institutionId) ?? INSTITUTIONS[0];
    if (institution === undefined) throw new Error("There is no bank.");
    const item = this.#world.connect(institution, { webhook: session.webhook });
    liveThroughMonth(this.#world, item, Math.min(30, session.daysRequested));
    return item;
  }

  #finish(session: LinkSession, item: FakeItem): LinkResult {
    session.finishedAt = this.#world.now().toISOString();
    session.publicToken = this.publicTokenOf(item);
    return { publicToken: session.publicToken, session, item };
  }
}

/** An address of this machine; null for any other, and for none. */
export function ownAddress(text: string | null | undefined): string | null {
  const url = URL.parse(text ?? "");
  return url !== null && isLoopback(url.hostname) ? url.href : null;
}
