/** The company's identity provider: which one it is, what it says of itself, its keys. Asked rarely and kept; never told more than it asks for. */
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from "jose";
import * as oauth from "oauth4webapi";
import { Refusal } from "../domain/refusal.ts";
import type { Env } from "../env.ts";
import { type HttpPolicy, httpFetch } from "../lib/http.ts";
import { errorFields, log } from "../lib/log.ts";
import { Secret } from "../lib/secret.ts";

const NEEDED = ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"] as const;

/** Signatures that only the provider can make. `none` and the HS family, whose key every client would share, are not among them. */
export const ALGORITHMS: readonly string[] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"];

/** 30 s: two machines' clocks. */
export const CLOCK_TOLERANCE_SECONDS = 30;
/** An hour: a provider's addresses change once in years, and its keys are kept apart. */
const METADATA_KEPT_MS = 60 * 60 * 1_000;
/** 10 minutes: a key that the provider has withdrawn opens nothing for longer. */
const KEYS_KEPT_MS = 10 * 60 * 1_000;
/** 30 s between two look-ups because of keys that nobody knows. */
const KEYS_COOLDOWN_MS = 30_000;
/** 10 requests a minute and isolate: a flood of forged tokens, or a provider that is away, is not handed on to it. */
const LOOK_UPS_PER_MINUTE_MAX = 10;
/** 5 s: a person is waiting. */
const TIMEOUT_MS = 5_000;
/** 256 KiB: the longest list of keys in use is a tenth of it. */
const BYTES_MAX = 256 * 1024;

export interface ProviderSettings {
  issuer: URL;
  clientId: string;
  clientSecret: Secret<string>;
}

/** The names of the settings that are still missing; none means that company sign-in is there. */
export function missingSettings(env: Env): string[] {
  return NEEDED.filter((name) => env[name] === undefined || env[name] === "");
}

export function providerSettings(env: Env): ProviderSettings {
  const { OIDC_ISSUER: issuer = "", OIDC_CLIENT_ID: clientId = "", OIDC_CLIENT_SECRET: clientSecret = "" } = env;
  const missing = missingSettings(env);
  if (missing.length > 0) {
    const message = `Company sign-in (OpenID Connect) is not configured here: ${missing.join(", ")} must be set.`;
    throw new Refusal({ status: 404, code: "not_configured", message });
  }
  return { issuer: new URL(issuer), clientId, clientSecret: new Secret(clientSecret) };
}

const isOwnMachine = (env: Env) => env.ENVIRONMENT === "local" || env.ENVIRONMENT === "test";

/** Our one way out, no redirects, plain http to this very machine only. */
const policyOf = (env: Env): HttpPolicy => ({ allowLoopback: isOwnMachine(env), timeoutMs: TIMEOUT_MS, bytesMax: BYTES_MAX, redirects: "refuse" });

/** How every call to the provider is made. */
export function throughHttp(env: Env) {
  const policy = policyOf(env);
  return {
    [oauth.customFetch]: (url: string, { method, headers, body }: oauth.CustomFetchOptions<string, URLSearchParams | undefined>) =>
      httpFetch(policy, url, { method, headers, body: body ?? null }),
    [oauth.allowInsecureRequests]: isOwnMachine(env),
  };
}

interface Kept {
  metadata: oauth.AuthorizationServer;
  untilMs: number;
}

/** By issuer. What is kept is plain text of the provider's; requests of an isolate share it. */
const known = new Map<string, Kept>();

/** What the provider says of itself. An answer that has grown old serves while the provider is away; without any it is a 503. */
export async function discover(env: Env): Promise<oauth.AuthorizationServer> {
  const { issuer } = providerSettings(env);
  const kept = known.get(issuer.href);
  if (kept !== undefined && kept.untilMs > Date.now()) return kept.metadata;
  try {
    takeLookUp();
    const response = await oauth.discoveryRequest(issuer, throughHttp(env));
    const metadata = await oauth.processDiscoveryResponse(issuer, response);
    known.set(issuer.href, { metadata: withoutWeakSignatures(metadata), untilMs: Date.now() + METADATA_KEPT_MS });
  } catch (error) {
    log("warn", "provider_unavailable", errorFields(error));
    if (kept === undefined) throw providerAway(error);
  }
  return known.get(issuer.href)?.metadata ?? unknownProvider();
}

/** The provider's list may name `none`; what it says of itself is no reason to take it. */
function withoutWeakSignatures(metadata: oauth.AuthorizationServer): oauth.AuthorizationServer {
  const named = metadata.id_token_signing_alg_values_supported ?? ["RS256"];
  return { ...metadata, id_token_signing_alg_values_supported: named.filter((name) => ALGORITHMS.includes(name)) };
}

function unknownProvider(): never {
  throw providerAway();
}

export function providerAway(cause?: unknown): Refusal {
  const message = "Your company's sign-in does not answer right now. Try again in a minute; if it stays, tell whoever runs it.";
  return new Refusal({ status: 503, code: "provider_unavailable", message }, { cause });
}

const keySets = new Map<string, JWTVerifyGetKey>();

/** The provider's public keys, fetched when they are first needed and when a key is new, at most so often. */
export async function providerKeys(env: Env): Promise<JWTVerifyGetKey> {
  const { jwks_uri: address } = await discover(env);
  if (address === undefined) throw providerAway();
  const kept = keySets.get(address);
  if (kept !== undefined) return kept;
  const policy = policyOf(env);
  const keys = createRemoteJWKSet(new URL(address), {
    timeoutDuration: TIMEOUT_MS,
    cooldownDuration: KEYS_COOLDOWN_MS,
    cacheMaxAge: KEYS_KEPT_MS,
    [customFetch]: (url, { headers, method }) => {
      takeLookUp();
      return httpFetch(policy, url, { headers, method });
    },
  });
  keySets.set(address, keys);
  return keys;
}

const lookUps = { sinceMs: 0, count: 0 };

function takeLookUp(): void {
  const now = Date.now();
  if (now - lookUps.sinceMs >= 60_000) Object.assign(lookUps, { sinceMs: now, count: 0 });
  lookUps.count += 1;
  if (lookUps.count > LOOK_UPS_PER_MINUTE_MAX) throw providerAway();
}
