/** The banks behind the stand-in for Plaid: logins, accounts, and a log of every change, from which both the answers and the truth come. Keeps to its own clock. */
import { addDays } from "../../../src/domain/date.ts";
import { addMinor, subtractMinor } from "../../../src/domain/money.ts";
import { type Chance, chanceOf } from "../../harness/random.ts";
import type { AccountDraft, FakeInstitution } from "./institutions.ts";

/** As the bank sees it: signed minor units, positive is into the account. */
export interface FakeTransaction {
  id: string;
  accountId: string;
  amountMinor: string;
  currency: string | null;
  unofficialCurrency: string | null;
  day: string;
  authorizedDay: string | null;
  name: string;
  originalDescription: string | null;
  merchant: string | null;
  checkNumber: string | null;
  reference: string | null;
  code: string | null;
  isPending: boolean;
  pendingId: string | null;
}

export interface FakeAccount extends AccountDraft {
  id: string;
  isShared: boolean;
  /** What happened on it while it was not shared from the first: comes into the log when it is. */
  heldBack: Change[];
}

interface Change {
  id: string;
  /** The account. */
  of: string;
  /** How it is since then; null: gone. */
  state: FakeTransaction | null;
}

export interface ItemError {
  error_type: string;
  error_code: string;
  error_message: string;
}

/** One login at a bank. */
export interface FakeItem {
  id: string;
  accessToken: string;
  institution: FakeInstitution;
  accounts: FakeAccount[];
  log: Change[];
  webhook: string | null;
  error: ItemError | null;
  /** False: connected, but Plaid has prepared nothing yet. */
  isReady: boolean;
  isHistoryComplete: boolean;
  consentExpiresAt: string | null;
  /** A bell for new movements rings only once they were asked for. */
  hasBeenSynced: boolean;
  isRemoved: boolean;
  createdAt: string;
  /** No page of its changes is larger; null: the server's own. */
  pageSizeMax: number | null;
}

/** What the books must hold of a movement, or must not hold any more. */
export interface TruthRow {
  item_id: string;
  account_id: string;
  external_id: string;
  amount_minor: string;
  currency: string | null;
  posted_on: string;
  is_pending: boolean;
  /** False: it was there once; the books have no live row of it. */
  is_live: boolean;
}

export interface WorldOptions {
  seed?: number;
  now?: () => Date;
}

export type NewMovement = Partial<Omit<FakeTransaction, "id">> & Pick<FakeTransaction, "amountMinor">;

export class PlaidWorld {
  readonly items: FakeItem[] = [];
  readonly chance: Chance;
  readonly now: () => Date;

  constructor({ seed = 1, now = () => new Date() }: WorldOptions = {}) {
    this.chance = chanceOf(seed);
    this.now = now;
  }

  today(): string {
    return this.now().toISOString().slice(0, 10);
  }

  /** 37 letters and figures, as Plaid's ids have. */
  newId(): string {
    const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789";
    return Array.from({ length: 37 }, () => alphabet[this.chance.below(alphabet.length)]).join("");
  }

  connect(institution: FakeInstitution, given: Partial<Pick<FakeItem, "id" | "accessToken" | "webhook" | "isReady" | "pageSizeMax">> = {}): FakeItem {
    const item: FakeItem = {
      id: given.id ?? this.newId(),
      accessToken: given.accessToken ?? `access-sandbox-${this.newId()}`,
      institution,
      accounts: institution.accounts.map((account) => ({ ...account, id: this.newId(), isShared: true, heldBack: [] })),
      log: [],
      webhook: given.webhook ?? null,
      error: null,
      isReady: given.isReady ?? true,
      isHistoryComplete: true,
      consentExpiresAt: null,
      hasBeenSynced: false,
      isRemoved: false,
      createdAt: this.now().toISOString(),
      pageSizeMax: given.pageSizeMax ?? null,
    };
    this.items.push(item);
    return item;
  }

  /** Which accounts the person shares. One that is shared later brings its history as new. */
  share(item: FakeItem, masks: readonly string[]): void {
    for (const account of item.accounts) {
      account.isShared = masks.includes(account.mask);
      if (account.isShared) item.log.push(...account.heldBack.splice(0));
      else if (!item.hasBeenSynced) {
        account.heldBack.push(...item.log.filter(({ of }) => of === account.id));
        item.log = item.log.filter(({ of }) => of !== account.id);
      }
    }
  }

