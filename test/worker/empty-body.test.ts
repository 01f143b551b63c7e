/** A content type without a body: what many clients send. */

import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { idSchema, type JobId } from "../../src/domain/ids.ts";
import { app } from "../../src/routes/app.ts";
import { signIn } from "./support/door.ts";
import { freshTenant } from "./support/tenants.ts";

const NO_JOB = idSchema<JobId>().parse("0199aaaa-0000-7000-8000-000000000000");

async function post(path: string, cookie: string): Promise<{ status: number; code: unknown }> {
  const request = new Request(`http://127.0.0.1:8787${path}`, { method: "POST", headers: { cookie, "content-type": "application/json" } });
  const response = await app.fetch(request, env);
  const body: { code?: unknown } = await response.json();
  return { status: response.status, code: body.code };
}

it("an approval without a body is one, whatever type its client names", async () => {
  const { people } = await freshTenant();
  const cookie = await signIn(people.member.email);

  expect(await post(`/api/jobs/${NO_JOB}/approve`, cookie)).toEqual({ status: 404, code: "not_found" });
});

it("a body that is needed is asked for by name", async () => {
  const { people } = await freshTenant();
  const cookie = await signIn(people.member.email);

  expect(await post("/api/accounts", cookie)).toEqual({ status: 400, code: "invalid_request" });
});
