/** The contract of the Plaid connector: whatever happens on the way, the books equal what the bank says, and the stand-in saw only what Plaid allows. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../../../src/lib/secret.ts";
import type { ConnectorFailure } from "../../../src/sources/connectors/connector.ts";
import { connectorOf } from "../../../src/sources/connectors/index.ts";
import type { PlaidCursor } from "../../../src/sources/connectors/plaid/config.ts";
import type { PlaidSession } from "../../../src/sources/connectors/plaid/fetch-pages.ts";
import { plaid } from "../../../src/sources/connectors/plaid.ts";
import { FAULTS, type Fault, LOGIN_REQUIRED } from "../../fakes/plaid/faults.ts";
import { INSTITUTIONS, liveThroughMonth, somethingNew } from "../../fakes/plaid/institutions.ts";
import { type FakePlaid, startFakePlaid } from "../../fakes/plaid/start.ts";
import type { FakeItem } from "../../fakes/plaid/world.ts";
import { Books, byId, failureOf, liveTruth, NOW, sessionOf, syncOnce } from "./plaid-session.ts";

let fake: FakePlaid;
let item: FakeItem;
let session: PlaidSession;

beforeEach(async () => {
  fake = await startFakePlaid({ seed: 11, now: () => NOW, pageSizeMax: 7 });
  item = connect(0);
  session = sessionOf(fake, item);
});

afterEach(async () => {
  await fake.close();
  expect(fake.violations).toEqual([]);
});

function connect(institution: number): FakeItem {
  const bank = INSTITUTIONS[institution];
  if (bank === undefined) throw new Error("There is no such bank.");
  const connected = fake.world.connect(bank);
  liveThroughMonth(fake.world, connected);
  return connected;
}

/** The first of its login's movements that is (not) pending. */
function someId(isPending: boolean): string {
  const found = fake.world.live(item).find((row) => row.isPending === isPending);
  if (found === undefined) throw new Error("The month has no such movement.");
  return found.id;
}

async function booked(): Promise<{ books: Books; cursor: PlaidCursor | null }> {
  const books = new Books();
  const { pages, cursor } = await syncOnce(session, null);
  books.take(pages);
  return { books, cursor };
}

describe("the first sync", () => {
  it("brings everything there is, in pages, and the balances once at the end", async () => {
    const { pages, cursor } = await syncOnce(session, null);
    const books = new Books();
    books.take(pages);

    expect(byId(books.rows)).toEqual(byId(liveTruth(fake, item)));
    expect(pages.map(({ sourceKey }) => sourceKey)).toEqual([...new Array(pages.length - 1).fill("transactions_sync"), "accounts_balance"]);
    expect(pages.length).toBeGreaterThan(5);
    expect(cursor?.at).toBeTruthy();
    expect(books.problems).toEqual(["investment_account"]);
  });

  it("shows what is in the accounts: balances in minor units, as the bank prints them", async () => {
    const { books } = await booked();
    const [operating, , card] = item.accounts;

    const sum = books.sumMinor(operating?.id ?? "");
    expect(books.balances.get(`${operating?.id} current`)).toBe(String(184_250_733n + BigInt(sum)));
    expect(books.balances.has(`${operating?.id} available`)).toBe(true);
    expect(BigInt(books.balances.get(`${card?.id} current`) ?? "0")).toBeGreaterThan(0n);
    expect(books.balances.has(`${card?.id} available`)).toBe(false);
  });

  it("says that nothing is prepared yet, keeps no page and no cursor, and is whole when asked again", async () => {
    item.isReady = false;
    const early = await syncOnce(session, null);
    item.isReady = true;

    const { books } = await booked();

    expect(early).toEqual({ pages: [], cursor: null, isReady: false });
    expect(byId(books.rows)).toEqual(byId(liveTruth(fake, item)));
  });

  it("asks for the history that the settings name, once", async () => {
    const asked: unknown[] = [];
    const spying = { ...session, config: { ...session.config, lookback_days: 90 }, fetch: spy(asked) };

    await syncOnce(spying, null);

    expect(asked[0]).toMatchObject({ count: 500, options: { include_original_description: true, days_requested: 90 } });
    expect(asked[0]).not.toHaveProperty("cursor");
    expect(asked[1]).toMatchObject({ options: { include_original_description: true }, cursor: expect.stringMatching(/./) });
    expect(asked[1]).not.toHaveProperty("options.days_requested");
  });
});

