/** The contract of the Stripe connector: whatever happens on the way, the books end as the stand-in's own ledger says. No database: what is read is folded here. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { ConnectorFailure } from "../../../src/sources/connectors/connector.ts";
import { connectorOf } from "../../../src/sources/connectors/index.ts";
import { type StripeCursor, webhookSecretsOf } from "../../../src/sources/connectors/stripe/settings.ts";
import { stripeConnector } from "../../../src/sources/connectors/stripe.ts";
import { type FakeStripe, startFakeStripe } from "../../fakes/stripe/fake.ts";
import { trueBalancesOf, trueRowsOf } from "../../fakes/stripe/truth.ts";
import type { Fault } from "../../fakes/stripe/world.ts";
import { chanceOf } from "../../harness/random.ts";
import { FoldedBooks, type Run, runChain, type SessionParts, sessionOf } from "./stripe-run.ts";

const DAY = 86_400;

let fake: FakeStripe;
beforeEach(async () => {
  fake = await startFakeStripe();
});
afterEach(() => fake.close());

/** A busy shop: charges in two currencies, refunds, disputes, payouts, top-ups, over `days`. */
function trade(days: number, aDay: number, seed = 7): void {
  const chance = chanceOf(seed);
  for (let day = 0; day < days; day += 1) {
    for (let count = 0; count < aDay; count += 1) {
      const charge = fake.books.charge({
        amount: 500 + chance.below(50_000),
        currency: chance.percent(15) ? "eur" : "usd",
        days: chance.pick([2, 2, 2, 7, 14]),
      });
      if (chance.percent(10)) fake.books.refund(charge.id, 1 + chance.below(charge.amount));
      if (chance.percent(3)) fake.books.dispute(charge.id);
      fake.world.advance(chance.below(600));
    }
    if (chance.percent(40) && (fake.books.balance().available[0]?.amount ?? 0) > 0) fake.books.payout();
    if (chance.percent(20)) fake.books.topUp({ amount: 10_000 });
    fake.world.advance(DAY - (fake.world.now() % DAY) + 36_000);
  }
}

const failureOf = async (call: Promise<unknown>): Promise<ConnectorFailure> => {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConnectorFailure)) throw new Error("Expected a ConnectorFailure.", { cause: error });
  return error;
};

describe("a first sync", () => {
  it("reads every line of the window, newest first, in pages of a hundred, then payouts, then the balance", async () => {
    trade(12, 30);
    const { pages, cursor } = await runChain(fake, null);

    const books = new FoldedBooks().add(pages);

    expect(fake.books.entries.length).toBeGreaterThan(300);
    expect(books.facts).toEqual(trueRowsOf(fake.books, "separate"));
    for (const { account, currency, ...balance } of trueBalancesOf(fake.books)) expect(books.balance(account, currency)).toEqual(balance);
    expect(books.problems).toEqual([]);
    expect([...new Set(pages.map(({ sourceKey }) => sourceKey))]).toEqual(["balance_transactions", "payouts", "balance"]);
    expect(cursor).toMatchObject({ watermark: fake.world.now(), chain: null });
    expect(fake.world.violations).toEqual([]);
  });

  it("with fees in the net, a line is what is left and says its fee", async () => {
    const charge = fake.books.charge({ amount: 10_000, description: "Order 1" });
    fake.books.refund(charge.id, 2_000);
    const { pages } = await runChain(fake, null, { config: { fee_handling: "net" } });

    const books = new FoldedBooks().add(pages);

    expect(books.facts).toEqual(trueRowsOf(fake.books, "net"));
    expect(books.row(String(charge.balance_transaction)).description).toBe("Order 1 (gross 100.00, fee 3.20 USD)");
  });

  it("begins as far back as the settings say, and no further", async () => {
    fake.books.charge({ amount: 50_000 });
    fake.world.advance(10 * DAY);
    fake.books.payout({ amount: 1_000 });
    fake.world.advance(30 * DAY + 3_600);
    const since = fake.world.now() - 30 * DAY;
    fake.books.charge({ amount: 200 });
    const config = { lookback_days: 30 };
    const first = await runChain(fake, null, { config });
    const second = await runChain(fake, first.cursor, { config });

    const expected = trueRowsOf(fake.books, "separate", { created: since });
    expect(expected).toHaveLength(2);
    expect(new FoldedBooks().add(first.pages).facts).toEqual(expected);
    expect(new FoldedBooks().add(second.pages).facts).toEqual(expected);
  });

  it("an account without a single movement is read too, and has its balance", async () => {
    const { pages, calls } = await runChain(fake, null);

    const books = new FoldedBooks().add(pages);

    expect(calls).toBe(3);
    expect(books.facts).toEqual([]);
    expect(books.balance(`${fake.books.settings.id}:test`, "USD")).toEqual({ currentMinor: "0", availableMinor: "0" });
  });

  it("the amounts of the answer rest as they came: the page is a head line and Stripe's own bytes", async () => {
    fake.books.charge({ amount: 1_234 });
    const { pages } = await runChain(fake, null);

    const [head = "", ...body] = (pages[0]?.body ?? "").split("\n");

    expect(JSON.parse(head)).toMatchObject({
      provider: "stripe",
      kind: "balance_transactions",
      request: expect.stringMatching(/^GET \/v1\/balance_transactions\?created\[gte\]=\d+&limit=100$/),
    });
    expect(body.join("\n")).toContain('"amount": 1234');
    expect(pages.map(({ body: text }) => text).join("")).not.toContain(fake.key.text);
  });
});

