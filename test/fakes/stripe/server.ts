/** Stripe's HTTP surface over the pretended world: keys, permissions, versions, lists, faults. Never reachable from another machine. */
import { setTimeout as wait } from "node:timers/promises";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context as AnyContext, Hono } from "hono";
import type { StripeBooks } from "./books.ts";
import { wrongObject, wrongParams } from "./contract.ts";
import { byId, LISTS, neededFor, pageOf, pathsOf, type Refusal } from "./lists.ts";
import { accountOf } from "./objects.ts";
import { API_VERSION, type ApiKey, type Fault, type Permission, type StripeWorld } from "./world.ts";

/** With Node's own response, to break a connection in the middle. */
type NodeEnv = { Bindings: HttpBindings };
type Context = AnyContext<NodeEnv>;

interface Asked {
  books: StripeBooks;
  key: ApiKey;
  params: Record<string, unknown>;
}

export function stripeApp(world: StripeWorld): Hono<NodeEnv> {
  const app = new Hono<NodeEnv>();
  const on = (path: string, needs: (asked: Asked) => Permission[], answer: (asked: Asked, c: Context) => object | Refusal) =>
    app.get(path, async (c) => {
      world.catchUp();
      const requestId = world.newId("req_");
      const fault = world.faultOf(c.req.path);
      const reply = (status: number, body: object) => replyOf(world, c, { status, body, requestId, fault });
      const broken = fault === null ? null : await brokenOf(c, fault, requestId);
      if (broken !== null) return logged(world, c, broken);
      const admitted = admit(world, c);
      if ("status" in admitted) return reply(admitted.status, errorOf(admitted));
      const asked = { ...admitted, params: paramsOf(new URL(c.req.url).searchParams) };
      const lacking = needs(asked).find((permission) => !asked.key.permissions.includes(permission));
      if (lacking !== undefined) return reply(403, errorOf(lackingOf(asked.key, lacking, asked.books)));
      const found = answer(asked, c);
      if (isRefusal(found)) return reply(found.status, errorOf(found));
      return reply(200, found);
    });
  on(
    "/v1/account",
    () => ["account"],
    ({ books }) => accountOf(books.settings),
  );
  on(
    "/v1/balance",
    () => ["balance"],
    ({ books }) => books.balance(),
  );
  for (const list of LISTS) {
    on(
      `/v1/${list}`,
      ({ params }) => neededFor(list, pathsOf(params)),
      ({ books, params }) => listOf(world, list, books, params),
    );
    on(
      `/v1/${list}/:id`,
      () => neededFor(list, []),
      ({ books }, c) => oneOf(world, c.req.param("id") ?? "", books),
    );
  }
  app.notFound((c) =>
    c.json(errorOf({ status: 404, code: "", param: null, message: `Unrecognized request URL (${c.req.method}: ${c.req.path}).` }), 404),
  );
  return app;
}

function listOf(world: StripeWorld, list: string, books: StripeBooks, params: Record<string, unknown>): object | Refusal {
  const wrong = wrongParams(list, params);
  if (wrong.length > 0) {
    world.violations.push(`GET /v1/${list}: ${wrong.join("; ")}`);
    return { status: 400, code: "parameter_unknown", param: null, message: `Received unknown or wrong parameters: ${wrong.join("; ")}` };
  }
  return pageOf(list, params, books, world.events);
}

function oneOf(world: StripeWorld, id: string, books: StripeBooks): object | Refusal {
  const event = world.events.find((told) => told.event.id === id && told.account === books.settings.id);
  return event?.event ?? byId(id, books) ?? { status: 404, code: "resource_missing", param: "id", message: `No such object: '${id}'` };
}

/** Who asks, and for whom. */
function admit(world: StripeWorld, c: Context): { books: StripeBooks; key: ApiKey } | Refusal {
  const version = c.req.header("stripe-version");
  if (version !== API_VERSION) world.violations.push(`${c.req.path}: Stripe-Version is ${version ?? "missing"}, not ${API_VERSION}`);
  if (c.req.header("cookie") !== undefined) world.violations.push(`${c.req.path}: a cookie came along`);
  const text = /^Bearer (\S+)$/.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
  const key = world.keys.get(text);
  if (key === undefined || key.isRevoked) return { status: 401, code: "", param: null, message: `Invalid API Key provided: ${masked(text)}` };
  const connected = c.req.header("stripe-account");
  const isAllowed = connected === undefined || connected === key.account || key.connected.includes(connected);
  const books = world.booksOf({ id: connected ?? key.account, livemode: key.livemode });
  if (isAllowed && books !== null && !books.isGone) return { books, key };
  const message = `The provided key '${masked(text)}' does not have access to account '${connected ?? key.account}' (or that account does not exist). Application access may have been revoked.`;
  return { status: 403, code: "account_invalid", param: null, message };
}

