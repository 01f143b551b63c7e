/** A promise that nobody waits for must not pass the linter: a write that was never awaited is a write that may never happen. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "floating-"));
  for (const name of ["node_modules", "src"]) symlinkSync(path.join(ROOT, name), path.join(folder, name));
  for (const name of [".oxlintrc.json", "tsconfig.json"]) copyFileSync(path.join(ROOT, name), path.join(folder, name));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("a floating promise is an error: our own, drizzle's, R2's, a queue's, and one inside a callback", () => {
  writeFileSync(path.join(folder, "planted.ts"), PLANTED);

  const linted = lint("planted.ts");

  expect(linted.status).toBe(1);
  expect(linted.lines).toEqual([8, 9, 10, 11, 12, 13, 14]);
});

it("awaited promises pass", () => {
  writeFileSync(path.join(folder, "awaited.ts"), PLANTED.replaceAll(/^ {2}(\w)/gm, "  await $1").replace("=> { tx", "=> { await tx"));

  const linted = lint("awaited.ts");

  expect(linted).toEqual({ status: 0, lines: [] });
});

const PLANTED = `import type { Env } from "./src/env.ts";
import type { TenantId } from "./src/domain/ids.ts";
import { entities } from "./src/store/schema.ts";
import { type Tx, withTenant } from "./src/store/tenant.ts";

async function ours(): Promise<void> {}
export async function planted(env: Env, id: TenantId, tx: Tx): Promise<void> {
  ours();
  withTenant(env, id, async () => 1);
  tx.insert(entities).values({ tenant_id: id, name: "x" });
  env.RAW.put("raw/x", "y");
  env.ROAD.send({});
  fetch("https://bank.test");
  Promise.all([1].map(async () => { tx.select().from(entities); }));
}
`;

/** The exit status, and the lines that were marked. */
function lint(file: string): { status: number | null; lines: number[] } {
  const oxlint = path.join(ROOT, "node_modules/oxlint/bin/oxlint");
  const run = spawnSync(process.execPath, [oxlint, "--type-aware", "--format=unix", file], { cwd: folder, encoding: "utf8" });
  const lines = [...run.stdout.matchAll(/\.ts:(\d+):/g)].map(([, line]) => Number(line));
  return { status: run.status, lines: [...new Set(lines)].sort((a, b) => a - b) };
}