describe("the next sync", () => {
  it("a line that was pending becomes available under its own id, and nothing is doubled", async () => {
    fake.books.charge({ amount: 5_000 });
    const first = await runChain(fake, null);
    const books = new FoldedBooks().add(first.pages);
    const before = books.facts;
    fake.world.advance(2 * DAY);

    const second = await runChain(fake, first.cursor);
    books.add(second.pages);

    expect(before.every(({ isPending }) => isPending)).toBe(true);
    expect(books.facts).toEqual(trueRowsOf(fake.books, "separate"));
    expect(books.facts.some(({ isPending }) => isPending)).toBe(false);
  });

  it("a line that stays pending for longer than the overlap is read again when it falls due, and not before", async () => {
    fake.books.charge({ amount: 5_000, days: 30 });
    let { cursor, pages } = await runChain(fake, null);
    const books = new FoldedBooks().add(pages);
    const windows: number[] = [];
    for (let day = 1; day <= 31; day += 1) {
      fake.world.advance(DAY);
      ({ cursor, pages } = await runChain(fake, cursor));
      books.add(pages);
      windows.push(Number(/created\[gte\]=(\d+)/.exec(pages[0]?.body ?? "")?.[1]));
    }

    expect(books.facts).toEqual(trueRowsOf(fake.books, "separate"));
    expect(books.facts.some(({ isPending }) => isPending)).toBe(false);
    expect(windows.filter((from) => fake.world.now() - from > 30 * DAY && from > 0).length).toBeGreaterThan(0);
    // Twenty days on, only the overlap was read.
    expect((fake.world.now() - 31 * DAY + 20 * DAY - (windows[19] ?? 0)) / DAY).toBeCloseTo(8, 0);
    expect(cursor.pending).toEqual([]);
  });

  it("what comes in while the pages are read is the next sync's, and nothing between is lost", async () => {
    trade(10, 30);
    const first = await runChain(fake, null, {
      between: () => {
        fake.books.charge({ amount: 777 });
        fake.world.advance(3);
      },
    });
    const books = new FoldedBooks().add(first.pages);
    const afterFirst = books.facts.length;

    const second = await runChain(fake, first.cursor);
    books.add(second.pages);

    expect(books.facts).toEqual(trueRowsOf(fake.books, "separate"));
    expect(books.facts.length).toBeGreaterThan(afterFirst);
    expect(fake.world.violations).toEqual([]);
  });

  it("a chain that stood still for days between two pages loses nothing of those days", async () => {
    // Available at once: nothing that is pending makes the next run read back further.
    for (let count = 0; count < 150; count += 1) fake.books.charge({ amount: 1_000 + count, days: 0 });
    const config = { overlap_days: 1 };
    let standsStill = true;
    const first = await runChain(fake, null, {
      config,
      between: () => {
        if (!standsStill) return;
        standsStill = false;
        for (let day = 0; day < 5; day += 1) {
          fake.books.charge({ amount: 4_321, days: 0 });
          fake.world.advance(DAY);
        }
      },
    });
    const books = new FoldedBooks().add(first.pages);

    books.add((await runChain(fake, first.cursor, { config })).pages);

    expect(books.facts).toEqual(trueRowsOf(fake.books, "separate"));
  });

  it("the filter does not change from one page of a chain to the next", async () => {
    trade(10, 30);
    await runChain(fake, null, { between: () => fake.world.advance(DAY) });

    const queries = fake.world.calls
      .filter(({ path }) => path === "/v1/balance_transactions")
      .map(({ query }) => query.replace(/&starting_after=\w+$/, ""));

    expect(queries.length).toBeGreaterThan(3);
    expect(new Set(queries).size).toBe(1);
  });

  it("running again without news books what was booked before, and reads the overlap only", async () => {
    trade(25, 10);
    const first = await runChain(fake, null);
    const books = new FoldedBooks().add(first.pages);
    const before = JSON.stringify(books.rows);

    const again = await runChain(fake, first.cursor);

    expect(JSON.stringify(books.add(again.pages).rows)).toBe(before);
    expect(again.pages.length).toBeLessThan(first.pages.length);
  });

  it("a lost cursor reads the whole window again and changes nothing", async () => {
    trade(10, 10);
    const first = await runChain(fake, null);
    const books = new FoldedBooks().add(first.pages);
    const before = JSON.stringify(books.rows);

    const again = await runChain(fake, null);

    expect(JSON.stringify(books.add(again.pages).rows)).toBe(before);
  });

  it("a change of the fee setting holds for what is created from then on: no fee is booked twice", async () => {
    fake.books.charge({ amount: 10_000, fee: 320 });
    const first = await runChain(fake, null, { config: { fee_handling: "separate" } });
    const books = new FoldedBooks().add(first.pages);
    fake.world.advance(DAY);
    const second = await runChain(fake, first.cursor, { config: { fee_handling: "net" } });
    fake.world.advance(60);
    fake.books.charge({ amount: 20_000, fee: 610 });
    const third = await runChain(fake, second.cursor, { config: { fee_handling: "net" } });
    books.add(second.pages).add(third.pages);

    expect(books.facts.map(({ amountMinor }) => amountMinor)).toEqual(["10000", "-320", "19390"]);
    expect(books.facts.reduce((sum, { amountMinor }) => sum + Number(amountMinor), 0)).toBe(
      fake.books.entries.reduce((sum, { net }) => sum + net, 0),
    );
  });
});

