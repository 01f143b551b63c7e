/** Every refusal has one form, names what was expected and seen, and tells nothing of the house's inside. */
import { createRoute, z } from "@hono/zod-openapi";
import { HTTPException } from "hono/http-exception";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Refusal, Unavailable } from "../../src/domain/refusal.ts";
import { headers } from "../../src/routes/headers.ts";
import { newRoutes, notFoundAnswer, onError } from "../../src/routes/problem.ts";
import { problemWire } from "../../src/routes/wire.ts";

const draft = z.strictObject({
  name: z.string().min(1).max(5),
  kind: z.enum(["file", "sync"]),
  account_number: z.string().regex(/^\d+$/).optional(),
  lines: z
    .array(z.object({ count: z.number().int().min(1) }))
    .max(2)
    .optional(),
});
const create = createRoute({
  method: "post",
  path: "/api/things/{id}",
  request: {
    params: z.object({ id: z.uuid() }),
    query: z.object({ limit: z.coerce.number().int().max(200).optional() }),
    body: { required: true, content: { "application/json": { schema: draft } } },
  },
  responses: { 204: { description: "Made." } },
});

function failingApp(failure?: Error, environment = "test") {
  const app = newRoutes();
  app.onError(onError);
  app.notFound(notFoundAnswer);
  app.use(headers);
  app.get("/api/fails", () => {
    throw failure ?? new Error("nothing was given to fail with");
  });
  app.openapi(create, (c) => c.body(null, 204));
  return { ask: async (path: string, init?: RequestInit) => read(await app.request(path, init, { ENVIRONMENT: environment })) };
}

async function read(response: Response) {
  return { status: response.status, headers: response.headers, body: problemWire.parse(await response.json()) };
}

const ID = "0199d000-0000-7000-8000-000000000001";
const send = (body: unknown, path = `/api/things/${ID}`) =>
  failingApp().ask(path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });

let spoken: string[] = [];
beforeEach(() => {
  spoken = [];
  for (const level of ["info", "warn", "error"] as const) vi.spyOn(console, level).mockImplementation((line) => void spoken.push(String(line)));
});
afterEach(() => vi.restoreAllMocks());

describe("a refusal", () => {
  it("is answered as a problem with its code, what was expected and seen, and more where there is more", async () => {
    const refusal = new Refusal({
      status: 409,
      code: "plan_changed",
      message: "The plan has changed.",
      expected: 2,
      seen: 3,
      more: { blockers: ["x"] },
    });

    const { status, headers, body } = await failingApp(refusal).ask("/api/fails");

    expect(status).toBe(409);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(body).toEqual({
      type: "about:blank",
      title: "Conflict",
      status: 409,
      code: "plan_changed",
      detail: "The plan has changed.",
      expected: 2,
      seen: 3,
      blockers: ["x"],
      request_id: headers.get("x-request-id"),
    });
  });

  it("cannot have its status or code replaced by what comes with it", async () => {
    const refusal = new Refusal({ status: 404, code: "not_found", message: "No.", more: { status: 200, code: "fine", request_id: "mine" } });

    const { body, headers } = await failingApp(refusal).ask("/api/fails");

    expect(body).toMatchObject({ status: 404, code: "not_found", request_id: headers.get("x-request-id") });
  });

  it("of an address that does not exist is a problem too", async () => {
    expect(await failingApp().ask("/api/nowhere")).toMatchObject({ status: 404, body: { code: "not_found" } });
  });
});

describe("what breaks inside", () => {
  it("is answered without a word of it, and logged by kind and request", async () => {
    const { status, headers, body } = await failingApp(new TypeError("select secret from accounts")).ask("/api/fails");

    expect({ status, code: body["code"] }).toEqual({ status: 500, code: "internal" });
    expect(JSON.stringify(body)).not.toMatch(/secret|TypeError|at /);
    expect(spoken).toHaveLength(1);
    expect(JSON.parse(spoken[0] ?? "")).toMatchObject({ event: "request_failed", request_id: headers.get("x-request-id"), error: "TypeError" });
    expect(spoken[0]).not.toContain("secret from accounts");
  });

  it("heals by itself where the database is away: 503, and when to come again", async () => {
    const { status, headers, body } = await failingApp(new Unavailable("database", { cause: new Error("host=10.0.0.1") })).ask("/api/fails");

    expect({ status, code: body["code"], retry: headers.get("retry-after") }).toEqual({ status: 503, code: "unavailable", retry: "5" });
    expect(JSON.stringify(body)).not.toContain("10.0.0.1");
  });

  it("is not shown when a library says it with a server's status", async () => {
    const { body } = await failingApp(new HTTPException(502, { message: "upstream password wrong" })).ask("/api/fails");

    expect(body).toMatchObject({ status: 500, code: "internal" });
    expect(JSON.stringify(body)).not.toContain("password");
  });
});

