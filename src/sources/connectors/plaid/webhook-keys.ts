/** The public keys that Plaid signs its webhooks with, fetched by name and kept. An attacker who makes names up costs a handful of calls a minute, not one each. */
import type { JWK } from "jose";
import * as z from "zod";
import { ConnectorFailure } from "../connector.ts";
import { ask, type PlaidDoor } from "./ask.ts";

/** 5 a minute: Plaid has two or three keys at a time, and a new one a few times a year. */
const LOOKUPS_A_MINUTE_MAX = 5;
const MINUTE_MS = 60_000;
/** An hour: a key that Plaid ends is refused soon; Plaid announces its end beforehand. */
const KEEP_MS = 60 * MINUTE_MS;
/** 100 names of some 40 characters each, known or refused. */
const NAMES_MAX = 100;

interface KeptKey {
  /** Null: Plaid has no such key. */
  key: JWK | null;
  /** Milliseconds; null: no end is known. */
  expiresAt: number | null;
  askedAt: number;
}

/** Kept by whoever receives webhooks, as long as it lives. */
export interface KeyCache {
  names: Map<string, KeptKey>;
  /** When unknown names were asked for, within the last minute. */
  lookups: number[];
}

export const newKeyCache = (): KeyCache => ({ names: new Map(), lookups: [] });

interface KeyDoor extends PlaidDoor {
  now: Date;
  keys: KeyCache;
}

/** Null: there is no such key, or it has ended. Throws ConnectorFailure where that cannot be found out now. */
export async function keyOf(name: string, door: KeyDoor): Promise<JWK | null> {
  const now = door.now.getTime();
  const kept = door.keys.names.get(name);
  const isFresh = kept !== undefined && now - kept.askedAt < KEEP_MS;
  const { key, expiresAt } = isFresh ? kept : await lookUp(name, door, kept);
  return expiresAt !== null && expiresAt <= now ? null : key;
}

async function lookUp(name: string, door: KeyDoor, before: KeptKey | undefined): Promise<KeptKey> {
  const now = door.now.getTime();
  // A known key is asked for again once an hour, whatever strangers do.
  if (before === undefined || before.key === null) spendLookup(door.keys, now);
  const found = { ...(await askPlaid(name, door)), askedAt: now };
  const { names } = door.keys;
  names.delete(name);
  if (names.size >= NAMES_MAX) names.delete(oldest(names));
  names.set(name, found);
  return found;
}

/** Names that led to nothing go first. */
function oldest(names: ReadonlyMap<string, KeptKey>): string {
  for (const [name, { key }] of names) if (key === null) return name;
  return names.keys().next().value ?? "";
}

function spendLookup(keys: KeyCache, now: number): void {
  keys.lookups = keys.lookups.filter((at) => now - at < MINUTE_MS);
  if (keys.lookups.length >= LOOKUPS_A_MINUTE_MAX)
    throw new ConnectorFailure({
      kind: "rate_limited",
      code: "too_many_unknown_keys",
      message: "Too many webhooks came that are signed with unknown keys. Plaid's own are delivered again.",
      retryAfterSeconds: 60,
    });
  keys.lookups.push(now);
}

const keyAnswer = z.looseObject({
  key: z.looseObject({
    alg: z.literal("ES256"),
    crv: z.literal("P-256"),
    kid: z.string(),
    kty: z.literal("EC"),
    use: z.literal("sig"),
    x: z.string(),
    y: z.string(),
    /** Seconds since 1970. */
    expired_at: z.number().nullish(),
  }),
});

async function askPlaid(name: string, door: KeyDoor): Promise<Pick<KeptKey, "key" | "expiresAt">> {
  try {
    const { answer } = await ask(door, { path: "/webhook_verification_key/get", body: { key_id: name }, answer: keyAnswer });
    const { alg, crv, kid, kty, use, x, y, expired_at } = answer.key;
    if (kid !== name) return { key: null, expiresAt: null };
    return { key: { alg, crv, kid, kty, use, x, y }, expiresAt: typeof expired_at === "number" ? expired_at * 1000 : null };
  } catch (error) {
    // Plaid answers a name it does not know as an invalid field.
    if (error instanceof ConnectorFailure && error.kind === "configuration" && error.code !== "plaid_not_set_up")
      return { key: null, expiresAt: null };
    throw error;
  }
}
