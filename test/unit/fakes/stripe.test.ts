/** The official package drives the stand-in for Stripe: what nobody here wrote takes it for Stripe. */
import { createServer } from "node:http";
import Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tradeForAMonth } from "../../fakes/stripe/demo.ts";
import { type FakeStripe, startFakeStripe } from "../../fakes/stripe/fake.ts";
import { type ApiKey, type Permission, signedOf } from "../../fakes/stripe/world.ts";

const DAY = 86_400;

let fake: FakeStripe;
beforeEach(async () => {
  fake = await startFakeStripe();
});
afterEach(() => fake.close());

const client = (key: ApiKey = fake.key, options: { stripeAccount?: string } = {}): Stripe =>
  new Stripe(key.text, { host: "127.0.0.1", port: fake.port, protocol: "http", maxNetworkRetries: 0, telemetry: false, ...options });

describe("the ledger", () => {
  it("a charge, its refund and its dispute are lines whose net is the gross less the fee", async () => {
    const charge = fake.books.charge({ amount: 10_000 });
    fake.books.refund(charge.id, 2_500);
    fake.books.dispute(charge.id);

    const { data } = await client().balanceTransactions.list({ limit: 10 });

    expect(data.map(({ type, reporting_category, amount, fee, net }) => [type, reporting_category, amount, fee, net])).toEqual([
      ["adjustment", "dispute", -10_000, 1_500, -11_500],
      ["refund", "refund", -2_500, 0, -2_500],
      ["charge", "charge", 10_000, 320, 9_680],
    ]);
    expect(fake.world.violations).toEqual([]);
  });

  it("the package's own paging reads every line once, newest first, and a line that comes in meanwhile is not among them", async () => {
    for (let count = 0; count < 250; count += 1) {
      fake.books.charge({ amount: 1_000 + count });
      if (count % 50 === 49) fake.world.advance(60);
    }
    const seen: string[] = [];

    for await (const line of client().balanceTransactions.list({ limit: 100, created: { gte: 0 } })) {
      if (seen.length === 120) fake.books.charge({ amount: 99 });
      seen.push(line.id);
    }

    expect(seen).toEqual(
      fake.books.entries
        .slice(0, 250)
        .map(({ id }) => id)
        .reverse(),
    );
    expect(fake.world.calls.filter(({ path }) => path === "/v1/balance_transactions")).toHaveLength(3);
    expect(fake.world.violations).toEqual([]);
  });

  it("pages backwards, filters by time, kind and source, and expands what a line came from", async () => {
    const first = fake.books.charge({ amount: 100 });
    fake.world.advance(DAY);
    const second = fake.books.charge({ amount: 200 });
    fake.books.refund(second.id);
    const stripe = client();

    const newer = await stripe.balanceTransactions.list({ ending_before: String(first.balance_transaction) });
    const early = await stripe.balanceTransactions.list({ created: { lt: fake.world.now() } });
    const refunds = await stripe.balanceTransactions.list({ type: "refund", expand: ["data.source"] });
    const bySource = await stripe.balanceTransactions.list({ source: second.id });

    expect(newer.data.map(({ type }) => type)).toEqual(["refund", "charge"]);
    expect(early.data.map(({ amount }) => amount)).toEqual([100]);
    expect(refunds.data[0]?.source).toMatchObject({ object: "refund", charge: second.id });
    expect(bySource.data.map(({ amount }) => amount)).toEqual([200]);
    expect(fake.world.violations).toEqual([]);
  });

  it("a line is pending until its day, and the balance says the same", async () => {
    fake.books.charge({ amount: 1_000, fee: 59 });
    const stripe = client();

    const before = { line: (await stripe.balanceTransactions.list()).data[0], balance: await stripe.balance.retrieve() };
    fake.world.advance(2 * DAY);
    const after = { line: (await stripe.balanceTransactions.list()).data[0], balance: await stripe.balance.retrieve() };

    expect([before.line?.status, after.line?.status]).toEqual(["pending", "available"]);
    expect([before.balance.pending[0]?.amount, before.balance.available[0]?.amount]).toEqual([941, 0]);
    expect([after.balance.pending[0]?.amount, after.balance.available[0]?.amount]).toEqual([0, 941]);
    expect(fake.world.events.map(({ event }) => event.type)).toEqual(["charge.succeeded", "balance.available"]);
  });
});

