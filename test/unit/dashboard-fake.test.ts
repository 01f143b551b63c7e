/** The pretended API that the dashboard is tried against is as strict as the Worker. */
import { expect, it } from "vitest";
import { CONTENT_SECURITY_POLICY } from "../../src/routes/headers.ts";
import { PAGE_POLICY } from "../fakes/dashboard-api.ts";

it("the pretended API serves pages under the Worker's own policy", () => {
  expect(PAGE_POLICY).toBe(CONTENT_SECURITY_POLICY);
});
