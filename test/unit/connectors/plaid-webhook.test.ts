/** Webhooks of Plaid: only what Plaid signed over these very bytes, just now, with a key it has, is believed; and what each then asks for. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { CompactSign, SignJWT, UnsecuredJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Bell, ConnectorFailure, type WebhookRequest } from "../../../src/sources/connectors/connector.ts";
import { verifyPlaidWebhook, type WebhookDoor } from "../../../src/sources/connectors/plaid/webhook.ts";
import { newKeyCache } from "../../../src/sources/connectors/plaid/webhook-keys.ts";
import { FAULTS, LOGIN_REQUIRED } from "../../fakes/plaid/faults.ts";
import { INSTITUTIONS } from "../../fakes/plaid/institutions.ts";
import { type FakePlaid, startFakePlaid } from "../../fakes/plaid/start.ts";
import type { SignedWebhook, SigningDraft } from "../../fakes/plaid/webhooks.ts";
import type { FakeItem } from "../../fakes/plaid/world.ts";
import { loopbackFetch, NOW, platformOf } from "./plaid-session.ts";

const SECONDS = NOW.getTime() / 1000;

let fake: FakePlaid;
let item: FakeItem;
let door: WebhookDoor;

beforeEach(async () => {
  fake = await startFakePlaid({ now: () => NOW });
  const [bank] = INSTITUTIONS;
  if (bank === undefined) throw new Error("There is no bank.");
  item = fake.world.connect(bank, { id: "item-1" });
  door = { platform: platformOf(fake), fetch: loopbackFetch, now: NOW, keys: newKeyCache() };
});

afterEach(() => fake.close());

const lookups = () => fake.calls.filter((call) => call === "/webhook_verification_key/get").length;

const requestOf = ({ headers, body }: SignedWebhook): WebhookRequest => ({ headers: new Headers(headers), body: new TextEncoder().encode(body) });

const later = (seconds: number): WebhookDoor => ({ ...door, now: new Date(NOW.getTime() + seconds * 1000) });

async function ring(code = "SYNC_UPDATES_AVAILABLE", draft: SigningDraft = {}, more: Record<string, unknown> = {}): Promise<Bell | null> {
  return verifyPlaidWebhook(requestOf(await fake.webhooks.sign(fake.webhooks.body(item, code, more), draft)), door);
}

describe("what is believed", () => {
  it("a webhook that Plaid signed just now", async () => {
    expect(await ring()).toMatchObject({ identity: "plaid:item-1", eventType: "TRANSACTIONS.SYNC_UPDATES_AVAILABLE", effect: "sync", code: null });
    expect(fake.violations).toEqual([]);
  });

  it("one that is five minutes old, or from a clock a minute ahead", async () => {
    expect(await ring("LOGIN_REPAIRED", { iat: SECONDS - 300 })).not.toBeNull();
    expect(await ring("LOGIN_REPAIRED", { iat: SECONDS + 60 })).not.toBeNull();
  });

  it("one whose key was fetched before, without asking for it again", async () => {
    for (let n = 0; n < 20; n += 1) await ring();

    expect(lookups()).toBe(1);
  });

  it("one signed with a key that came while we ran", async () => {
    await ring();
    await fake.webhooks.rotate();

    expect(await ring()).not.toBeNull();
    expect(lookups()).toBe(2);
  });
});

describe("what is not", () => {
  const body = () => fake.webhooks.body(item, "SYNC_UPDATES_AVAILABLE");

  it.each<[string, SigningDraft]>([
    ["one that is older than five minutes", { iat: SECONDS - 301 }],
    ["one from the future", { iat: SECONDS + 61 }],
    ["one whose hash is another body's", { hash: "0".repeat(64) }],
    ["one signed under a key that Plaid does not have", { kid: "made-up-key-name" }],
    ["one whose key is named by a path", { kid: "../../item/remove" }],
  ])("%s", async (_what, draft) => {
    expect(await ring("SYNC_UPDATES_AVAILABLE", draft)).toBeNull();
  });

  it("one whose body was touched by a single blank", async () => {
    const signed = await fake.webhooks.sign(body());

    expect(await verifyPlaidWebhook(requestOf({ ...signed, body: `${signed.body} ` }), door)).toBeNull();
    expect(await verifyPlaidWebhook(requestOf({ ...signed, body: JSON.stringify(JSON.parse(signed.body)) }), door)).toBeNull();
  });

  it("one without a signature, with half of one, or with none that is one", async () => {
    const signed = await fake.webhooks.sign(body());
    const token = signed.headers["plaid-verification"] ?? "";
    const unsigned = new UnsecuredJWT({ request_body_sha256: createHash("sha256").update(signed.body).digest("hex") }).setIssuedAt(SECONDS).encode();

    for (const header of ["", "x", "a.b.c", token.slice(0, -4), `${token}A`, unsigned, "a".repeat(5_000)])
      expect(await verifyPlaidWebhook(requestOf({ ...signed, headers: { "plaid-verification": header } }), door)).toBeNull();
    expect(await verifyPlaidWebhook(requestOf({ ...signed, headers: {} }), door)).toBeNull();
  });

  it("one signed with a shared secret, made of the key that everybody can fetch", async () => {
    const kid = await fake.webhooks.rotate();
    const hash = createHash("sha256").update(body()).digest("hex");
    const forged = await new SignJWT({ request_body_sha256: hash })
      .setProtectedHeader({ alg: "HS256", kid })
      .setIssuedAt(SECONDS)
      .sign(new TextEncoder().encode(JSON.stringify(fake.webhooks.publicKey(kid))));

    expect(await verifyPlaidWebhook(requestOf({ body: body(), headers: { "plaid-verification": forged } }), door)).toBeNull();
    expect(lookups()).toBe(0);
  });

  it("one whose payload says nothing of a body", async () => {
    const kid = await fake.webhooks.rotate();
    const token = await fake.webhooks.signToken(kid, (key) =>
      new CompactSign(new TextEncoder().encode("[]")).setProtectedHeader({ alg: "ES256", kid }).sign(key),
    );

    expect(await verifyPlaidWebhook(requestOf({ body: body(), headers: { "plaid-verification": token } }), door)).toBeNull();
  });

  it("one that is signed but is no webhook", async () => {
    expect(await verifyPlaidWebhook(requestOf(await fake.webhooks.sign("[1,2]")), door)).toBeNull();
    expect(await verifyPlaidWebhook(requestOf(await fake.webhooks.sign("\u0000")), door)).toBeNull();
  });

  it("one whose key has ended, also where the key was known: within the hour", async () => {
    const kid = await fake.webhooks.rotate();
    const before = await ring("LOGIN_REPAIRED", { kid });
    fake.webhooks.expire(kid);
    const signed = requestOf(await fake.webhooks.sign(body(), { kid, iat: SECONDS + 3_600 }));

    expect(before).not.toBeNull();
    expect(await verifyPlaidWebhook(signed, { ...later(3_600), keys: door.keys })).toBeNull();
    expect(await verifyPlaidWebhook(signed, { ...later(3_600), keys: newKeyCache() })).toBeNull();
  });
});

describe("a flood of made-up keys", () => {
  it("costs five look-ups a minute, and keys that are known still hold", async () => {
    await ring();
    const refused: unknown[] = [];
    for (let n = 0; n < 200; n += 1) refused.push(await ring("LOGIN_REPAIRED", { kid: `made-up-key-${n}` }).catch((error: unknown) => error));

    expect(lookups()).toBe(5);
    expect(refused.filter((one) => one === null)).toHaveLength(4);
    expect(refused.at(-1)).toBeInstanceOf(ConnectorFailure);
    expect(refused.at(-1)).toMatchObject({ kind: "rate_limited", retryAfterSeconds: 60 });
    expect(await ring()).not.toBeNull();
    expect(door.keys.names.size).toBeLessThanOrEqual(100);
  });

  it("is over a minute later", async () => {
    for (let n = 0; n < 9; n += 1) await ring("LOGIN_REPAIRED", { kid: `made-up-key-${n}` }).catch(() => null);
    const signed = requestOf(await fake.webhooks.sign(fake.webhooks.body(item, "LOGIN_REPAIRED"), { iat: SECONDS + 60 }));

    expect(await verifyPlaidWebhook(signed, later(60))).not.toBeNull();
  });

  it("of one name costs one look-up", async () => {
    for (let n = 0; n < 50; n += 1) expect(await ring("LOGIN_REPAIRED", { kid: "made-up-key-name" })).toBeNull();

    expect(lookups()).toBe(1);
  });
});

it("while Plaid cannot be asked for a key nothing is judged: Plaid comes again", async () => {
  fake.faults.order("/webhook_verification_key/get", FAULTS.internal());

  await expect(ring()).rejects.toMatchObject({ name: "ConnectorFailure", kind: "unavailable" });
  expect(await ring()).not.toBeNull();
});

describe("one event", () => {
  it("is a delivery that comes again as it was", async () => {
    const signed = requestOf(await fake.webhooks.sign(fake.webhooks.body(item, "SYNC_UPDATES_AVAILABLE")));

    const first = await verifyPlaidWebhook(signed, door);
    const again = await verifyPlaidWebhook(signed, later(200));

    expect(first?.eventId).toMatch(/^[0-9a-f]{64}$/);
    expect(again?.eventId).toBe(first?.eventId);
  });

  it("is not the same news of another time, which has the same words", async () => {
    const one = await ring("SYNC_UPDATES_AVAILABLE", { iat: SECONDS - 30 });
    const other = await ring("SYNC_UPDATES_AVAILABLE", { iat: SECONDS });

    expect(one?.payload).toEqual(other?.payload);
    expect(one?.eventId).not.toBe(other?.eventId);
  });
});

describe("what it asks for", () => {
  beforeEach(() => {
    item.error = LOGIN_REQUIRED;
    item.consentExpiresAt = "2026-03-17T12:00:00Z";
  });

  it.each<[string, Record<string, unknown>, Partial<Bell>]>([
    ["SYNC_UPDATES_AVAILABLE", {}, { effect: "sync" }],
    ["ERROR", {}, { effect: "reauthenticate", code: "ITEM_LOGIN_REQUIRED" }],
    ["LOGIN_REPAIRED", {}, { effect: "repaired" }],
    ["PENDING_EXPIRATION", {}, { effect: "expires", at: "2026-03-17T12:00:00.000Z", code: "PENDING_EXPIRATION" }],
    ["PENDING_DISCONNECT", {}, { effect: "expires", at: "2026-03-17T12:00:00.000Z", code: "PENDING_DISCONNECT" }],
    ["USER_PERMISSION_REVOKED", {}, { effect: "reauthenticate", code: "USER_PERMISSION_REVOKED" }],
    ["NEW_ACCOUNTS_AVAILABLE", {}, { effect: "sync", code: "NEW_ACCOUNTS_AVAILABLE" }],
    ["USER_ACCOUNT_REVOKED", { account_id: "x" }, { effect: "none", code: "USER_ACCOUNT_REVOKED" }],
    ["WEBHOOK_UPDATE_ACKNOWLEDGED", {}, { effect: "none" }],
    ["DEFAULT_UPDATE", {}, { effect: "none" }],
    ["INITIAL_UPDATE", { error: "typed as text" }, { effect: "none" }],
    ["SOMETHING_OF_TOMORROW", {}, { effect: "none" }],
  ])("%s", async (code, more, expected) => {
    expect(await ring(code, {}, more)).toMatchObject(expected);
    expect(fake.violations).toEqual([]);
  });

  it("an error that means the login is no more", async () => {
    const error = { error_type: "ITEM_ERROR", error_code: "ITEM_NOT_FOUND", error_message: "removed", display_message: null };

    expect(await ring("ERROR", {}, { error })).toMatchObject({ effect: "disconnected", code: "ITEM_NOT_FOUND" });
  });

  it("a token that Link sends along does not rest in the inbox", async () => {
    const bell = await ring("ITEM_ADD_RESULT", {}, { webhook_type: "LINK", public_token: "public-sandbox-1", public_tokens: ["public-sandbox-2"] });

    expect(JSON.stringify(bell)).not.toContain("public-sandbox");
    expect(bell).toMatchObject({ effect: "none", eventType: "LINK.ITEM_ADD_RESULT" });
  });
});

const SAMPLES = path.resolve(import.meta.dirname, "../../../../shared/api/samples");

describe("the vendor's own examples of webhooks", () => {
  it.skipIf(!existsSync(SAMPLES)).each([
    ["SyncUpdatesAvailable", { effect: "sync", identity: "plaid:wz666MBjYWTp2PDzzggYhM6oWWmBb" }],
    ["ItemError", { effect: "reauthenticate", code: "ITEM_LOGIN_REQUIRED" }],
    ["ItemLoginRepaired", { effect: "repaired" }],
    ["PendingDisconnect", { effect: "expires", at: "2020-01-15T13:25:17.766Z" }],
    ["PendingExpiration", { effect: "expires", at: "2020-01-15T13:25:17.766Z" }],
    ["UserPermissionRevoked", { effect: "reauthenticate" }],
    ["NewAccountsAvailable", { effect: "sync", code: "NEW_ACCOUNTS_AVAILABLE" }],
    ["UserAccountRevoked", { effect: "none" }],
    ["TransactionsRemoved", { effect: "none" }],
    ["InitialUpdate", { effect: "none" }],
    ["LinkSessionFinished", { effect: "none" }],
    ["UpdateAcknowledged", { effect: "none" }],
  ])("%s", async (name, expected) => {
    const text = readFileSync(path.join(SAMPLES, `plaid.webhook.${name}.json`), "utf8");

    expect(await verifyPlaidWebhook(requestOf(await fake.webhooks.sign(text)), door)).toMatchObject(expected);
  });
});
