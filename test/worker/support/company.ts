/** A person's browser between our Worker and their company's provider: follows addresses, keeps each side's cookies, types a name. */
import { inject } from "vitest";
import type { Env } from "../../../src/env.ts";
import { type Asked, ask } from "./door.ts";
import { asOwner } from "./tenants.ts";

export const oidc = inject("oidc");

/** The settings of an installation that has company sign-in. */
export const CONFIGURED: Partial<Env> = {
  OIDC_ISSUER: oidc.issuer,
  OIDC_CLIENT_ID: oidc.clientId,
  OIDC_CLIENT_SECRET: oidc.clientSecret,
};

export interface ProviderPerson {
  sub: string;
  email: string;
  email_verified: boolean;
  name: string;
}

/** Somebody whom the provider knows. */
export async function personAtProvider(change: Partial<ProviderPerson> = {}): Promise<ProviderPerson> {
  const sub = change.sub ?? crypto.randomUUID();
  const person = { sub, email: `${sub}@corp.test`, email_verified: true, name: "Carla Colleague", ...change };
  const response = await fetch(`${oidc.issuer}/people`, { method: "POST", body: JSON.stringify(person) });
  if (response.status !== 204) throw new Error(`The provider answered ${response.status}.`);
  return person;
}

/** An open invitation, as an admin would have made it. */
export async function invite(tenantId: string, email: string, role = "member"): Promise<string> {
  const [row] = await asOwner("insert into invitations (tenant_id, email, role) values ($1, $2, $3) returning id", [tenantId, email, role]);
  return String(row?.["id"]);
}

/** What the browser carries between the beginning of a sign-in and its end. */
export interface Walk {
  /** The callback's address with the provider's answer. */
  callback: URL;
  /** For a `cookie` header: the sealed flow. */
  cookie: string;
}

/** Begins at our door, goes through the provider as `sub`, and stops before our callback. */
export async function walkToCallback(sub: string, query: Record<string, string> = {}, settings: Partial<Env> = CONFIGURED): Promise<Walk> {
  const begun = await ask(`/auth/oidc?${new URLSearchParams(query)}`, {}, settings);
  const address = new URL(begun.headers.get("location") ?? "");
  address.searchParams.set("login_hint", sub);
  return { callback: await throughProvider(address), cookie: firstCookie(begun) };
}

/** Ends the sign-in that a walk began. */
export function arrive(walk: Walk, settings: Partial<Env> = CONFIGURED): Promise<Asked> {
  return ask(walk.callback.href, { headers: { cookie: walk.cookie } }, settings);
}

/** The whole way; the answer of our callback. */
export async function signInByCompany(sub: string, query: Record<string, string> = {}): Promise<Asked> {
  return arrive(await walkToCallback(sub, query));
}

/** The session's cookie of an answer, for a `cookie` header; "" where none was set. */
export function sessionOf(answer: Asked): string {
  const set = answer.headers.getSetCookie().find((cookie) => cookie.startsWith("__Host-session=") && !cookie.includes("Max-Age=0"));
  return set?.split(";")[0] ?? "";
}

const firstCookie = (answer: Asked) => answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";

/** 10 addresses: the provider has four on its way. */
const HOPS_MAX = 10;

async function throughProvider(start: URL): Promise<URL> {
  const jar = new Map<string, string>();
  let address = start;
  for (let hop = 0; hop < HOPS_MAX; hop += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(address, { redirect: "manual", headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (name !== undefined && value !== undefined) jar.set(name, value);
    }
    const next = response.headers.get("location");
    if (next === null)
      throw new Error(`The provider stopped at ${address.pathname} with ${response.status}: ${(await response.text()).slice(0, 300)}`);
    await response.body?.cancel();
    address = new URL(next, address);
    if (address.pathname === "/auth/oidc/callback") return address;
  }
  throw new Error("The provider goes round in circles.");
}
