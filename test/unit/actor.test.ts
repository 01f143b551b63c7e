/** Who may do what: one table, deny by default, and a token never more than a member. */
import { describe, expect, it } from "vitest";
import { actorOf, may, type Principal, permissionsOf } from "../../src/domain/actor.ts";
import { parseId, type SessionId, type TokenId, type UserId } from "../../src/domain/ids.ts";
import { PERMISSIONS, ROLES, type Role, type Scope } from "../../src/domain/roles.ts";

const ID = "0199d000-0000-7000-8000-000000000001";
const person = (role: Role): Principal => ({ kind: "person", userId: parseId<UserId>(ID), sessionId: parseId<SessionId>(ID), role });
const token = (...scopes: Scope[]): Principal => ({ kind: "token", tokenId: parseId<TokenId>(ID), scopes });

describe("a person", () => {
  it("may as a viewer read what is masked and no more", () => {
    expect(permissionsOf(person("viewer"))).toEqual([
      "jobs:read",
      "mappings:read",
      "accounts:read",
      "transactions:read",
      "connections:read",
      "payments:read",
    ]);
  });

  it("may as a member do the daily work but not touch connections, tokens, members or what the company has as a whole", () => {
    const denied = PERMISSIONS.filter((permission) => !may(person("member"), permission));

    expect(denied).toEqual([
      "connections:write",
      "members:write",
      "owners:write",
      "tokens:write",
      "dead_letters:write",
      "alerts:write",
      "settings:write",
      "company:export",
      "company:delete",
    ]);
  });

  it("may as an owner alone take all of it along or end it", () => {
    const others = ROLES.filter((role) => role !== "owner");

    expect(others.filter((role) => may(person(role), "company:export") || may(person(role), "company:delete"))).toEqual([]);
    expect(may(person("owner"), "company:export") && may(person("owner"), "company:delete")).toBe(true);
  });

  it("may with each role what the role below may", () => {
    const [owner = [], admin = [], member = [], viewer = []] = ROLES.map((role) => permissionsOf(person(role)));

    expect(viewer.every((permission) => member.includes(permission))).toBe(true);
    expect(member.every((permission) => admin.includes(permission))).toBe(true);
    expect(admin.every((permission) => owner.includes(permission))).toBe(true);
  });
});

describe("a service token", () => {
  it("may what its scopes say and nothing beside", () => {
    expect(permissionsOf(token("files:upload", "jobs:read"))).toEqual(["jobs:read", "files:upload"]);
    expect(permissionsOf(token())).toEqual([]);
  });

  it("may never more than a member, even where its row says so", () => {
    expect(permissionsOf(token("tokens:write", "members:write", "connections:write", "dead_letters:write"))).toEqual([]);
  });
});

it("the audit log names a person or a token, never both", () => {
  expect(actorOf(person("owner"), "192.0.2.1")).toEqual({ userId: ID, tokenId: null, ip: "192.0.2.1" });
  expect(actorOf(token(), null)).toEqual({ userId: null, tokenId: ID, ip: null });
});
