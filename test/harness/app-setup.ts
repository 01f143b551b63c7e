/**
 * The whole stack for browser tests: the built dashboard and the Worker over HTTP, with the demo tenant, on a database of its own: its cron would
 * take up what other tests left behind in theirs.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { killGroup } from "../../scripts/local/guarded-child.ts";
import { freePort } from "../../scripts/local/ports.ts";
import { startWorker, waitForWorker } from "../../scripts/local/worker.ts";
import { seedDemo } from "../../scripts/seed.ts";
import { makeDatabase } from "./own-database.ts";
import { testSettings } from "./settings.ts";

const START_TIMEOUT_MS = 60_000;

export default async function setUpApp(project: TestProject): Promise<() => Promise<void>> {
  const { db: shared, oidc } = project.getProvidedContext();
  const db = await makeDatabase(shared, `stack_${process.pid}`);
  const serviceToken = `sti_${randomBytes(32).toString("base64url")}`;
  await seedDemo({ ownerUrl: db.adminUrl, serviceToken });

  const dataDir = mkdtempSync(path.join(tmpdir(), `stratifi-test-${process.pid}-`));
  const port = await freePort();
  const log: string[] = [];
  // ENVIRONMENT=local: the demo tenant's people sign in as they do under `npm run dev`; others by the run's provider.
  const provider = { OIDC_ISSUER: oidc.issuer, OIDC_CLIENT_ID: oidc.clientId, OIDC_CLIENT_SECRET: oidc.clientSecret };
  const settings = { ...testSettings(db), ...provider, ENVIRONMENT: "local" };
  const worker = startWorker({ port, dataDir, envFiles: [], settings, onLine: (line) => log.push(line) });
  const removeDataDir = () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
  const abandon = () => {
    killGroup(worker.pid);
    removeDataDir();
  };
  process.once("exit", abandon);
  const stop = async () => {
    process.off("exit", abandon);
    await worker.stop();
    removeDataDir();
    await db.drop();
  };
  const address = `http://127.0.0.1:${port}`;
  try {
    await waitForWorker(address, worker, START_TIMEOUT_MS);
  } catch (error) {
    await stop();
    throw new Error(`The Worker did not start.\n${log.slice(-40).join("\n")}`, { cause: error });
  }
  project.provide("app", { address, serviceToken, adminUrl: db.adminUrl });
  return stop;
}
