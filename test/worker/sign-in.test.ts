/** Signing in, staying signed in and out: against the real database. */
import { env } from "cloudflare:workers";
import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { fromBase64 } from "../../src/lib/crypto.ts";
import { ask, post, signIn } from "./support/door.ts";
import { asOwner, freshTenant } from "./support/tenants.ts";

const session = (cookie: string) => ask("/api/session", { headers: { cookie } });

describe("the local sign-in", () => {
  it("a person signs in by e-mail and is known from then on", async () => {
    const { people, tenantId } = await freshTenant();

    const cookie = await signIn(people.member.email.toUpperCase());
    const answer = await session(cookie);

    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      user: { id: people.member.userId, email: people.member.email },
      token: null,
      tenant: { id: tenantId },
      role: "member",
    });
    expect(answer.body["permissions"]).toContain("jobs:review");
    expect(answer.body["permissions"]).not.toContain("tokens:write");
  });

  it("the cookie is the host's own, out of scripts' reach, and ends after twelve hours", async () => {
    const { people } = await freshTenant();

    const { headers } = await ask("/auth/local", post({ email: people.viewer.email }));

    const attributes = (headers.get("set-cookie") ?? "").split("; ").slice(1).sort();
    expect(headers.get("set-cookie")).toMatch(/^__Host-session=/);
    expect(attributes).toEqual(["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=Lax", "Secure"]);
  });

  it.each([
    ["production on loopback", "http://127.0.0.1:8787", "production"],
    ["staging on loopback", "http://localhost", "staging"],
    ["local behind another host", "https://bank.example", "local"],
    ["a host that only begins like loopback", "http://127.0.0.1.evil.example", "local"],
    ["a host of the local network", "http://192.168.0.7:8787", "test"],
  ] as const)("does not exist in %s", async (_, origin, ENVIRONMENT) => {
    const { people } = await freshTenant();

    const answer = await ask(`${origin}/auth/local`, post({ email: people.owner.email }), { ENVIRONMENT });

    expect(answer.status).toBe(404);
    expect(answer.headers.get("set-cookie")).toBeNull();
  });

  it.each(["http://127.0.0.1:1", "http://localhost:8787", "http://[::1]:8787"])("exists on %s", async (origin) => {
    const { people } = await freshTenant();

    const answer = await ask(`${origin}/auth/local`, post({ email: people.owner.email }), { ENVIRONMENT: "local" });

    expect(answer.status).toBe(200);
  });

  it("an e-mail that nobody has is refused without a cookie", async () => {
    const answer = await ask("/auth/local", post({ email: "nobody@nowhere.test" }));

    expect(answer).toMatchObject({ status: 401, body: { code: "unknown_person" } });
    expect(answer.headers.get("set-cookie")).toBeNull();
  });

  it("a body without an e-mail is refused by name, and so is one with more", async () => {
    const without = await ask("/auth/local", post({}));
    const broken = await ask("/auth/local", { method: "POST", body: "{", headers: { "content-type": "application/json" } });
    const none = await ask("/auth/local", { method: "POST" });

    expect(without).toMatchObject({ status: 400, body: { code: "invalid_request", errors: [{ field: "email", seen: "nothing" }] } });
    expect(broken).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    expect(none).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  });

  it("another site's page cannot sign anybody in", async () => {
    const { people } = await freshTenant();

    const answer = await ask("/auth/local", post({ email: people.owner.email }, { "sec-fetch-site": "cross-site", origin: "https://evil.example" }));

    expect(answer).toMatchObject({ status: 403, body: { code: "cross_site" } });
  });
});

