/** A person's way through their company's provider and back, as addresses that a browser goes to. Every refusal ends on the sign-in page, with its reason. */
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import * as z from "zod";
import { type InvitationId, idSchema } from "../domain/ids.ts";
import { Refusal } from "../domain/refusal.ts";
import { log } from "../lib/log.ts";
import { withSignIn } from "../store/sign-in.ts";
import type { AppContext } from "./app-env.ts";
import { enterWith } from "./enter.ts";
import { beginFlow, FLOW_SECONDS, type Flow, finishFlow, openFlow } from "./oidc-flow.ts";
import { addressOf } from "./principal.ts";
import { newRoutes } from "./problem.ts";
import { setSessionCookie } from "./session-cookie.ts";

export const FLOW_COOKIE = "__Host-sign-in";
const HOME = "/";

const beginQuery = z.object({ next: z.string().max(1_000).optional(), invitation: idSchema<InvitationId>().optional() });

export const companySignInRoutes = newRoutes()
  .get("/auth/oidc", async (c) => {
    const { next, invitation } = beginQuery.parse(c.req.query());
    try {
      const begun = await beginFlow(c.env, { redirectUri: callbackOf(c), next: ownPath(next), invitation: invitation ?? null });
      // Lax, since it is the provider's page that sends the browser back here.
      setCookie(c, FLOW_COOKIE, begun.sealed, { httpOnly: true, secure: true, sameSite: "Lax", path: "/", maxAge: FLOW_SECONDS });
      return c.redirect(begun.address.href, 303);
    } catch (error) {
      return backToDoor(c, error, { next: ownPath(next), invitation: invitation ?? null });
    }
  })
  .get("/auth/oidc/callback", async (c) => {
    const sealed = getCookie(c, FLOW_COOKIE);
    // Whatever comes of it: what was begun is ended, so that an answer counts once.
    deleteCookie(c, FLOW_COOKIE, { secure: true, path: "/" });
    const flow = sealed === undefined ? null : await openFlow(c.env, sealed);
    try {
      if (flow === null) throw notBegun();
      await enter(c, flow);
      return c.redirect(flow.next, 303);
    } catch (error) {
      return backToDoor(c, error, flow);
    }
  });

async function enter(c: AppContext, flow: Flow): Promise<void> {
  const identity = await finishFlow(c.env, { url: new URL(c.req.url), redirectUri: callbackOf(c), flow });
  const entered = await withSignIn(c.env, { identity, invitation: flow.invitation, ip: addressOf(c) }, async (tx, person) => ({
    ...person,
    ...(await enterWith(c, tx, { userId: person.userId, method: "oidc" })),
  }));
  await setSessionCookie(c, entered, entered.expiresAtSeconds);
}

/** As it is registered with the provider. */
const callbackOf = (c: AppContext) => `${new URL(c.req.url).origin}/auth/oidc/callback`;

/** Only a path of this site may be gone on to. */
function ownPath(next: string | undefined): string {
  if (next === undefined || !/^\/(?![/\\])[^\\\s]*$/.test(next)) return HOME;
  return next;
}

function notBegun(): Refusal {
  return new Refusal({
    status: 401,
    code: "sign_in_expired",
    message: "This sign-in was not begun in this browser, or too long ago. Sign in again.",
  });
}

/** A browser cannot read a problem document: the page says it in words, with the id to ask after, and the way on is kept. What is not configured is said plainly. */
function backToDoor(c: AppContext, error: unknown, way: Pick<Flow, "next" | "invitation"> | null): Response {
  if (!(error instanceof Refusal) || error.details.code === "not_configured") throw error;
  const { code } = error.details;
  log("info", "sign_in_ended", { request_id: c.var.requestId, code });
  const query = new URLSearchParams({ refused: code, request: c.var.requestId });
  if (way !== null && way.next !== HOME) query.set("next", way.next);
  if (way !== null && way.invitation !== null) query.set("invitation", way.invitation);
  return c.redirect(`/sign-in?${query}`, 303);
}