describe("the next sync", () => {
  it("brings what came, changed and went, and keeps what was pending as one row", async () => {
    const { books, cursor } = await booked();
    const pendingId = someId(true);
    const rowNumber = books.numberOf(pendingId);
    const posted = fake.world.post(item, pendingId, { amountMinor: "-4242" });
    fake.world.change(item, someId(false), { amountMinor: "-101", day: "2026-03-02" });
    fake.world.remove(item, fake.world.live(item)[3]?.id ?? "");
    for (let n = 0; n < 20; n += 1) somethingNew(fake.world, item, n % 3 === 0);

    books.take((await syncOnce(session, cursor)).pages);

    expect(byId(books.rows)).toEqual(byId(liveTruth(fake, item)));
    expect(books.numberOf(posted.id)).toBe(rowNumber);
    expect(books.numberOf(pendingId)).toBeUndefined();
  });

  it("an unmatched posting is a removal and a new row", async () => {
    const { books, cursor } = await booked();
    const pendingId = someId(true);
    const posted = fake.world.post(item, pendingId, { isMatched: false });

    books.take((await syncOnce(session, cursor)).pages);

    expect(byId(books.rows)).toEqual(byId(liveTruth(fake, item)));
    expect(books.numberOf(posted.id)).toBe(books.rows.length + 1);
  });

  it("a movement that is posted and taken back before we look again leaves nothing", async () => {
    const { books, cursor } = await booked();
    const posted = fake.world.post(item, someId(true));
    fake.world.remove(item, posted.id);

    books.take((await syncOnce(session, cursor)).pages);

    expect(byId(books.rows)).toEqual(byId(liveTruth(fake, item)));
  });

  it("of another login, which took the old one's place, begins at its beginning", async () => {
    const { cursor } = await booked();
    item = connect(1);
    session = sessionOf(fake, item);
    const books = new Books();

    books.take((await syncOnce(session, cursor)).pages);

    expect(byId(books.rows)).toEqual(byId(liveTruth(fake, item)));
  });

  it("with nothing new it moves nothing", async () => {
    const { books, cursor } = await booked();
    const before = byId(books.rows);

    const next = await syncOnce(session, cursor);
    books.take(next.pages);

    expect(byId(books.rows)).toEqual(before);
    expect(next.pages).toHaveLength(2);
  });
});

describe("what the settings choose", () => {
  it("balances alone ask for no transactions, and transactions alone for no balances", async () => {
    await syncOnce(sessionOf(fake, item, { sync_type: "balances" }), null);
    const balances = fake.calls.splice(0);
    await syncOnce(sessionOf(fake, item, { sync_type: "transactions" }), null);

    expect(balances).toEqual(["/accounts/balance/get"]);
    expect(new Set(fake.calls)).toEqual(new Set(["/transactions/sync"]));
  });

  it("one account is read alone", async () => {
    const chosen = item.accounts[2]?.id ?? "";
    session = sessionOf(fake, item, { account_ids: [chosen] });

    const { books } = await booked();

    expect(books.rows.length).toBeGreaterThan(0);
    expect(byId(books.rows)).toEqual(byId(liveTruth(fake, item).filter((row) => row.account_id === chosen)));
    expect([...books.balances.keys()]).toEqual([`${chosen} current`]);
    expect(books.problems).toEqual([]);
  });

  it("accounts that are chosen later bring their history, and what was taken back meanwhile goes", async () => {
    session = sessionOf(fake, item, { account_ids: [item.accounts[2]?.id ?? ""] });
    const { books, cursor } = await booked();
    fake.world.remove(item, books.rows[0]?.external_id ?? "");
    for (let n = 0; n < 9; n += 1) somethingNew(fake.world, item, false);
    session = sessionOf(fake, item);

    const widened = await syncOnce(session, cursor);
    books.take(widened.pages);
    fake.calls.length = 0;
    await syncOnce(session, widened.cursor);

    expect(byId(books.rows)).toEqual(byId(liveTruth(fake, item)));
    expect(fake.calls).toEqual(["/transactions/sync", "/accounts/balance/get"]);
  });

  it("without pending movements only posted ones are booked, and a posted one comes in full", async () => {
    session = sessionOf(fake, item, { include_pending: false });
    const { books, cursor } = await booked();
    const pendingBefore = books.rows.filter(({ is_pending }) => is_pending);
    fake.world.post(item, someId(true));

    books.take((await syncOnce(session, cursor)).pages);

    expect(pendingBefore).toEqual([]);
    expect(byId(books.rows)).toEqual(byId(liveTruth(fake, item).filter(({ is_pending }) => !is_pending)));
  });

  it("currencies without decimals and other than dollars are exact", async () => {
    item = connect(1);
    session = sessionOf(fake, item);
    const [euro, yen] = item.accounts;
    fake.world.add(item, { accountId: euro?.id ?? "", amountMinor: "-1999999999999" });
    fake.world.add(item, { accountId: yen?.id ?? "", amountMinor: "123456789" });

    const { books } = await booked();

    expect(byId(books.rows)).toEqual(byId(liveTruth(fake, item)));
    expect(books.balances.get(`${yen?.id} current`)).toBe(String(9_120_045n + BigInt(books.sumMinor(yen?.id ?? ""))));
  });

  it("a currency that nobody lists is never booked, and said", async () => {
    const row = fake.world.add(item, { amountMinor: "100", currency: null, unofficialCurrency: "USDC" });

    const { books } = await booked();

    expect(books.problems).toContain("unofficial_currency");
    expect(books.rows.find(({ external_id }) => external_id === row.id)?.amount_minor).toBeNull();
  });
});

