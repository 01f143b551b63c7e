/** Tokens of OAuth2 client credentials, kept in this isolate's memory for one session. Never in a cursor, a log or a store. */
import type { BankApiConfig, BankApiCredentials, BankAuth } from "../../../domain/bank-api/config.ts";
import { parseExact } from "../../../domain/bank-api/exact-json.ts";
import { find, textFound } from "../../../domain/bank-api/expression.ts";
import { toBase64, utf8 } from "../../../lib/crypto.ts";
import { Secret } from "../../../lib/secret.ts";
import { ConnectorFailure, type ConnectorFetch, type Session } from "../connector.ts";
import { failureOf, malformed } from "./failures.ts";

type ClientAuth = Extract<BankAuth, { kind: "oauth2_cc" }>;

interface Token {
  value: Secret<string>;
  /** Milliseconds since 1970. */
  usableUntilMs: number;
  granted: readonly string[];
}

/** By the session's credentials: they are one object through all calls of a session, and gone with it. */
const tokens = new WeakMap<object, Token>();

interface Asked {
  session: Session<BankApiConfig, BankApiCredentials>;
  auth: ClientAuth;
  send: ConnectorFetch;
}

/** The session's token, or a new one. Throws ConnectorFailure where it is refused, or lacks a scope that was asked for. */
export async function accessToken(asked: Asked): Promise<Secret<string>> {
  return (await tokenOf(asked)).value;
}

/** Scopes that were granted beyond those that are needed. */
export async function scopesBeyond(asked: Asked): Promise<string[]> {
  const { granted } = await tokenOf(asked);
  const needed = scopesIn(asked.auth.scope);
  return needed.length === 0 ? [] : granted.filter((scope) => !needed.includes(scope));
}

/** The bank no longer takes it: the next call asks for another. */
export function forgetToken({ credentials }: Asked["session"]): void {
  tokens.delete(credentials);
}

async function tokenOf(asked: Asked): Promise<Token> {
  const { session } = asked;
  const kept = tokens.get(session.credentials);
  if (kept !== undefined && session.now.getTime() < kept.usableUntilMs) return kept;
  const token = await requestToken(asked);
  tokens.set(session.credentials, token);
  return token;
}

async function requestToken({ session, auth, send }: Asked): Promise<Token> {
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  if (auth.scope !== undefined) form.set("scope", auth.scope);
  const headers = new Headers({ accept: "application/json", "content-type": "application/x-www-form-urlencoded" });
  const { client_id: id, client_secret: secret } = session.credentials.reveal();
  if (id === undefined || secret === undefined) throw refused("credential_missing", "The client id or the client secret is missing. Give both.");
  if (auth.style === "basic") headers.set("authorization", `Basic ${toBase64(utf8(`${formEncoded(id)}:${formEncoded(secret)}`))}`);
  else {
    form.set("client_id", id);
    form.set("client_secret", secret);
  }
  const response = await send(auth.tokenUrl, { method: "POST", headers, body: form.toString() });
  const answer = parseExact(await response.text());
  if (!response.ok) throw tokenFailure(response, answer, session.now);
  const value = textFound(find("access_token", answer));
  if (value === null || !/^[\u0021-\u007e]+$/.test(value)) throw malformed("no_token", "The bank's token endpoint answered without a token.");
  const granted = grantedScopes(auth, textFound(find("scope", answer)));
  const seconds = Number(textFound(find("expires_in", answer)) ?? DEFAULT_SECONDS);
  const usableMs = Math.max(0, (Number.isFinite(seconds) ? seconds : DEFAULT_SECONDS) - auth.skewSeconds) * 1_000;
  return { value: new Secret(value), usableUntilMs: session.now.getTime() + usableMs, granted };
}

/** 300 s where the bank does not say: shorter than any that was seen. */
const DEFAULT_SECONDS = 300;

/** Some servers drop a scope that they do not know in silence and answer 200; others say nothing where all was granted (RFC 6749, 5.1). */
function grantedScopes(auth: ClientAuth, said: string | null): string[] {
  const needed = scopesIn(auth.scope);
  if (said === null) return needed;
  const granted = scopesIn(said);
  const missing = needed.filter((scope) => !granted.includes(scope));
  if (missing.length === 0) return granted;
  throw refused("scope_missing", `The bank did not grant ${missing.join(" ")}. Give the application that permission at the bank.`);
}

const scopesIn = (text: string | undefined): string[] => (text ?? "").split(/\s+/).filter((scope) => scope !== "");

function tokenFailure(response: Response, answer: unknown, now: Date): ConnectorFailure {
  const failure = failureOf({ response, answer, now, isFollowing: false });
  if (response.status !== 400 && response.status !== 401 && response.status !== 403) return failure;
  const message = "The bank refuses the client id and secret, or the scopes asked for. Give new ones, or correct the scopes.";
  return new ConnectorFailure({ kind: "refused", code: failure.code, message, requestId: failure.requestId });
}

const refused = (code: string, message: string): ConnectorFailure => new ConnectorFailure({ kind: "refused", code, message });

/** As RFC 6749 section 2.3.1 has it, which nearly nobody's secrets show. */
const formEncoded = (text: string): string => new URLSearchParams({ v: text }).toString().slice(2);
