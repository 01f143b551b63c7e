/** A database that can be taken away and given back while others work on it: its bridge alone, or its whole server. Never the server of the whole test run. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Bridge, startBridge } from "../../scripts/local/bridge.ts";
import { randomPassword, startDatabase } from "../../scripts/local/database.ts";
import { killGroup } from "../../scripts/local/guarded-child.ts";
import { startPostgres } from "../../scripts/local/postgres.ts";
import type { TestDatabase } from "./provided.ts";

export interface InterruptibleDatabase {
  db: TestDatabase;
  /** What is under way breaks off in the middle; nothing new is answered. */
  goAway(): Promise<void>;
  /** With all that it held; the way to it may be another, which is said. */
  comeBack(): Promise<TestDatabase>;
  close(): Promise<void>;
}

/** The run's own database behind a bridge of one's own: the server stays, for others use it, and the way to it goes. */
export async function behindOwnBridge(db: TestDatabase): Promise<InterruptibleDatabase> {
  const port = Number(new URL(db.url).port);
  let bridge: Bridge = await startBridge({ port });
  return {
    db: { ...db, wsProxy: bridge.wsProxy },
    goAway: () => bridge.close(),
    comeBack: async () => {
      bridge = await startBridge({ port });
      return { ...db, wsProxy: bridge.wsProxy };
    },
    close: () => bridge.close(),
  };
}

/** A server of one's own, with fsync as in production, which is stopped and started. Leaves nothing behind. */
export async function ownServer(): Promise<InterruptibleDatabase> {
  const folder = mkdtempSync(path.join(tmpdir(), `stratifi-test-${process.pid}-`));
  const settings = { dir: path.join(folder, "postgres"), password: randomPassword(), isDurable: true };
  const removeFolder = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  const database = await startDatabase(settings);
  const db = { url: database.workerUrl, adminUrl: database.ownerUrl, wsProxy: database.wsProxy };
  let { child } = database;
  // A run that is stopped in the middle (Ctrl-C) calls no tear-down.
  const abandon = () => {
    killGroup(child.pid);
    removeFolder();
  };
  process.once("exit", abandon);
  return {
    db,
    goAway: () => child.stop(),
    comeBack: async () => {
      // The bridge forwards to one port: the server comes back on it.
      ({ child } = await startPostgres({ ...settings, port: Number(new URL(db.url).port) }));
      return db;
    },
    close: async () => {
      process.off("exit", abandon);
      await child.stop();
      await database.stop();
      removeFolder();
    },
  };
}