describe("invalid input", () => {
  it("names every field with what was expected and seen", async () => {
    const { status, body } = await send({ name: "", kind: "fax", lines: [{ count: 0 }, {}], colour: "red" });

    expect({ status, code: body["code"] }).toEqual({ status: 400, code: "invalid_request" });
    expect(body["errors"]).toEqual([
      { field: "name", expected: "at least 1 characters", seen: "text of 0 characters" },
      { field: "kind", expected: "one of file, sync", seen: '"fax"' },
      { field: "lines.0.count", expected: "at least 1", seen: "0" },
      { field: "lines.1.count", expected: "a value of type number", seen: "nothing" },
      { field: "body", expected: 'no "colour"', seen: "an object" },
    ]);
    expect(body["detail"]).toContain('kind: expected one of file, sync, but saw "fax".');
  });

  it("in the address and the query is named the same way", async () => {
    const path = await send({ name: "a", kind: "file" }, "/api/things/seven");
    const query = await send({ name: "a", kind: "file" }, `/api/things/${ID}?limit=1000`);

    expect(path).toMatchObject({ status: 400, body: { errors: [{ field: "id", expected: "the form uuid", seen: '"seven"' }] } });
    expect(query).toMatchObject({ status: 400, body: { errors: [{ field: "limit", expected: "at most 200", seen: '"1000"' }] } });
  });

  it("never repeats what may be an account number or a secret", async () => {
    const { body } = await send({ name: "far too long a name", kind: "file", account_number: "DE89 3704" });

    expect(JSON.stringify(body)).not.toMatch(/DE89|far too long/);
    expect(body["errors"]).toContainEqual({ field: "account_number", expected: "the form regex", seen: "text of 9 characters" });
  });

  it.each([
    ["JSON that is none", { body: "{", headers: { "content-type": "application/json" } }],
    ["no body", {}],
    ["a list in place of an object", { body: "[]", headers: { "content-type": "application/json" } }],
    ["null", { body: "null", headers: { "content-type": "application/json" } }],
  ])("%s is a 400 as a problem", async (_, init) => {
    const { status, body } = await failingApp().ask(`/api/things/${ID}`, { method: "POST", ...init });

    expect({ status, code: body["code"] }).toEqual({ status: 400, code: "invalid_request" });
  });

  it("of a content type that is not read here is a 415 as a problem", async () => {
    const { status, body } = await failingApp().ask(`/api/things/${ID}`, { method: "POST", body: "<a/>", headers: { "content-type": "text/xml" } });

    expect({ status, code: body["code"] }).toEqual({ status: 415, code: "unsupported_content" });
    expect(body["detail"]).toContain("application/json");
  });

  it("does not grow with the input: an answer stays short", async () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`field_${index}`, index]));

    const { body } = await send({ name: "a", kind: "file", ...many });

    expect(JSON.stringify(body).length).toBeLessThan(5_000);
  });
});

describe("the headers of every answer", () => {
  it("let a browser run nothing but our own files, and keep nothing", async () => {
    const { headers } = await failingApp(undefined, "production").ask("/api/fails");

    const policy = new Map((headers.get("content-security-policy") ?? "").split("; ").map((part) => [part.split(" ")[0], part]));
    expect(policy.get("default-src")).toBe("default-src 'none'");
    expect(policy.get("script-src")).toBe("script-src 'self'");
    expect(policy.get("frame-ancestors")).toBe("frame-ancestors 'none'");
    expect(headers.get("content-security-policy")).not.toMatch(/unsafe|\*|http/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("strict-transport-security")).toMatch(/^max-age=\d{8}/);
  });

  it("do not bind a developer's machine to https", async () => {
    const { headers } = await failingApp(undefined, "local").ask("/api/fails");

    expect(headers.get("strict-transport-security")).toBeNull();
  });
});
