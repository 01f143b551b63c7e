/** One call to Plaid: headers, limits, and every way it can fail. Keeps the answer's text as it came; never puts a secret into a failure. */
import * as z from "zod";
import { HttpRefused } from "../../../lib/http.ts";
import { ConnectorFailure, type ConnectorFetch, type Platform } from "../connector.ts";
import { failureOf, type PlaidError, plaidErrorSchema, sentenceOf } from "./failures.ts";

/** The one version of Plaid's API there has been since 2020; said with each call, so that a default of the account cannot change it. */
const PLAID_VERSION = "2020-09-14";

/** 45 s: a balance is asked of the bank itself, which takes ten seconds as a rule and thirty at times. */
export const BALANCE_TIMEOUT_MS = 45_000;

/** What asking takes; a session has it, and so have the routes of Link. */
export interface PlaidDoor {
  fetch: ConnectorFetch;
  platform: Platform;
}

export interface PlaidCall<Answer> {
  path: `/${string}`;
  body: Record<string, unknown>;
  /** Loose: only what the caller needs of the answer. */
  answer: z.ZodType<Answer>;
  timeoutMs?: number;
  /** For sentences to people. */
  bank?: string | null;
  /** The cursor that `body` sends. */
  cursor?: string | null;
}

/** The whole text as it came, and what was needed of it. Throws ConnectorFailure. */
export async function ask<Answer>(door: PlaidDoor, call: PlaidCall<Answer>): Promise<{ text: string; answer: Answer }> {
  const bank = call.bank ?? "the bank";
  const { response, text } = await send(door, call, bank);
  const json = parsed(text);
  if (!response.ok) {
    const retryAfterSeconds = secondsOf(response.headers.get("retry-after"));
    throw failureOf({ status: response.status, error: errorOf(json), cursor: call.cursor ?? null, bank, retryAfterSeconds });
  }
  const answer = call.answer.safeParse(json);
  if (answer.success) return { text, answer: answer.data };
  throw new ConnectorFailure({ kind: "malformed", code: "unexpected_answer", message: sentenceOf("malformed", bank), requestId: requestIdOf(json) });
}

async function send(door: PlaidDoor, call: PlaidCall<unknown>, bank: string): Promise<{ response: Response; text: string }> {
  const { plaid } = door.platform;
  if (plaid === null) throw NOT_SET_UP();
  try {
    const response = await door.fetch(
      new URL(call.path, plaid.baseUrl),
      {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "plaid-version": PLAID_VERSION,
          "plaid-client-id": plaid.clientId,
          "plaid-secret": plaid.secret.reveal(),
        },
        body: JSON.stringify(call.body),
      },
      call.timeoutMs === undefined ? {} : { timeoutMs: call.timeoutMs },
    );
    // The end of the answer may be long in coming, or never come: that is this call's failure too.
    return { response, text: await response.text() };
  } catch (error) {
    throw ofNetwork(error, bank);
  }
}

function ofNetwork(error: unknown, bank: string): ConnectorFailure {
  if (error instanceof ConnectorFailure) return error;
  const name = error instanceof Error ? error.name : "";
  if (error instanceof HttpRefused) {
    const isAnswer = error.code === "too_large" || error.code === "too_many_redirects" || error.code === "redirect_refused";
    const kind = isAnswer ? "unavailable" : "configuration";
    return new ConnectorFailure({ kind, code: error.code, message: sentenceOf(kind, bank) });
  }
  const code = name === "TimeoutError" || name === "AbortError" ? "timeout" : "network";
  return new ConnectorFailure({ kind: "unavailable", code, message: sentenceOf("unavailable", bank) });
}

const NOT_SET_UP = () =>
  new ConnectorFailure({
    kind: "configuration",
    code: "plaid_not_set_up",
    message: "This installation has no account at Plaid. The administrator has to set Plaid's client id and secret.",
  });

/** Null: no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const errorOf = (json: unknown): PlaidError | null => plaidErrorSchema.safeParse(json).data ?? null;

const requestIdOf = (json: unknown): string | null => z.looseObject({ request_id: z.string() }).safeParse(json).data?.request_id ?? null;

/** Seconds, as `Retry-After` has them mostly; a date in it is left to our own patience. */
function secondsOf(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) : null;
}