describe("payouts", () => {
  it("the payout's line carries the payout's id, and the bank's own reference once Stripe knows it", async () => {
    fake.books.charge({ amount: 50_000 });
    fake.world.advance(2 * DAY);
    const payout = fake.books.payout();
    const id = String(payout.balance_transaction);
    let { cursor, pages } = await runChain(fake, null);
    const books = new FoldedBooks().add(pages);
    const atFirst = books.row(id).bankReference;
    for (let day = 0; day < 20; day += 1) {
      fake.world.advance(DAY);
      ({ cursor, pages } = await runChain(fake, cursor));
      books.add(pages);
      if (day > 3) expect(books.row(id).bankReference).toBe(payout.trace_id?.value);
    }

    expect(atFirst).toBe(payout.id);
    expect(books.row(id)).toMatchObject({
      customerReference: payout.id,
      typeCode: "payout",
      amountMinor: String(-payout.amount),
      bankReference: expect.stringMatching(/^0910000/),
    });
    expect(cursor.chain).toBeNull();
    expect(fake.world.violations).toEqual([]);
  });

  it("a reference that comes ten days after the money is taken up, and stays when older lines are read again", async () => {
    fake.books.traceDays = 10;
    fake.books.charge({ amount: 9_000, days: 35 });
    fake.books.charge({ amount: 50_000 });
    fake.world.advance(2 * DAY);
    const payout = fake.books.payout();
    let cursor: StripeCursor | null = null;
    const references: (string | null)[] = [];
    const books = new FoldedBooks();
    for (let day = 0; day < 40; day += 1) {
      const run: Run = await runChain(fake, cursor);
      cursor = run.cursor;
      references.push(books.add(run.pages).row(String(payout.balance_transaction)).bankReference);
      fake.world.advance(DAY);
    }

    expect([...new Set(references)]).toEqual([payout.id, payout.trace_id?.value]);
    expect(references.indexOf(payout.trace_id?.value ?? "none")).toBe(12);
    expect(books.facts).toEqual(trueRowsOf(fake.books, "separate"));
  });

  it("one that the bank sends back is a movement of its own, and the books agree", async () => {
    fake.books.charge({ amount: 50_000 });
    fake.world.advance(2 * DAY);
    const payout = fake.books.payout();
    const first = await runChain(fake, null);
    fake.world.advance(DAY);
    fake.books.failPayout(payout.id);
    const second = await runChain(fake, first.cursor);

    const books = new FoldedBooks().add(first.pages).add(second.pages);

    expect(books.facts).toEqual(trueRowsOf(fake.books, "separate"));
    expect(
      books.rows.filter(({ customerReference }) => customerReference === payout.id).map(({ typeCode, amountMinor }) => [typeCode, amountMinor]),
    ).toEqual([
      ["payout", String(-payout.amount)],
      ["payout_reversal", String(payout.amount)],
    ]);
  });

  it("without payouts in the settings nobody asks for them", async () => {
    fake.books.charge({ amount: 50_000 });
    fake.world.advance(2 * DAY);
    fake.books.payout();
    const { pages } = await runChain(fake, null, { config: { include_payouts: false } });

    expect(new FoldedBooks().add(pages).facts).toEqual(trueRowsOf(fake.books, "separate"));
    expect(fake.world.calls.some(({ path }) => path === "/v1/payouts")).toBe(false);
  });
});

