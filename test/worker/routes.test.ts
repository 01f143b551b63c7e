/** Every route there is, found in the app's own description: whose it is, what it refuses, and that nothing sent to it is ever our fault. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { app } from "../../src/routes/app.ts";
import { JSON_BYTES_MAX } from "../../src/routes/body-caps.ts";
import { undeclaredRoutes } from "../../src/routes/principal.ts";
import { bai2 } from "../fixtures/bai2-file.ts";
import { HERE } from "./support/door.ts";
import { type Answer, openRoad, type Road } from "./support/road.ts";
import { asOwner } from "./support/tenants.ts";

const operation = z.looseObject({
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string(), required: z.boolean().optional() })).default([]),
  requestBody: z.looseObject({ content: z.record(z.string(), z.unknown()) }).optional(),
  responses: z.record(z.string(), z.looseObject({ description: z.string() })),
});
const description = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.record(z.string(), operation)) });

interface Route {
  method: string;
  path: string;
  params: string[];
  query: string[];
  /** Queries that must be there. */
  needed: string[];
  hasBody: boolean;
  /** The members that its JSON body may have. */
  fields: string[];
}

/** What DESIGN.md promises to outside programs and stands today. */
const PROMISED = [
  "GET /api/session",
  "POST /auth/local",
  "POST /api/upload/{format}",
  "POST /api/uploads",
  "GET /api/uploads/{id}",
  "PUT /api/uploads/{id}/parts/{n}",
  "POST /api/uploads/{id}/complete",
  "GET /api/jobs",
  "GET /api/jobs/{id}",
  "GET /api/jobs/{id}/rows",
  "GET /api/jobs/{id}/problems",
  "GET /api/jobs/{id}/rejects.csv",
  "POST /api/jobs/{id}/decisions",
  "POST /api/jobs/{id}/approve",
  "POST /api/jobs/{id}/cancel",
  "POST /api/jobs/{id}/retry",
  "POST /api/jobs/{id}/undo",
  "GET /api/jobs/{id}/undo",
  "POST /api/jobs/{id}/reparse",
  "GET /api/connections",
  "POST /api/connections",
  "GET /api/connections/{id}",
  "PATCH /api/connections/{id}",
  "DELETE /api/connections/{id}",
  "POST /api/connections/{id}/sync",
  "POST /api/connections/{id}/test",
  "POST /api/connections/test",
  "PUT /api/connections/{id}/credentials",
  "POST /webhooks/plaid",
  "POST /webhooks/stripe/{id}",
  "GET /api/mappings",
  "PUT /api/mappings/{id}",
  "GET /api/accounts",
  "POST /api/accounts",
  "GET /api/entities",
  "POST /api/entities",
  "GET /api/accounts/{id}/balances",
  "GET /api/transactions",
  "GET /api/transactions.csv",
  "GET /api/transactions/{id}",
  "PATCH /api/transactions/{id}",
  "GET /api/payments",
  "POST /api/payments",
  "POST /api/transactions/{id}/reconcile",
  "GET /api/audit",
  "GET /api/audit/verify",
  "POST /api/drop/{connection_id}",
];

/** What is everybody's own: whom it concerns is asked by the route itself. */
const ONES_OWN = ["DELETE /api/sessions/{id}", "POST /api/session/tenant"];

/** A body that each route takes, so that only whose it is can be wrong. */
const BODIES: Record<string, unknown> = {
  "POST /api/jobs/{id}/decisions": [{ row_id: "1", decision: "skip" }],
  "POST /api/jobs/{id}/reading": { settings: {} },
  "PUT /api/mappings/{id}": { account_id: null, verified: false },
  "PATCH /api/accounts/{id}": { name: "Renamed" },
  "PATCH /api/connections/{id}": { name: "Renamed" },
  "PUT /api/connections/{id}/credentials": { credentials: {} },
  "PATCH /api/transactions/{id}": { note: "Renamed" },
  "PATCH /api/notification-channels/{id}": { name: "Renamed" },
  "PUT /api/notification-channels/{id}/credentials": { secret: "new" },
  "PATCH /api/alert-rules/{id}": { enabled: false },
  "PATCH /api/members/{id}": { role: "viewer" },
  "PUT /api/uploads/{id}/parts/{n}": new Uint8Array([48]),
  "POST /api/drop/{connection_id}": new Uint8Array([48]),
};