describe("a chain that breaks", () => {
  const broken: [string, Fault, Pick<ConnectorFailure, "kind" | "code">][] = [
    ["too many requests", FAULTS.rateLimited("TRANSACTIONS_SYNC_LIMIT", 30), { kind: "rate_limited", code: "TRANSACTIONS_SYNC_LIMIT" }],
    ["too many requests, without a word of when", FAULTS.rateLimited(), { kind: "rate_limited", code: "TRANSACTIONS_SYNC_LIMIT" }],
    ["Plaid's own fault", FAULTS.internal(), { kind: "unavailable", code: "INTERNAL_SERVER_ERROR" }],
    ["an error page", { kind: "page", status: 503 }, { kind: "unavailable", code: "http_503" }],
    ["a bank that is down", FAULTS.institutionDown(), { kind: "unavailable", code: "INSTITUTION_DOWN" }],
    ["a line that goes dead", { kind: "cut_off" }, { kind: "unavailable", code: "network" }],
    ["half an answer", { kind: "malformed" }, { kind: "malformed", code: "unexpected_answer" }],
    ["a page that lacks its rows", { kind: "changed", change: ({ added: _, ...rest }) => rest }, { kind: "malformed", code: "unexpected_answer" }],
    ["movements while it was read", FAULTS.mutation(), { kind: "chain_broken", code: "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION" }],
    ["a cursor that Plaid has forgotten", FAULTS.invalidCursor(), { kind: "cursor_lost", code: "INVALID_FIELD" }],
    ["a bank that wants a sign-in", { kind: "error", status: 400, error: LOGIN_REQUIRED }, { kind: "reauthenticate", code: "ITEM_LOGIN_REQUIRED" }],
  ];

  it.each(broken)("by %s is said in its own kind, and is whole from its first cursor", async (_what, fault, expected) => {
    const { books, cursor } = await booked();
    for (let n = 0; n < 15; n += 1) somethingNew(fake.world, item, false);
    fake.faults.order("/transactions/sync", { kind: "slow", ms: 0 }, fault);

    const failure = await failureOf(syncOnce(session, cursor));
    books.take((await syncOnce(session, cursor)).pages);

    expect(failure).toMatchObject(expected);
    expect(failure?.message).toMatch(/^[A-Z].*\.( \(\w+\))?$/);
    expect(byId(books.rows)).toEqual(byId(liveTruth(fake, item)));
  });

  it("names how long Plaid asks to be left alone, and the call for its support", async () => {
    fake.faults.order("/transactions/sync", FAULTS.rateLimited("TRANSACTIONS_SYNC_LIMIT", 30));

    const failure = await failureOf(syncOnce(session, null));

    expect(failure).toMatchObject({ retryAfterSeconds: 30, requestId: "standin00000001" });
  });

  it("at every page in turn is whole in the end", async () => {
    const pages = (await syncOnce(session, null)).pages.length;
    for (let at = 0; at < pages - 1; at += 1) {
      fake.faults.order("/transactions/sync", ...new Array<Fault>(at).fill({ kind: "slow", ms: 0 }), FAULTS.internal());

      const failure = await failureOf(syncOnce(session, null));
      const { books } = await booked();

      expect(failure?.kind).toBe("unavailable");
      expect(byId(books.rows)).toEqual(byId(liveTruth(fake, item)));
    }
  });

  it("by a movement that really comes in between is whole from its first cursor", async () => {
    fake.faults.order("/transactions/sync", { kind: "slow", ms: 0 }, { kind: "before", happens: () => void somethingNew(fake.world, item, false) });

    const failure = await failureOf(syncOnce(session, null));
    const { books } = await booked();

    expect(failure?.kind).toBe("chain_broken");
    expect(byId(books.rows)).toEqual(byId(liveTruth(fake, item)));
  });

  it("by a cursor that stands still does not run for ever", async () => {
    const { cursor } = await booked();
    fake.faults.order("/transactions/sync", { kind: "changed", change: (answer) => ({ ...answer, has_more: true, next_cursor: cursor?.at }) });

    const failure = await failureOf(syncOnce(session, cursor));

    expect(failure).toMatchObject({ kind: "malformed", code: "cursor_stands_still" });
  });

  it("when the balances fail is not half a success", async () => {
    fake.faults.order("/accounts/balance/get", FAULTS.rateLimited("ACCOUNTS_BALANCE_GET_LIMIT"));

    const failure = await failureOf(syncOnce(session, null));

    expect(failure?.kind).toBe("rate_limited");
  });

  it("where nobody answers is unavailable, and where it may not ask is a matter of the settings", async () => {
    const { plaid: settings } = session.platform;
    if (settings === null) throw new Error("The platform has no Plaid.");
    const at = (baseUrl: string) => ({ ...session, platform: { ...session.platform, plaid: { ...settings, baseUrl } } });

    const away = await failureOf(plaid.fetchPages(at("http://127.0.0.1:9"), null));
    const inside = await failureOf(plaid.fetchPages(at("https://10.0.0.1"), null));
    const nowhere = await failureOf(plaid.fetchPages({ ...session, platform: { ...session.platform, plaid: null } }, null));

    expect(away).toMatchObject({ kind: "unavailable", code: "network" });
    expect(inside).toMatchObject({ kind: "configuration", code: "private_address" });
    expect(nowhere).toMatchObject({ kind: "configuration", code: "plaid_not_set_up" });
  });

  it("by waiting too long says so", async () => {
    fake.faults.order("/transactions/sync", { kind: "slow", ms: 400 });
    const impatient: PlaidSession = { ...session, fetch: (url, init) => session.fetch(url, init, { timeoutMs: 30 }) };

    const failure = await failureOf(plaid.fetchPages(impatient, null));

    expect(failure).toMatchObject({ kind: "unavailable", code: "timeout" });
  });
});

