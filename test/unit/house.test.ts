/** Who may import whom, held by reading every import there is; and proof that each rule bites, by planting a breach of it. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { LAYERS } from "../harness/house-layers.ts";
import { findBreaches, type Tree } from "../harness/house-rules.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

it("every file of the house keeps to the house's rules", () => {
  const tree = readTree(["src", "web", "scripts"]);

  const breaches = findBreaches(tree);

  expect(tree.size).toBeGreaterThan(10);
  expect(breaches).toEqual([]);
});

it.each([
  ["domain/money.ts", 'import { log } from "../lib/log.ts";', "domain may not import lib"],
  ["domain/money.ts", 'import { sql } from "drizzle-orm";', "domain is pure and may not import drizzle-orm"],
  ["domain/money.ts", 'import type { Env } from "../env.ts";', "domain may not import env"],
  ["domain/money.ts", "export const now = () => Date.now();", "domain is pure and may not ask Date.now"],
  ["domain/money.ts", "export const today = () => new Date();", "domain is pure and may not ask the clock"],
  ["domain/ids.ts", "export const id = () => crypto.randomUUID();", "domain is pure and may not ask crypto.randomUUID"],
  ["lib/log.ts", 'import type { JobId } from "../domain/ids.ts";', "lib may not import domain"],
  ["lib/log.ts", 'export const where = process.env["HOME"];', "lib is pure and may not use process"],
  ["formats/bai2/parser.ts", 'import { put } from "../../store/raw.ts";', "formats may not import store"],
  ["formats/bai2/parser.ts", 'import { readFileSync } from "node:fs";', "formats is pure and may not import node:fs"],
  ["formats/bai2/parser.ts", 'type Env = import("../../env.ts").Env;', "formats may not import env"],
  ["formats/csv/parser.ts", 'export * from "../../sources/sync.ts";', "formats may not import sources"],
  ["sources/connectors/plaid.ts", 'import { understand } from "../../formats/plaid.ts";', "connectors may not import formats"],
  ["sources/connectors/plaid.ts", 'import { page } from "./stripe.ts";', "connectors may not import one another"],
  ["sources/sync.ts", 'import { parse } from "../pipeline/parse.ts";', "sources may not import pipeline"],
  ["store/outbox.ts", 'import { checkEnv } from "../env.ts";', "store may import only types of env"],
  ["store/outbox.ts", 'import { parse } from "../pipeline/parse.ts";', "store may not import pipeline"],
  ["pipeline/parse.ts", 'const late = await import("../notify/send.ts");', "pipeline may not import notify"],
  ["pipeline/parse.ts", "const page = await fetch('https://bank.test');", "calls fetch"],
  ["pipeline/parse.ts", "const page = await globalThis.fetch('https://bank.test');", "calls fetch"],
  ["notify/send.ts", 'import { app } from "../routes/app.ts";', "notify may not import routes"],
  ["routes/jobs.ts", 'import { road } from "../queue.ts";', "routes may not import doors"],
  ["routes/jobs.ts", 'import type { Format } from "../formats/format.ts";', "routes may not import formats"],
  ["routes/jobs.ts", "export const at = Temporal.Now.instant();", "uses the global Temporal"],
  ["routes/jobs.ts", "const file = './x.ts'; await import(file);", "imports by a name that is only known when it runs"],
  ["routes/jobs.ts", 'import { seed } from "../../scripts/seed.ts";', "belongs to no layer"],
  ["elsewhere/thing.ts", "export const thing = 1;", "belongs to no layer"],
])("a breach is seen: src/%s with %s", (file, line, expected) => {
  const breaches = findBreaches(new Map([[`src/${file}`, `/** A planted breach. */\n${line}\n`]]));

  expect(breaches.join("\n")).toContain(`src/${file}:`);
  expect(breaches.join("\n")).toContain(expected);
});

it.each([
  [
    "src/formats/bai2/parser.ts",
    'import { money } from "../../domain/money.ts";\nimport { glob } from "../../lib/glob.ts";\nimport * as z from "zod";',
  ],
  ["src/store/outbox.ts", 'import type { Env } from "../env.ts";\nimport { sql } from "drizzle-orm";'],
  ["src/sources/connectors/plaid.ts", 'import type { Connector } from "./connector.ts";'],
  ["src/sources/connectors/index.ts", 'import { plaid } from "./plaid.ts";'],
  ["src/lib/http.ts", "export const get = (url: string) => fetch(url);"],
  ["src/lib/crypto.ts", "export const nonce = () => crypto.getRandomValues(new Uint8Array(12));"],
  ["src/domain/date.ts", "export const day = (text: string) => new Date(text);"],
  ["src/index.ts", 'import { road } from "./queue.ts";\nimport { checkEnv } from "./env.ts";'],
  ["web/main.tsx", 'import { open } from "../src/formats/index.ts";\nimport type { App } from "../src/routes/app.ts";\nimport "./styles.css";'],
])("what the table allows is no breach: %s", (file, text) => {
  const breaches = findBreaches(new Map([[file, `/** An allowed thing. */\n${text}\n`]]));

  expect(breaches).toEqual([]);
});

it("the dashboard may have the API's types but none of its code", () => {
  const breaches = findBreaches(new Map([["web/api.ts", '/** Calls. */\nimport { app } from "../src/routes/app.ts";\n']]));

  expect(breaches).toEqual(["web/api.ts:2 web may import only types of routes (src/routes/app.ts)"]);
});

it("a function of 71 lines and a file without its first line are breaches", () => {
  const long = `/** Long. */\nexport function long() {\n${"  void 0;\n".repeat(69)}}\n`;
  const longest = long.replace("  void 0;\n", "");

  const breaches = findBreaches(
    new Map([
      ["src/lib/long.ts", long],
      ["src/lib/longest.ts", longest],
      ["src/lib/bare.ts", "export const bare = 1;\n"],
    ]),
  );

  expect(breaches).toEqual([
    "src/lib/long.ts:2 has a function of 71 lines; 70 is the most",
    "src/lib/bare.ts:1 does not begin with a /** … */ line that says what the file is",
  ]);
});

it("nobody may import the doors", () => {
  const importers = Object.values(LAYERS).filter((rule) => [...rule.imports, ...(rule.types ?? [])].includes("doors"));

  expect(importers).toEqual([]);
});

function readTree(folders: string[]): Tree {
  const tree = new Map<string, string>();
  for (const folder of folders) {
    for (const name of readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })) {
      // What a tool leaves in a dot folder is nobody's source.
      const isLeft = name.split(path.sep).some((part) => part.startsWith("."));
      if (/\.tsx?$/.test(name) && !isLeft)
        tree.set(path.posix.join(folder, name.replaceAll("\\", "/")), readFileSync(path.join(ROOT, folder, name), "utf8"));
    }
  }
  return tree;
}
