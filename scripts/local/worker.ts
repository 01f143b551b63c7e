/** The Worker under `wrangler dev`, offline and quiet. Knows no tenant, and no database but by its settings. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { writeEnvFile } from "./dev-vars.ts";
import { type GuardedChild, startGuarded } from "./guarded-child.ts";
import { ROOT } from "./paths.ts";

/** No account, no telemetry, no look at the network for a newer version. */
export const QUIET = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_HIDE_BANNER: "true",
  NO_UPDATE_NOTIFIER: "1",
  NO_COLOR: "1",
};

/** What wrangler says at every start that is either shown better by us (the cron is rung) or of no use here. */
const NOISE = [
  /Scheduled Workers are not automatically triggered|manually trigger a scheduled event|\/cdn-cgi\/\w+\/scheduled|#test-cron-triggers-locally/,
  /^Your Worker has access to the following bindings|^Binding +Resource|^env\.\w+ .*(local|Environment)|^Using secrets|^Using vars|^⎔ |Ready on http|Parsed \d+ valid/,
];

export interface WorkerSettings {
  port: number;
  /** Holds R2 objects, queues and the settings file of this run. */
  dataDir: string;
  /** `.dev.vars` or none; later files win. */
  envFiles: string[];
  /** What changes at each start. */
  settings: Record<string, string>;
  /** Another wrangler.toml than the checkout's. */
  configFile?: string;
  onLine: (line: string) => void;
}

export function startWorker({ port, dataDir, envFiles, settings, configFile, onLine }: WorkerSettings): GuardedChild {
  const storage = path.join(dataDir, "wrangler");
  mkdirSync(storage, { recursive: true, mode: 0o700 });
  const settingsFile = path.join(dataDir, "worker.env");
  writeEnvFile(settingsFile, settings);
  const files = [...envFiles, settingsFile].flatMap((file) => ["--env-file", file]);
  return startGuarded({
    name: "worker",
    command: process.execPath,
    args: [
      path.join(ROOT, "node_modules/wrangler/bin/wrangler.js"),
      "dev",
      ...["--cwd", ROOT, "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"],
      ...(configFile === undefined ? [] : ["--config", configFile]),
      ...["--persist-to", storage, "--show-interactive-dev-session=false", "--log-level", "log"],
      ...files,
    ],
    env: QUIET,
    stops: "group",
    onLine: (raw) => {
      const line = stripVTControlCharacters(raw).trimEnd();
      if (line !== "" && !NOISE.some((noise) => noise.test(line))) onLine(line);
    },
  });
}

/** Resolves when the Worker answers at all; rejects when it has ended or the time is over. */
export async function waitForWorker(address: string, worker: GuardedChild, timeoutMs: number): Promise<void> {
  const until = performance.now() + timeoutMs;
  let hasEnded = false;
  void worker.exited.then(() => {
    hasEnded = true;
  });
  while (performance.now() < until) {
    if (hasEnded) throw new Error("wrangler dev ended before the Worker answered. Its last lines are above.");
    try {
      const answer = await fetch(`${address}/api/health`, { signal: AbortSignal.timeout(2_000) });
      await answer.body?.cancel();
      return;
    } catch {
      await wait(100);
    }
  }
  throw new Error(`The Worker did not answer at ${address} within ${timeoutMs / 1000} s.`);
}
