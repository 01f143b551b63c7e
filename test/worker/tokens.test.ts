/** Service tokens: shown once, kept as a hash, held to their scopes, their end and their company. */

import type { Hono } from "hono";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { AppEnv } from "../../src/routes/app-env.ts";
import { PUBLIC_ROUTES, undeclaredRoutes } from "../../src/routes/principal.ts";
import { newRoutes } from "../../src/routes/problem.ts";
import { ask, doorApp, post, signIn } from "./support/door.ts";
import { asOwner, freshTenant } from "./support/tenants.ts";

const made = z.object({ id: z.uuid(), token: z.string(), scopes: z.array(z.string()) });

async function tokenOf(cookie: string, draft: Record<string, unknown> = {}) {
  const answer = await ask("/api/tokens", post({ name: "ERP", scopes: ["jobs:read", "audit:read"], ...draft }, { cookie }));
  if (answer.status !== 201) throw new Error(`Making a token answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return made.parse(answer.body);
}

async function admin() {
  const tenant = await freshTenant();
  return { ...tenant, cookie: await signIn(tenant.people.admin.email) };
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe("a service token", () => {
  it("is shown once, has 43 characters behind its prefix, and works at once", async () => {
    const { cookie, tenantId } = await admin();

    const { id, token } = await tokenOf(cookie);

    expect(token).toMatch(/^sti_[A-Za-z0-9_-]{43}$/);
    expect(await ask("/api/session", bearer(token))).toMatchObject({
      status: 200,
      body: { user: null, token: { id, name: "ERP" }, tenant: { id: tenantId }, role: null, permissions: ["jobs:read", "audit:read"] },
    });
    expect(JSON.stringify((await ask("/api/tokens", { headers: { cookie } })).body)).not.toContain(token);
  });

  it("is nowhere in the database, only its hash is", async () => {
    const { cookie, tenantId } = await admin();
    const { token } = await tokenOf(cookie);

    const [row] = await asOwner("select t::text as row, encode(token_hash, 'hex') as hash from api_tokens t where tenant_id = $1", [tenantId]);
    const log = await asOwner("select l::text as row from ingestion_audit_log l where tenant_id = $1", [tenantId]);

    expect(row?.["hash"]).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify([row, log])).not.toContain(token.slice(4));
    expect(JSON.stringify(log)).toContain("token.created");
  });

  it("may what its scopes say and is refused the rest by name", async () => {
    const { cookie } = await admin();
    const { token } = await tokenOf(cookie, { scopes: ["jobs:read"] });

    expect(await ask("/api/audit", bearer(token))).toMatchObject({
      status: 403,
      body: { code: "forbidden", expected: "audit:read", seen: ["jobs:read"] },
    });
    expect(await ask("/api/tokens", bearer(token))).toMatchObject({ status: 403 });
  });

  it("stops at once when it is revoked, and revoking twice is the same", async () => {
    const { cookie } = await admin();
    const { id, token } = await tokenOf(cookie);

    const first = await ask(`/api/tokens/${id}`, { method: "DELETE", headers: { cookie } });
    const second = await ask(`/api/tokens/${id}`, { method: "DELETE", headers: { cookie } });

    expect(first.status).toBe(200);
    expect(second.body["revoked_at"]).toBe(first.body["revoked_at"]);
    expect(await ask("/api/session", bearer(token))).toMatchObject({ status: 401, body: { code: "token_refused" } });
  });

  it("stops when it has expired", async () => {
    const { cookie, tenantId } = await admin();
    const { token } = await tokenOf(cookie, { expires_at: "2126-01-01T00:00:00Z" });
    expect((await ask("/api/session", bearer(token))).status).toBe(200);

    await asOwner("update api_tokens set expires_at = now() - interval '1 second' where tenant_id = $1", [tenantId]);

    expect(await ask("/api/session", bearer(token))).toMatchObject({ status: 401, body: { code: "token_refused" } });
  });

  it("that nobody has, or that is none, is refused whatever its form", async () => {
    const { cookie } = await admin();
    const unknown = [`Bearer sti_${"A".repeat(43)}`, "Bearer ", "Bearer sti_short", `Bearer ${"x".repeat(5_000)}`, "Basic YTpi", "sti_"];

    const answers = await Promise.all(unknown.map((authorization) => ask("/api/session", { headers: { authorization, cookie } })));

    expect(answers.map((answer) => answer.status)).toEqual(unknown.map(() => 401));
  });

  it("notes its use at most once a minute", async () => {
    const { cookie, tenantId } = await admin();
    const { token } = await tokenOf(cookie);
    const lastUse = async () => (await asOwner("select last_used_at::text as at from api_tokens where tenant_id = $1", [tenantId]))[0]?.["at"];

    await ask("/api/session", bearer(token));
    const first = await lastUse();
    await ask("/api/session", bearer(token));

    expect(first).not.toBeNull();
    expect(await lastUse()).toBe(first);
    await asOwner("update api_tokens set last_used_at = now() - interval '61 seconds' where tenant_id = $1", [tenantId]);
    const before = await lastUse();
    await ask("/api/session", bearer(token));
    expect(await lastUse()).not.toBe(before);
  });

  it("of one company is not another's to see or revoke", async () => {
    const [ours, theirs] = [await admin(), await admin()];
    const { id, token } = await tokenOf(theirs.cookie);

    expect(await ask(`/api/tokens/${id}`, { method: "DELETE", headers: { cookie: ours.cookie } })).toMatchObject({
      status: 404,
      body: { code: "not_found" },
    });
    expect((await ask("/api/tokens", { headers: { cookie: ours.cookie } })).body).toEqual({ data: [], next_cursor: null });
    expect((await ask("/api/session", bearer(token))).status).toBe(200);
  });
});

describe("making one", () => {
  it("is refused for what a member may not, even to an owner", async () => {
    const { people } = await freshTenant();
    const cookie = await signIn(people.owner.email);

    const answer = await ask("/api/tokens", post({ name: "ERP", scopes: ["jobs:read", "tokens:write", "members:write"] }, { cookie }));

    expect(answer).toMatchObject({ status: 422, body: { code: "scope_refused", seen: ["tokens:write", "members:write"] } });
  });

  it.each([
    ["a scope that does not exist", { scopes: ["everything"] }],
    ["no scope", { scopes: [] }],
    ["no name", { name: "  " }],
    ["an end in the past", { expires_at: "2020-01-01T00:00:00Z" }],
    ["an end that is no instant", { expires_at: "tomorrow" }],
  ])("with %s is a 400 that names the field", async (_, draft) => {
    const { cookie } = await admin();

    const answer = await ask("/api/tokens", post({ name: "ERP", scopes: ["jobs:read"], ...draft }, { cookie }));

    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    expect(JSON.stringify(answer.body["errors"])).toContain(Object.keys(draft)[0]);
  });

  it.each(["member", "viewer"] as const)("is not a %s's to do", async (role) => {
    const { people } = await freshTenant();
    const cookie = await signIn(people[role].email);

    expect(await ask("/api/tokens", post({ name: "ERP", scopes: ["jobs:read"] }, { cookie }))).toMatchObject({
      status: 403,
      body: { expected: "tokens:write", seen: role },
    });
  });
});

describe("another site's page", () => {
  const foreign = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };

  it.each(["application/json", "text/plain", "application/x-www-form-urlencoded"])("cannot post %s in a signed-in person's name", async (type) => {
    const { cookie, tenantId } = await admin();

    const answer = await ask("/api/tokens", {
      ...post({ name: "theirs", scopes: ["jobs:read"] }),
      headers: { ...foreign, cookie, "content-type": type },
    });

    expect(answer).toMatchObject({ status: 403, body: { code: "cross_site" } });
    expect(await asOwner("select id from api_tokens where tenant_id = $1", [tenantId])).toEqual([]);
  });

  it("cannot sign anybody out", async () => {
    const { cookie } = await admin();

    expect((await ask("/auth/sign-out", { method: "POST", headers: { ...foreign, cookie } })).status).toBe(403);
    expect((await ask("/api/session", { headers: { cookie } })).status).toBe(200);
  });

  it("does not matter to a program with a token, which no browser adds by itself", async () => {
    const { cookie } = await admin();
    const { token } = await tokenOf(cookie);

    expect((await ask("/api/session", { headers: { ...foreign, authorization: `Bearer ${token}` } })).status).toBe(200);
  });
});

describe("the walk over routes", () => {
  it("finds a permission on every one of these that is not public", () => {
    expect(undeclaredRoutes(doorApp().routes)).toEqual([]);
    expect(doorApp().routes.length).toBeGreaterThan(8);
  });

  it("finds each of them in the API's description", () => {
    const { paths = {} } = doorApp().getOpenAPI31Document({ openapi: "3.1.0", info: { title: "Doors", version: "1" } });

    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(["/api/audit", "/api/audit/verify", "/api/session", "/api/tokens", "/api/tokens/{id}", "/auth/local", "/auth/sign-out"]),
    );
  });

  it("finds the route that somebody forgot", () => {
    const app: Hono<AppEnv> = newRoutes();
    app.get("/api/forgotten", (c) => c.text("everybody's"));
    app.all("/api/forgotten-too", (c) => c.text("everybody's"));

    expect(undeclaredRoutes(app.routes)).toEqual(["GET /api/forgotten", "ALL /api/forgotten-too"]);
  });

  it("and whoever is not signed in gets 401 from all of them, one by one", async () => {
    const guarded = [...new Set(doorApp().routes.map((route) => `${route.method} ${route.path}`))].filter(
      (route) => !route.startsWith("ALL ") && !PUBLIC_ROUTES.includes(route),
    );

    const answers = await Promise.all(
      guarded.map((route) => {
        const [method = "", path = ""] = route.split(" ");
        return ask(path.replace(":id", crypto.randomUUID()), { method });
      }),
    );

    expect(guarded.length).toBeGreaterThan(4);
    expect(answers.map((answer) => answer.status)).toEqual(guarded.map(() => 401));
  });
});