it("balances that the bank does not give at the moment are those that Plaid heard last, and say when", async () => {
  fake.faults.order("/accounts/balance/get", FAULTS.balancesNotSupported());

  const { pages } = await syncOnce(session, null);

  const last = pages.at(-1);
  expect(last?.sourceKey).toBe("accounts");
  expect(JSON.parse(last?.body.split("\n")[0] ?? "")).toMatchObject({ context: { balances_as_of: item.createdAt } });
});

it("movements do not wait for a bank that gives no balance at the moment; balances alone do", async () => {
  fake.faults.order("/accounts/balance/get", FAULTS.institutionDown(), FAULTS.institutionDown());

  const { pages } = await syncOnce(session, null);
  const failure = await failureOf(syncOnce(sessionOf(fake, item, { sync_type: "balances" }), null));

  expect(pages.at(-1)?.sourceKey).toBe("accounts");
  expect(failure).toMatchObject({ kind: "unavailable", code: "INSTITUTION_DOWN" });
});

it("a balance is waited for as long as a bank takes", async () => {
  const waits: (number | undefined)[] = [];
  const spying: PlaidSession = {
    ...session,
    fetch: (url, init, limits) => {
      waits.push(limits?.timeoutMs);
      return session.fetch(url, init, limits);
    },
  };

  await syncOnce({ ...spying, config: { ...session.config, sync_type: "balances" } }, null);

  expect(waits).toEqual([45_000]);
});

