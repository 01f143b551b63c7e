/** The local secrets file: made once, closed to others, never overwritten. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ensureDevVars } from "../../scripts/local/dev-vars.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "dev-vars-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("the first start makes every secret, readable by nobody else", () => {
  const file = path.join(folder, ".dev.vars");

  const { vars, isNew } = ensureDevVars(file);

  expect(isNew).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(vars.ENVIRONMENT).toBe("local");
  expect(vars.DEMO_SERVICE_TOKEN).toMatch(/^sti_[\w-]{43}$/);
  expect(Buffer.from(vars.SESSION_KEY, "base64")).toHaveLength(32);
  expect(JSON.parse(vars.VAULT_KEYS)).toHaveProperty("k1");
});

it("a later start changes nothing", () => {
  const file = path.join(folder, ".dev.vars");
  const first = ensureDevVars(file);
  const before = readFileSync(file, "utf8");

  const second = ensureDevVars(file);

  expect(second).toEqual({ vars: first.vars, isNew: false });
  expect(readFileSync(file, "utf8")).toBe(before);
});

it("a file from before a setting existed keeps its own and gains that one", () => {
  const file = path.join(folder, ".dev.vars");
  writeFileSync(file, "SESSION_KEY=mine\n# a note\n");

  const { vars } = ensureDevVars(file);

  expect(vars.SESSION_KEY).toBe("mine");
  expect(vars.LOOKUP_KEY).not.toBe("");
  expect(readFileSync(file, "utf8")).toContain("# a note");
});
