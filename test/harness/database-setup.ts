/** One migrated Postgres behind one bridge for all projects of a test run. Its folder is temporary and its data not durable. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { type Database, randomPassword, startDatabase } from "../../scripts/local/database.ts";
import { killGroup } from "../../scripts/local/guarded-child.ts";
import { markProcess } from "../../scripts/local/process-identity.ts";
import { buildWeb, isWebBuilt } from "../../scripts/local/web-build.ts";
import { once } from "./once.ts";

const FOLDER_PREFIX = "stratifi-test-";

export default async function setUpDatabase(project: TestProject): Promise<() => Promise<void>> {
  const shared = once("stratifi.test.database", startTestDatabase);
  const database = await shared.take();
  project.provide("db", { url: database.workerUrl, adminUrl: database.ownerUrl, wsProxy: database.wsProxy });
  return shared.release;
}

async function startTestDatabase(): Promise<{ value: Database; stop: () => Promise<void> }> {
  removeAbandonedFolders();
  // The Worker's assets folder has to exist before the Worker can.
  if (!isWebBuilt()) buildWeb();
  const folder = mkdtempSync(path.join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    const database = await startDatabase({ dir: path.join(folder, "postgres"), password: randomPassword(), isDurable: false });
    // A run that is stopped in the middle (Ctrl-C) calls no tear-down: its server and folder go at once.
    const abandon = () => {
      killGroup(database.child.pid);
      removeFolder();
    };
    process.once("exit", abandon);
    const stop = async () => {
      process.off("exit", abandon);
      await database.stop();
      removeFolder();
    };
    return { value: database, stop };
  } catch (error) {
    removeFolder();
    throw error;
  }
}

/** A run that was killed could not clean up: its server has stopped with it, its folder is removed here. */
function removeAbandonedFolders(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${FOLDER_PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || markProcess(Number(pid)) !== null) continue;
    try {
      rmSync(path.join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Another user's folder: theirs to remove.
    }
  }
}
