/** `Idempotency-Key` on what creates: the same request again is answered as the first was, and nothing is done twice. Never keeps a refusal. */
import { createMiddleware } from "hono/factory";
import type { Principal } from "../domain/actor.ts";
import { Refusal } from "../domain/refusal.ts";
import { sha256Hex } from "../lib/crypto.ts";
import { claimKey, type KeyedRequest, keepAnswer, releaseKey } from "../store/idempotency.ts";
import type { AppContext, AppEnv } from "./app-env.ts";

/** 1 to 255 visible characters (draft-ietf-httpapi-idempotency-key-header; some clients send it in quotes). */
const KEY = /^[\x21-\x7e]{1,255}$/;
/** 256 KiB: answers to what creates are one object; a larger one is not kept. */
const ANSWER_CHARS_MAX = 256 * 1024;
const FILES = /^\/api\/(upload\/|drop\/)/;

export const idempotency = createMiddleware<AppEnv>(async (c, next) => {
  const key = c.req.header("idempotency-key");
  const asking: Principal | undefined = c.get("principal");
  if (key === undefined || c.req.method !== "POST" || asking === undefined) return next();
  const request = await keyedRequest(c, key, asking);
  const claim = await claimKey(c.env, request);
  if (claim.state === "answered") {
    const { status, body } = claim.answer;
    return new Response(body, { status, headers: { "content-type": "application/json", "idempotency-replayed": "true" } });
  }
  if (claim.state !== "first") throw refusalOf(claim.state);
  let isKept = false;
  try {
    await next();
    isKept = await keep(c, request);
  } finally {
    if (!isKept) await releaseKey(c.env, request);
  }
});

/** True where the answer says that something was done. What threw was answered by the app's own error handler: it is not ok either. */
async function keep(c: AppContext, request: KeyedRequest): Promise<boolean> {
  if (!c.res.ok || !c.res.headers.get("content-type")?.startsWith("application/json")) return false;
  const body = await c.res.clone().text();
  if (body.length > ANSWER_CHARS_MAX) return false;
  await keepAnswer(c.env, request, { status: c.res.status, body });
  return true;
}

async function keyedRequest(c: AppContext, key: string, asking: Principal): Promise<KeyedRequest> {
  if (!KEY.test(key)) {
    throw new Refusal({
      status: 400,
      code: "idempotency_key_unreadable",
      message: "Idempotency-Key has 1 to 255 visible characters. Send a fresh uuid for each new request, and the same one when you send it again.",
      seen: `text of ${key.length} characters`,
    });
  }
  const { pathname, search } = new URL(c.req.url);
  const fingerprint = await sha256Hex(JSON.stringify([c.req.method, pathname, search, await contentOf(c)]));
  return {
    tenantId: c.var.tenantId,
    principalId: asking.kind === "person" ? asking.userId : asking.tokenId,
    keyHash: await sha256Hex(key),
    fingerprint,
  };
}

/** What was sent; of a file, which is never held whole, what its sender says of it. The same bytes are found by themselves (`duplicate`). */
async function contentOf(c: AppContext): Promise<string[]> {
  if (!FILES.test(c.req.path)) return [await c.req.raw.clone().text()];
  return ["content-type", "content-length", "content-digest"].map((name) => c.req.header(name) ?? "");
}

function refusalOf(state: "at_work" | "other_request"): Refusal {
  if (state === "at_work") {
    return new Refusal({
      status: 409,
      code: "request_at_work",
      message: "The first request with this Idempotency-Key is still at work. Ask again in a moment.",
      retryAfterSeconds: 2,
    });
  }
  return new Refusal({
    status: 422,
    code: "idempotency_key_reused",
    message: "This Idempotency-Key came with another request before. Use a fresh key for each new request.",
  });
}
