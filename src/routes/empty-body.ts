/** Many clients name a content type for a body that they do not send. Where there is no body, there is no type to be held to. */
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./app-env.ts";

/** For all routes: a request without a body goes on without its content type, so that a body that may be left out can be. */
export const emptyBody = createMiddleware<AppEnv>(async (c, next) => {
  const { raw } = c.req;
  const isEmpty = raw.body === null || raw.headers.get("content-length") === "0";
  if (isEmpty && raw.headers.get("content-type")?.startsWith("application/json")) {
    const headers = new Headers(raw.headers);
    headers.delete("content-type");
    c.req.raw = new Request(raw.url, { method: raw.method, headers });
  }
  await next();
});
