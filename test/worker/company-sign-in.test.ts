/** Company sign-in against a real provider on this machine: who comes in, and everybody who does not. */
import { decodeJwt, importJWK, SignJWT } from "jose";
import { afterEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { arrive, CONFIGURED, invite, oidc, personAtProvider, sessionOf, signInByCompany, walkToCallback } from "./support/company.ts";
import { type Asked, ask } from "./support/door.ts";
import { asOwner, type FreshTenant, freshTenant } from "./support/tenants.ts";

afterEach(() => vi.restoreAllMocks());

const session = (cookie: string) => ask("/api/session", { headers: { cookie } });
const refusedWith = (answer: Asked) => new URL(answer.headers.get("location") ?? "/", "http://x").searchParams.get("refused");

/** Nobody came in: no session, and the page is told why. */
function expectRefused(answer: Asked, code: string): void {
  expect(answer.status).toBe(303);
  expect(refusedWith(answer)).toBe(code);
  expect(new URL(answer.headers.get("location") ?? "", "http://x").pathname).toBe("/sign-in");
  expect(sessionOf(answer)).toBe("");
}

/** A person of the provider's with an open invitation. */
async function invited(change: Parameters<typeof personAtProvider>[0] = {}, role = "member") {
  const tenant = await freshTenant();
  const person = await personAtProvider(change);
  const invitation = await invite(tenant.tenantId, person.email, role);
  return { tenant, person, invitation };
}

async function membersOf(tenant: FreshTenant, email: string) {
  return asOwner("select u.*, m.role from users u join memberships m on m.user_id = u.id where m.tenant_id = $1 and u.email = $2", [
    tenant.tenantId,
    email,
  ]);
}

describe("the first sign-in", () => {
  it("by an invitation makes a member with the invited role, known from then on by issuer and subject", async () => {
    const { tenant, person, invitation } = await invited({}, "admin");

    const answer = await signInByCompany(person.sub, { next: "/transactions?q=rent", invitation });

    expect(answer).toMatchObject({ status: 303 });
    expect(answer.headers.get("location")).toBe("/transactions?q=rent");
    expect(await session(sessionOf(answer))).toMatchObject({
      status: 200,
      body: { user: { email: person.email, name: "Carla Colleague" }, tenant: { id: tenant.tenantId }, role: "admin" },
    });
    expect(await membersOf(tenant, person.email)).toMatchObject([{ issuer: oidc.issuer, subject: person.sub }]);
    const log = await asOwner("select action, details from ingestion_audit_log where tenant_id = $1 order by id", [tenant.tenantId]);
    expect(log).toEqual([
      { action: "invitation.accepted", details: {} },
      { action: "session.opened", details: { method: "oidc" } },
    ]);
  });

  it("needs no link where one company has invited the address", async () => {
    const { tenant, person } = await invited();

    const answer = await signInByCompany(person.sub);

    expect(await session(sessionOf(answer))).toMatchObject({ status: 200, body: { tenant: { id: tenant.tenantId }, role: "member" } });
  });

  it("needs the link where several have", async () => {
    const { person } = await invited();
    const other = await freshTenant();
    const second = await invite(other.tenantId, person.email.toUpperCase(), "viewer");

    expectRefused(await signInByCompany(person.sub), "several_invitations");

    const answer = await signInByCompany(person.sub, { invitation: second });
    expect(await session(sessionOf(answer))).toMatchObject({ body: { tenant: { id: other.tenantId }, role: "viewer" } });
  });

  it("takes the place of a member who was there before company sign-in, with what is recorded of them", async () => {
    const tenant = await freshTenant();
    const { email, userId } = tenant.people.viewer;
    const person = await personAtProvider({ email });
    await invite(tenant.tenantId, email, "member");

    const answer = await signInByCompany(person.sub);

    expect(await session(sessionOf(answer))).toMatchObject({ body: { user: { id: userId }, role: "member" } });
  });

  it("does not take the place of a stranger of another company who has the same address", async () => {
    const elsewhere = await freshTenant();
    const { email, userId } = elsewhere.people.owner;
    const tenant = await freshTenant();
    const person = await personAtProvider({ email });
    await invite(tenant.tenantId, email);

    const answer = await signInByCompany(person.sub);

    const { body } = await session(sessionOf(answer));
    expect(body).toMatchObject({ tenant: { id: tenant.tenantId }, role: "member" });
    expect(body["user"]).not.toMatchObject({ id: userId });
  });
});

describe("a later sign-in", () => {
  it("goes by issuer and subject: a new address is only noted", async () => {
    const { tenant, person } = await invited();
    await signInByCompany(person.sub);
    await personAtProvider({ ...person, email: `new-${person.email}`, name: "Carla Married" });

    const answer = await signInByCompany(person.sub);

    expect(await session(sessionOf(answer))).toMatchObject({
      body: { user: { email: `new-${person.email}`, name: "Carla Married" }, tenant: { id: tenant.tenantId } },
    });
  });

  it("needs no confirmed address any more, and believes none that is not", async () => {
    const { person } = await invited();
    await signInByCompany(person.sub);
    await personAtProvider({ ...person, email: "ceo@corp.test", email_verified: false });

    const answer = await signInByCompany(person.sub);

    expect(await session(sessionOf(answer))).toMatchObject({ status: 200, body: { user: { email: person.email } } });
  });

  it("of somebody else with the same address is not theirs", async () => {
    const { person } = await invited();
    await signInByCompany(person.sub);
    const namesake = await personAtProvider({ email: person.email });

    expectRefused(await signInByCompany(namesake.sub), "no_invitation");
  });

  it("goes to the company they were in last, and a link that was followed before changes nothing", async () => {
    const { person, invitation } = await invited();
    await signInByCompany(person.sub);
    const second = await freshTenant();
    const link = await invite(second.tenantId, person.email);
    await signInByCompany(person.sub, { invitation: link });

    const plain = await signInByCompany(person.sub);
    const again = await signInByCompany(person.sub, { invitation });

    for (const answer of [plain, again]) expect(await session(sessionOf(answer))).toMatchObject({ body: { tenant: { id: second.tenantId } } });
  });

  it("of a member who was removed is refused", async () => {
    const { tenant, person } = await invited();
    await signInByCompany(person.sub);

    await asOwner("delete from memberships where tenant_id = $1 and user_id in (select id from users where subject = $2)", [
      tenant.tenantId,
      person.sub,
    ]);

    expectRefused(await signInByCompany(person.sub), "no_invitation");
  });
});

describe("nobody comes in", () => {
  it("without an invitation", async () => {
    const person = await personAtProvider();

    expectRefused(await signInByCompany(person.sub), "no_invitation");
    expect(await asOwner("select from users where subject = $1", [person.sub])).toEqual([]);
  });

  it.each([
    ["was revoked", "revoked_at = now()"],
    ["has expired", "expires_at = now()"],
    ["was accepted before", "accepted_at = now()"],
  ])("by an invitation that %s", async (_, change) => {
    const { person, invitation } = await invited();
    await asOwner(`update invitations set ${change} where id = $1`, [invitation]);

    expectRefused(await signInByCompany(person.sub, { invitation }), "no_invitation");
    expectRefused(await signInByCompany(person.sub), "no_invitation");
  });

  it("by an invitation that is revoked while they type their password", async () => {
    const { person, invitation } = await invited();
    const walk = await walkToCallback(person.sub, { invitation });

    await asOwner("update invitations set revoked_at = now() where id = $1", [invitation]);

    expectRefused(await arrive(walk), "no_invitation");
  });

  it("by somebody else's invitation", async () => {
    const { invitation } = await invited();
    const stranger = await personAtProvider();

    expectRefused(await signInByCompany(stranger.sub, { invitation }), "no_invitation");
  });

  it("with an address that the provider has not confirmed", async () => {
    const { tenant, person } = await invited({ email_verified: false });

    expectRefused(await signInByCompany(person.sub), "email_not_verified");
    expect(await membersOf(tenant, person.email)).toEqual([]);
  });

  it("who turns back at the provider; where they wanted to go is kept for another try", async () => {
    const { invitation } = await invited();

    const answer = await signInByCompany("deny", { invitation, next: "/audit" });

    expectRefused(answer, "provider_refused");
    const query = new URL(answer.headers.get("location") ?? "", "http://x").searchParams;
    expect(query.get("next")).toBe("/audit");
    expect(query.get("invitation")).toBe(invitation);
  });

  it("with an answer to somebody else's question", async () => {
    const { person } = await invited();
    const mine = await walkToCallback(person.sub);
    const attackers = await walkToCallback(person.sub);

    expectRefused(await arrive({ callback: attackers.callback, cookie: mine.cookie }), "wrong_state");
  });

  it("without the cookie of the browser that began, or with another's, a forged or an old one", async () => {
    const { person } = await invited();
    const { callback, cookie } = await walkToCallback(person.sub);
    const altered = `${cookie.slice(0, -3)}${cookie.endsWith("AAA") ? "BBB" : "AAA"}`;

    expectRefused(await arrive({ callback, cookie: "" }), "sign_in_expired");
    expectRefused(await arrive({ callback, cookie: altered }), "sign_in_expired");
    vi.useFakeTimers({ now: Date.now() + 601_000, toFake: ["Date"] });
    try {
      expectRefused(await arrive({ callback, cookie }), "sign_in_expired");
    } finally {
      vi.useRealTimers();
    }
  });

  it("with a code that was used before", async () => {
    const { person } = await invited();
    const walk = await walkToCallback(person.sub);
    const first = await arrive(walk);

    expect(sessionOf(first)).not.toBe("");
    expectRefused(await arrive(walk), "code_refused");
  });

  it("with a code that was given to another sign-in, whose verifier is another", async () => {
    const { person } = await invited();
    const [mine, stolen] = [await walkToCallback(person.sub), await walkToCallback(person.sub)];
    const callback = new URL(mine.callback);
    callback.searchParams.set("code", stolen.callback.searchParams.get("code") ?? "");

    expectRefused(await arrive({ ...mine, callback }), "code_refused");
  });

  it("with an answer that names another issuer", async () => {
    const { person } = await invited();
    const { callback, cookie } = await walkToCallback(person.sub);
    callback.searchParams.set("iss", "https://evil.example");

    expectRefused(await arrive({ callback, cookie }), "identity_refused");
  });

  it("while our secret is not the one that the provider has", async () => {
    const { person } = await invited();

    const answer = await arrive(await walkToCallback(person.sub), { ...CONFIGURED, OIDC_CLIENT_SECRET: "another" });

    expectRefused(answer, "provider_unavailable");
  });

  it("while the provider is away", async () => {
    const { person } = await invited();
    const walk = await walkToCallback(person.sub);
    atTokenEndpoint(async () => new Response("<h1>Bad gateway</h1>", { status: 502 }));

    expectRefused(await arrive(walk), "provider_unavailable");
  });
});

const tokensSchema = z.looseObject({ id_token: z.string() });

/** Answers for the provider's token endpoint from here on. */
function atTokenEndpoint(answer: (real: Response) => Promise<Response>): void {
  const real = globalThis.fetch;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const response = await real(input, init);
    const address = new URL(input instanceof Request ? input.url : input);
    return address.href === `${oidc.issuer}/token` ? answer(response) : response;
  });
}

