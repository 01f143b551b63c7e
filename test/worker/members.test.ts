/** Who belongs to a company: invited, given another role, removed; and the owner who always stays. */
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { Role } from "../../src/domain/roles.ts";
import { CONFIGURED, invite as inviteByHand, personAtProvider, sessionOf, signInByCompany } from "./support/company.ts";
import { type Asked, ask, post, signIn } from "./support/door.ts";
import { asOwner, type FreshTenant, freshTenant } from "./support/tenants.ts";

interface House extends FreshTenant {
  as: (role: Role) => Promise<string>;
}

/** A company whose people sign in once. */
async function house(): Promise<House> {
  const tenant = await freshTenant();
  const cookies = new Map<Role, Promise<string>>();
  const as = (role: Role) => {
    const cookie = cookies.get(role) ?? signIn(tenant.people[role].email);
    cookies.set(role, cookie);
    return cookie;
  };
  return { ...tenant, as };
}

const get = (path: string, cookie: string) => ask(path, { headers: { cookie } });
const remove = (path: string, cookie: string) => ask(path, { method: "DELETE", headers: { cookie } });
const patch = (path: string, cookie: string, body: unknown) => ask(path, { ...post(body, { cookie }), method: "PATCH" });
const invite = (cookie: string, body: unknown) => ask("/api/invitations", post(body, { cookie }));
const idOf = (answer: Asked) => z.object({ id: z.uuid() }).parse(answer.body).id;
const dataOf = (answer: Asked) => z.object({ data: z.array(z.record(z.string(), z.unknown())) }).parse(answer.body).data;

async function roleOf({ tenantId }: FreshTenant, userId: string): Promise<unknown> {
  return (await asOwner("select role from memberships where tenant_id = $1 and user_id = $2", [tenantId, userId]))[0]?.["role"];
}

async function actionsOf({ tenantId }: FreshTenant): Promise<unknown[]> {
  const log = await asOwner("select action from ingestion_audit_log where tenant_id = $1 and action not like 'session.%' order by id", [tenantId]);
  return log.map((row) => row["action"]);
}

describe("the members", () => {
  it("are listed by role with what they are called and when they were last here", async () => {
    const home = await house();
    const cookie = await home.as("member");

    const members = dataOf(await get("/api/members", cookie));

    expect(members.map((one) => one["role"])).toEqual(["owner", "admin", "member", "viewer"]);
    expect(members[2]).toMatchObject({ id: home.people.member.userId, email: home.people.member.email, name: "Some Person" });
    expect(members[2]?.["last_seen_at"]).not.toBeNull();
    expect(members[3]?.["last_seen_at"]).toBeNull();
  });

  it("of another company are neither seen nor touched", async () => {
    const [home, other] = [await house(), await house()];
    const cookie = await home.as("owner");
    const theirs = other.people.viewer.userId;

    expect(dataOf(await get("/api/members", cookie)).map((one) => one["id"])).not.toContain(theirs);
    expect(await patch(`/api/members/${theirs}`, cookie, { role: "admin" })).toMatchObject({ status: 404, body: { code: "not_found" } });
    expect(await remove(`/api/members/${theirs}`, cookie)).toMatchObject({ status: 404 });
    expect(await roleOf(other, theirs)).toBe("viewer");
  });

  it("get another role from an admin, which holds from their next request on and is in the log", async () => {
    const home = await house();
    const viewer = await home.as("viewer");

    const answer = await patch(`/api/members/${home.people.viewer.userId}`, await home.as("admin"), { role: "member" });

    expect(answer).toMatchObject({ status: 200, body: { role: "member" } });
    expect(await get("/api/session", viewer)).toMatchObject({ body: { role: "member" } });
    const [entry] = await asOwner("select user_id, subject_id, details from ingestion_audit_log where tenant_id = $1 and action = 'member.changed'", [
      home.tenantId,
    ]);
    expect(entry).toEqual({
      user_id: home.people.admin.userId,
      subject_id: home.people.viewer.userId,
      details: { from: "viewer", to: "member" },
    });
  });

  it("who are removed are out at once, and what they did stays in the log", async () => {
    const home = await house();
    const member = await home.as("member");

    expect(await remove(`/api/members/${home.people.member.userId}`, await home.as("admin"))).toMatchObject({ status: 204 });

    expect(await get("/api/session", member)).toMatchObject({ status: 401, body: { code: "session_ended" } });
    const log = await asOwner("select action from ingestion_audit_log where tenant_id = $1 and user_id = $2", [
      home.tenantId,
      home.people.member.userId,
    ]);
    expect(log).toEqual([{ action: "session.opened" }]);
  });
});

