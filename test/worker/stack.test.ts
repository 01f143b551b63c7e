/** The Worker in its own runtime reaches its database as its own role, and its bindings are there. */
import { env } from "cloudflare:workers";
import { Client, neonConfig } from "@neondatabase/serverless";
import { expect, inject, it } from "vitest";

it("the Worker's role is neither a superuser nor above row security", async () => {
  neonConfig.wsProxy = () => env.DB_WS_PROXY ?? "";
  neonConfig.useSecureWebSocket = false;
  neonConfig.pipelineTLS = false;
  neonConfig.pipelineConnect = false;
  const client = new Client(env.DATABASE_URL);
  // The driver reports its own closing as an error.
  client.on("error", () => undefined);
  await client.connect();

  const { rows } = await client.query("select rolname, rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user");
  await client.end();

  expect(rows).toEqual([{ rolname: "stratifi_worker", rolsuper: false, rolbypassrls: false, rolcreaterole: false }]);
});

it("raw files come back from R2 as they went in", async () => {
  await env.RAW.put("raw/here", "01,BANK,…/");

  const object = await env.RAW.get("raw/here");

  expect(await object?.text()).toBe("01,BANK,…/");
});

it("tests run with their own settings, not with a developer's", () => {
  expect(env.ENVIRONMENT).toBe("test");
  expect(env.DATABASE_URL).toBe(inject("db").url);
});
