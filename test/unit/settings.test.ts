/** The Worker's settings at the door: what is malformed stops it, by name and never by value. */
import { describe, expect, it } from "vitest";
import { checkEnv, type Env } from "../../src/env.ts";

const KEY = Buffer.alloc(32, 1).toString("base64");

/** Only the settings: bindings are the platform's. */
function settings(change: Record<string, string>): Env {
  const given: Record<string, string> = {
    ENVIRONMENT: "production",
    DATABASE_URL: "postgres://stratifi_worker@db.test/x",
    SESSION_KEY: KEY,
    VAULT_KEYS: JSON.stringify({ k1: KEY }),
    VAULT_KEY_ID: "k1",
    LOOKUP_KEY: KEY,
    ...change,
  };
  // Safe: checkEnv reads settings and no binding.
  return given as unknown as Env;
}

const provider = (change: Record<string, string> = {}) =>
  settings({ OIDC_ISSUER: "https://login.corp.test/realm", OIDC_CLIENT_ID: "stratifi", OIDC_CLIENT_SECRET: "only for this test", ...change });

describe("the identity provider's settings", () => {
  it.each([
    ["none at all", settings({})],
    ["all of them", provider()],
    ["all of them and an audience", provider({ OIDC_AUDIENCE: "https://ingestion.corp.test" })],
    ["half of them, which only closes the door", settings({ OIDC_ISSUER: "https://login.corp.test" })],
    ["a provider on this machine, in a test", provider({ ENVIRONMENT: "test", OIDC_ISSUER: "http://127.0.0.1:9000" })],
  ])("are taken: %s", (_, env) => {
    expect(checkEnv(env)).toBe(env);
  });

  it.each([
    ["no address", { OIDC_ISSUER: "login.corp.test" }, "OIDC_ISSUER"],
    ["plain http", { OIDC_ISSUER: "http://login.corp.test" }, "OIDC_ISSUER"],
    ["plain http to this machine in production", { OIDC_ISSUER: "http://127.0.0.1:9000" }, "OIDC_ISSUER"],
    ["plain http to another machine in a test", { ENVIRONMENT: "test", OIDC_ISSUER: "http://192.168.0.7" }, "OIDC_ISSUER"],
    ["an address with a query", { OIDC_ISSUER: "https://login.corp.test/?tenant=x" }, "OIDC_ISSUER"],
    ["an empty secret", { OIDC_CLIENT_SECRET: "" }, "OIDC_CLIENT_SECRET"],
    ["an audience that ID tokens have too", { OIDC_AUDIENCE: "stratifi" }, "OIDC_AUDIENCE"],
  ])("stop the Worker: %s", (_, change, name) => {
    const check = () => checkEnv(provider(change));

    expect(check).toThrow(name);
    expect(check).not.toThrow("only for this test");
  });
});
