/** Sealed values open in their own place and nowhere else; account numbers are found without being kept. */
import { describe, expect, it } from "vitest";
import { parseId, type TenantId } from "../../src/domain/ids.ts";
import type { Sealed } from "../../src/domain/stored.ts";
import { fromBase64, toBase64Url } from "../../src/lib/crypto.ts";
import { lastFour, lookupHash, normalizeAccountNumber, open, type Place, rewrap, seal, type VaultEnv } from "../../src/store/vault.ts";

const key = (filling: number) => Buffer.alloc(32, filling).toString("base64");
const both = JSON.stringify({ k1: key(1), k2: key(2) });
const first: VaultEnv = { VAULT_KEYS: both, VAULT_KEY_ID: "k1" };
const second: VaultEnv = { VAULT_KEYS: both, VAULT_KEY_ID: "k2" };

const tenantId = parseId<TenantId>("0199d000-0000-7000-8000-000000000001");
const otherTenantId = parseId<TenantId>("0199d000-0000-7000-8000-000000000002");
const place: Place = { tenantId, record: "connections/1/credentials" };

const flipped = (text: string) => {
  const bytes = fromBase64(text);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return toBase64Url(bytes);
};

describe("a sealed value", () => {
  it.each(["s3cr3t", "", "ключ 🔑\u0000", "x".repeat(100_000)])("opens as it went in", async (plaintext) => {
    const sealed = await seal(first, place, plaintext);

    expect((await open(first, place, sealed)).reveal()).toBe(plaintext);
    expect(JSON.parse(JSON.stringify(sealed))).toEqual(sealed);
  });

  it("never looks the same twice, and shows nothing of itself when opened and printed", async () => {
    const [one, other] = [await seal(first, place, "s3cr3t"), await seal(first, place, "s3cr3t")];

    expect(one.ciphertext).not.toBe(other.ciphertext);
    expect(one.wrapped_key).not.toBe(other.wrapped_key);
    expect(JSON.stringify({ opened: await open(first, place, one), one })).not.toContain("s3cr3t");
  });

  it.each<[string, Place]>([
    ["another company", { ...place, tenantId: otherTenantId }],
    ["another record", { ...place, record: "connections/2/credentials" }],
    ["another column of the same record", { ...place, record: "connections/1/config" }],
  ])("does not open for %s", async (_, elsewhere) => {
    const sealed = await seal(first, place, "s3cr3t");

    await expect(open(first, elsewhere, sealed)).rejects.toThrow(`The sealed value of ${elsewhere.record} does not open`);
  });

  it.each<[string, (sealed: Sealed) => Partial<Sealed>]>([
    ["its key's id is another one's", () => ({ key_id: "k2" })],
    ["its key's id is nobody's", () => ({ key_id: "k3" })],
    ["its key's id is __proto__", () => ({ key_id: "__proto__" })],
    ["its key's id is constructor", () => ({ key_id: "constructor" })],
    ["its key's id is toString", () => ({ key_id: "toString" })],
    ["a bit of the ciphertext is flipped", (sealed) => ({ ciphertext: flipped(sealed.ciphertext) })],
    ["a bit of the wrapped key is flipped", (sealed) => ({ wrapped_key: flipped(sealed.wrapped_key) })],
    ["a bit of the content's start is flipped", (sealed) => ({ iv: flipped(sealed.iv) })],
    ["a bit of the key's start is flipped", (sealed) => ({ wrap_iv: flipped(sealed.wrap_iv) })],
    ["its ciphertext is cut", (sealed) => ({ ciphertext: sealed.ciphertext.slice(0, 20) })],
    ["it is not base64", () => ({ ciphertext: "%%%" })],
  ])("does not open when %s", async (_, change) => {
    const sealed = await seal(first, place, "s3cr3t");

    await expect(open(first, place, { ...sealed, ...change(sealed) })).rejects.toThrow("does not open");
  });

  it("does not open with another value's ciphertext in the same place", async () => {
    const [one, other] = [await seal(first, place, "one"), await seal(first, place, "other")];

    await expect(open(first, place, { ...one, ciphertext: other.ciphertext })).rejects.toThrow("does not open");
  });
});

describe("a rotation of keys", () => {
  it("wraps the data key anew and leaves the ciphertext as it is", async () => {
    const sealed = await seal(first, place, "s3cr3t");

    const rewrapped = await rewrap(second, place, sealed);

    expect(rewrapped).toMatchObject({ key_id: "k2", ciphertext: sealed.ciphertext, iv: sealed.iv });
    expect(rewrapped.wrapped_key).not.toBe(sealed.wrapped_key);
    expect((await open(second, place, rewrapped)).reveal()).toBe("s3cr3t");
  });

  it("once the old key is gone, what was rewrapped opens and what was not does not", async () => {
    const sealed = await seal(first, place, "s3cr3t");
    const rewrapped = await rewrap(second, place, sealed);
    const newOnly: VaultEnv = { VAULT_KEYS: JSON.stringify({ k2: key(2) }), VAULT_KEY_ID: "k2" };

    expect((await open(newOnly, place, rewrapped)).reveal()).toBe("s3cr3t");
    await expect(open(newOnly, place, sealed)).rejects.toThrow("its key is gone");
  });

  it("cannot carry a value over to another company", async () => {
    const sealed = await seal(first, place, "s3cr3t");

    await expect(rewrap(second, { ...place, tenantId: otherTenantId }, sealed)).rejects.toThrow("does not open");
  });
});

describe("an account number", () => {
  const env = { LOOKUP_KEY: key(4) };

  it("is found however it is written", async () => {
    const ways = [" DE89 3704 0044 0532 0130 00", "de89370400440532013000", "DE89\u00a03704 00440532013000 "];
    const hashes = await Promise.all(ways.map((way) => lookupHash(env, tenantId, way)));

    expect(new Set(hashes).size).toBe(1);
    expect(hashes[0]).toMatch(/^h1:[0-9a-f]{64}$/);
  });

  it("keeps its leading zeros: they tell accounts apart", async () => {
    expect(await lookupHash(env, tenantId, "00123")).not.toBe(await lookupHash(env, tenantId, "123"));
  });

  it("has another hash at another company and under another key", async () => {
    const hashes = await Promise.all([
      lookupHash(env, tenantId, "123456"),
      lookupHash(env, otherTenantId, "123456"),
      lookupHash({ LOOKUP_KEY: key(5) }, tenantId, "123456"),
    ]);

    expect(new Set(hashes).size).toBe(3);
  });

  it("shows its last four characters", () => {
    expect([lastFour("0123 4567 89"), lastFour(" 12 "), normalizeAccountNumber("gb 33 b")]).toEqual(["6789", "12", "GB33B"]);
  });
});