describe("owners", () => {
  it("are made, changed, removed and invited by owners only", async () => {
    const home = await house();
    const admin = await home.as("admin");
    const { owner, viewer } = home.people;

    const refused = [
      await patch(`/api/members/${viewer.userId}`, admin, { role: "owner" }),
      await patch(`/api/members/${home.people.admin.userId}`, admin, { role: "owner" }),
      await patch(`/api/members/${owner.userId}`, admin, { role: "viewer" }),
      await remove(`/api/members/${owner.userId}`, admin),
      await invite(admin, { email: "new@corp.test", role: "owner" }),
    ];

    for (const answer of refused) expect(answer).toMatchObject({ status: 403, body: { code: "owners_only" } });
    expect(await patch(`/api/members/${viewer.userId}`, await home.as("owner"), { role: "owner" })).toMatchObject({ status: 200 });
    expect(await actionsOf(home)).toEqual(["member.changed"]);
  });

  it("may not all go: the last one can neither step down nor be removed", async () => {
    const home = await house();
    const cookie = await home.as("owner");
    const { userId } = home.people.owner;

    expect(await patch(`/api/members/${userId}`, cookie, { role: "admin" })).toMatchObject({ status: 409, body: { code: "last_owner" } });
    expect(await remove(`/api/members/${userId}`, cookie)).toMatchObject({ status: 409, body: { code: "last_owner" } });

    expect(await roleOf(home, userId)).toBe("owner");
    expect(await get("/api/session", cookie)).toMatchObject({ status: 200, body: { role: "owner" } });
    expect(await actionsOf(home)).toEqual([]);
  });

  it("who both step down at the same moment leave one behind, ten times out of ten", async () => {
    for (let round = 0; round < 10; round += 1) {
      const home = await house();
      await asOwner("update memberships set role = 'owner' where tenant_id = $1 and user_id = $2", [home.tenantId, home.people.admin.userId]);
      const [one, other] = [await home.as("owner"), await home.as("admin")];

      const answers = await Promise.all([
        patch(`/api/members/${home.people.owner.userId}`, one, { role: "viewer" }),
        round % 2 === 0
          ? patch(`/api/members/${home.people.admin.userId}`, other, { role: "viewer" })
          : remove(`/api/members/${home.people.admin.userId}`, other),
      ]);

      const owners = await asOwner("select from memberships where tenant_id = $1 and role = 'owner'", [home.tenantId]);
      expect(owners.length).toBe(1);
      expect(answers.map((answer) => answer.status).filter((status) => status === 409)).toEqual([409]);
    }
  });

  it("go with their company, when that is deleted", async () => {
    const home = await house();

    await asOwner("delete from tenants where id = $1", [home.tenantId]);

    expect(await asOwner("select from memberships where tenant_id = $1", [home.tenantId])).toEqual([]);
  });
});

