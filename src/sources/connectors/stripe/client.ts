/** Asks Stripe, and turns every way in which that can fail into a ConnectorFailure. Never retries, and never says a key: Stripe's own messages quote a part of it. */
import * as z from "zod";
import { HttpRefused } from "../../../lib/http.ts";
import { ConnectorFailure, type Session } from "../connector.ts";
import type { StripeConfig, StripeCredentials } from "./settings.ts";

export type StripeSession = Session<StripeConfig, StripeCredentials>;

/** The version whose answers the format was written for. */
const STRIPE_VERSION = "2026-10-28.endive";
/** 60 s: a page of 100 lines takes a second or two; with the sources expanded some ten. */
const TIMEOUT_MS = 60_000;

/** What is asked for, in the words of the page where keys get their permissions. */
export const RESOURCES = {
  account: { path: "/v1/account", permission: "Account" },
  balance: { path: "/v1/balance", permission: "Balance" },
  balance_transactions: { path: "/v1/balance_transactions", permission: "Balance transaction sources" },
  payouts: { path: "/v1/payouts", permission: "Payouts" },
} as const;
export type Resource = keyof typeof RESOURCES;

export interface Answer {
  /** Exactly as it came. */
  text: string;
  json: unknown;
  /** Method, path and query, for the page's head. */
  request: string;
}

/** One GET. Throws ConnectorFailure for everything but an answer of 200 in JSON. */
export async function ask(session: StripeSession, resource: Resource, query: readonly (readonly [string, string])[] = []): Promise<Answer> {
  const url = new URL(RESOURCES[resource].path, session.platform.stripe.baseUrl);
  for (const [key, value] of query) url.searchParams.append(key, value);
  const { connected_account } = session.config;
  const init = {
    headers: {
      authorization: `Bearer ${session.credentials.reveal().api_key}`,
      "stripe-version": STRIPE_VERSION,
      ...(connected_account === null ? {} : { "stripe-account": connected_account }),
    },
  };
  const { response, text } = await reached(async () => {
    const answered = await session.fetch(url, init, { timeoutMs: TIMEOUT_MS });
    return { response: answered, text: await answered.text() };
  });
  const json = jsonOf(text);
  if (response.status !== 200) throw failureOf(response, json, resource);
  if (json === undefined) throw new ConnectorFailure({ kind: "unavailable", code: "not_json", message: NOT_JSON, requestId: requestIdOf(response) });
  return { text, json, request: `GET ${url.pathname}${decodeURIComponent(url.search)}` };
}

async function reached<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw unreached(error);
  }
}

/** Without what was thrown as its cause: that may name the address, or hold what was sent. */
function unreached(error: unknown): ConnectorFailure {
  if (error instanceof HttpRefused && error.code === "too_large")
    return new ConnectorFailure({ kind: "malformed", code: error.code, message: TOO_LARGE });
  if (error instanceof HttpRefused) return new ConnectorFailure({ kind: "configuration", code: error.code, message: ADDRESS_REFUSED });
  const isTimeout = error instanceof Error && error.name === "TimeoutError";
  return new ConnectorFailure({ kind: "unavailable", code: isTimeout ? "timeout" : "no_answer", message: isTimeout ? TIMED_OUT : NO_ANSWER });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const errorSchema = z.object({
  error: z.object({
    type: z.string().nullish(),
    code: z.string().nullish(),
    param: z.string().nullish(),
    message: z.string().nullish(),
  }),
});
type StripeError = z.infer<typeof errorSchema>["error"];

function failureOf(response: Response, json: unknown, resource: Resource): ConnectorFailure {
  const parsed = errorSchema.safeParse(json);
  const error: StripeError = parsed.success ? parsed.data.error : {};
  const { status } = response;
  const shared = { code: error.code ?? error.type ?? `http_${status}`, requestId: requestIdOf(response), retryAfterSeconds: retryAfterOf(response) };
  if (status === 429) return new ConnectorFailure({ ...shared, kind: "rate_limited", message: RATE_LIMITED });
  if (status >= 500 || status === 409 || response.headers.get("stripe-should-retry") === "true")
    return new ConnectorFailure({ ...shared, kind: "unavailable", message: unavailable(status) });
  if (error.code === "account_invalid" || error.code === "account_closed") return new ConnectorFailure({ ...shared, kind: "gone", message: GONE });
  if (status === 401)
    return new ConnectorFailure({ ...shared, kind: "refused", message: error.code === "api_key_expired" ? KEY_EXPIRED : KEY_REFUSED });
  if (status === 403)
    return new ConnectorFailure({ ...shared, kind: "refused", code: PERMISSION_DENIED, message: permissionMissing(resource, error) });
  if (error.code === "resource_missing" && error.param === "starting_after")
    return new ConnectorFailure({ ...shared, kind: "chain_broken", message: CHAIN_BROKEN });
  return new ConnectorFailure({
    ...shared,
    kind: "configuration",
    message: `Stripe refused the request for ${resource} (${shared.code}). Check the settings of this connection.`,
  });
}

/** The code of a key that may not read something; `test` gathers them. */
export const PERMISSION_DENIED = "permission_denied";

/** Stripe names the missing permission in its sentence, beside a part of the key; only the permission's own word is taken out of it. */
function permissionMissing(resource: Resource, error: StripeError): string {
  const word = /'(?:rak_)?([a-z][a-z_]{2,60})' permission/.exec(error.message ?? "")?.[1];
  const named = word === undefined ? "" : ` (Stripe calls it ${word})`;
  return `The key may not read ${RESOURCES[resource].permission}${named}. Give it this permission in Stripe, under Developers, API keys.`;
}

const requestIdOf = (response: Response): string | null => response.headers.get("request-id");

/** Seconds; a date is not what Stripe sends, and a day is the most that is waited. */
function retryAfterOf(response: Response): number | null {
  const text = response.headers.get("retry-after") ?? "";
  return /^\d{1,5}$/.test(text) ? Math.min(Number(text), 86_400) : null;
}

const unavailable = (status: number): string =>
  `Stripe answered with a fault of its own (${status}). It is asked again later; nothing has to be done.`;
const NOT_JSON = "Stripe's answer broke off, or something on the way answered in its place. Nothing of it was taken; it is asked for again later.";
const TOO_LARGE = "Stripe's answer was larger than a page can be. Turn off the details of charges, refunds and disputes, then sync again.";
const ADDRESS_REFUSED = "The address of Stripe that this installation is set to cannot be asked. Whoever runs the installation has to correct it.";
const TIMED_OUT = "Stripe took too long to answer. It is asked again later.";
const NO_ANSWER = "Stripe could not be reached, or the connection broke off. It is asked again later.";
const RATE_LIMITED = "Stripe asks for fewer requests. The run goes on later, from where it stopped.";
const GONE =
  "This key has no access to the Stripe account any more: access was revoked, or the account was closed. Connect it anew to go on; what is booked stays.";
const KEY_REFUSED = "Stripe refused the key: it was revoked, rolled over or mistyped. Put in a valid key.";
const KEY_EXPIRED = "The key has expired. Put in a new one.";
const CHAIN_BROKEN = "The last line that was read is no longer in Stripe's list. The list is read again from its beginning.";