describe("a session", () => {
  it("ends at once when its person signs out, on every device that has the cookie", async () => {
    const { people, tenantId } = await freshTenant();
    const cookie = await signIn(people.member.email);

    const out = await ask("/auth/sign-out", { method: "POST", headers: { cookie } });

    expect(out.status).toBe(204);
    expect(out.headers.get("set-cookie")).toMatch(/^__Host-session=;.*Max-Age=0/);
    expect(await session(cookie)).toMatchObject({ status: 401, body: { code: "session_ended" } });
    const log = await asOwner("select action from ingestion_audit_log where tenant_id = $1 order by id", [tenantId]);
    expect(log.map((row) => row["action"])).toEqual(["session.opened", "session.revoked"]);
  });

  it("ends when its row has expired, whatever the cookie says", async () => {
    const { people, tenantId } = await freshTenant();
    const cookie = await signIn(people.member.email);

    await asOwner("update sessions set expires_at = now() - interval '1 second' where tenant_id = $1", [tenantId]);

    expect(await session(cookie)).toMatchObject({ status: 401, body: { code: "session_ended" } });
  });

  it("ends when its person leaves the company", async () => {
    const { people, tenantId } = await freshTenant();
    const cookie = await signIn(people.member.email);

    await asOwner("delete from memberships where tenant_id = $1 and user_id = $2", [tenantId, people.member.userId]);

    expect(await session(cookie)).toMatchObject({ status: 401, body: { code: "session_ended" } });
  });

  it("follows its person's role from one request to the next", async () => {
    const { people, tenantId } = await freshTenant();
    const cookie = await signIn(people.admin.email);

    await asOwner("update memberships set role = 'viewer' where tenant_id = $1 and user_id = $2", [tenantId, people.admin.userId]);

    expect(await session(cookie)).toMatchObject({ status: 200, body: { role: "viewer" } });
    expect(await ask("/api/tokens", { headers: { cookie } })).toMatchObject({
      status: 403,
      body: { code: "forbidden", expected: "tokens:write", seen: "viewer" },
    });
  });

  it("without one, the answer is 401 as a problem with the request's id", async () => {
    const answer = await ask("/api/session");

    expect(answer).toMatchObject({ status: 401, body: { type: "about:blank", status: 401, code: "sign_in_required" } });
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.body["request_id"]).toBe(answer.headers.get("x-request-id"));
  });
});

describe("a forged cookie", () => {
  const forge = async (change: {
    claims?: Record<string, unknown>;
    issuer?: string;
    audience?: string;
    expires?: string;
    alg?: string;
    key?: Uint8Array;
  }) => {
    const { people, tenantId } = await freshTenant();
    await signIn(people.owner.email);
    const [row] = await asOwner("select id from sessions where tenant_id = $1", [tenantId]);
    const token = await new SignJWT({ sid: row?.["id"], tenant: tenantId, ...change.claims })
      .setProtectedHeader({ alg: change.alg ?? "HS256" })
      .setSubject(people.owner.userId)
      .setIssuer(change.issuer ?? "stratifi-ingestion")
      .setAudience(change.audience ?? "stratifi-dashboard")
      .setIssuedAt()
      .setExpirationTime(change.expires ?? "1h")
      .sign(change.key ?? fromBase64(env.SESSION_KEY));
    return session(`__Host-session=${token}`);
  };

  it("the forger's pattern itself is accepted when nothing is wrong with it", async () => {
    expect((await forge({})).status).toBe(200);
  });

  it.each([
    ["another key", { key: new Uint8Array(32) }],
    ["another issuer", { issuer: "somebody-else" }],
    ["another audience", { audience: "another-app" }],
    ["an end in the past", { expires: "-1s" }],
    ["another algorithm under the same key", { alg: "HS512" }],
    ["a tenant that is no id", { claims: { tenant: "'; drop table users; --" } }],
  ])("with %s is refused", async (_, change) => {
    expect(await forge(change)).toMatchObject({ status: 401, body: { code: "sign_in_required" } });
  });

  it("with another tenant's id finds no session there", async () => {
    const other = await freshTenant();

    expect(await forge({ claims: { tenant: other.tenantId } })).toMatchObject({ status: 401, body: { code: "session_ended" } });
  });

  it("with algorithm none is refused", async () => {
    const { people } = await freshTenant();
    const [, payload] = (await signIn(people.owner.email)).split(".");
    const header = btoa(JSON.stringify({ alg: "none", typ: "JWT" })).replaceAll("=", "");

    const answer = await session(`__Host-session=${header}.${payload}.`);

    expect(answer).toMatchObject({ status: 401, body: { code: "sign_in_required" } });
  });

  it("under the name without its prefix is not looked at", async () => {
    const { people } = await freshTenant();
    const cookie = await signIn(people.owner.email);

    const answer = await session(cookie.replace("__Host-", ""));

    expect(answer.status).toBe(401);
  });
});