describe("an invitation", () => {
  it("is a link for fourteen days to whoever has the address confirmed", async () => {
    const home = await house();
    const person = await personAtProvider();

    const made = await invite(await home.as("admin"), { email: person.email, role: "member" });

    expect(made).toMatchObject({ status: 201, body: { email: person.email, role: "member", state: "open" } });
    const days = (Date.parse(String(made.body["expires_at"])) - Date.parse(String(made.body["created_at"]))) / 86_400_000;
    expect(days).toBe(14);
    expect(made.body["link"]).toBe(`http://127.0.0.1:8787/sign-in?invitation=${idOf(made)}`);
    const answer = await signInByCompany(person.sub, { invitation: idOf(made) });
    expect(await get("/api/session", sessionOf(answer))).toMatchObject({ body: { tenant: { id: home.tenantId }, role: "member" } });
    const [listed] = dataOf(await get("/api/invitations", await home.as("admin")));
    expect(listed).toMatchObject({ state: "accepted", link: null, created_by: home.people.admin.userId });
    expect(await actionsOf(home)).toEqual(["invitation.created", "invitation.accepted"]);
  });

  it("that is revoked lets nobody in, and revoking twice is the same", async () => {
    const home = await house();
    const person = await personAtProvider();
    const cookie = await home.as("admin");
    const id = idOf(await invite(cookie, { email: person.email, role: "member" }));

    const first = await remove(`/api/invitations/${id}`, cookie);
    const second = await remove(`/api/invitations/${id}`, cookie);

    expect(first).toMatchObject({ status: 200, body: { state: "revoked", link: null } });
    expect(second.body).toEqual(first.body);
    expect(sessionOf(await signInByCompany(person.sub, { invitation: id }))).toBe("");
    expect(await actionsOf(home)).toEqual(["invitation.created", "invitation.revoked"]);
  });

  it("is one for an address at a time; an expired one makes way", async () => {
    const home = await house();
    const cookie = await home.as("admin");
    const email = `${crypto.randomUUID()}@corp.test`;
    const id = idOf(await invite(cookie, { email, role: "member" }));

    expect(await invite(cookie, { email: email.toUpperCase(), role: "viewer" })).toMatchObject({ status: 409, body: { code: "already_invited" } });

    await asOwner("update invitations set expires_at = now() - interval '1 second' where id = $1", [id]);
    expect(await invite(cookie, { email, role: "viewer" })).toMatchObject({ status: 201 });
  });

  it("is not needed by a member", async () => {
    const home = await house();
    const person = await personAtProvider();
    await inviteByHand(home.tenantId, person.email);
    await signInByCompany(person.sub);

    expect(await invite(await home.as("admin"), { email: person.email, role: "viewer" })).toMatchObject({
      status: 409,
      body: { code: "already_member" },
    });
  });

  it("of another company is not found", async () => {
    const [home, other] = [await house(), await house()];
    const id = await inviteByHand(other.tenantId, "x@corp.test");

    expect(await remove(`/api/invitations/${id}`, await home.as("owner"))).toMatchObject({ status: 404 });
    expect(dataOf(await get("/api/invitations", await home.as("owner")))).toEqual([]);
  });

  it("to own the company is revoked by owners only", async () => {
    const home = await house();
    const id = idOf(await invite(await home.as("owner"), { email: "new@corp.test", role: "owner" }));

    expect(await remove(`/api/invitations/${id}`, await home.as("admin"))).toMatchObject({ status: 403, body: { code: "owners_only" } });
    expect(dataOf(await get("/api/invitations", await home.as("owner")))).toMatchObject([{ state: "open" }]);
  });

  it.each([
    { email: "no address", role: "member" },
    { email: "a@b.test" },
    { email: "a@b.test", role: "king" },
    { email: "a@b.test", role: "member", extra: 1 },
  ])("that is incomplete is refused: %j", async (body) => {
    const home = await house();

    expect(await invite(await home.as("admin"), body)).toMatchObject({ status: 400 });
  });
});

describe("the Worker's own role in the database", () => {
  it("cannot make a member without an invitation", async () => {
    const grants = await asOwner(
      `select privilege, has_table_privilege('stratifi_worker', 'memberships', privilege) as may
         from unnest(array['select', 'insert', 'update', 'delete']) privilege`,
    );

    expect(Object.fromEntries(grants.map((row) => [row["privilege"], row["may"]]))).toEqual({
      select: true,
      insert: false,
      update: false,
      delete: true,
    });
  });
});