describe("details", () => {
  it("with them the line's cause is kept in the page, and the same is booked", async () => {
    trade(6, 10);
    const plain = await runChain(fake, null);
    const detailed = await runChain(fake, null, { config: { source_details: true } });

    expect(new FoldedBooks().add(detailed.pages).rows).toEqual(new FoldedBooks().add(plain.pages).rows);
    expect(detailed.pages[0]?.body).toContain('"object": "charge"');
    expect(plain.pages[0]?.body).not.toContain('"object": "charge"');
    expect(fake.world.violations).toEqual([]);
  });
});

describe("when Stripe does not answer as it should", () => {
  const FAULTS: [Fault["kind"], Partial<Fault>, Partial<ConnectorFailure>][] = [
    ["rate_limited", { retryAfterSeconds: 17 }, { kind: "rate_limited", retryAfterSeconds: 17, code: "rate_limit" }],
    ["rate_limited", {}, { kind: "rate_limited", retryAfterSeconds: null }],
    ["server_error", {}, { kind: "unavailable" }],
    ["unavailable", { retryAfterSeconds: 5 }, { kind: "unavailable", retryAfterSeconds: 5 }],
    ["cut", {}, { kind: "unavailable", code: "no_answer" }],
    ["malformed", {}, { kind: "unavailable", code: "not_json" }],
    ["reset", {}, { kind: "unavailable", code: "no_answer" }],
  ];

  it.each(FAULTS)("%s %j is said by its kind, and the books end right all the same", async (kind, order, expected) => {
    trade(10, 30);
    fake.world.fault({ kind, path: "/v1/balance_transactions", after: 2, ...order });
    const failed: ConnectorFailure[] = [];
    let cursor: StripeCursor | null = null;
    for (let calls = 0; failed.length === 0 && calls < 9; calls += 1) {
      try {
        cursor = (await stripeConnector.fetchPages(sessionOf(fake), cursor)).next;
      } catch (error) {
        if (error instanceof ConnectorFailure) failed.push(error);
      }
    }
    fake.world.fault({ kind, path: "/v1/balance_transactions", after: 1, ...order });
    const { pages } = await runChain(fake, null, { failuresMax: 1 });

    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatchObject(expected);
    expect(failed[0]?.message).not.toContain(fake.key.text);
    expect(new FoldedBooks().add(pages).facts).toEqual(trueRowsOf(fake.books, "separate"));
  });

  it("a failure at every step in turn is resumed at the page that failed, and the books are the same", async () => {
    trade(8, 30);
    const undisturbed = (await runChain(fake, null)).pages;
    const steps = undisturbed.length + 1;
    for (let step = 0; step < steps; step += 1) {
      fake.world.fault({ kind: "server_error", after: step });
      const { pages } = await runChain(fake, null, { failuresMax: 1 });

      expect(pages.map(({ body }) => body)).toEqual(undisturbed.map(({ body }) => body));
    }
    expect(steps).toBeGreaterThan(5);
  });

  it("an answer that takes too long is given up", async () => {
    fake.world.fault({ kind: "slow", ms: 300, path: "/v1/balance" });
    const fetch: SessionParts["fetch"] = (url, init) =>
      import("./stripe-run.ts").then(({ loopbackFetch }) => loopbackFetch(url, init, { timeoutMs: 30 }));

    const failure = await failureOf(stripeConnector.test(sessionOf(fake, { fetch })));

    expect(failure).toMatchObject({ kind: "unavailable", code: "timeout" });
  });

  it("a place in the list that is gone begins the chain anew", async () => {
    trade(8, 30);
    const { next } = await stripeConnector.fetchPages(sessionOf(fake), null);
    if (next.chain === null) throw new Error("There is more than a page.");

    const failure = await failureOf(stripeConnector.fetchPages(sessionOf(fake), { ...next, chain: { ...next.chain, after: "txn_gone" } }));

    expect(failure).toMatchObject({ kind: "chain_broken", code: "resource_missing" });
  });

  it("a list that says there is more and gives nothing is not followed for ever", async () => {
    const fetch: SessionParts["fetch"] = async (url) =>
      String(url).includes("/account") ? Response.json({ id: fake.books.settings.id }) : Response.json({ object: "list", has_more: true, data: [] });

    const failure = await failureOf(stripeConnector.fetchPages(sessionOf(fake, { fetch }), null));

    expect(failure).toMatchObject({ kind: "malformed", code: "no_progress" });
  });

  it("an address that may not be asked is a setting to mend", async () => {
    const session = sessionOf(fake);
    const failure = await failureOf(stripeConnector.test({ ...session, platform: { ...session.platform, stripe: { baseUrl: "https://10.0.0.1" } } }));

    expect(failure.kind).toBe("configuration");
  });
});