/** The provider's answer with another ID token in it. */
function withIdToken(forge: (claims: Record<string, unknown>, token: string) => Promise<string>): void {
  atTokenEndpoint(async (real) => {
    const tokens = tokensSchema.parse(await real.json());
    return Response.json({ ...tokens, id_token: await forge(decodeJwt(tokens.id_token), tokens.id_token) });
  });
}

async function signed(claims: Record<string, unknown>, header: { alg?: string; kid?: string } = {}, key?: CryptoKey): Promise<string> {
  const ours = await importJWK(oidc.signingKey, "ES256");
  return new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: "test-key", ...header }).sign(key ?? ours);
}

const part = (value: unknown) => btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const nowSeconds = () => Math.floor(Date.now() / 1_000);

describe("an ID token", () => {
  it("that a test signs anew with the provider's key is taken when nothing is wrong with it", async () => {
    const { person } = await invited();
    const walk = await walkToCallback(person.sub);
    withIdToken((claims) => signed(claims));

    expect(sessionOf(await arrive(walk))).not.toBe("");
  });

  it.each<[string, (claims: Record<string, unknown>) => Record<string, unknown>]>([
    ["of another sign-in (nonce)", (claims) => ({ ...claims, nonce: "another" })],
    ["without a nonce", ({ nonce: _, ...claims }) => claims],
    ["of another issuer", (claims) => ({ ...claims, iss: "https://evil.example" })],
    ["for another client", (claims) => ({ ...claims, aud: "another-client" })],
    ["for several clients without saying for which", (claims) => ({ ...claims, aud: [oidc.clientId, "another-client"] })],
    ["for several clients, meant for another", (claims) => ({ ...claims, aud: [oidc.clientId, "another-client"], azp: "another-client" })],
    ["for us, meant for another client", (claims) => ({ ...claims, azp: "another-client" })],
    ["that has expired", (claims) => ({ ...claims, iat: nowSeconds() - 7_200, exp: nowSeconds() - 3_600 })],
    ["that does not expire", ({ exp: _, ...claims }) => claims],
    ["of a time to come", (claims) => ({ ...claims, nbf: nowSeconds() + 3_600 })],
    ["of nobody", ({ sub: _, ...claims }) => claims],
  ])("%s is refused", async (_, change) => {
    const { person } = await invited();
    const walk = await walkToCallback(person.sub);
    withIdToken((claims) => signed(change(claims)));

    expectRefused(await arrive(walk), "identity_refused");
  });

  it("without a signature (alg none) is refused", async () => {
    const { person } = await invited();
    const walk = await walkToCallback(person.sub);
    withIdToken(async (claims) => `${part({ alg: "none" })}.${part(claims)}.`);

    expectRefused(await arrive(walk), "identity_refused");
  });

  it("signed by a key that is not the provider's is refused, whatever its header says", async () => {
    const { person } = await invited();
    const { privateKey } = (await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"])) as CryptoKeyPair;
    for (const kid of ["test-key", "unknown-key"]) {
      const walk = await walkToCallback(person.sub);
      withIdToken((claims) => signed(claims, { kid }, privateKey));

      expectRefused(await arrive(walk), "identity_refused");
      vi.restoreAllMocks();
    }
  });

  it("signed with the client's secret, which is no secret of the provider's alone, is refused", async () => {
    const { person } = await invited();
    const walk = await walkToCallback(person.sub);
    withIdToken((claims) => new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(oidc.clientSecret)));

    expectRefused(await arrive(walk), "identity_refused");
  });

  it("that is altered after it was signed is refused", async () => {
    const { person } = await invited();
    const walk = await walkToCallback(person.sub);
    withIdToken(async (claims, token) => {
      const [header, , signature] = token.split(".");
      return `${header}.${part({ ...claims, sub: crypto.randomUUID() })}.${signature}`;
    });

    expectRefused(await arrive(walk), "identity_refused");
  });

  it("that is not there is refused", async () => {
    const { person } = await invited();
    const walk = await walkToCallback(person.sub);
    atTokenEndpoint(async (real) => {
      const { id_token: _, ...tokens } = tokensSchema.parse(await real.json());
      return Response.json(tokens);
    });

    expectRefused(await arrive(walk), "identity_refused");
  });
});