describe("sessions", () => {
  it("of one's own are listed with where they are, and the one that asks is marked", async () => {
    const home = await house();
    const { member } = home.people;
    const phone = await ask("/auth/local", {
      ...post({ email: member.email }),
      headers: { "content-type": "application/json", "user-agent": "Phone/1", "cf-connecting-ip": "192.0.2.7" },
    });
    const cookie = await home.as("member");

    const sessions = dataOf(await get("/api/sessions", cookie));

    expect(phone.status).toBe(200);
    expect(sessions.length).toBe(2);
    expect(sessions.filter((one) => one["is_current"])).toMatchObject([{ method: "local", user_agent: null }]);
    expect(sessions.find((one) => one["user_agent"] === "Phone/1")).toMatchObject({ ip_address: "192.0.2.7", is_current: false });
  });

  it("are ended by their person, one by one", async () => {
    const home = await house();
    const [lost, kept] = [await signIn(home.people.viewer.email), await home.as("viewer")];
    const other = dataOf(await get("/api/sessions", kept)).find((one) => !one["is_current"]);

    expect(await remove(`/api/sessions/${other?.["id"]}`, kept)).toMatchObject({ status: 204 });

    expect(await get("/api/session", lost)).toMatchObject({ status: 401, body: { code: "session_ended" } });
    expect(await get("/api/session", kept)).toMatchObject({ status: 200 });
  });

  it("of members are an admin's to see and end, and nobody else's", async () => {
    const home = await house();
    const [admin, viewer, member] = [await home.as("admin"), await home.as("viewer"), await home.as("member")];
    const of = `/api/sessions?user_id=${home.people.viewer.userId}`;
    const [session] = dataOf(await get(of, admin));

    expect(await get(of, member)).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(await remove(`/api/sessions/${session?.["id"]}`, member)).toMatchObject({ status: 404 });
    expect(await get("/api/session", viewer)).toMatchObject({ status: 200 });
    expect(await remove(`/api/sessions/${session?.["id"]}`, admin)).toMatchObject({ status: 204 });
    expect(await get("/api/session", viewer)).toMatchObject({ status: 401 });
    const [entry] = await asOwner("select user_id, details from ingestion_audit_log where tenant_id = $1 and action = 'session.revoked'", [
      home.tenantId,
    ]);
    expect(entry).toEqual({ user_id: home.people.admin.userId, details: { user_id: home.people.viewer.userId } });
  });

  it("note their use every five minutes at most", async () => {
    const home = await house();
    const cookie = await home.as("viewer");
    const lastSeen = async () => (await asOwner("select last_seen_at::text as at from sessions where tenant_id = $1", [home.tenantId]))[0]?.["at"];
    const first = await lastSeen();

    await get("/api/session", cookie);
    expect(await lastSeen()).toBe(first);

    await asOwner("update sessions set last_seen_at = now() - interval '6 minutes' where tenant_id = $1", [home.tenantId]);
    const before = await lastSeen();
    await get("/api/session", cookie);
    expect(await lastSeen()).not.toBe(before);
  });
});

describe("a person of two companies", () => {
  async function twoCompanies() {
    const [one, two] = [await house(), await house()];
    const person = await personAtProvider();
    await inviteByHand(one.tenantId, person.email, "viewer");
    await signInByCompany(person.sub);
    const link = await inviteByHand(two.tenantId, person.email, "admin");
    const cookie = sessionOf(await signInByCompany(person.sub, { invitation: link }));
    return { one, two, person, cookie };
  }

  it("sees both, with their role in each", async () => {
    const { one, two, cookie } = await twoCompanies();

    expect(dataOf(await get("/api/session/tenants", cookie))).toMatchObject([
      { id: two.tenantId, role: "admin", is_current: true },
      { id: one.tenantId, role: "viewer", is_current: false },
    ]);
  });

  it("goes over to the other with that role, and the session left behind ends", async () => {
    const { one, cookie } = await twoCompanies();

    const answer = await ask("/api/session/tenant", post({ tenant_id: one.tenantId }, { cookie }), CONFIGURED);

    expect(answer).toMatchObject({ status: 200, body: { tenant: { id: one.tenantId }, role: "viewer" } });
    expect(await get("/api/session", cookie)).toMatchObject({ status: 401, body: { code: "session_ended" } });
    expect(await get("/api/session", sessionOf(answer))).toMatchObject({ body: { tenant: { id: one.tenantId } } });
    expect(dataOf(await get("/api/sessions", sessionOf(answer)))).toMatchObject([{ method: "oidc" }, { method: "oidc" }]);
  });

  it("cannot go over to a company that is not theirs, or is none", async () => {
    const { cookie } = await twoCompanies();
    const stranger = await freshTenant();

    for (const tenant_id of [stranger.tenantId, crypto.randomUUID()]) {
      expect(await ask("/api/session/tenant", post({ tenant_id }, { cookie }))).toMatchObject({ status: 404 });
    }
    expect(await get("/api/session", cookie)).toMatchObject({ status: 200 });
  });
});