const masked = (key: string): string => `${key.slice(0, 8)}${"*".repeat(12)}${key.slice(-4)}`;

const WORDS: Record<Permission, string> = {
  account: "rak_accounts_kyc_basic_read",
  balance: "rak_balance_read",
  balance_transactions: "rak_balance_transaction_source_read",
  payouts: "rak_payout_read",
  charges: "rak_charge_read",
  refunds: "rak_charge_read",
  disputes: "rak_dispute_read",
  events: "rak_event_read",
};

function lackingOf(key: ApiKey, permission: Permission, books: StripeBooks): Refusal {
  const message = `The provided key '${masked(key.text)}' does not have the required permissions for this endpoint on account '${books.settings.id}'. Having the '${WORDS[permission]}' permission would allow this request to continue.`;
  return { status: 403, code: "", param: null, message };
}

function isRefusal(value: object): value is Refusal {
  return "status" in value && typeof value.status === "number" && "param" in value && "message" in value;
}

const TYPES: Record<number, string> = { 429: "rate_limit_error", 500: "api_error", 503: "api_error" };

function errorOf({ status, code, param, message }: Refusal): object {
  return {
    error: {
      ...(code === "" ? {} : { code, doc_url: `https://stripe.com/docs/error-codes/${code}` }),
      message,
      ...(param === null ? {} : { param }),
      type: TYPES[status] ?? "invalid_request_error",
    },
  };
}

/** `created[gte]`, `expand[]` and `expand[0]` as Stripe reads them; figures where the parameter is one. */
function paramsOf(search: URLSearchParams): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  for (const [key, text] of search) {
    const [, name = key, inner] = /^([^[]+)\[([^\]]*)\]$/.exec(key) ?? [];
    const value = /^\d+$/.test(text) && name !== "starting_after" ? Number(text) : text;
    if (inner === undefined) params[name] = value;
    else if (inner === "" || /^\d+$/.test(inner)) params[name] = [...(Array.isArray(params[name]) ? params[name] : []), value];
    else params[name] = { ...(typeof params[name] === "object" ? params[name] : {}), [inner]: value };
  }
  return params;
}

interface Reply {
  status: number;
  body: object;
  requestId: string;
  fault: Fault | null;
}

function replyOf(world: StripeWorld, c: Context, { status, body, requestId, fault }: Reply): Response {
  if (status === 200) world.violations.push(...wrongObject(body).map((wrong) => `answer of ${c.req.path}: ${wrong}`));
  // Stripe indents its answers.
  const text = JSON.stringify(body, null, 2);
  const headers = { "content-type": "application/json", "request-id": requestId, "stripe-version": API_VERSION };
  if (fault?.kind === "malformed") return logged(world, c, new Response(text.slice(0, text.length / 2), { status, headers }));
  if (fault?.kind === "cut") return logged(world, c, cutOff(c, text, headers));
  return logged(world, c, new Response(text, { status, headers }));
}

/** Half of the body, then the connection breaks. */
function cutOff(c: Context, text: string, headers: Record<string, string>): Response {
  const { outgoing } = c.env;
  outgoing.writeHead(200, { ...headers, "content-length": String(new TextEncoder().encode(text).length) });
  outgoing.write(text.slice(0, text.length / 2), () => outgoing.destroy());
  return RESPONSE_ALREADY_SENT;
}

/** The answers that come instead of Stripe's; null where the fault is in how the answer comes, or after waiting. */
async function brokenOf(c: Context, fault: Fault, requestId: string): Promise<Response | null> {
  const retry: Record<string, string> = fault.retryAfterSeconds === undefined ? {} : { "retry-after": String(fault.retryAfterSeconds) };
  const failed = (status: number, code: string, message: string) =>
    new Response(JSON.stringify(errorOf({ status, code, param: null, message })), {
      status,
      headers: { "content-type": "application/json", "request-id": requestId, ...retry },
    });
  if (fault.kind === "slow") await wait(fault.ms ?? 100);
  if (fault.kind === "rate_limited") return failed(429, "rate_limit", "Request rate limit exceeded.");
  if (fault.kind === "server_error") return failed(500, "", "An unknown error occurred.");
  if (fault.kind === "unavailable")
    return new Response("<html><body>503 Service Unavailable</body></html>", { status: 503, headers: { "content-type": "text/html", ...retry } });
  if (fault.kind === "reset") {
    c.env.outgoing.destroy();
    return RESPONSE_ALREADY_SENT;
  }
  return null;
}

function logged(world: StripeWorld, c: Context, response: Response): Response {
  const url = new URL(c.req.url);
  world.calls.push({
    method: c.req.method,
    path: url.pathname,
    query: decodeURIComponent(url.search),
    account: c.req.header("stripe-account") ?? null,
    status: response.status,
  });
  return response;
}