let routes: Route[] = [];
let documented: unknown;
/** A company with one of everything, and a stranger's. */
let home: Road;
let stranger: Road;
const ids: Record<string, string> = {};

beforeAll(async () => {
  const response = await app.fetch(new Request(`${HERE}/api/openapi.json`), env);
  documented = await response.json();
  routes = Object.entries(description.parse(documented).paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, found]) => ({
      method: verb.toUpperCase(),
      path,
      params: found.parameters.filter((each) => each.in === "path").map((each) => each.name),
      query: found.parameters.filter((each) => each.in === "query").map((each) => each.name),
      needed: found.parameters.filter((each) => each.in === "query" && each.required === true).map((each) => each.name),
      hasBody: found.requestBody !== undefined,
      fields: fieldsOf(found.requestBody?.content["application/json"]),
    })),
  );
  [home, stranger] = await Promise.all([openRoad(), openRoad()]);
  await furnish();
}, 60_000);

const bodySchema = z.looseObject({
  schema: z.looseObject({ $ref: z.string().optional(), properties: z.record(z.string(), z.unknown()).optional() }),
});

function fieldsOf(content: unknown): string[] {
  const schema = bodySchema.safeParse(content).data?.schema;
  if (schema === undefined) return [];
  const named = schema.$ref === undefined ? schema : schema.$ref.split("/").slice(1).reduce<unknown>(memberOf, documented);
  return Object.keys(bodySchema.safeParse({ schema: named }).data?.schema.properties ?? {});
}

async function furnish(): Promise<void> {
  const idOf = async (method: string, path: string, body: unknown, as?: Record<string, string>) =>
    z.object({ id: z.string() }).parse(await home.ok(method, path, body, as)).id;
  const job = await home.book(bai2({ on: "2026-03-02", statements: [{ account: "0123456789", rows: [{ in: 5 }] }] }));
  ids["jobs"] = job.id;
  ids["transactions"] = (await home.transactions())[0]?.id ?? "";
  ids["mappings"] = (await home.mappings())[0]?.id ?? "";
  ids["accounts"] = job.statements[0]?.account_id ?? "";
  ids["connections"] = job.connection_id;
  ids["drop"] = job.connection_id;
  ids["uploads"] = await idOf("POST", "/api/uploads", { file_name: "large.bai" });
  ids["tokens"] = await idOf("POST", "/api/tokens", { name: "ERP", scopes: ["jobs:read"] }, await home.as("admin"));
  ids["members"] = home.tenant.people.member.userId;
  ids["invitations"] = await idOf("POST", "/api/invitations", { email: "new@corp.test", role: "member" }, await home.as("admin"));
  const [session] = await asOwner("select id from sessions where tenant_id = $1 limit 1", [home.tenantId]);
  ids["sessions"] = String(session?.["id"]);
  ids["payments"] = await idOf("POST", "/api/payments", { account_id: ids["accounts"], direction: "in", amount_minor: "5", currency: "USD" });
  ids["profiles"] = await idOf("POST", "/api/profiles", { name: "Bank", signature: "csv:date|amount", profile: {} });
  const [letter] = await asOwner(
    "insert into dead_letters (tenant_id, message_type, job_id, message, reason) values ($1, 'job.parsed', $2, '{}', 'Given up.') returning id",
    [home.tenantId, job.id],
  );
  ids["dead-letters"] = String(letter?.["id"]);
  const [event] = await asOwner(
    "insert into webhook_events (tenant_id, connection_id, provider, event_id, event_type, payload) values ($1, $2, 'plaid', 'e1', 'TRANSACTIONS', '{}') returning id",
    [home.tenantId, job.connection_id],
  );
  ids["webhook-events"] = String(event?.["id"]);
  const channel = { name: "ERP", channel_type: "webhook", credentials: { url: "https://erp.test/alerts" }, events: ["audit_broken"] };
  ids["notification-channels"] = await idOf("POST", "/api/notification-channels", channel, await home.as("admin"));
  const rule = { event_type: "job_failed", channel_id: ids["notification-channels"] };
  ids["alert-rules"] = await idOf("POST", "/api/alert-rules", rule, await home.as("admin"));
}