describe("on the way to the provider", () => {
  const begin = (query: string) => ask(`/auth/oidc${query}`, {}, CONFIGURED);

  it("the browser carries a challenge, a state and a nonce, and everything else sealed in a cookie of ten minutes", async () => {
    const answer = await begin("?next=/audit");

    const address = new URL(answer.headers.get("location") ?? "");
    expect(Object.fromEntries(address.searchParams)).toMatchObject({
      response_type: "code",
      client_id: oidc.clientId,
      redirect_uri: "http://127.0.0.1:8787/auth/oidc/callback",
      scope: "openid email profile",
      code_challenge_method: "S256",
    });
    for (const name of ["state", "nonce", "code_challenge"]) expect(address.searchParams.get(name), name).toMatch(/^[\w-]{43}$/);
    const [cookie = "", ...attributes] = (answer.headers.get("set-cookie") ?? "").split("; ");
    expect(cookie).toMatch(/^__Host-sign-in=[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(attributes.sort()).toEqual(["HttpOnly", "Max-Age=600", "Path=/", "SameSite=Lax", "Secure"]);
    expect(cookie).not.toContain(address.searchParams.get("state") ?? "");
  });

  it.each(["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", "javascript:alert(1)", ""])(
    "an address elsewhere (%j) is not gone on to",
    async (next) => {
      const { person } = await invited();

      const answer = await signInByCompany(person.sub, { next });

      expect(answer.headers.get("location")).toBe("/");
      expect(sessionOf(answer)).not.toBe("");
    },
  );

  it("an invitation that is no id is a bad request", async () => {
    expect(await begin("?invitation=x")).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  });
});

describe("where company sign-in is not configured", () => {
  it("its address says by name what is missing", async () => {
    const answer = await ask("/auth/oidc", {}, { ...CONFIGURED, OIDC_CLIENT_SECRET: "" });

    expect(answer).toMatchObject({ status: 404, body: { code: "not_configured" } });
    expect(answer.body["detail"]).toContain("OIDC_CLIENT_SECRET");
  });

  it("the page is told which settings are missing, and no value of any", async () => {
    expect((await ask("/auth/methods")).body).toEqual({
      local: true,
      oidc: false,
      missing_settings: ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"],
    });
    expect((await ask("/auth/methods", {}, CONFIGURED)).body).toEqual({ local: true, oidc: true, missing_settings: [] });
    expect((await ask("https://bank.example/auth/methods", {}, { ENVIRONMENT: "production" })).body).toMatchObject({ local: false, oidc: false });
  });
});