describe("payouts", () => {
  it("an automatic payout arrives, is reconciled line by line, and gets the bank's name for it a day later", async () => {
    fake.books.charge({ amount: 5_000, fee: 175 });
    fake.books.charge({ amount: 7_000, fee: 233 });
    fake.world.advance(2 * DAY);
    const { id } = fake.books.payout();
    const stripe = client();

    const begun = await stripe.payouts.retrieve(id);
    fake.world.advance(2 * DAY);
    const paid = await stripe.payouts.retrieve(id);
    const parts = await stripe.balanceTransactions.list({ payout: id, limit: 100 });
    fake.world.advance(DAY);
    const traced = await stripe.payouts.list({ expand: ["data.balance_transaction"] });

    expect([begun.status, begun.amount, paid.status, paid.reconciliation_status]).toEqual(["pending", 11_592, "paid", "completed"]);
    expect(parts.data.reduce((sum, { net }) => sum + net, 0)).toBe(0);
    expect(traced.data[0]?.trace_id).toMatchObject({ status: "supported" });
    expect(traced.data[0]?.balance_transaction).toMatchObject({ type: "payout", net: -11_592 });
    expect(fake.world.events.map(({ event }) => event.type).slice(2)).toEqual([
      "balance.available",
      "payout.created",
      "balance.available",
      "payout.paid",
      "payout.reconciliation_completed",
      "payout.updated",
    ]);
    expect(fake.world.violations).toEqual([]);
  });

  it("a payout that the bank sends back is a line of its own", async () => {
    fake.books.charge({ amount: 5_000 });
    fake.world.advance(2 * DAY);
    const payout = fake.books.payout({ amount: 1_000 });
    fake.books.failPayout(payout.id);

    const lines = await client().balanceTransactions.list({ limit: 2 });

    expect(lines.data.map(({ type, net }) => [type, net])).toEqual([
      ["payout_failure", 1_000],
      ["payout", -1_000],
    ]);
  });
});

describe("other lists", () => {
  it("charges, refunds, disputes and events are there as the package declares them", async () => {
    const charge = fake.books.charge({ amount: 3_000 });
    fake.books.refund(charge.id, 500);
    const { id } = fake.books.dispute(charge.id);
    fake.books.winDispute(id);
    fake.books.topUp({ amount: 500 });
    const stripe = client();

    const [charges, refunds, disputes, events, account] = await Promise.all([
      stripe.charges.list(),
      stripe.refunds.list({ charge: charge.id }),
      stripe.disputes.list({ expand: ["data.charge"] }),
      stripe.events.list({ types: ["charge.refunded", "refund.created"] }),
      stripe.accounts.retrieveCurrent(),
    ]);

    expect(charges.data[0]).toMatchObject({ id: charge.id, amount_refunded: 500, disputed: true });
    expect(refunds.data).toHaveLength(1);
    expect(disputes.data[0]?.balance_transactions).toHaveLength(2);
    expect(disputes.data[0]?.charge).toMatchObject({ object: "charge" });
    expect(events.data.map(({ type }) => type)).toEqual(["charge.refunded", "refund.created"]);
    expect(account.id).toBe(fake.books.settings.id);
    expect(fake.world.violations).toEqual([]);
  });
});

describe("keys", () => {
  it("a key that does not exist, or was revoked, is refused", async () => {
    fake.key.isRevoked = true;

    await expect(client().balance.retrieve()).rejects.toMatchObject({ type: "StripeAuthenticationError", statusCode: 401 });
  });

  it("a restricted key is told which permission it lacks, for expanded objects too", async () => {
    const permissions: Permission[] = ["account", "balance", "balance_transactions"];
    const stripe = client(fake.world.key(fake.books, { permissions }));
    fake.books.charge({ amount: 100 });

    await expect(stripe.balanceTransactions.list()).resolves.toMatchObject({ has_more: false });
    await expect(stripe.payouts.list()).rejects.toMatchObject({
      type: "StripePermissionError",
      message: expect.stringContaining("'rak_payout_read' permission"),
    });
    await expect(stripe.balanceTransactions.list({ expand: ["data.source"] })).rejects.toMatchObject({ statusCode: 403 });
  });

  it("a platform reads the accounts that are connected to it, and no others", async () => {
    const connected = fake.world.account({ name: "Connected Shop" });
    const stranger = fake.world.account({ name: "Stranger" });
    connected.charge({ amount: 4_200 });
    const key = fake.world.key(fake.books, { connected: [connected.settings.id] });

    const lines = await client(key, { stripeAccount: connected.settings.id }).balanceTransactions.list();
    const refused = client(key, { stripeAccount: stranger.settings.id }).balanceTransactions.list();

    expect(lines.data.map(({ amount }) => amount)).toEqual([4_200]);
    await expect(refused).rejects.toMatchObject({ code: "account_invalid", statusCode: 403 });
  });
});

describe("faults and refusals", () => {
  it.each([
    ["rate_limited", { type: "StripeRateLimitError", statusCode: 429 }],
    ["server_error", { type: "StripeAPIError", statusCode: 500 }],
    ["malformed", { type: "StripeAPIError" }],
    ["cut", { type: "StripeConnectionError" }],
    ["reset", {}],
  ] as const)("%s is met once, by the request that it was ordered for", async (kind, expected) => {
    // The package asks once more by itself where a connection that it had kept open was closed.
    fake.world.fault({ kind, path: "balance_transactions", times: kind === "reset" ? 2 : 1 });
    const stripe = client();

    await expect(stripe.balance.retrieve()).resolves.toMatchObject({ object: "balance" });
    await expect(stripe.balanceTransactions.list()).rejects.toMatchObject(expected);
    await expect(stripe.balanceTransactions.list()).resolves.toMatchObject({ object: "list" });
  });

  it("a place in the list that does not exist is refused by name, and so is a parameter that Stripe does not have", async () => {
    const stripe = client();
    const unknown: Stripe.BalanceTransactionListParams & { colour: string } = { colour: "red" };

    await expect(stripe.balanceTransactions.list({ starting_after: "txn_none" })).rejects.toMatchObject({
      code: "resource_missing",
      param: "starting_after",
    });
    await expect(stripe.balanceTransactions.list(unknown)).rejects.toMatchObject({ statusCode: 400 });
    expect(fake.world.violations).toHaveLength(1);
  });
});

