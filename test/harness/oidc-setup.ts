/** One identity provider for all projects of a test run. */
import type { TestProject } from "vitest/node";
import { startOidcProvider } from "../fakes/oidc-provider.ts";
import { once } from "./once.ts";

export default async function setUpProvider(project: TestProject): Promise<() => Promise<void>> {
  const shared = once("stratifi.test.oidc", async () => {
    const { provider, stop } = await startOidcProvider();
    return { value: provider, stop };
  });
  project.provide("oidc", await shared.take());
  return shared.release;
}
