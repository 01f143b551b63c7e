/** The guard against other sites' pages: an unsafe request that rides on a cookie must come from our own origin. Looks at headers only. */
import { Refusal } from "../domain/refusal.ts";
import type { AppContext } from "./app-env.ts";

const SAFE_METHODS: readonly string[] = ["GET", "HEAD", "OPTIONS"];

/**
 * Throws a 403 where the browser says that another site asks. Whatever the content type: a form, a text and a JSON post are refused alike.
 * Both headers absent means that no browser is asking; every browser in use sends at least one of them with an unsafe request.
 */
export function refuseCrossSite(c: AppContext): void {
  if (SAFE_METHODS.includes(c.req.method)) return;
  const site = c.req.header("sec-fetch-site");
  const origin = c.req.header("origin");
  const isForeignSite = site !== undefined && site !== "same-origin" && site !== "none";
  const isForeignOrigin = origin !== undefined && origin !== new URL(c.req.url).origin;
  if (!isForeignSite && !isForeignOrigin) return;
  throw new Refusal({
    status: 403,
    code: "cross_site",
    message: "Another site's page asked for this in your name, so it was not done. Use the dashboard itself, or a service token.",
    expected: "a request from our own origin",
    seen: isForeignOrigin ? "another origin" : "another site",
  });
}
