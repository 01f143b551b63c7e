/** What a bank's refusal means for the connection. Takes words and ids out of an answer, never its sentences: they may hold what is nobody's business. */
import { find, textFound } from "../../../domain/bank-api/expression.ts";
import type { ProviderFailureKind } from "../../../domain/connection-health.ts";
import { HttpRefused } from "../../../lib/http.ts";
import { ConnectorFailure } from "../connector.ts";

/** Where banks write their own word for what went wrong. */
const CODE_PATHS = ["tppMessages[0].code", "error.code", "error", "code", "name", "errors[0].code", "errors.code"];
const REQUEST_ID_HEADERS = ["x-request-id", "paypal-debug-id", "x-correlation-id", "request-id"];
/** Words for a consent that its owner has to give again. */
const CONSENT_WORDS = /^(CONSENT_(EXPIRED|INVALID|UNKNOWN)|consent_expired|SCA_(REQUIRED|EXPIRED))$/;

interface Refused {
  response: Response;
  /** The answer, where it is JSON. */
  answer: unknown;
  now: Date;
  /** A page was asked for by a cursor or a link that the bank itself gave. */
  isFollowing: boolean;
}

export function failureOf({ response, answer, now, isFollowing }: Refused): ConnectorFailure {
  const code = codeIn(answer) ?? `http_${response.status}`;
  const { kind, message } = meaningOf({ status: response.status, code, isFollowing });
  return new ConnectorFailure({
    kind,
    code,
    message,
    retryAfterSeconds: kind === "rate_limited" || kind === "unavailable" ? retryAfter(response.headers, now) : null,
    requestId: requestIdIn(response.headers),
  });
}

interface Meaning {
  kind: ProviderFailureKind;
  message: string;
}

function meaningOf({ status, code, isFollowing }: { status: number; code: string; isFollowing: boolean }): Meaning {
  if (CONSENT_WORDS.test(code))
    return { kind: "reauthenticate", message: "The consent for the accounts has ended or is not valid. Its owner has to give it again at the bank." };
  if (isFollowing && (status === 400 || status === 404 || status === 410 || status === 422)) {
    return { kind: "chain_broken", message: "The bank no longer knows the next page that it named. The pages are read again from their beginning." };
  }
  if (status >= 500 || status === 408)
    return { kind: "unavailable", message: `The bank answered with a fault of its own (${status}). It is asked again later.` };
  const known = MEANINGS.get(status);
  if (known !== undefined) return known;
  return {
    kind: "configuration",
    message: `The bank refuses the request (${status}). Compare the paths and parameters of the configuration with the bank's documentation.`,
  };
}

const MEANINGS: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [401, { kind: "refused", message: "The bank refuses the credentials. Give new ones." }],
  [403, { kind: "refused", message: "The credentials lack a permission that is needed to read accounts and transactions. Extend it at the bank." }],
  [404, { kind: "configuration", message: "The bank knows no such path or account. Compare the address and the paths of the configuration." }],
  [410, { kind: "gone", message: "What was connected is no longer at the bank." }],
  [429, { kind: "rate_limited", message: "The bank has been asked too often. It is asked again when it allows." }],
]);

function codeIn(answer: unknown): string | null {
  for (const path of CODE_PATHS) {
    const code = textFound(find(path, answer));
    if (code !== null && /^[\w.:-]{1,60}$/.test(code)) return code;
  }
  return null;
}

function requestIdIn(headers: Headers): string | null {
  for (const name of REQUEST_ID_HEADERS) {
    const value = headers.get(name);
    if (value !== null && /^[\w.:-]{1,100}$/.test(value)) return value;
  }
  return null;
}

/** 86,400 s: no bank's day is longer, and a wrong figure must not stop a connection for ever. */
const RETRY_SECONDS_MAX = 86_400;
const RESET_HEADERS = [
  "http_x_ratelimit_account_success_reset",
  "http_x_ratelimit_reset",
  "x-ratelimit-account-success-reset",
  "x-ratelimit-reset",
  "ratelimit-reset",
];

function retryAfter(headers: Headers, now: Date): number | null {
  const named = headers.get("retry-after");
  if (named !== null) return secondsIn(named, now);
  for (const name of RESET_HEADERS) {
    const reset = headers.get(name);
    if (reset !== null) return secondsIn(reset, now);
  }
  return null;
}

/** Seconds, a moment as seconds since 1970, or a date of HTTP. */
function secondsIn(text: string, now: Date): number | null {
  const nowSeconds = now.getTime() / 1_000;
  const figure = /^\d{1,12}(\.\d+)?$/.test(text.trim()) ? Number(text) : null;
  const at = figure === null ? Date.parse(text) / 1_000 : figure > 1_000_000_000 ? figure : nowSeconds + figure;
  return Number.isFinite(at) ? Math.min(RETRY_SECONDS_MAX, Math.max(1, Math.ceil(at - nowSeconds))) : null;
}

/** What was thrown on the way to the bank or while its answer came. Names no address. */
export function failureOfThrown(thrown: unknown): ConnectorFailure {
  if (thrown instanceof ConnectorFailure) return thrown;
  if (!(thrown instanceof HttpRefused)) {
    const code = thrown instanceof Error && thrown.name === "TimeoutError" ? "timeout" : "no_answer";
    return new ConnectorFailure({
      kind: "unavailable",
      code,
      message: "The bank does not answer, or its answer broke off. It is asked again later.",
    });
  }
  const isLarge = thrown.code === "too_large";
  const message = isLarge
    ? "An answer is larger than limits.maxBytes. Ask for fewer rows a page, or raise the limit."
    : "The address may not be asked: it has to be a public https address that answers without sending elsewhere.";
  return new ConnectorFailure({ kind: "configuration", code: thrown.code, message });
}

export const malformed = (code: string, message: string): ConnectorFailure => new ConnectorFailure({ kind: "malformed", code, message });