const nameOf = (route: Route) => `${route.method} ${route.path}`;

/** The route's address with true ids of the furnished company, or `wrong` in place of each. */
function addressOf(route: Route, wrong?: string): string {
  const collection = route.path.split("/")[2] ?? "";
  const path = route.path
    .replace(/\{(id|connection_id)\}/, wrong ?? ids[collection] ?? `no id for ${collection}`)
    .replace("{n}", wrong ?? "1")
    .replace("{format}", wrong ?? "bai2");
  // What a route needs in its query today is days.
  return route.needed.length === 0 ? path : `${path}?${route.needed.map((param) => `${param}=2026-03-02`).join("&")}`;
}

/** What must hold of every refusal. */
function expectProblem(answer: Answer, what: string): void {
  expect(answer.headers.get("content-type"), what).toBe("application/problem+json");
  expect(answer.body, what).toMatchObject({
    status: answer.status,
    code: expect.any(String),
    detail: expect.any(String),
    request_id: expect.any(String),
  });
}

describe("the API's description", () => {
  it("declares a permission for every route, or that anybody may ask it", () => {
    expect(undeclaredRoutes(app.routes)).toEqual([]);
  });

  it("names every path that is promised to outside programs", () => {
    const named = routes.map(nameOf);

    expect(PROMISED.filter((route) => !named.includes(route))).toEqual([]);
  });

  it("is OpenAPI 3.1 whose references all lead somewhere, and whose every route says what it answers and that it may refuse", () => {
    const parsed = description.parse(documented);
    const references = [...JSON.stringify(documented).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => match[1] ?? "");
    const broken = references.filter((reference) => reference.split("/").reduce<unknown>(memberOf, documented) === undefined);

    expect(parsed.openapi).toMatch(/^3\.1\./);
    expect(broken).toEqual([]);
    for (const [path, verbs] of Object.entries(parsed.paths)) {
      for (const [verb, { responses, parameters }] of Object.entries(verbs)) {
        expect(Object.keys(responses).length, `${verb} ${path}`).toBeGreaterThan(0);
        const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
        expect(
          parameters.filter((each) => each.in === "path").map((each) => each.name),
          `${verb} ${path}`,
        ).toEqual(inPath);
      }
    }
  });
});

const isBell = (path: string): boolean => path.startsWith("/webhooks/");

function memberOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;
}

