/** The stand-in's webhooks: bodies in Plaid's shapes, two blanks of indentation and all, signed by ES256 as Plaid signs them. Rings only on this machine. */
import { createHash } from "node:crypto";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { isLoopback } from "../../../src/lib/public-address.ts";
import type { SchemaCheck } from "./schema-check.ts";
import type { FakeItem, PlaidWorld } from "./world.ts";

export interface SignedWebhook {
  headers: Record<string, string>;
  body: string;
}

export interface SigningDraft {
  /** Seconds since 1970. */
  iat?: number;
  kid?: string;
  /** What the signature says the body's hash is. */
  hash?: string;
}

interface SigningKey {
  privateKey: CryptoKey;
  jwk: JWK;
  createdAt: number;
  expiredAt: number | null;
}

export interface Ring {
  item_id: string;
  code: string;
  /** Null: nobody answered. */
  status: number | null;
}

export class Webhooks {
  readonly rings: Ring[] = [];
  readonly #keys = new Map<string, SigningKey>();
  readonly #world: PlaidWorld;
  readonly #check: SchemaCheck;
  #current = "";

  private constructor(world: PlaidWorld, check: SchemaCheck) {
    this.#world = world;
    this.#check = check;
  }

  static async open(world: PlaidWorld, check: SchemaCheck): Promise<Webhooks> {
    const webhooks = new Webhooks(world, check);
    await webhooks.rotate();
    return webhooks;
  }

  /** The name of the key that signs from now on. Older ones stay good until they are expired. */
  async rotate(): Promise<string> {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const { x, y } = await exportJWK(publicKey);
    const kid = `stand-in-${this.#world.newId()}`;
    const jwk: JWK = { alg: "ES256", crv: "P-256", kid, kty: "EC", use: "sig", x: x ?? "", y: y ?? "" };
    this.#keys.set(kid, { privateKey, jwk, createdAt: this.#seconds(), expiredAt: null });
    this.#current = kid;
    return kid;
  }

  expire(kid: string): void {
    const key = this.#keys.get(kid);
    if (key !== undefined) key.expiredAt = this.#seconds();
  }

  /** As /webhook_verification_key/get answers it. */
  publicKey(kid: string): Record<string, unknown> | null {
    const key = this.#keys.get(kid);
    return key === undefined ? null : { ...key.jwk, created_at: key.createdAt, expired_at: key.expiredAt };
  }

  async sign(body: string, { iat = this.#seconds(), kid = this.#current, hash }: SigningDraft = {}): Promise<SignedWebhook> {
    const key = this.#keys.get(kid) ?? this.#keys.get(this.#current);
    if (key === undefined) throw new Error("There is no key to sign with.");
    const token = await new SignJWT({ request_body_sha256: hash ?? createHash("sha256").update(body).digest("hex") })
      .setProtectedHeader({ alg: "ES256", kid, typ: "JWT" })
      .setIssuedAt(iat)
      .sign(key.privateKey);
    return { headers: { "content-type": "application/json", "plaid-verification": token }, body };
  }

  /** Whatever a test wants signed with one of the keys. */
  signToken(kid: string, sign: (key: CryptoKey) => Promise<string>): Promise<string> {
    const key = this.#keys.get(kid);
    if (key === undefined) throw new Error("There is no such key.");
    return sign(key.privateKey);
  }

  /** The text of a webhook, checked against Plaid's own types. */
  body(item: FakeItem, code: string, more: Record<string, unknown> = {}): string {
    const body = {
      webhook_type: TYPES.get(code) ?? "ITEM",
      webhook_code: code,
      item_id: item.id,
      ...ofCode(item, code),
      ...more,
      environment: "sandbox",
    };
    this.#check.check("webhooks", code, body);
    return JSON.stringify(body, null, 2);
  }

  /** Rings where the login's webhook says; nowhere where it says nothing. Never throws for a receiver that is away. */
  async fire(item: FakeItem, code: string, more: Record<string, unknown> = {}): Promise<Ring | null> {
    if (item.webhook === null) return null;
    const ring: Ring = { item_id: item.id, code, status: await this.#deliver(item.webhook, await this.sign(this.body(item, code, more))) };
    this.rings.push(ring);
    return ring;
  }

  async #deliver(url: string, { headers, body }: SignedWebhook): Promise<number | null> {
    if (!isLoopback(new URL(url).hostname)) throw new Error("The stand-in rings on this machine only.");
    try {
      // Ten seconds, as Plaid waits.
      const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(10_000) });
      await response.body?.cancel();
      return response.status;
    } catch {
      return null;
    }
  }

  #seconds(): number {
    return Math.floor(this.#world.now().getTime() / 1000);
  }
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ["SYNC_UPDATES_AVAILABLE", "TRANSACTIONS"],
  ["DEFAULT_UPDATE", "TRANSACTIONS"],
  ["INITIAL_UPDATE", "TRANSACTIONS"],
  ["HISTORICAL_UPDATE", "TRANSACTIONS"],
]);

function ofCode(item: FakeItem, code: string): Record<string, unknown> {
  switch (code) {
    case "SYNC_UPDATES_AVAILABLE":
      return { initial_update_complete: item.isReady, historical_update_complete: item.isHistoryComplete };
    case "ERROR":
      return { error: item.error === null ? null : { ...item.error, display_message: null, status: 400 } };
    case "PENDING_EXPIRATION":
      return { consent_expiration_time: item.consentExpiresAt ?? "" };
    case "PENDING_DISCONNECT":
      return { reason: "INSTITUTION_MIGRATION", disconnect_time: item.consentExpiresAt ?? "" };
    default:
      return {};
  }
}
