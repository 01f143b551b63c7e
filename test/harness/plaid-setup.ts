/** One stand-in for Plaid for all projects of a test run; each test connects banks of its own there. */
import type { TestProject } from "vitest/node";
import { startFakePlaid } from "../fakes/plaid/start.ts";
import { once } from "./once.ts";

export default async function setUpPlaid(project: TestProject): Promise<() => Promise<void>> {
  const shared = once("stratifi.test.plaid", async () => {
    const { url, clientId, secret, close } = await startFakePlaid({ seed: 20_260_310 });
    return { value: { url, clientId, secret }, stop: close };
  });
  project.provide("plaid", await shared.take());
  return shared.release;
}
