/** Says how large the Worker and the dashboard are on the wire, and fails where they are larger than promised. Builds into a temporary folder. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import * as z from "zod";
import { ROOT } from "./local/paths.ts";
import { explain } from "./local/refusal.ts";
import { QUIET } from "./local/worker.ts";

const KB = 1024;
/** The platform takes 3 MB; 560 KB start in milliseconds (60 of them are zod's locales, which its re-export keeps; 20 make the MIME text of an e-mail; 75 are the connectors with JMESPath) and leave no room for a library by accident. */
const WORKER_BYTES_MAX = 560 * KB;
/** The first page's script: about one second on a slow mobile line. */
const INITIAL_BYTES_MAX = 175 * KB;
/** What a page adds when it is first opened. */
const LAZY_BYTES_MAX = 40 * KB;
/** The preview's worker: every format of the Worker, loaded when the first file is dropped, away from the page. */
const PREVIEW_BYTES_MAX = 120 * KB;

interface Measure {
  name: string;
  bytes: number;
  bytesMax: number;
}

const manifestSchema = z.record(
  z.string(),
  z.object({
    file: z.string(),
    isEntry: z.boolean().optional(),
    isDynamicEntry: z.boolean().optional(),
    imports: z.array(z.string()).optional(),
    css: z.array(z.string()).optional(),
  }),
);
type Manifest = z.infer<typeof manifestSchema>;

const folder = mkdtempSync(path.join(tmpdir(), "stratifi-budgets-"));
try {
  const measures = [...measureWorker(path.join(folder, "worker")), ...measureWeb(path.join(folder, "web"))];
  for (const { name, bytes, bytesMax } of measures) {
    const verdict = bytes <= bytesMax ? "ok " : "OVER";
    process.stdout.write(`${verdict} ${(bytes / KB).toFixed(1).padStart(7)} KB of ${bytesMax / KB} KB gzipped  ${name}\n`);
  }
  process.exitCode = measures.every(({ bytes, bytesMax }) => bytes <= bytesMax) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function measureWorker(outDir: string): Measure[] {
  run("wrangler/bin/wrangler.js", ["deploy", "--dry-run", "--minify", "--outdir", outDir]);
  const scripts = readdirSync(outDir, { recursive: true, encoding: "utf8" }).filter((name) => /\.(js|mjs|wasm)$/.test(name));
  const bytes = scripts.reduce((sum, name) => sum + gzippedBytes(path.join(outDir, name)), 0);
  return [{ name: "the Worker", bytes, bytesMax: WORKER_BYTES_MAX }];
}

function measureWeb(outDir: string): Measure[] {
  run("vite/bin/vite.js", ["build", "--manifest", "--outDir", outDir, "--logLevel", "warn"]);
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(path.join(outDir, ".vite/manifest.json"), "utf8")));
  const names = Object.keys(manifest);
  const initial = new Set(names.filter((name) => manifest[name]?.isEntry).flatMap((name) => [...reachOf(manifest, name)]));
  const sizeOf = (chunks: Iterable<string>) =>
    [...chunks].reduce((sum, name) => sum + gzippedBytes(path.join(outDir, manifest[name]?.file ?? "")), 0);
  const lazy = names
    .filter((name) => manifest[name]?.isDynamicEntry === true)
    .map((name) => ({
      name: `page ${name}`,
      bytes: sizeOf([...reachOf(manifest, name)].filter((one) => !initial.has(one))),
      bytesMax: LAZY_BYTES_MAX,
    }));
  return [{ name: "the dashboard's first script", bytes: sizeOf(initial), bytesMax: INITIAL_BYTES_MAX }, ...lazy, measurePreview(outDir)];
}

/** A worker is no chunk of the page: the manifest does not name it, and it must be one file. */
function measurePreview(outDir: string): Measure {
  const assets = path.join(outDir, "assets");
  const scripts = readdirSync(assets).filter((name) => name.startsWith("preview-worker-"));
  if (scripts.length !== 1) throw new Error(`The build should have one preview worker, and has ${scripts.length}.`);
  const bytes = scripts.reduce((sum, name) => sum + gzippedBytes(path.join(assets, name)), 0);
  return { name: "the preview's worker", bytes, bytesMax: PREVIEW_BYTES_MAX };
}

/** The chunk and everything it imports at once. */
function reachOf(manifest: Manifest, name: string, reached = new Set<string>()): Set<string> {
  if (reached.has(name)) return reached;
  reached.add(name);
  for (const next of manifest[name]?.imports ?? []) reachOf(manifest, next, reached);
  return reached;
}

function gzippedBytes(file: string): number {
  return gzipSync(readFileSync(file), { level: 9 }).length;
}

function run(program: string, args: string[]): void {
  const command = path.join(ROOT, "node_modules", program);
  const done = spawnSync(process.execPath, [command, ...args], { cwd: ROOT, encoding: "utf8", env: { ...process.env, ...QUIET, CI: "true" } });
  if (done.status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${done.status}.\n${done.stdout}${done.stderr}`);
}
