/** Plaid's webhooks: shown to be Plaid's own (ES256, fresh, over these very bytes) before anything of them is believed. Takes no money out of a body. */
import { compactVerify, decodeProtectedHeader, errors, importJWK } from "jose";
import * as z from "zod";
import type { BellEffect } from "../../../domain/connection-health.ts";
import type { Json } from "../../../domain/stored.ts";
import { equalInConstantTime, sha256Hex, textOf, utf8 } from "../../../lib/crypto.ts";
import type { Bell, ConnectorFetch, Platform, WebhookRequest } from "../connector.ts";
import { kindOf } from "./failures.ts";
import { identityOf, instantOf } from "./test-item.ts";
import { type KeyCache, keyOf } from "./webhook-keys.ts";

/** Plaid's own rule; younger than that a replay is the same event here. */
const AGE_MAX_SECONDS = 5 * 60;
/** Clocks differ; a signature of tomorrow is none. */
const FUTURE_MAX_SECONDS = 60;

export interface WebhookDoor {
  platform: Platform;
  fetch: ConnectorFetch;
  now: Date;
  /** The caller's own, kept as long as it lives (`newKeyCache()`). */
  keys: KeyCache;
}

/** Null: not Plaid's, or not for us. Throws ConnectorFailure where it cannot be judged now: answer 503, and Plaid comes again. */
export async function verifyPlaidWebhook(request: WebhookRequest, door: WebhookDoor): Promise<Bell | null> {
  const claims = await claimsOf(request.headers.get("plaid-verification"), door);
  if (claims === null) return null;
  const age = Math.floor(door.now.getTime() / 1000) - claims.iat;
  if (age > AGE_MAX_SECONDS || age < -FUTURE_MAX_SECONDS) return null;
  const hash = await sha256Hex(new Uint8Array(request.body));
  if (!equalInConstantTime(utf8(hash), utf8(claims.request_body_sha256.toLowerCase()))) return null;
  return bellOf(request.body, await sha256Hex(`${claims.iat}\u001f${hash}`));
}

const claimsSchema = z.looseObject({ iat: z.int(), request_body_sha256: z.string().length(64) });

async function claimsOf(token: string | null, door: WebhookDoor): Promise<z.infer<typeof claimsSchema> | null> {
  const header = headerOf(token);
  if (token === null || header === null) return null;
  const key = await keyOf(header.kid, door);
  if (key === null) return null;
  try {
    const { payload } = await compactVerify(token, await importJWK(key, "ES256"), { algorithms: ["ES256"] });
    return claimsSchema.safeParse(JSON.parse(textOf(new Uint8Array(payload)))).data ?? null;
  } catch (error) {
    // A forged signature, a key that is none, a payload that is no JSON: whoever made this is not Plaid.
    if (error instanceof errors.JOSEError || error instanceof SyntaxError || error instanceof TypeError || error instanceof DOMException) return null;
    throw error;
  }
}

/** The key's name is the sender's to choose: only what looks like one of Plaid's is ever asked for. */
const headerSchema = z.looseObject({ alg: z.literal("ES256"), kid: z.string().regex(/^[\w-]{8,64}$/) });

/** 4,096 characters: Plaid's own have some 400. */
const TOKEN_CHARS_MAX = 4_096;

function headerOf(token: string | null): { kid: string } | null {
  if (token === null || token.length > TOKEN_CHARS_MAX) return null;
  try {
    return headerSchema.safeParse(decodeProtectedHeader(token)).data ?? null;
  } catch {
    return null;
  }
}

const bodySchema = z.looseObject({
  webhook_type: z.string(),
  webhook_code: z.string(),
  item_id: z.string().nullish(),
  // Typed as text in one old webhook.
  error: z.union([z.looseObject({ error_type: z.string(), error_code: z.string() }), z.string()]).nullish(),
  consent_expiration_time: z.string().nullish(),
  disconnect_time: z.string().nullish(),
});
type Body = z.infer<typeof bodySchema>;

/**
 * Plaid names no event, and says the same words each day that something is new. So an event is its body and the second of its signature: a repeated
 * delivery is the same event, tomorrow's is another. A retry is signed anew and counts as one more, which costs at most one look that finds nothing.
 */
function bellOf(bytes: Uint8Array, eventId: string): Bell | null {
  const json = jsonOf(bytes);
  const body = bodySchema.safeParse(json).data;
  if (body === undefined) return null;
  const { effect, at, code } = effectOf(body);
  const eventType = `${body.webhook_type}.${body.webhook_code}`;
  const identity = identityOf(body.item_id ?? "");
  return { eventId, eventType, identity, effect, code, payload: withoutTokens(json), ...(at === null ? {} : { at }) };
}

interface Effect {
  effect: BellEffect;
  at: string | null;
  code: string | null;
}

const none = (code: string | null): Effect => ({ effect: "none", at: null, code });

/** What is not named here is kept and does nothing: old words for what SYNC_UPDATES_AVAILABLE says, products that are not used, words of tomorrow. */
const EFFECTS: ReadonlyMap<string, (body: Body) => Effect> = new Map<string, (body: Body) => Effect>([
  ["TRANSACTIONS.SYNC_UPDATES_AVAILABLE", () => ({ effect: "sync", at: null, code: null })],
  ["ITEM.ERROR", ofItemError],
  ["ITEM.LOGIN_REPAIRED", () => ({ effect: "repaired", at: null, code: null })],
  ["ITEM.PENDING_EXPIRATION", (body) => ({ effect: "expires", at: instantOf(body.consent_expiration_time), code: body.webhook_code })],
  ["ITEM.PENDING_DISCONNECT", (body) => ({ effect: "expires", at: instantOf(body.disconnect_time), code: body.webhook_code })],
  // Not `disconnected`: update mode may bring the same login back, with its accounts.
  ["ITEM.USER_PERMISSION_REVOKED", (body) => ({ effect: "reauthenticate", at: null, code: body.webhook_code })],
  ["ITEM.NEW_ACCOUNTS_AVAILABLE", (body) => ({ effect: "sync", at: null, code: body.webhook_code })],
  // One account of several: the others go on.
  ["ITEM.USER_ACCOUNT_REVOKED", (body) => none(body.webhook_code)],
]);

const effectOf = (body: Body): Effect => EFFECTS.get(`${body.webhook_type}.${body.webhook_code}`)?.(body) ?? none(null);

function ofItemError({ error }: Body): Effect {
  if (typeof error !== "object" || error === null) return none(null);
  const kind = kindOf(error);
  if (kind === "reauthenticate") return { effect: "reauthenticate", at: null, code: error.error_code };
  return kind === "gone" ? { effect: "disconnected", at: null, code: error.error_code } : none(error.error_code);
}

/** Null: no JSON, or no UTF-8. */
function jsonOf(bytes: Uint8Array): Json {
  try {
    return z.json().parse(JSON.parse(textOf(new Uint8Array(bytes))));
  } catch {
    return null;
  }
}

const TOKENS: readonly string[] = ["public_token", "public_tokens", "link_token", "access_token"];

/** What Link's webhooks carry could be exchanged for access: it does not rest in the inbox. */
function withoutTokens(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutTokens);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, TOKENS.includes(key) ? "[redacted]" : withoutTokens(member)]));
}
