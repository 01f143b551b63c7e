/** One request to a bank: headers, sign-in, pace, the certificate's binding; and its answer as text and as JSON. Follows nobody to another origin. */
import type { BankApiConfig, BankApiCredentials } from "../../../domain/bank-api/config.ts";
import { parseExact } from "../../../domain/bank-api/exact-json.ts";
import { fillTemplate } from "../../../domain/bank-api/template.ts";
import { toBase64, utf8 } from "../../../lib/crypto.ts";
import { ConnectorFailure, type ConnectorFetch, type Session } from "../connector.ts";
import { failureOf, failureOfThrown, malformed } from "./failures.ts";
import { accessToken, forgetToken } from "./oauth.ts";

export type BankSession = Session<BankApiConfig, BankApiCredentials>;

export interface Answer {
  /** As it came. */
  text: string;
  answer: unknown;
  headers: Headers;
}

/** A URL of the bank's own: at the base address, or a link that came from there. */
export function addressAt(session: BankSession, path: string): URL {
  return new URL(`${session.config.baseUrl.replace(/\/+$/, "")}${path}`);
}

/** Throws ConnectorFailure. `isFollowing`: the address is a next page that the bank named. */
export async function ask(session: BankSession, address: URL, { isFollowing = false }: { isFollowing?: boolean } = {}): Promise<Answer> {
  if (address.origin !== new URL(session.config.baseUrl).origin) {
    throw malformed(
      "link_to_another_origin",
      "The bank names a next page at another address. It is not followed there, and nothing of this run is booked.",
    );
  }
  try {
    const first = await send(session, address);
    const isTokenOld = first.status === 401 && session.config.auth.kind === "oauth2_cc";
    if (!isTokenOld) return await answerOf(session, first, isFollowing);
    await first.body?.cancel();
    forgetToken(session);
    return await answerOf(session, await send(session, address), isFollowing);
  } catch (thrown) {
    throw failureOfThrown(thrown);
  }
}

async function answerOf(session: BankSession, response: Response, isFollowing: boolean): Promise<Answer> {
  const text = await response.text();
  const answer = parseExact(text);
  if (!response.ok) throw failureOf({ response, answer, now: session.now, isFollowing });
  if (answer === undefined) throw malformed("answer_not_json", "The bank's answer is no JSON. Nothing of it is booked; it is asked again later.");
  return { text, answer, headers: response.headers };
}

async function send(session: BankSession, address: URL): Promise<Response> {
  const { config } = session;
  const headers = await headersOf(session);
  await keepPace(session);
  return await fetchOf(session)(address, { method: "GET", headers }, { bytesMax: config.limits.maxBytes });
}

/** The platform's own way out, or that of the certificate which the configuration names. */
export function fetchOf({ config, fetch, platform }: BankSession): ConnectorFetch {
  const name = config.transport.mtlsBinding;
  if (name === null) return fetch;
  const bound = Object.hasOwn(platform.certificates, name) ? platform.certificates[name] : undefined;
  if (bound !== undefined) return bound;
  const message = `No client certificate is bound as ${name}. The operator binds it when the service is deployed (docs/operations.md).`;
  throw new ConnectorFailure({ kind: "configuration", code: "certificate_not_bound", message });
}

async function headersOf(session: BankSession): Promise<Headers> {
  const { config, credentials } = session;
  const headers = new Headers({ accept: "application/json" });
  for (const [name, template] of Object.entries(config.headers)) {
    const words = new Map([["uuid", crypto.randomUUID()]]);
    if (template.includes("consent_id")) words.set("consent_id", credentialOf(session, "consent_id"));
    headers.set(name, fillTemplate(template, words));
  }
  const { auth } = config;
  if (auth.kind === "api_key") headers.set(auth.header, auth.prefix + credentialOf(session, "api_key"));
  if (auth.kind === "basic") {
    headers.set("authorization", `Basic ${toBase64(utf8(`${credentials.reveal().username ?? ""}:${credentialOf(session, "password")}`))}`);
  }
  if (auth.kind === "oauth2_cc") headers.set("authorization", `Bearer ${(await accessToken({ session, auth, send: fetchOf(session) })).reveal()}`);
  return headers;
}

function credentialOf({ credentials }: BankSession, name: keyof BankApiCredentials): string {
  const value = credentials.reveal()[name];
  // A header takes no line breaks and no letters beyond ASCII; a copied blank at the end is no part of a key.
  if (value !== undefined && /^[\u0020-\u007e]+$/.test(value.trim())) return value.trim();
  const message = `The credential ${name} is missing or cannot be sent. Give it again.`;
  throw new ConnectorFailure({ kind: "refused", code: "credential_missing", message });
}

/** Sessions that have asked already; a session is known by its credentials, which all of its calls share. */
const begun = new WeakSet<object>();

/** No faster than `limits.rps`, counted from answer to request: a little slower than allowed, and without a clock. */
async function keepPace({ config, credentials }: BankSession): Promise<void> {
  if (begun.has(credentials)) await new Promise((resolve) => setTimeout(resolve, 1_000 / config.limits.rps));
  begun.add(credentials);
}
