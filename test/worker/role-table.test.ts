/** The role table as it is built: every route asked by every kind of principal. What a role or a scope does not name is refused before anything is looked at. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { PERMISSIONS, type Permission, ROLES, roleMay, TOKEN_SCOPES } from "../../src/domain/roles.ts";
import { randomToken } from "../../src/lib/crypto.ts";
import { app } from "../../src/routes/app.ts";
import { declaredPermissions } from "../../src/routes/principal.ts";
import { HERE, signIn } from "./support/door.ts";
import { asOwner, type FreshTenant, freshTenant } from "./support/tenants.ts";

/** Asked by a route about what it was given, beside the permission of the route itself. */
const ASKED_WITHIN: readonly Permission[] = ["files:read", "owners:write"];

const needed = [...declaredPermissions(app.routes)];
const codeSchema = z.looseObject({ code: z.string() });
let home: FreshTenant;

beforeAll(async () => {
  home = await freshTenant();
});

/** The route's address with ids that nobody has, so that whoever may ask changes nothing. */
function addressOf(path: string): string {
  return (
    HERE +
    path
      .replace(":format", "bai2")
      .replace(":n", "1")
      .replace(/:\w+/g, () => crypto.randomUUID())
  );
}

/** "" where the principal got past the door, whatever came of it; else the refusal's code. */
async function refusalOf(route: string, headers: Record<string, string>): Promise<string> {
  const [method = "", path = ""] = route.split(" ");
  const response = await app.fetch(new Request(addressOf(path), { method, headers }), env);
  const text = await response.text();
  expect(response.status, `${route}: ${text.slice(0, 300)}`).toBeLessThan(500);
  if (response.status !== 401 && response.status !== 403) return "";
  return codeSchema.parse(JSON.parse(text)).code;
}

/** Every route's refusal where it is not the expected one. */
async function strays(
  headers: Record<string, string>,
  expected: (permission: Permission | "anybody signed in") => string,
  routes: readonly (readonly [route: string, permission: Permission | "anybody signed in"])[] = needed,
): Promise<string[]> {
  const found: string[] = [];
  for (const [route, permission] of routes) {
    const refusal = await refusalOf(route, headers);
    if (refusal !== expected(permission)) found.push(`${route} (${permission}): ${refusal || "let in"}`);
  }
  return found;
}

async function tokenWith(scopes: readonly string[]): Promise<Record<string, string>> {
  const token = randomToken("sti_");
  await asOwner("insert into api_tokens (tenant_id, name, token_hash, scopes) values ($1, 'x', sha256(convert_to($2, 'UTF8')), $3)", [
    home.tenantId,
    token,
    [...scopes],
  ]);
  return { authorization: `Bearer ${token}` };
}

describe("the role table", () => {
  it("names every permission for some route, but for those that a route asks about itself", () => {
    const named = new Set(needed.map(([, permission]) => permission));

    expect(PERMISSIONS.filter((permission) => !named.has(permission) && !ASKED_WITHIN.includes(permission))).toEqual([]);
    expect(needed.length).toBeGreaterThan(50);
  });

  it("lets nobody in who has not signed in", async () => {
    expect(await strays({}, () => "sign_in_required")).toEqual([]);
  });

  it.each(ROLES)("lets a person with the role %s do what its row names and nothing else", async (role) => {
    const cookie = await signIn(home.people[role].email);

    expect(await strays({ cookie }, (permission) => (permission === "anybody signed in" || roleMay(role, permission) ? "" : "forbidden"))).toEqual(
      [],
    );
  });

  it("lets a token without scopes do nothing, and shows it only itself", async () => {
    const headers = await tokenWith([]);

    const found = await strays(headers, () => "forbidden");

    expect(found.filter((line) => !line.includes("anybody signed in"))).toEqual([]);
    // To go over to another company takes a body, which is looked at first.
    expect(found.filter((line) => line.endsWith("let in"))).toEqual([
      "GET /api/session (anybody signed in): let in",
      "POST /api/session/tenant (anybody signed in): let in",
    ]);
  });

  it("holds a token whose row names everything to what a token may have", async () => {
    const headers = await tokenWith(PERMISSIONS);

    const found = await strays(headers, (permission) => (permission !== "anybody signed in" && TOKEN_SCOPES.includes(permission) ? "" : "forbidden"));

    expect(found.filter((line) => !line.includes("anybody signed in"))).toEqual([]);
  });

  it.each(TOKEN_SCOPES)("lets a token with the scope %s do that alone", async (scope) => {
    const headers = await tokenWith([scope]);
    // Every route of the scope, and one of each of three other permissions: all of them at once are asked above.
    const others = [1, 2, 3].map((step) => TOKEN_SCOPES[(TOKEN_SCOPES.indexOf(scope) + step) % TOKEN_SCOPES.length]);
    const first = (wanted: Permission | undefined) => needed.find(([, permission]) => permission === wanted);
    const routes = [...needed.filter(([, permission]) => permission === scope), ...others.map(first).filter((route) => route !== undefined)];

    const found = await strays(headers, (permission) => (permission === scope ? "" : "forbidden"), routes);

    expect(found.filter((line) => !line.includes("anybody signed in"))).toEqual([]);
  });
});