describe("another company's ids", () => {
  it("are not found, on any route, and nothing of theirs changes", async () => {
    const owner = await stranger.as("owner");
    const before = await home.dump();
    // A bell asks for no sign-in, and answers the same for every id: it is not signed.
    const withIds = routes.filter((route) => !isBell(route.path) && route.params.some((param) => param === "id" || param === "connection_id"));

    for (const route of withIds) {
      const answer = await stranger.api(route.method, addressOf(route), BODIES[nameOf(route)], owner);

      expect(answer.status, `${nameOf(route)}: ${JSON.stringify(answer.body)}`).toBe(404);
      expectProblem(answer, nameOf(route));
    }

    expect(withIds.length).toBeGreaterThan(25);
    expect(await home.dump()).toEqual(before);
  });

  it("in a body or a query are as if they were not there", async () => {
    const mine = await stranger.book(bai2({ on: "2026-03-02", statements: [{ account: "0123456789", rows: [{ in: 5 }] }] }));
    const [row] = await stranger.transactions();
    const [mapping] = await stranger.mappings();
    const accountId = mine.statements[0]?.account_id ?? "";
    const owner = await stranger.as("owner");
    const nobody = crypto.randomUUID();
    const draft = { name: "ERP", channel_type: "webhook", credentials: { url: "https://erp.test/alerts" } };
    const own = await stranger.ok("POST", "/api/notification-channels", draft, owner);
    const asked: [method: string, path: string, body?: unknown][] = [
      ["PUT", `/api/mappings/${mapping?.id}`, { account_id: ids["accounts"] }],
      ["POST", `/api/upload/bai2?connection_id=${ids["connections"]}`, new Uint8Array([48])],
      ["POST", "/api/uploads", { file_name: "x", connection_id: ids["connections"] }],
      ["POST", "/api/accounts", { name: "x", currency: "USD", entity_id: nobody }],
      ["PATCH", `/api/accounts/${accountId}`, { entity_id: nobody }],
      ["PATCH", `/api/transactions/${row?.id}`, { entity_id: nobody }],
      ["POST", "/api/connections", { name: "x", connection_type: "bai2", entity_id: nobody }],
      ["PATCH", `/api/connections/${mine.connection_id}`, { entity_id: nobody }],
      ["POST", "/api/payments", { account_id: ids["accounts"], direction: "in", amount_minor: "5", currency: "USD" }],
      ["POST", `/api/transactions/${row?.id}/reconcile`, { payment_id: ids["payments"] }],
      ["POST", "/api/alert-rules", { event_type: "job_failed", channel_id: ids["notification-channels"] }],
      ["POST", "/api/alert-rules", { event_type: "job_failed", channel_id: own["id"], connection_id: ids["connections"] }],
    ];

    for (const [method, path, body] of asked) {
      const answer = await stranger.api(method, path, body, owner);

      expect([404, 409, 422], `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`).toContain(answer.status);
      expectProblem(answer, path);
    }
    expect(await stranger.transactions(`account_id=${ids["accounts"]}`)).toEqual([]);
    expect(await stranger.transactions(`job_id=${ids["jobs"]}`)).toEqual([]);
  });
});

describe("what is of the wrong type", () => {
  it("in a path is a 400 that says so", async () => {
    const owner = await home.as("owner");
    for (const route of routes.filter((each) => each.params.length > 0)) {
      const answer = await home.api(route.method, addressOf(route, "not-an-id"), BODIES[nameOf(route)], owner);

      expect(answer.status, `${nameOf(route)}: ${JSON.stringify(answer.body)}`).toBe(400);
      expectProblem(answer, nameOf(route));
    }
  });

  it.each(["not-one", "%00", "9".repeat(40)])("in a query (%s) is a 400 or of no effect, never our fault", async (wrong) => {
    const owner = await home.as("owner");
    for (const route of routes.filter((each) => each.method === "GET")) {
      for (const param of route.query) {
        const answer = await home.api(
          "GET",
          `${addressOf(route).split("?")[0]}?${param}=${wrong.startsWith("%") ? wrong : encodeURIComponent(wrong)}`,
          undefined,
          owner,
        );

        expect([200, 400], `${nameOf(route)}?${param}=${wrong}: ${JSON.stringify(answer.body)}`).toContain(answer.status);
        if (answer.status === 400) expectProblem(answer, nameOf(route));
      }
    }
  });

  it.each([
    ["a list", []],
    ["a text", "x"],
    ["null", null],
    ["an unknown key", { unknown: 1 }],
    ["numbers", { name: 1, account_id: 2, file_name: 3, email: 4, row_id: 5 }],
  ])("in a body (%s) is a 400", async (_name, body) => {
    const owner = await home.as("owner");
    const takesJson = routes.filter((route) => route.hasBody && !(BODIES[nameOf(route)] instanceof Uint8Array) && route.path !== "/auth/local");
    for (const route of takesJson) {
      const answer = await home.api(route.method, addressOf(route), body, owner);

      expect(answer.status, `${nameOf(route)}: ${JSON.stringify(answer.body)}`).toBe(400);
      expectProblem(answer, nameOf(route));
    }
    expect(takesJson.length).toBeGreaterThan(8);
  });

  it("in a body that is no JSON at all is a 400, and of another type a 415", async () => {
    const owner = await home.as("owner");
    for (const route of routes.filter((each) => each.hasBody)) {
      for (const [type, status] of [
        ["application/json", 400],
        ["text/plain", 415],
      ] as const) {
        const init = { method: route.method, body: '{"name":', headers: { ...owner, "content-type": type } };
        const response = await app.fetch(new Request(HERE + addressOf(route), init), env);

        expect([status, 400], `${nameOf(route)} as ${type}: ${await response.text()}`).toContain(response.status);
        expect(response.headers.get("content-type")).toBe("application/problem+json");
      }
    }
  });
});

