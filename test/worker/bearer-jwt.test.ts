/** Access tokens of the company's provider on the API: whose are taken, and everything that is not. */
import { importJWK, SignJWT } from "jose";
import { afterEach, describe, expect, it, vi } from "vitest";
import { CONFIGURED, invite, oidc, personAtProvider, signInByCompany } from "./support/company.ts";
import { ask } from "./support/door.ts";
import { asOwner, freshTenant } from "./support/tenants.ts";

afterEach(() => vi.restoreAllMocks());

const AUDIENCE = "https://ingestion.corp.test";
const SETTINGS = { ...CONFIGURED, OIDC_AUDIENCE: AUDIENCE };

interface Change {
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
  issuer?: string;
  audience?: string;
  expires?: string | null;
  key?: CryptoKey | Uint8Array;
}

async function tokenOf(sub: string, change: Change = {}): Promise<string> {
  const token = new SignJWT({ scope: "anything", ...change.claims })
    .setProtectedHeader({ alg: "ES256", kid: "test-key", typ: "at+jwt", ...change.header })
    .setSubject(sub)
    .setIssuer(change.issuer ?? oidc.issuer)
    .setAudience(change.audience ?? AUDIENCE)
    .setIssuedAt();
  if (change.expires !== null) token.setExpirationTime(change.expires ?? "5m");
  return token.sign(change.key ?? (await importJWK(oidc.signingKey, "ES256")));
}

/** A member who came by the provider. */
async function member(role = "member") {
  const tenant = await freshTenant();
  const person = await personAtProvider();
  await invite(tenant.tenantId, person.email, role);
  await signInByCompany(person.sub);
  return { tenant, person };
}

const session = (token: string, headers: Record<string, string> = {}, settings = SETTINGS) =>
  ask("/api/session", { headers: { authorization: `Bearer ${token}`, ...headers } }, settings);
const ecKey = async () =>
  ((await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"])) as CryptoKeyPair).privateKey;

describe("a bearer JWT of the provider", () => {
  it("acts as the person it speaks of, with their role and under their name", async () => {
    const { tenant, person } = await member("admin");
    const token = await tokenOf(person.sub);

    expect(await session(token)).toMatchObject({
      status: 200,
      body: { user: { email: person.email }, token: null, tenant: { id: tenant.tenantId }, role: "admin", expires_at: null },
    });
    const made = await ask(
      "/api/tokens",
      {
        method: "POST",
        body: JSON.stringify({ name: "ERP", scopes: ["jobs:read"] }),
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      },
      SETTINGS,
    );
    expect(made.status).toBe(201);
    const [entry] = await asOwner(
      "select u.subject from ingestion_audit_log l join users u on u.id = l.user_id where l.tenant_id = $1 and l.action = 'token.created'",
      [tenant.tenantId],
    );
    expect(entry).toEqual({ subject: person.sub });
  });

  it("ends with the membership, and follows the role", async () => {
    const { tenant, person } = await member("admin");
    const token = await tokenOf(person.sub);

    await asOwner("update memberships set role = 'viewer' where tenant_id = $1 and role = 'admin'", [tenant.tenantId]);
    expect(await session(token)).toMatchObject({ body: { role: "viewer" } });

    await asOwner("delete from memberships where tenant_id = $1 and user_id in (select id from users where subject = $2)", [
      tenant.tenantId,
      person.sub,
    ]);
    expect(await session(token)).toMatchObject({ status: 401, body: { code: "token_refused" } });
  });

  it("of a person with two companies has to say which one, and gets no other", async () => {
    const { tenant, person } = await member();
    const second = await freshTenant();
    await signInByCompany(person.sub, { invitation: await invite(second.tenantId, person.email, "viewer") });
    const token = await tokenOf(person.sub);
    const stranger = await freshTenant();

    expect(await session(token)).toMatchObject({ status: 403, body: { code: "tenant_needed" } });
    expect(await session(token, { "x-tenant-id": tenant.tenantId })).toMatchObject({ status: 200, body: { tenant: { id: tenant.tenantId } } });
    expect(await session(token, { "x-tenant-id": second.tenantId })).toMatchObject({ body: { tenant: { id: second.tenantId }, role: "viewer" } });
    expect(await session(token, { "x-tenant-id": stranger.tenantId })).toMatchObject({ status: 401, body: { code: "token_refused" } });
    expect(await session(token, { "x-tenant-id": "x" })).toMatchObject({ status: 400 });
  });

  it("has no sessions and cannot switch", async () => {
    const { tenant, person } = await member();
    const authorization = `Bearer ${await tokenOf(person.sub)}`;

    const answer = await ask(
      "/api/session/tenant",
      { method: "POST", body: JSON.stringify({ tenant_id: tenant.tenantId }), headers: { authorization, "content-type": "application/json" } },
      SETTINGS,
    );

    expect(answer).toMatchObject({ status: 403, body: { code: "people_only" } });
  });
});

describe("refused is a JWT", () => {
  it.each<[string, Change]>([
    ["of another issuer", { issuer: "https://evil.example" }],
    ["for another API", { audience: "https://another.example" }],
    ["for our client, as ID tokens are", { audience: oidc.clientId }],
    ["that is an ID token by its nonce", { claims: { nonce: "n" } }],
    ["that is an ID token by its at_hash", { claims: { at_hash: "h" } }],
    ["that has expired", { expires: "-1m" }],
    ["that does not expire", { expires: null }],
    ["of a time to come", { claims: { nbf: Math.floor(Date.now() / 1_000) + 3_600 } }],
  ])("%s", async (_, change) => {
    const { person } = await member();

    expect(await session(await tokenOf(person.sub, change))).toMatchObject({ status: 401, body: { code: "token_refused" } });
  });

  it("signed by another key, by the client's secret, or by nobody", async () => {
    const { person } = await member();
    const good = await tokenOf(person.sub);
    const none = btoa(JSON.stringify({ alg: "none" })).replaceAll("=", "");
    const secret = new TextEncoder().encode(oidc.clientSecret);
    const forged = [
      await tokenOf(person.sub, { key: await ecKey() }),
      await tokenOf(person.sub, { key: secret, header: { alg: "HS256" } }),
      `${none}.${good.split(".")[1]}.`,
      `${good.slice(0, -4)}AAAA`,
    ];

    expect(await session(good)).toMatchObject({ status: 200 });
    for (const token of forged) expect(await session(token)).toMatchObject({ status: 401, body: { code: "token_refused" } });
  });

  it("of somebody whom no company has", async () => {
    expect(await session(await tokenOf(crypto.randomUUID()))).toMatchObject({ status: 401, body: { code: "token_refused" } });
  });

  it("where no audience is configured, or no provider", async () => {
    const { person } = await member();
    const token = await tokenOf(person.sub);

    expect(await session(token, {}, { ...SETTINGS, OIDC_AUDIENCE: "" })).toMatchObject({ status: 401 });
    const answer = await ask("/api/session", { headers: { authorization: `Bearer ${token}` } });
    expect(answer).toMatchObject({ status: 401, body: { code: "token_refused" } });
  });
});

it("a flood of tokens with keys that nobody knows asks the provider no more than a few times", async () => {
  const { person } = await member();
  expect(await session(await tokenOf(person.sub))).toMatchObject({ status: 200 });
  const asked = vi.spyOn(globalThis, "fetch");
  const key = await ecKey();

  for (let n = 0; n < 40; n += 1) {
    const answer = await session(await tokenOf(person.sub, { key, header: { kid: `unknown-${n}` } }));
    expect([401, 503]).toContain(answer.status);
  }

  expect(asked.mock.calls.length).toBeLessThan(5);
});
