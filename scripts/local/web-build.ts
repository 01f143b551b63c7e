/** Builds the dashboard into dist/, once or again at each change. Never serves it: the Worker's assets do. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { type GuardedChild, startGuarded } from "./guarded-child.ts";
import { DIST, ROOT } from "./paths.ts";

const VITE = path.join(ROOT, "node_modules/vite/bin/vite.js");

/** What vite says of every build that goes well; the rest is a warning or an error, shown whole. */
const ROUTINE = /^(vite v|transforming|rendering chunks|computing gzip|watching for|build started|✓ |dist\/|\.\.\/dist\/)/;

/** Builds the dashboard now and again at each change; `onBuilt` is called after every build. */
export function watchWeb({ onBuilt, onLine }: { onBuilt: () => void; onLine: (line: string) => void }): GuardedChild {
  return startGuarded({
    name: "web",
    command: process.execPath,
    args: [VITE, "build", "--watch", "--clearScreen", "false"],
    env: { NO_COLOR: "1" },
    stops: "group",
    onLine: (raw) => {
      const line = stripVTControlCharacters(raw).trimEnd();
      if (/built in /.test(line)) onBuilt();
      else if (line !== "" && !ROUTINE.test(line)) onLine(line);
    },
  });
}

/** Builds once; throws with the compiler's words when it fails. */
export function buildWeb(): void {
  const build = spawnSync(process.execPath, [VITE, "build", "--logLevel", "warn"], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  if (build.status !== 0) throw new Error(`vite build failed.\n${build.stdout}${build.stderr}`);
}

export function isWebBuilt(): boolean {
  return existsSync(path.join(DIST, "index.html"));
}