/** Texts that have broken other systems: SQL, markup, paths, NUL, lone surrogates, right-to-left marks, sheer length. */
const HOSTILE: readonly [name: string, text: string][] = [
  ["SQL", "'; drop table transactions; --"],
  ["markup", "<script>alert(1)</script>"],
  ["a path", "../../../../etc/passwd"],
  ["NUL", "a\u0000b"],
  ["a lone surrogate", "\ud800"],
  ["a right-to-left mark", "\u202egnp.exe"],
  ["a look-up", "$" + "{jndi:ldap://x}"],
  ["50,000 characters", "x".repeat(50_000)],
];

describe("what is hostile", () => {
  it.each(HOSTILE)("in every field of a body (%s) is never our fault", async (_name, text) => {
    const owner = await home.as("owner");
    for (const route of routes.filter((each) => each.fields.length > 0 && !each.path.startsWith("/auth/"))) {
      const body = Object.fromEntries(route.fields.map((field) => [field, text]));

      const answer = await home.api(route.method, addressOf(route), body, owner);

      expect(answer.status, `${nameOf(route)}: ${JSON.stringify(answer.body).slice(0, 500)}`).toBeLessThan(500);
      expect(JSON.stringify(answer.body).length, nameOf(route)).toBeLessThan(60_000);
    }
  });

  it("by its depth or its size is refused at every address that takes JSON", async () => {
    const owner = await home.as("owner");
    const deep = `${"[".repeat(1_000)}${"]".repeat(1_000)}`;
    const large = JSON.stringify({ name: "x".repeat(JSON_BYTES_MAX) });
    const takesJson = routes.filter((route) => route.hasBody && !(BODIES[nameOf(route)] instanceof Uint8Array));
    for (const route of takesJson) {
      const send = (body: string) =>
        app.fetch(
          new Request(HERE + addressOf(route), { method: route.method, body, headers: { ...owner, "content-type": "application/json" } }),
          env,
        );

      const [tooDeep, tooLarge] = [await send(deep), await send(large)];

      expect([tooDeep.status, await tooDeep.json()], nameOf(route)).toMatchObject([400, { code: "body_too_deep" }]);
      expect([tooLarge.status, await tooLarge.json()], nameOf(route)).toMatchObject([413, { code: "body_too_large" }]);
    }
    expect(takesJson.length).toBeGreaterThan(8);
  });
});

describe("who may write", () => {
  it("is not a viewer, on any route", async () => {
    const viewer = await home.as("viewer");
    const before = await home.dump();
    const writing = routes.filter(
      (route) => route.method !== "GET" && !route.path.startsWith("/auth/") && !isBell(route.path) && !ONES_OWN.includes(nameOf(route)),
    );

    for (const route of writing) {
      const answer = await home.api(route.method, addressOf(route), BODIES[nameOf(route)], viewer);

      expect(answer.status, `${nameOf(route)}: ${JSON.stringify(answer.body)}`).toBe(403);
      expect(answer.body).toMatchObject({ code: "forbidden" });
    }

    expect(writing.length).toBeGreaterThan(20);
    expect(await home.dump()).toEqual(before);
  });

  it("is nobody who has not signed in, and reading is not theirs either", async () => {
    for (const route of routes.filter((each) => each.path.startsWith("/api/") && each.path !== "/api/health")) {
      const answer = await home.api(route.method, addressOf(route), BODIES[nameOf(route)], {});

      expect(answer.status, nameOf(route)).toBe(401);
    }
  });
});