describe("whose money it is", () => {
  it("the test says who it is, in which currencies, and what is worth knowing", async () => {
    fake.books.charge({ amount: 100, currency: "eur" });
    const result = await stripeConnector.test(sessionOf(fake, { credentials: { api_key: fake.world.key(fake.books, { isSecret: true }).text } }));

    const { id } = fake.books.settings;
    expect(result).toMatchObject({ identity: `stripe:${id}:test`, title: "Stripe, Example Shop", expiresAt: null });
    expect(result.accounts.map((account) => [account.id, account.currency])).toEqual([
      [`${id}:test`, "EUR"],
      [`${id}:test`, "USD"],
    ]);
    expect(result.notes.join(" ")).toMatch(/secret key.*Test mode.*webhook/s);
    expect(fake.world.violations).toEqual([]);
  });

  it("a restricted key is told every permission that it lacks at once", async () => {
    const key = fake.world.key(fake.books, { permissions: ["account", "balance"] });

    const failure = await failureOf(stripeConnector.test(sessionOf(fake, { credentials: { api_key: key.text } })));

    expect(failure).toMatchObject({ kind: "refused", code: "permission_denied" });
    expect(failure.message).toContain("Balance transaction sources, Payouts");
  });

  it("in a run the permission that is missing is named, in Stripe's own word too, and no part of the key", async () => {
    const key = fake.world.key(fake.books, { permissions: ["account", "balance_transactions"] });
    const session = sessionOf(fake, { credentials: { api_key: key.text } });
    const { next } = await stripeConnector.fetchPages(session, null);

    const failure = await failureOf(stripeConnector.fetchPages(session, next));

    expect(failure.message).toMatch(/may not read Payouts \(Stripe calls it payout_read\)/);
    expect(failure.message).not.toContain(key.text.slice(-4));
    expect(failure.requestId).toMatch(/^req_/);
  });

  it("a key that may not read the account is good enough where the account's id is set, and not without", async () => {
    const key = fake.world.key(fake.books, { permissions: ["balance", "balance_transactions", "payouts"] });
    const credentials = { api_key: key.text };

    const named = await stripeConnector.test(sessionOf(fake, { credentials, config: { account_id: fake.books.settings.id } }));
    const nameless = await failureOf(stripeConnector.test(sessionOf(fake, { credentials })));

    expect(named.identity).toBe(`stripe:${fake.books.settings.id}:test`);
    expect(named.notes.join(" ")).toContain("nobody has checked");
    expect(nameless).toMatchObject({ kind: "configuration", code: "account_unknown" });
  });

  it("a key of another account is refused before a line is read: by the setting, and by what was read before", async () => {
    const other = fake.world.account({ name: "Another Shop" });
    const credentials = { api_key: fake.world.key(other).text };
    const { cursor } = await runChain(fake, null);

    const bySetting = await failureOf(stripeConnector.test(sessionOf(fake, { credentials, config: { account_id: fake.books.settings.id } })));
    const byHistory = await failureOf(stripeConnector.fetchPages(sessionOf(fake, { credentials }), cursor));
    const byBoth = await failureOf(stripeConnector.fetchPages(sessionOf(fake, { credentials, config: { account_id: other.settings.id } }), cursor));

    for (const failure of [bySetting, byHistory, byBoth]) expect(failure).toMatchObject({ kind: "configuration", code: "account_differs" });
    expect(fake.world.calls.filter(({ path }) => path === "/v1/balance_transactions")).toHaveLength(1);
  });

  it("a live key on a connection in test mode is refused without asking anybody", async () => {
    const failure = await failureOf(stripeConnector.fetchPages(sessionOf(fake, { credentials: { api_key: "rk_live_123" } }), null));

    expect(failure).toMatchObject({ kind: "configuration", code: "livemode_differs" });
    expect(fake.world.calls).toEqual([]);
  });

  it("live money is booked to the account itself, test money to an account of its own", async () => {
    const live = fake.world.account({ id: fake.books.settings.id, livemode: true });
    live.charge({ amount: 900 });
    fake.books.charge({ amount: 100 });
    const credentials = { api_key: fake.world.key(live).text };

    const inLive = new FoldedBooks().add((await runChain(fake, null, { credentials, config: { livemode: true } })).pages);
    const inTest = new FoldedBooks().add((await runChain(fake, null)).pages);

    expect(inLive.facts).toEqual(trueRowsOf(live, "separate"));
    expect(inTest.facts).toEqual(trueRowsOf(fake.books, "separate"));
    expect(inLive.facts[0]?.account).not.toBe(inTest.facts[0]?.account);
  });

  it("a platform reads a connected account's money with its own key", async () => {
    const connected = fake.world.account({ name: "Connected Shop" });
    connected.charge({ amount: 4_200 });
    fake.books.charge({ amount: 9_999 });
    const parts = {
      credentials: { api_key: fake.world.key(fake.books, { connected: [connected.settings.id] }).text },
      config: { connected_account: connected.settings.id },
    };

    const result = await stripeConnector.test(sessionOf(fake, parts));
    const { pages } = await runChain(fake, null, parts);

    expect(result.identity).toBe(`stripe:${connected.settings.id}:test`);
    expect(new FoldedBooks().add(pages).facts).toEqual(trueRowsOf(connected, "separate"));
  });

  it("a revoked key is refused, and an account that took its permission back is gone", async () => {
    const { cursor } = await runChain(fake, null);
    fake.key.isRevoked = true;
    const revoked = await failureOf(stripeConnector.fetchPages(sessionOf(fake), cursor));
    fake.key.isRevoked = false;
    fake.world.deauthorize(fake.books);
    const gone = await failureOf(stripeConnector.fetchPages(sessionOf(fake), cursor));

    expect([revoked.kind, gone.kind]).toEqual(["refused", "gone"]);
    expect(revoked.message + gone.message).not.toContain(fake.key.text.slice(-4));
  });
});