describe("the test of a connection", () => {
  it("says whose it is, its accounts, and when its consent ends", async () => {
    item.consentExpiresAt = "2026-09-01T00:00:00Z";

    const result = await plaid.test(session);

    expect(result).toMatchObject({ identity: `plaid:${item.id}`, title: "Meridian Stand-in Bank", expiresAt: "2026-09-01T00:00:00.000Z" });
    expect(result.accounts[0]).toEqual({
      id: item.accounts[0]?.id,
      name: "Operating",
      last_four: "4410",
      currency: "USD",
      type: "depository/checking",
    });
    expect(result.notes).toHaveLength(2);
  });

  it("tells Plaid where to ring, where it rings elsewhere, and only then", async () => {
    await plaid.test(session);
    await plaid.test(session);
    await plaid.test({
      ...session,
      platform: { ...session.platform, plaid: session.platform.plaid && { ...session.platform.plaid, webhookUrl: null } },
    });

    expect(item.webhook).toBe("http://127.0.0.1:1/webhooks/plaid");
    expect(fake.calls.filter((call) => call === "/item/webhook/update")).toHaveLength(1);
  });

  it("is not failed by a webhook that Plaid does not take", async () => {
    fake.faults.order("/item/webhook/update", FAULTS.internal());

    const { notes } = await plaid.test(session);

    expect(notes.at(-1)).toContain("INTERNAL_SERVER_ERROR");
  });

  it("fails for a login that waits for a sign-in, though Plaid answers", async () => {
    item.error = LOGIN_REQUIRED;

    expect(await failureOf(plaid.test(session))).toMatchObject({ kind: "reauthenticate", code: "ITEM_LOGIN_REQUIRED" });
  });

  it.each([
    [
      "a token that Plaid does not know",
      { credentials: new Secret({ access_token: "access-unknown" }) },
      { kind: "gone", code: "INVALID_ACCESS_TOKEN" },
    ],
    ["another login's token", { config: { item_id: "another" } }, { kind: "configuration", code: "another_item" }],
    ["accounts that are not shared", { config: { account_ids: ["closed"] } }, { kind: "configuration", code: "accounts_not_shared" }],
  ])("fails for %s", async (_what, given, expected) => {
    const config = { ...session.config, ...("config" in given ? given.config : {}) };
    const credentials = "credentials" in given ? given.credentials : session.credentials;

    expect(await failureOf(plaid.test({ ...session, config, credentials }))).toMatchObject(expected);
  });

  it("keeps the platform's own secret apart from what the tenant has to do", async () => {
    const { plaid: settings } = session.platform;
    if (settings === null) throw new Error("The platform has no Plaid.");
    const platform = { ...session.platform, plaid: { ...settings, secret: new Secret("wrong-secret") } };

    const failure = await failureOf(plaid.test({ ...session, platform }));

    expect(failure).toMatchObject({ kind: "refused", code: "INVALID_API_KEYS" });
    expect(JSON.stringify({ ...failure, message: failure?.message, stack: failure?.stack })).not.toMatch(/wrong-secret|access-/);
  });
});

it("a deleted connection ends what Plaid would go on with; twice is as good", async () => {
  await plaid.disconnect?.(session);
  await plaid.disconnect?.(session);

  expect(item.isRemoved).toBe(true);
});

it("the registry knows it, and its settings refuse what they do not know", () => {
  expect(connectorOf("plaid")?.title).toBe("Plaid");
  expect(plaid.config.safeParse({ item_id: "item", access_token: "secret" }).success).toBe(false);
  expect(plaid.config.safeParse({ item_id: "item", lookback_days: 731 }).success).toBe(false);
  expect(plaid.config.parse({ item_id: "item" })).toMatchObject({ sync_type: "both", lookback_days: 730, include_pending: true, account_ids: null });
});

/** Keeps what was sent. */
function spy(asked: unknown[]): PlaidSession["fetch"] {
  return (url, init, limits) => {
    if (typeof init?.body === "string") asked.push(JSON.parse(init.body));
    return session.fetch(url, init, limits);
  };
}