describe("webhooks", () => {
  it("the package takes the stand-in's signature for Stripe's, of either secret while one is rolled over", async () => {
    fake.books.charge({ amount: 100 });
    const [told] = fake.world.events;
    const at = Math.floor(Date.now() / 1000);
    const { body, headers } = signedOf(told?.event ?? {}, { secrets: ["whsec_old", "whsec_new"], at });

    const event = await client().webhooks.constructEventAsync(body, headers["stripe-signature"] ?? "", "whsec_new");

    expect(event.type).toBe("charge.succeeded");
    await expect(client().webhooks.constructEventAsync(body, headers["stripe-signature"] ?? "", "whsec_other")).rejects.toThrow();
  });
});

describe("the demo", () => {
  it("is a month of trade that ends now, the same every time, with every kind of line", async () => {
    const now = Date.UTC(2026, 5, 30, 12) / 1000;
    const again = await startFakeStripe();
    for (const one of [fake, again]) tradeForAMonth(one, now);
    await again.close();

    const { entries } = fake.books;

    expect(fake.world.now()).toBe(now);
    expect(entries.map(({ net, created }) => [net, created])).toEqual(again.books.entries.map(({ net, created }) => [net, created]));
    expect([...new Set(entries.map(({ reporting_category }) => reporting_category))].sort()).toEqual([
      "charge",
      "dispute",
      "payout",
      "refund",
      "topup",
    ]);
    expect(entries.length).toBeGreaterThan(90);
    expect((now - (entries[0]?.created ?? 0)) / DAY).toBeCloseTo(30, 0);
    expect(now - (entries.at(-1)?.created ?? 0)).toBeLessThan(2 * DAY);
  });

  it("with a running clock time passes by itself", async () => {
    const running = await startFakeStripe({ isRunning: true, start: 1_000_000 });
    running.world.advance(5);

    expect(running.world.now() - 1_000_005).toBeLessThan(5);
    await running.close();
  });
});

describe("the buttons of local runs", () => {
  it("move the same world that the tests move", async () => {
    const press = (act: string, body: object) =>
      fetch(`${fake.url}/_control/${act}`, { method: "POST", body: JSON.stringify(body) }).then((answer) => answer.json());

    const charged = await press("charge", { amount: 1_234 });
    await press("advance", { seconds: 3 * DAY });
    const paidOut = await press("payout", {});
    const again = await press("payout", {});

    expect(charged).toMatchObject({ ok: true, result: { object: "charge", amount: 1_234 } });
    expect(paidOut).toMatchObject({ ok: true, result: { object: "payout", amount: 1_168 } });
    expect(again).toEqual({ error: "There is nothing to pay out in usd." });
  });

  it("are on a page, whose forms do the same and come back to it; what a shop calls its goods is text there", async () => {
    fake.books.charge({ amount: 100, description: "<script>alert(1)</script>" });

    const pressed = await fetch(`${fake.url}/_control/charge`, { method: "POST", body: new URLSearchParams({ amount: "4200" }), redirect: "manual" });
    const page = await (await fetch(fake.url)).text();

    expect([pressed.status, pressed.headers.get("location")]).toEqual([303, "/"]);
    expect(fake.books.charges.map(({ amount }) => amount)).toEqual([100, 4_200]);
    expect(page).toContain("A new sale");
    expect(page).not.toContain("<script>");
  });

  it("ring where somebody listens, signed as Stripe signs, and an endpoint that is away does no harm", async () => {
    const heard: { body: string; signature: string }[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        heard.push({ body: Buffer.concat(chunks).toString(), signature: String(request.headers["stripe-signature"]) });
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const press = (act: string, body: object) =>
      fetch(`${fake.url}/_control/${act}`, { method: "POST", body: JSON.stringify(body) }).then((answer) => answer.json());
    await press("endpoint", { url: `http://127.0.0.1:${port}/hook`, secret: "whsec_dev" });

    const charged = await press("charge", {});
    await new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    const unheard = await press("charge", {});

    expect([charged, unheard]).toMatchObject([{ rung: [200] }, { rung: [0] }]);
    const [first] = heard;
    await expect(client().webhooks.constructEventAsync(first?.body ?? "", first?.signature ?? "", "whsec_dev")).resolves.toMatchObject({
      type: "charge.succeeded",
    });
  });
});
