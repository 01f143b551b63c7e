/** The house's table: which layer may import which, and what each never touches. The one place to change when the plan changes. */

/** `doors` are the files that start everything (index, queue, cron); `env` is the bindings' own file. */
export type Layer = "lib" | "domain" | "formats" | "connectors" | "sources" | "store" | "pipeline" | "notify" | "routes" | "doors" | "env" | "web";

export interface LayerRule {
  /** Layers whose files may be imported, beside the layer's own. */
  imports: readonly Layer[];
  /** Layers of which only types may be imported: nothing of them runs here. */
  types?: readonly Layer[];
  /** Pure: no clock, no chance, no environment, no database, no framework, no platform. */
  isPure?: true;
}

export const LAYERS: Record<Layer, LayerRule> = {
  lib: { imports: [], isPure: true },
  domain: { imports: [], isPure: true },
  formats: { imports: ["domain", "lib"], isPure: true },
  connectors: { imports: ["domain", "lib"] },
  store: { imports: ["domain", "lib"], types: ["env"] },
  pipeline: { imports: ["domain", "formats", "store", "lib"], types: ["env"] },
  sources: { imports: ["domain", "store", "connectors", "lib"], types: ["env"] },
  notify: { imports: ["domain", "store", "lib"], types: ["env"] },
  routes: { imports: ["domain", "store", "sources", "pipeline", "lib"], types: ["env"] },
  env: { imports: [] },
  doors: { imports: ["lib", "domain", "formats", "connectors", "sources", "store", "pipeline", "notify", "routes", "env"] },
  web: { imports: ["domain", "formats"], types: ["routes"] },
};

/** What no pure layer imports: drivers, frameworks, and platforms that the browser or the command line lacks. */
export const IMPURE_PACKAGES = ["drizzle-orm", "@neondatabase", "pg", "hono", "@hono", "cloudflare", "node", "wrangler", "react"] as const;

/** The only file of the Worker that calls `fetch`: limits, redirects and refused addresses are decided there. */
export const ONLY_FETCH = "src/lib/http.ts";

/** The only pure folder that may use chance: keys and nonces are made there. */
export const ONLY_RANDOM = "src/lib/";

export const FUNCTION_LINES_MAX = 70;

/** Longest first, so that connectors are not taken for sources. */
const FOLDERS: readonly [prefix: string, layer: Layer][] = [
  ["src/sources/connectors/", "connectors"],
  ["src/lib/", "lib"],
  ["src/domain/", "domain"],
  ["src/formats/", "formats"],
  ["src/sources/", "sources"],
  ["src/store/", "store"],
  ["src/pipeline/", "pipeline"],
  ["src/notify/", "notify"],
  ["src/routes/", "routes"],
  ["web/", "web"],
];
const FILES = new Map<string, Layer>([
  ["src/env.ts", "env"],
  ["src/index.ts", "doors"],
  ["src/queue.ts", "doors"],
  ["src/cron.ts", "doors"],
]);

/** The layer of a file by its path from the root, or null for what belongs to none. */
export function layerOf(file: string): Layer | null {
  return FILES.get(file) ?? FOLDERS.find(([prefix]) => file.startsWith(prefix))?.[1] ?? null;
}
