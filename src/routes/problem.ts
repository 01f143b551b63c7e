/** Every "no" of the API as RFC 9457 problem+json with a stable code and the request's id. Never tells an internal message, a stack or a secret. */

import { OpenAPIHono, type z } from "@hono/zod-openapi";
import type { ErrorHandler, NotFoundHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { ZodError } from "zod";
import { Refusal, type RefusalDetails, Unavailable } from "../domain/refusal.ts";
import { errorFields, log } from "../lib/log.ts";
import { isUnstorableText, missingReference } from "../store/tenant.ts";
import type { AppContext, AppEnv } from "./app-env.ts";
import { problemWire } from "./wire.ts";

/** 5 s: a database's failover or a deploy is mostly over by then; clients back off from there. */
const RETRY_AFTER_SECONDS = "5";

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Sign-in required",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  412: "Precondition failed",
  413: "Too large",
  415: "Unsupported content",
  422: "Cannot be processed",
  429: "Too many requests",
  500: "Our fault",
  503: "Unavailable",
};

/** A set of routes with our answer to invalid input; every file of routes starts with this. */
export const newRoutes = (): OpenAPIHono<AppEnv> => new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid });

/** For `createRoute({ responses: { ...problems(401, 403) } })`. */
export function problems<Status extends number>(...statuses: Status[]) {
  const answer = (status: number) => ({ description: TITLES[status] ?? "Refused", content: { "application/problem+json": { schema: problemWire } } });
  // Safe: the object is made of exactly these statuses.
  return Object.fromEntries(statuses.map((status) => [status, answer(status)])) as Record<Status, ReturnType<typeof answer>>;
}

export const onError: ErrorHandler<AppEnv> = (error, c) => {
  if (error instanceof Refusal) return problemAnswer(c, error.details);
  if (error instanceof ZodError) return invalidAnswer(c, error.issues, { value: undefined, isAddress: false });
  if (error instanceof Unavailable) return unavailableAnswer(c, error);
  if (error instanceof HTTPException && error.status === 415) return unsupportedAnswer(c);
  if (error instanceof HTTPException && error.status < 500) {
    return problemAnswer(c, {
      status: error.status,
      code: "invalid_request",
      message: error.message.slice(0, 300) || (TITLES[error.status] ?? "Refused"),
    });
  }
  const missing = missingReference(error);
  if (missing !== null) {
    const message = `There is nothing of your company under the ${missing} that was sent. Check the id.`;
    return problemAnswer(c, { status: 422, code: "unknown_reference", message, expected: `an id of yours in ${missing}` });
  }
  if (isUnstorableText(error)) {
    return problemAnswer(c, {
      status: 400,
      code: "invalid_request",
      message: "A text that was sent holds a NUL character, which no text has. Take it out.",
    });
  }
  log("error", "request_failed", { request_id: c.var.requestId, method: c.req.method, ...errorFields(error) });
  return problemAnswer(c, {
    status: 500,
    code: "internal",
    message: "Something broke on our side, and nothing was changed. Try again; if it stays, tell us the request_id.",
  });
};

export const notFoundAnswer: NotFoundHandler<AppEnv> = (c) =>
  problemAnswer(c, {
    status: 404,
    code: "not_found",
    message: `There is nothing at ${c.req.method} ${c.req.path.slice(0, 200)}. Check the address.`,
  });

/** The hook of every validated route. */
export function refuseInvalid(result: ValidationResult, c: AppContext): Response | undefined {
  if (result.success || result.error === undefined) return undefined;
  return invalidAnswer(c, result.error.issues, { value: result.data, isAddress: result.target === "query" || result.target === "param" });
}

interface ValidationResult {
  success: boolean;
  target: string;
  error?: { issues: z.core.$ZodIssue[] };
  data?: unknown;
}

function unsupportedAnswer(c: AppContext): Response {
  return problemAnswer(c, {
    status: 415,
    code: "unsupported_content",
    message: "This content type is not read at this address. Send application/json, or what the API's description names for it.",
    seen: c.req.header("content-type")?.slice(0, 100),
  });
}