describe("many runs", () => {
  it("sixty days of a shop with random faults, syncs at random hours: the books are Stripe's ledger to the cent", { timeout: 60_000 }, async () => {
    const chance = chanceOf(2026);
    const books = new FoldedBooks();
    let cursor: StripeCursor | null = null;
    for (let day = 0; day < 60; day += 1) {
      trade(1, 6, day + 1);
      if (!chance.percent(70)) continue;
      const kind = chance.pick(["rate_limited", "server_error", "unavailable", "cut", "malformed", "reset"] as const);
      if (chance.percent(50)) fake.world.fault({ kind, after: chance.below(4) });
      const run: Run = await runChain(fake, cursor, {
        failuresMax: 5,
        between: () => chance.percent(30) && fake.books.charge({ amount: 1_000 }),
      });
      cursor = run.cursor;
      books.add(run.pages);
    }
    fake.world.advance(20 * DAY);
    books.add((await runChain(fake, cursor, { failuresMax: 9 })).pages);

    expect(books.facts).toEqual(trueRowsOf(fake.books, "separate"));
    for (const { account, currency, ...balance } of trueBalancesOf(fake.books)) expect(books.balance(account, currency)).toEqual(balance);
    expect(books.problems).toEqual([]);
    expect(fake.world.violations).toEqual([]);
  });

  it("twenty runs at once from one cursor fetch the same and leave the same", async () => {
    trade(6, 20);
    const runs = await Promise.all(Array.from({ length: 20 }, () => runChain(fake, null)));

    const books = new FoldedBooks();
    for (const { pages } of runs) books.add(pages);

    expect(books.facts).toEqual(trueRowsOf(fake.books, "separate"));
    expect(new Set(runs.map(({ cursor }) => JSON.stringify(cursor))).size).toBe(1);
  });
});

