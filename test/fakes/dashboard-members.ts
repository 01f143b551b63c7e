/** The members, invitations and sessions of the pretended organisation, answered as the Worker does. In memory only. */
import * as z from "zod";
import { notFound, Refusal } from "../../src/domain/refusal.ts";
import { ROLES, type Role } from "../../src/domain/roles.ts";
import type { invitationWire, memberWire, sessionEntryWire, tenantChoiceWire } from "../../src/routes/people-wire.ts";
import { HOSTILE_TEXT } from "./dashboard-jobs.ts";
import { agoOf, idOf } from "./dashboard-nouns.ts";
import { PEOPLE } from "./dashboard-people.ts";

type Member = z.infer<typeof memberWire>;
type Invitation = z.infer<typeof invitationWire>;
type SessionEntry = z.infer<typeof sessionEntryWire>;

export interface Membership {
  members: Member[];
  invitations: Invitation[];
  sessions: SessionEntry[];
  tenants: Omit<z.infer<typeof tenantChoiceWire>, "is_current">[];
  /** Where the one browser that asks is. */
  tenantId: string;
  /** What `GET /auth/methods` answers. */
  methods: { local: boolean; oidc: boolean; missing_settings: string[] };
}

const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1";

export function makeMembership(): Membership {
  const members = PEOPLE.map(([role, name], index) => member(index + 1, { role, name, email: `${role}@demo.test` }));
  const stranger = member(5, { role: "viewer", name: HOSTILE_TEXT, email: "a.person.with.a.very.long.address@subsidiary.larkfield-group.test" });
  return {
    members: [...members, { ...stranger, last_seen_at: null }],
    invitations: [
      invitation(3, "open", { email: "nora.new@larkfield.test", role: "member" }),
      invitation(2, "accepted", { email: "viewer@demo.test", role: "viewer" }),
      invitation(1, "expired", { email: "former.colleague@larkfield.test", role: "admin" }),
    ],
    sessions: members.flatMap((one, index) => [session(index * 2 + 1, one.id, FIREFOX), session(index * 2 + 2, one.id, IPHONE)]),
    tenants: [{ id: idOf("tenant", 1), name: "Larkfield Group", slug: "larkfield", role: "owner" }],
    tenantId: idOf("tenant", 1),
    methods: { local: true, oidc: false, missing_settings: ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"] },
  };
}

function member(n: number, given: Pick<Member, "role" | "name" | "email">): Member {
  return { id: idOf("user", n), ...given, joined_at: agoOf(60 * 24 * 200), last_seen_at: agoOf(n * 37) };
}

function invitation(n: number, state: Invitation["state"], given: Pick<Invitation, "role" | "email">): Invitation {
  const id = idOf("invitation", n);
  return {
    id,
    ...given,
    state,
    link: state === "open" ? linkOf(id) : null,
    created_by: idOf("user", 1),
    created_at: agoOf(60 * 24 * 2),
    expires_at: agoOf(-60 * 24 * 12),
    accepted_at: state === "accepted" ? agoOf(60 * 24) : null,
    revoked_at: null,
  };
}

const linkOf = (id: string) => `https://ingestion.larkfield.test/sign-in?invitation=${id}`;

function session(n: number, userId: string, userAgent: string): SessionEntry {
  return {
    id: idOf("session", n),
    user_id: userId,
    method: "oidc",
    ip_address: "192.0.2.7",
    user_agent: userAgent,
    is_current: false,
    created_at: agoOf(200),
    last_seen_at: agoOf(n * 4),
    expires_at: agoOf(-500),
  };
}

export function changeMember(world: Membership, id: string | undefined, body: unknown): Member {
  const { role } = z.strictObject({ role: z.enum(ROLES) }).parse(body);
  const found = memberOf(world, id);
  if (role !== "owner") keepAnOwner(world, found);
  return Object.assign(found, { role });
}

export function removeMember(world: Membership, id: string | undefined): void {
  const found = memberOf(world, id);
  keepAnOwner(world, found);
  world.members = world.members.filter((one) => one !== found);
}

function memberOf(world: Membership, id: string | undefined): Member {
  const found = world.members.find((one) => one.id === id);
  if (found === undefined) throw notFound("member");
  return found;
}

function keepAnOwner(world: Membership, changed: Member): void {
  if (changed.role !== "owner" || world.members.some((one) => one.role === "owner" && one !== changed)) return;
  const message = "This is the company's last owner, and a company keeps one. Make somebody else an owner first.";
  throw new Refusal({ status: 409, code: "last_owner", message });
}

export function inviteSomebody(world: Membership, body: unknown): Invitation {
  const draft = z.strictObject({ email: z.email(), role: z.enum(ROLES) }).parse(body);
  if (world.invitations.some((one) => one.state === "open" && one.email === draft.email)) {
    const message = "This e-mail address has an open invitation. Revoke it first to invite them with another role.";
    throw new Refusal({ status: 409, code: "already_invited", message });
  }
  const made = invitation(world.invitations.length + 10, "open", draft);
  world.invitations.unshift(made);
  return made;
}

export function revokeInvitation(world: Membership, id: string | undefined): Invitation {
  const found = world.invitations.find((one) => one.id === id);
  if (found === undefined) throw notFound("invitation");
  return Object.assign(found, { state: "revoked", link: null });
}

/** The first of a person's sessions is the one that asks. */
export function sessionsOf(world: Membership, userId: string, askerId: string): SessionEntry[] {
  const found = world.sessions.filter((one) => one.user_id === userId);
  return found.map((one, index) => ({ ...one, is_current: userId === askerId && index === 0 }));
}

export function endSession(world: Membership, id: string | undefined): void {
  if (!world.sessions.some((one) => one.id === id)) throw notFound("session");
  world.sessions = world.sessions.filter((one) => one.id !== id);
}

export function goOver(world: Membership, body: unknown): void {
  const { tenant_id: wanted } = z.strictObject({ tenant_id: z.uuid() }).parse(body);
  if (!world.tenants.some((one) => one.id === wanted)) throw notFound("company");
  world.tenantId = wanted;
}

/** A second company for whoever is signed in. */
export function addCompany(world: Membership, name: string, role: Role): void {
  world.tenants.push({ id: idOf("tenant", world.tenants.length + 1), name, slug: name.toLowerCase(), role });
}
