/** Five kinds of test. `unit` starts nothing; the others share one Postgres a run (test/harness). No test reaches beyond this machine. */
import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { QUIET } from "./scripts/local/worker.ts";
import { testSettings } from "./test/harness/settings.ts";

Object.assign(process.env, { ...QUIET, TZ: "UTC" });

const DATABASE = "./test/harness/database-setup.ts";
const PROVIDER = "./test/harness/oidc-setup.ts";
const PLAID = "./test/harness/plaid-setup.ts";
const WEB = "./test/harness/web-setup.ts";

// What a page shows is waited for as long as a locator would wait.
const PATIENCE = { timeout: 30_000 };

export default defineConfig({
  test: {
    // On two cores the default would be one worker: most of a test's time is spent waiting for Postgres.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: [
      // Some start a linter or a command line, which takes seconds on a busy machine.
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], pool: "threads", testTimeout: 30_000 } },
      {
        // The Worker itself, inside its own runtime, with R2 and queues; storage is fresh for each file, the database shared.
        plugins: [
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: { bindings: testSettings(inject("db")) },
          })),
        ],
        test: {
          name: "worker",
          isolate: false,
          include: ["test/worker/**/*.test.ts"],
          globalSetup: [DATABASE, PROVIDER, PLAID],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        // A real browser on the built dashboard, before an API that each test pretends for itself.
        test: {
          name: "browser",
          include: ["test/browser/dashboard*.test.ts"],
          globalSetup: [WEB],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          expect: { poll: PATIENCE },
        },
      },
      {
        // A real browser, or plain HTTP, against the whole stack, which they share: one file at a time.
        test: {
          name: "stack",
          include: ["test/browser/stack*.test.ts"],
          globalSetup: [DATABASE, PROVIDER, WEB, "./test/harness/app-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          expect: { poll: PATIENCE },
          fileParallelism: false,
        },
      },
      { test: { name: "simulation", include: ["test/simulation/**/*.test.ts"], globalSetup: [DATABASE], testTimeout: 300_000 } },
    ],
  },
});
