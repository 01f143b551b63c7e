/** Secrets at rest: AES-256-GCM envelopes, and the keyed hash by which account numbers are found. Never answers a key; what it opens comes as a Secret. */

import type { TenantId } from "../domain/ids.ts";
import type { Sealed } from "../domain/stored.ts";
import type { Env } from "../env.ts";
import { type Bytes, fromBase64, hmac, randomBytes, textOf, toBase64Url, toHex, utf8 } from "../lib/crypto.ts";
import { Secret } from "../lib/secret.ts";

export type VaultEnv = Pick<Env, "VAULT_KEYS" | "VAULT_KEY_ID">;

/** Where a secret belongs. It opens nowhere else: `record` names the row and column, e.g. `connections/0199…/credentials`. */
export interface Place {
  tenantId: TenantId;
  record: string;
}

const VERSION = 1;
/** 12 bytes: what GCM is made for (NIST SP 800-38D §8.2). Each key here encrypts once or, a key-wrapping key, far below 2^32 times. */
const IV_BYTES = 12;

/** Encrypts under a fresh data key, itself encrypted by the vault's present key. */
export async function seal(env: VaultEnv, place: Place, plaintext: string): Promise<Sealed> {
  const dataKey = randomBytes(32);
  const iv = randomBytes(IV_BYTES);
  const key = await importKey(dataKey, "encrypt");
  const ciphertext = await crypto.subtle.encrypt(gcm(iv, contentPlace(place)), key, utf8(plaintext));
  const wrapped = await wrap(env, place, dataKey);
  dataKey.fill(0);
  return { v: VERSION, ...wrapped, iv: toBase64Url(iv), ciphertext: toBase64Url(new Uint8Array(ciphertext)) };
}

/** Throws, naming the place and never the value, where the envelope was made for another place, altered, or its key is gone. */
export async function open(env: VaultEnv, place: Place, sealed: Sealed): Promise<Secret<string>> {
  return opening(place, async () => {
    const dataKey = await unwrap(env, place, sealed);
    const key = await importKey(dataKey, "decrypt");
    dataKey.fill(0);
    const content = gcm(fromBase64(sealed.iv), contentPlace(place));
    return new Secret(textOf(await crypto.subtle.decrypt(content, key, fromBase64(sealed.ciphertext))));
  });
}

/** The same ciphertext with its data key wrapped by the vault's present key: what a rotation does to every row. */
export async function rewrap(env: VaultEnv, place: Place, sealed: Sealed): Promise<Sealed> {
  return opening(place, async () => {
    const dataKey = await unwrap(env, place, sealed);
    const wrapped = await wrap(env, place, dataKey);
    dataKey.fill(0);
    return { ...sealed, ...wrapped };
  });
}

/**
 * The keyed hash of an account number, the same for every way of writing it, different for each tenant: `h1:` and 64 hex digits.
 * Whoever has the rows but not the key can neither try numbers nor see that two tenants share an account.
 */
export async function lookupHash(env: Pick<Env, "LOOKUP_KEY">, tenantId: TenantId, accountNumber: string): Promise<string> {
  const tenantKey = await hmac(fromBase64(env.LOOKUP_KEY), `stratifi/lookup/h1/${tenantId}`);
  return `h1:${toHex(await hmac(tenantKey, normalizeAccountNumber(accountNumber)))}`;
}

/** No blanks, upper case: `de89 3704 0044` and `DE8937040044` are one account. */
export function normalizeAccountNumber(text: string): string {
  return text.replace(/\s+/gu, "").toUpperCase();
}

/** What a person is shown of an account number. */
export function lastFour(accountNumber: string): string {
  return normalizeAccountNumber(accountNumber).slice(-4);
}

type Wrapped = Pick<Sealed, "key_id" | "wrap_iv" | "wrapped_key">;

async function wrap(env: VaultEnv, place: Place, dataKey: Bytes): Promise<Wrapped> {
  const keyId = env.VAULT_KEY_ID;
  const iv = randomBytes(IV_BYTES);
  const wrapped = await crypto.subtle.encrypt(gcm(iv, keyPlace(place, keyId)), await wrappingKey(env, keyId, "encrypt"), dataKey);
  return { key_id: keyId, wrap_iv: toBase64Url(iv), wrapped_key: toBase64Url(new Uint8Array(wrapped)) };
}

async function unwrap(env: VaultEnv, place: Place, sealed: Sealed): Promise<Bytes> {
  if (sealed.v !== VERSION) throw new Error("unknown version");
  const key = await wrappingKey(env, sealed.key_id, "decrypt");
  const dataKey = await crypto.subtle.decrypt(gcm(fromBase64(sealed.wrap_iv), keyPlace(place, sealed.key_id)), key, fromBase64(sealed.wrapped_key));
  return new Uint8Array(dataKey);
}

async function wrappingKey(env: VaultEnv, keyId: string, use: "encrypt" | "decrypt"): Promise<CryptoKey> {
  const ring: unknown = JSON.parse(env.VAULT_KEYS);
  // `hasOwn`: a row that names `__proto__` or `constructor` as its key finds nothing.
  const key = typeof ring === "object" && ring !== null && Object.hasOwn(ring, keyId) ? new Map(Object.entries(ring)).get(keyId) : undefined;
  if (typeof key !== "string") throw new Error("unknown key");
  return importKey(fromBase64(key), use);
}

function importKey(key: Bytes, use: "encrypt" | "decrypt"): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", key, "AES-GCM", false, [use]);
}

const gcm = (iv: Bytes, additionalData: Bytes) => ({ name: "AES-GCM", iv, additionalData });

/** The content is bound to its place but not to the wrapping key, so that a rotation leaves the ciphertext as it is. */
const contentPlace = (place: Place) => utf8(JSON.stringify(["stratifi/vault", VERSION, "content", place.tenantId, place.record]));

const keyPlace = (place: Place, keyId: string) => utf8(JSON.stringify(["stratifi/vault", VERSION, "key", place.tenantId, place.record, keyId]));

async function opening<T>(place: Place, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`The sealed value of ${place.record} does not open: another place's, altered, or its key is gone.`, { cause: error });
  }
}