  item(id: string): FakeItem {
    return found(
      this.items.find((one) => one.id === id),
      "login",
    );
  }

  add(item: FakeItem, movement: NewMovement): FakeTransaction {
    const account = found(item.accounts.find(({ id }) => id === movement.accountId) ?? item.accounts[0], "account");
    const added: FakeTransaction = {
      accountId: account.id,
      currency: account.currency,
      unofficialCurrency: account.unofficialCurrency ?? null,
      day: this.today(),
      authorizedDay: null,
      name: "Card payment",
      originalDescription: null,
      merchant: null,
      checkNumber: null,
      reference: null,
      code: null,
      isPending: false,
      pendingId: null,
      ...movement,
      id: this.newId(),
    };
    item.log.push({ id: added.id, of: added.accountId, state: added });
    return added;
  }

  change(item: FakeItem, id: string, changes: Partial<Omit<FakeTransaction, "id">>): FakeTransaction {
    const changed = { ...this.state(item, id), ...changes };
    item.log.push({ id, of: changed.accountId, state: changed });
    return changed;
  }

  remove(item: FakeItem, id: string): void {
    item.log.push({ id, of: this.state(item, id).accountId, state: null });
  }

  /** The bank posts what was pending: it goes, and comes back under a new id; without `isMatched` Plaid does not know that it is the same. */
  post(item: FakeItem, pendingId: string, changes: Partial<FakeTransaction> & { isMatched?: boolean } = {}): FakeTransaction {
    const { isMatched = true, ...posted } = changes;
    const before = this.state(item, pendingId);
    this.remove(item, pendingId);
    return this.add(item, { ...before, day: addDays(before.day, 1), ...posted, isPending: false, pendingId: isMatched ? pendingId : null });
  }

  /** How a movement is now. Throws for one that is gone. */
  state(item: FakeItem, id: string): FakeTransaction {
    return found(statesAt(item, item.log.length).get(id) ?? undefined, "movement");
  }

  /** All that is there now, in the order in which it came. */
  live(item: FakeItem): FakeTransaction[] {
    return [...statesAt(item, item.log.length).values()].filter((state) => state !== null);
  }

  truth(): TruthRow[] {
    return this.items.flatMap((item) => {
      const last = new Map<string, FakeTransaction>();
      for (const { id, state } of item.log) if (state !== null) last.set(id, state);
      const now = statesAt(item, item.log.length);
      return [...last].map(([id, state]) => ({
        item_id: item.id,
        account_id: state.accountId,
        external_id: id,
        amount_minor: state.amountMinor,
        currency: state.currency,
        posted_on: state.day,
        is_pending: state.isPending,
        is_live: now.get(id) !== null,
      }));
    });
  }
}

/** Every movement that the log has named up to its first `length` entries; null: gone by then. */
export function statesAt(item: FakeItem, length: number): Map<string, FakeTransaction | null> {
  const states = new Map<string, FakeTransaction | null>();
  for (const { id, state } of item.log.slice(0, length)) states.set(id, state);
  return states;
}

/** As the bank prints it: what a depository account holds, what is owed on a card or loan. */
export function balancesOf(item: FakeItem, account: FakeAccount): { currentMinor: string; availableMinor: string | null } {
  const rows = [...statesAt(item, item.log.length).values()].filter((row) => row !== null && row.accountId === account.id);
  const sumOf = (isPending: boolean) => rows.reduce((sum, row) => (row?.isPending === isPending ? addMinor(sum, row.amountMinor) : sum), "0");
  if (account.type === "depository") {
    const currentMinor = addMinor(account.openingMinor, sumOf(false));
    return { currentMinor, availableMinor: addMinor(currentMinor, sumOf(true)) };
  }
  const currentMinor = subtractMinor(account.openingMinor, sumOf(false));
  if (account.limitMinor === null) return { currentMinor, availableMinor: null };
  return { currentMinor, availableMinor: addMinor(subtractMinor(account.limitMinor, currentMinor), sumOf(true)) };
}

function found<T>(value: T | undefined, noun: string): T {
  if (value === undefined) throw new Error(`There is no such ${noun}.`);
  return value;
}
