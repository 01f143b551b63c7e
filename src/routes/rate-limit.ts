/** How many requests a minute come from one address, one person, one token. Counts by the platform's own limiter; where it fails, nobody is held back. */
import { createMiddleware } from "hono/factory";
import ipaddr from "ipaddr.js";
import type { Principal } from "../domain/actor.ts";
import { Refusal } from "../domain/refusal.ts";
import type { Env } from "../env.ts";
import { errorFields, log } from "../lib/log.ts";
import type { AppContext, AppEnv } from "./app-env.ts";
import { addressOf } from "./principal.ts";

/** The period of every limiter in wrangler.toml. */
const PERIOD_SECONDS = 60;

/** Asked by every look at the sign-in page; it tries nobody's luck. */
const LISTS_METHODS = "/auth/methods";

type Limiter = "RATE_ADDRESS" | "RATE_SIGN_IN" | "RATE_PERSON" | "RATE_TOKEN";

/** Before anybody is asked who they are: guesses at cookies and tokens count too. Signing in is held to fewer. */
export const limitAddress = createMiddleware<AppEnv>(async (c, next) => {
  const address = addressOf(c);
  if (address !== null) {
    const line = lineOf(address);
    await hold(c, "RATE_ADDRESS", line);
    if (c.req.path.startsWith("/auth/") && c.req.path !== LISTS_METHODS) await hold(c, "RATE_SIGN_IN", line);
  }
  await next();
});

/** Once it is known who asks. */
export const limitPrincipal = createMiddleware<AppEnv>(async (c, next) => {
  // Absent at public addresses.
  const asking: Principal | undefined = c.get("principal");
  if (asking !== undefined) await (asking.kind === "person" ? hold(c, "RATE_PERSON", asking.userId) : hold(c, "RATE_TOKEN", asking.tokenId));
  await next();
});

/** One customer's line: an IPv4 address, or the /64 of an IPv6 one, which holds more addresses than could ever be counted. */
function lineOf(address: string): string {
  const ip = ipaddr.process(address);
  return ip.kind() === "ipv4" ? ip.toString() : ip.toByteArray().slice(0, 8).join(".");
}

/** On a developer's machine everybody has one address, and tests are a burst by nature. */
const isHeld = (env: Env) => env.ENVIRONMENT === "staging" || env.ENVIRONMENT === "production";

async function hold(c: AppContext, limiter: Limiter, key: string): Promise<void> {
  const binding = c.env[limiter];
  if (binding === undefined || !isHeld(c.env)) return;
  if (await isWithin(binding, key)) return;
  throw new Refusal({
    status: 429,
    code: "too_many_requests",
    message: `More requests came within ${PERIOD_SECONDS} seconds than are answered. Wait as long as Retry-After says, then go on more slowly.`,
    more: { limit: limiter.slice("RATE_".length).toLowerCase() },
    retryAfterSeconds: PERIOD_SECONDS,
  });
}

async function isWithin(binding: RateLimit, key: string): Promise<boolean> {
  try {
    return (await binding.limit({ key })).success;
  } catch (error) {
    log("warn", "rate_limit_failed", errorFields(error));
    return true;
  }
}
