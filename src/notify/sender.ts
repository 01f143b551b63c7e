/** What every kind of channel's sender is: one attempt at one message. Never writes to the database and never retries. */
import type { Env } from "../env.ts";
import { type HttpPolicy, type HttpRefusal, HttpRefused, httpFetch } from "../lib/http.ts";
import type { Secret } from "../lib/secret.ts";
import type { TakenMessage } from "../store/alert-messages.ts";

export interface Attempt {
  env: Env;
  message: TakenMessage;
  /** The channel's secrets as they were sealed: JSON; null where it has none. */
  credentials: Secret<string> | null;
}

/**
 * `away`: may heal by itself. `setup`: a person has to change something. Both keep the message; they differ in how soon it is tried again.
 * `message` is shown to the company's people: no secret, no answer's body.
 */
export type SendResult =
  | { as: "sent"; recipientsDone?: string[]; warning?: { code: string; message: string } }
  | { as: "away" | "setup"; code: string; message: string; retryAfterSeconds?: number; recipientsDone?: string[] };

export type Sender = (attempt: Attempt) => Promise<SendResult>;

/** Posts JSON and says what the answer means. */
export async function postJson(env: Env, url: string, body: string, headers: Record<string, string> = {}): Promise<SendResult> {
  try {
    const init = { method: "POST", body, headers: { "content-type": "application/json", "user-agent": "Stratifi-Alerts/1", ...headers } };
    const response = await httpFetch(policyOf(env), url, init);
    // What it says beside its status is of no use, and may be anything.
    await response.body?.cancel();
    return resultOf(response);
  } catch (error) {
    return thrown(error);
  }
}

/** 10 s: longer than any healthy receiver takes, short enough for a queue's turn. */
function policyOf(env: Env): HttpPolicy {
  return { allowLoopback: env.ENVIRONMENT === "local" || env.ENVIRONMENT === "test", timeoutMs: 10_000, redirects: "refuse" };
}

function resultOf(response: Response): SendResult {
  const { status } = response;
  if (status >= 200 && status < 300) return { as: "sent" };
  const retryAfterSeconds = secondsOf(response.headers.get("retry-after"));
  const retry = retryAfterSeconds === null ? {} : { retryAfterSeconds };
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return { as: "away", code: `http_${status}`, message: `The receiver answered ${status}. It is tried again by itself.`, ...retry };
  }
  const advice = "Check the channel's address and whether the receiver still takes it, then send a test.";
  return { as: "setup", code: `http_${status}`, message: `The receiver answered ${status}, so this message was not taken. ${advice}` };
}

function thrown(error: unknown): SendResult {
  if (error instanceof HttpRefused) {
    return {
      as: "setup",
      code: error.code,
      message: `${REFUSALS[error.code]} Change the channel's address, then send a test.`,
    };
  }
  const isTimeout = error instanceof Error && error.name === "TimeoutError";
  if (isTimeout) return { as: "away", code: "timeout", message: "The receiver did not answer within 10 seconds. It is tried again by itself." };
  return { as: "away", code: "unreachable", message: "The receiver could not be reached. It is tried again by itself." };
}

const NOT_PUBLIC = "The address is not one of a public server, so nothing was sent.";
const REFUSALS: Record<HttpRefusal, string> = {
  not_an_address: NOT_PUBLIC,
  not_https: "The address is not an https one, so nothing was sent.",
  credentials_in_address: "The address holds a user or a password, so nothing was sent.",
  private_address: NOT_PUBLIC,
  private_name: NOT_PUBLIC,
  port_refused: "The address names a port of another protocol's servers, so nothing was sent.",
  redirect_refused: "The receiver sends on to another address, which is not followed.",
  too_many_redirects: "The receiver sends on to another address, which is not followed.",
  too_large: "The receiver answered with more than it may.",
};

/** Up to an hour, in seconds; an instant in `Retry-After` is not read. */
function secondsOf(header: string | null): number | null {
  return header !== null && /^\d{1,5}$/.test(header) ? Math.min(3_600, Number(header)) : null;
}
