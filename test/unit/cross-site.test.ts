/** Another site's page cannot act in a signed-in person's name: every method, content type and origin. */
import { Hono } from "hono";
import { expect, it } from "vitest";
import type { AppEnv } from "../../src/routes/app-env.ts";
import { refuseCrossSite } from "../../src/routes/cross-site.ts";
import { onError } from "../../src/routes/problem.ts";

const HERE = "https://books.example";
const app = new Hono<AppEnv>();
app.onError(onError);
app.all("/api/thing", (c) => {
  refuseCrossSite(c);
  return c.body(null, 204);
});

const UNSAFE = ["POST", "PUT", "PATCH", "DELETE"];
const SAFE = ["GET", "HEAD", "OPTIONS"];
const CONTENT_TYPES = [
  "application/json",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/octet-stream",
  null,
];

/** What a browser says of where a request comes from. */
const FOREIGN: Record<string, string>[] = [
  { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
  { "sec-fetch-site": "same-site", origin: "https://blog.books.example" },
  { "sec-fetch-site": "cross-site" },
  { origin: "https://evil.example" },
  { origin: "null" },
  { origin: "http://books.example" },
  { origin: "https://books.example:8443" },
  { origin: "https://books.example.evil.example" },
  { "sec-fetch-site": "same-origin", origin: "https://evil.example" },
  { "sec-fetch-site": "something-new" },
];
const OWN: Record<string, string>[] = [{ "sec-fetch-site": "same-origin", origin: HERE }, { origin: HERE }, { "sec-fetch-site": "none" }, {}];

async function statuses(methods: string[], origins: Record<string, string>[]): Promise<Set<number>> {
  const seen = new Set<number>();
  for (const method of methods) {
    for (const type of CONTENT_TYPES) {
      for (const origin of origins) {
        const init = { method, headers: { ...origin, ...(type === null ? {} : { "content-type": type }) } };
        seen.add((await app.request(`${HERE}/api/thing`, init)).status);
      }
    }
  }
  return seen;
}

it("an unsafe request from anywhere else is refused, whatever its content type", async () => {
  expect(await statuses(UNSAFE, FOREIGN)).toEqual(new Set([403]));
});

it("our own pages and programs that are no browser are let in", async () => {
  expect(await statuses(UNSAFE, OWN)).toEqual(new Set([204]));
});

it("reading changes nothing, so it is not guarded", async () => {
  expect(await statuses(SAFE, [...FOREIGN, ...OWN])).toEqual(new Set([204]));
});
