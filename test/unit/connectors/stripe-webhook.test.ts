/** Stripe's webhooks: what is genuine rings, what is forged, replayed, old, of the future or tampered with does not. */
import Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { Secret } from "../../../src/lib/secret.ts";
import { verifyStripeWebhook, type WebhookDeps } from "../../../src/sources/connectors/stripe/webhook.ts";
import { StripeBooks } from "../../fakes/stripe/books.ts";
import { signedOf } from "../../fakes/stripe/world.ts";

const ACCOUNT = "acct_1Own";
const NOW = Date.UTC(2026, 2, 2, 10) / 1000;
const SECRET = "whsec_one";

const eventOf = (event: object = {}): object => ({
  object: "event",
  id: "evt_1",
  type: "payout.paid",
  livemode: true,
  created: NOW,
  api_version: "2019-01-01",
  data: { object: { id: "po_1", object: "payout", amount: 4_200, destination: "ba_secret" } },
  pending_webhooks: 1,
  request: null,
  ...event,
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const depsOf = (deps: Partial<WebhookDeps> = {}): WebhookDeps => ({
  secrets: new Secret([SECRET]),
  now: new Date(NOW * 1000),
  livemode: true,
  account: ACCOUNT,
  ...deps,
});

function ring(event: object, deps: Partial<WebhookDeps> = {}, { at = NOW, secrets = [SECRET], tamper = (body: string) => body } = {}) {
  const { body, headers } = signedOf(event, { secrets, at });
  return verifyStripeWebhook({ headers: new Headers(headers), body: bytes(tamper(body)) }, depsOf(deps));
}

function ringWith(signature: string | null, body = JSON.stringify(eventOf())) {
  return verifyStripeWebhook({ headers: new Headers(signature === null ? {} : { "stripe-signature": signature }), body: bytes(body) }, depsOf());
}

const signatureOf = (event: object, at = NOW): string => signedOf(event, { secrets: [SECRET], at }).headers["stripe-signature"] ?? "";

describe("a genuine webhook", () => {
  it("says whose it is and what to do, and of its content keeps ids only", async () => {
    const bell = await ring(eventOf());

    expect(bell).toEqual({
      eventId: "evt_1",
      eventType: "payout.paid",
      identity: `stripe:${ACCOUNT}:live`,
      effect: "sync",
      code: null,
      payload: {
        id: "evt_1",
        type: "payout.paid",
        livemode: true,
        created: NOW,
        api_version: "2019-01-01",
        account: null,
        object: { id: "po_1", object: "payout" },
      },
    });
  });

  it("as the official package signs it is genuine", async () => {
    const payload = JSON.stringify(eventOf(), null, 2);
    const stripe = new Stripe("sk_test_1");
    const header = await stripe.webhooks.generateTestHeaderStringAsync({ payload, secret: SECRET, timestamp: NOW });

    const bell = await verifyStripeWebhook({ headers: new Headers({ "stripe-signature": header }), body: bytes(payload) }, depsOf());

    expect(bell?.effect).toBe("sync");
  });

  it("twice is the same event twice: its id says so", async () => {
    const [one, other] = await Promise.all([ring(eventOf()), ring(eventOf(), {}, { at: NOW + 60 })]);

    expect(one?.eventId).toBe(other?.eventId);
  });

  it.each([
    ["the old secret, ours is the old one", ["whsec_old"], ["whsec_old"]],
    ["both secrets, ours is the new one", ["whsec_old", "whsec_new"], ["whsec_new"]],
    ["the new secret, ours are both", ["whsec_new"], ["whsec_old", "whsec_new"]],
  ])("while a secret is rolled over: signed with %s", async (_what, signedWith, ours) => {
    expect(await ring(eventOf(), { secrets: new Secret(ours) }, { secrets: signedWith })).not.toBeNull();
  });

  it.each([
    ["payout.reconciliation_completed", "sync"],
    ["payout.canceled", "sync"],
    ["charge.succeeded", "sync"],
    ["charge.updated", "sync"],
    ["charge.refunded", "sync"],
    ["charge.dispute.funds_withdrawn", "sync"],
    ["refund.failed", "sync"],
    ["balance.available", "sync"],
    ["topup.succeeded", "sync"],
    ["transfer.reversed", "sync"],
    ["account.application.deauthorized", "disconnected"],
    ["customer.created", "none"],
    ["payout.something_new", "none"],
    ["charge.pending", "none"],
    ["account.updated", "none"],
  ])("%s asks for: %s", async (type, effect) => {
    expect(await ring(eventOf({ type }))).toMatchObject({ effect, eventType: type });
  });

  it("of another account or the other mode is answered and does nothing", async () => {
    const other = await ring(eventOf({ account: "acct_1Other", type: "account.application.deauthorized" }));
    const test = await ring(eventOf({ livemode: false }));
    const own = await ring(eventOf({ account: ACCOUNT }));
    const unknown = await ring(eventOf({ account: "acct_1Other" }), { account: null });

    expect(other).toMatchObject({ effect: "none", code: "other_account", identity: "stripe:acct_1Other:live" });
    expect(test).toMatchObject({ effect: "none", code: "other_mode", identity: `stripe:${ACCOUNT}:test` });
    expect(own).toMatchObject({ effect: "sync", code: null });
    expect(unknown).toMatchObject({ effect: "none", code: "other_account" });
  });

  it("from the stand-in: every event that it tells is understood", async () => {
    const told: object[] = [];
    const books = new StripeBooks(
      { id: ACCOUNT, name: "Shop", country: "US", currency: "usd", livemode: true },
      {
        clock: { now: () => NOW },
        newId: (prefix) => `${prefix}${told.length}`,
        tell: (type, object) => told.push(eventOf({ type, data: { object } })),
      },
    );
    const charge = books.charge({ amount: 100, days: 0 });
    books.refund(charge.id, 50);
    books.dispute(charge.id);

    const bells = await Promise.all(told.map((event) => ring(event)));

    expect(bells.map((bell) => bell?.effect)).toEqual(told.map(() => "sync"));
  });
});

describe("what is refused", () => {
  it.each([
    ["300 seconds old", -300, true],
    ["301 seconds old", -301, false],
    ["300 seconds ahead", 300, true],
    ["301 seconds ahead", 301, false],
    ["an hour ahead", 3_600, false],
    ["a day old", -86_400, false],
  ])("signed at a time that is %s", async (_what, offset, isTaken) => {
    expect((await ring(eventOf(), {}, { at: NOW + offset })) !== null).toBe(isTaken);
  });

  it.each([
    ["a changed figure", (body: string) => body.replace("4200", "9200")],
    ["a space more", (body: string) => `${body} `],
    ["the same content without its line breaks", (body: string) => JSON.stringify(JSON.parse(body))],
    ["a byte order mark", (body: string) => `\uFEFF${body}`],
  ])("tampered with: %s", async (_what, tamper) => {
    expect(await ring(eventOf(), {}, { tamper })).toBeNull();
  });

  it("forged: signed with a secret that is not ours, or where we have none", async () => {
    expect(await ring(eventOf(), {}, { secrets: ["whsec_stolen"] })).toBeNull();
    expect(await ring(eventOf(), { secrets: new Secret([]) })).toBeNull();
    expect(await ring(eventOf(), { secrets: new Secret([""]) }, { secrets: [""] })).toBeNull();
  });

  it("a signature for another time than the header says", async () => {
    const replayed = signatureOf(eventOf(), NOW - 86_400).replace(`t=${NOW - 86_400}`, `t=${NOW}`);

    expect(await ringWith(replayed, JSON.stringify(eventOf(), null, 2))).toBeNull();
  });

  it("the same header with the genuine body is taken, so that the refusals here mean something", async () => {
    expect(await ringWith(signatureOf(eventOf()), JSON.stringify(eventOf(), null, 2))).not.toBeNull();
  });

  it.each([
    ["none at all", null],
    ["empty", ""],
    ["without a time", signatureOf(eventOf()).replace(/^t=\d+,/, "")],
    ["with two times", `t=${NOW},${signatureOf(eventOf())}`],
    ["with a time that is no number", signatureOf(eventOf()).replace(/^t=\d+/, "t=now")],
    ["of another scheme only", signatureOf(eventOf()).replace("v1=", "v0=")],
    ["with a short signature", `t=${NOW},v1=abc`],
    ["with seventeen signatures", `t=${NOW}${`,v1=${"0".repeat(64)}`.repeat(16)},${signatureOf(eventOf()).split(",")[1]}`],
    ["longer than any header", `${signatureOf(eventOf())},v0=${"x".repeat(5_000)}`],
  ])("a signature header: %s", async (_what, header) => {
    expect(await ringWith(header, JSON.stringify(eventOf(), null, 2))).toBeNull();
  });

  it.each([
    ["no JSON", "hello"],
    ["no event", JSON.stringify({ object: "charge", id: "ch_1" })],
    ["an event without an id", JSON.stringify({ ...eventOf(), id: 4 })],
    ["an event that does not say its mode", JSON.stringify({ ...eventOf(), livemode: undefined })],
  ])("signed, but %s", async (_what, body) => {
    const stripe = new Stripe("sk_test_1");
    const header = await stripe.webhooks.generateTestHeaderStringAsync({ payload: body, secret: SECRET, timestamp: NOW });

    expect(await ringWith(header, body)).toBeNull();
  });

  it("bytes that are no text", async () => {
    const request = { headers: new Headers({ "stripe-signature": signatureOf(eventOf()) }), body: new Uint8Array([0xff, 0xfe, 0x00]) };

    expect(await verifyStripeWebhook(request, depsOf())).toBeNull();
  });
});