function unavailableAnswer(c: AppContext, error: Unavailable): Response {
  log("warn", "unavailable", { request_id: c.var.requestId, what: error.what, ...errorFields(error) });
  c.header("retry-after", RETRY_AFTER_SECONDS);
  return problemAnswer(c, {
    status: 503,
    code: "unavailable",
    message: `The ${error.what} does not answer. Nothing was changed; try again in ${RETRY_AFTER_SECONDS} seconds.`,
  });
}

type ProblemDetails = Omit<RefusalDetails, "status"> & { status: ContentfulStatusCode };

function problemAnswer(c: AppContext, details: ProblemDetails): Response {
  const { status, code, message, expected, seen, more, retryAfterSeconds } = details;
  const body = {
    ...more,
    type: "about:blank",
    title: TITLES[status] ?? "Refused",
    status,
    code,
    detail: message,
    expected,
    seen,
    request_id: c.var.requestId,
  };
  if (status === 401) c.header("www-authenticate", "Bearer");
  if (retryAfterSeconds !== undefined) c.header("retry-after", String(retryAfterSeconds));
  return c.body(JSON.stringify(body), status, { "content-type": "application/problem+json" });
}

interface FieldError {
  field: string;
  expected: string;
  seen: string;
}

/** What was validated; of an address everything may be repeated, since it is in the address already. */
interface Input {
  value: unknown;
  isAddress: boolean;
}

/** 20 findings and 10 unknown keys: more than a person reads, and an answer that does not grow with what was sent. */
const ERRORS_MAX = 20;
const KEYS_MAX = 10;

function invalidAnswer(c: AppContext, issues: readonly z.core.$ZodIssue[], input: Input): Response {
  const errors = issues.slice(0, ERRORS_MAX).map((issue) => fieldError(issue, input));
  const [first] = errors;
  const sentences = errors.map(({ field, expected, seen }) => `${field}: expected ${expected}, but saw ${seen}.`);
  return problemAnswer(c, {
    status: 400,
    code: "invalid_request",
    message: `What was sent cannot be used. ${sentences.join(" ")}`,
    expected: first?.expected,
    seen: first?.seen,
    more: { errors },
  });
}

function fieldError(issue: z.core.$ZodIssue, input: Input): FieldError {
  const field = issue.path.length === 0 ? "body" : issue.path.map(String).join(".").slice(0, 100);
  return { field, expected: expectedBy(issue), seen: seenAt(issue, input) };
}

function expectedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_value":
      return issue.values.length === 1 ? `${String(issue.values[0])}` : `one of ${issue.values.map(String).join(", ")}`;
    case "invalid_type":
      return `a value of type ${issue.expected}`;
    case "invalid_format":
      return `the form ${issue.format}`;
    case "too_small":
      return `at least ${issue.minimum}${UNITS[issue.origin] ?? ""}`;
    case "too_big":
      return `at most ${issue.maximum}${UNITS[issue.origin] ?? ""}`;
    case "unrecognized_keys":
      return `no ${issue.keys
        .slice(0, KEYS_MAX)
        .map((key) => `"${key.slice(0, 40)}"`)
        .join(", ")}`;
    default:
      return issue.message;
  }
}

const UNITS: Readonly<Record<string, string>> = { string: " characters", array: " entries", set: " entries" };

/** Words and ids that a closed list or a form refused are shown; of anything else only its kind, since it may be an account number or a secret. */
function seenAt(issue: z.core.$ZodIssue, input: Input): string {
  if (input.value === undefined) return "something else";
  const value = issue.path.reduce<unknown>((at, key) => memberOf(at, key), input.value);
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value !== "string") return "an object";
  const isHarmless = issue.code === "invalid_value" || (issue.code === "invalid_format" && ["uuid", "date", "datetime"].includes(issue.format));
  return input.isAddress || isHarmless ? `"${value.slice(0, 60)}"` : `text of ${value.length} characters`;
}

function memberOf(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}
