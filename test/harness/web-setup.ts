/** The built dashboard and the machine's own browser, for all projects that look at pages. Built once a run, from the sources as they are. */
import type { TestProject } from "vitest/node";
import { buildWeb } from "../../scripts/local/web-build.ts";
import { findChromium } from "./chromium.ts";
import { once } from "./once.ts";

export default async function setUpWeb(project: TestProject): Promise<() => Promise<void>> {
  const built = once("stratifi.test.web", async () => {
    buildWeb();
    return { value: null, stop: async () => undefined };
  });
  await built.take();
  project.provide("chromium", findChromium());
  return built.release;
}