describe("settings", () => {
  it("every field says what it is, and only the credentials are secrets, so that a form can be drawn of them", () => {
    const fieldsOf = (schema: z.ZodType) => fieldsSchema.parse(z.toJSONSchema(schema, { io: "input" })).properties;

    const config = Object.values(fieldsOf(stripeConnector.config));
    const credentials = Object.values(fieldsOf(stripeConnector.credentials));

    expect([config.length, credentials.length]).toEqual([8, 2]);
    for (const field of [...config, ...credentials])
      expect(field).toMatchObject({ title: expect.stringMatching(/^[A-Z]/), description: expect.stringMatching(/\.$/) });
    expect([...config.map(({ secret }) => secret), ...credentials.map(({ secret }) => secret)].filter((secret) => secret === true)).toHaveLength(2);
  });

  it("nothing has to be said, an unknown word is refused by name, and a key in the settings too", () => {
    expect(stripeConnector.config.parse({})).toMatchObject({ livemode: true, fee_handling: "separate", lookback_days: 90, overlap_days: 7 });
    expect(stripeConnector.config.safeParse({ colour: "red" }).error?.issues[0]).toMatchObject({ code: "unrecognized_keys", keys: ["colour"] });
    expect(stripeConnector.config.safeParse({ api_key: "rk_test_1" }).success).toBe(false);
  });

  it.each([
    ["rk_live_abc", true],
    ["sk_test_abc", true],
    [" rk_test_abc\n", true],
    ["pk_live_abc", false],
    ["whsec_abc", false],
    ["rk_live_", false],
    ["rk_live_a b", false],
  ])("the key %j is taken: %s", (api_key, isTaken) => {
    expect(stripeConnector.credentials.safeParse({ api_key }).success).toBe(isTaken);
  });

  it.each([
    [undefined, []],
    ["whsec_1", ["whsec_1"]],
    ["whsec_1\n\n  whsec_2 ", ["whsec_1", "whsec_2"]],
    [
      ["whsec_1", "whsec_2"],
      ["whsec_1", "whsec_2"],
    ],
    ["", []],
  ])("webhook secrets may be given as %j", (given, expected) => {
    const credentials = stripeConnector.credentials.parse({ api_key: "rk_test_1", ...(given === undefined ? {} : { webhook_secrets: given }) });

    expect(webhookSecretsOf(credentials)).toEqual(expected);
  });

  it("a webhook secret that is none is refused", () => {
    expect(stripeConnector.credentials.safeParse({ api_key: "rk_test_1", webhook_secrets: "rk_test_1" }).success).toBe(false);
  });
});

const fieldsSchema = z.object({
  properties: z.record(z.string(), z.looseObject({ title: z.string(), description: z.string(), secret: z.boolean().optional() })),
});

describe("the registry", () => {
  it("knows the connector by the name of the connection's type", () => {
    expect(connectorOf("stripe")).toMatchObject({ id: "stripe", title: "Stripe" });
    expect(connectorOf("stripe")?.resumesAt(null)).toBe("page");
  });
});
