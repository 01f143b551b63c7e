/** The documents against the house: links lead somewhere, named files exist, every table is described. Reads files only. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { OUTCOMES } from "../../src/domain/plan.ts";
import { REASONS } from "../../src/domain/reasons.ts";
import { STAGES } from "../../src/domain/status.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** Path from the root → text without code blocks: what stands in a block is an example. */
const documents = new Map(documentPaths().map((file) => [file, readFileSync(path.join(ROOT, file), "utf8").replace(/^\s*```[\s\S]*?^\s*```/gm, "")]));

it("there are documents to check", () => {
  expect([...documents.keys()]).toEqual(expect.arrayContaining(["README.md", "SECURITY.md", "docs/data.md", "docs/adr/questions.md"]));
});

it("every relative link leads to a file, and to a heading where it names one", () => {
  const broken = [...documents].flatMap(([file, text]) =>
    linksOf(text)
      .filter((link) => !leadsSomewhere(file, link))
      .map((link) => `${file}: ${link}`),
  );

  expect(broken).toEqual([]);
});

it("every file of the house that is named in backticks exists", () => {
  const named = [...documents].flatMap(([file, text]) =>
    [...text.matchAll(/`((?:src|scripts|test|web|migrations|docs)\/[\w./-]+\.\w+)`/g)].map((match) => ({ file, target: match[1] ?? "" })),
  );

  const missing = named.filter(({ target }) => !existsSync(path.join(ROOT, target)) && !PLANNED.includes(target));

  expect(missing).toEqual([]);
});

it("every table of the migrations is described in docs/data.md", () => {
  const migrations = readdirSync(path.join(ROOT, "migrations")).filter((name) => name.endsWith(".sql"));
  const sql = migrations.map((name) => readFileSync(path.join(ROOT, "migrations", name), "utf8")).join("\n");
  const tables = [...sql.matchAll(/^create (?:table|view) (\w+)/gm)].map((match) => match[1] ?? "");

  const missing = tables.filter((table) => !documents.get("docs/data.md")?.includes(`\`${table}\``));

  expect(tables.length).toBeGreaterThan(30);
  expect(missing).toEqual([]);
});

it("every outcome, reason and stage is explained in docs/data.md", () => {
  const words = [...OUTCOMES, ...Object.keys(REASONS), ...STAGES];

  const missing = words.filter((word) => !documents.get("docs/data.md")?.includes(`\`${word}\``));

  expect(missing).toEqual([]);
});

it("every event of the log and every setting is explained in docs/operations.md", () => {
  const events = sources().flatMap((text) =>
    [...text.matchAll(/\blog\(\s*(?:"\w+"|[^,"]+\? "\w+" : "\w+"),\s*"(\w+)"/g)].map((match) => match[1] ?? ""),
  );
  const settings = [...readFileSync(path.join(ROOT, "src/env.ts"), "utf8").matchAll(/^ {2}([A-Z_]+): (?:z|key32)/gm)].map((match) => match[1] ?? "");

  const missing = [...events, ...settings].filter((word) => !documents.get("docs/operations.md")?.includes(`\`${word}\``));

  expect(events.length).toBeGreaterThan(8);
  expect(settings.length).toBeGreaterThan(5);
  expect(missing).toEqual([]);
});

it("every rule that a comment cites is there", () => {
  const sections = [...(documents.get("docs/RULES.md") ?? "").matchAll(/^## (\d+)\. /gm)].map((match) => match[1] ?? "");
  const cited = sources().flatMap((text) => [...text.matchAll(/RULES\.md((?:,? §\d+)+)/g)].flatMap((match) => (match[1] ?? "").match(/\d+/g) ?? []));

  expect(cited.length).toBeGreaterThan(10);
  expect(cited.filter((section) => !sections.includes(section))).toEqual([]);
});

it("every decision is in the list of decisions", () => {
  const list = documents.get("docs/adr/README.md") ?? "";

  const missing = [...documents.keys()].filter((file) => /^docs\/adr\/\d{4}-/.test(file) && !list.includes(`(${path.basename(file)})`));

  expect(missing).toEqual([]);
});

it("a link that leads nowhere is seen", () => {
  expect(leadsSomewhere("docs/data.md", "../README.md")).toBe(true);
  expect(leadsSomewhere("docs/data.md", "README.md")).toBe(false);
  expect(leadsSomewhere("README.md", "SECURITY.md#reporting")).toBe(true);
  expect(leadsSomewhere("README.md", "SECURITY.md#nothing-of-the-kind")).toBe(false);
});

/** Named before it exists: the only file that may fetch. */
const PLANNED = ["src/lib/http.ts"];

function documentPaths(): string[] {
  const own = readdirSync(ROOT).filter((name) => name.endsWith(".md"));
  const under = readdirSync(path.join(ROOT, "docs"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md"));
  return [...own, ...under.map((name) => path.posix.join("docs", name.replaceAll("\\", "/")))];
}

function sources(): string[] {
  const names = readdirSync(path.join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return names.map((name) => readFileSync(path.join(ROOT, "src", name), "utf8"));
}

/** Targets of `[text](target)` and `![text](target)` that are neither another host's nor this page's own. */
function linksOf(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "").filter((link) => !/^[a-z]+:/.test(link));
}

function leadsSomewhere(from: string, link: string): boolean {
  const [target = "", heading] = link.split("#");
  const file = target === "" ? from : path.posix.join(path.posix.dirname(from), target);
  if (!existsSync(path.join(ROOT, file))) return false;
  return heading === undefined || headingsOf(readFileSync(path.join(ROOT, file), "utf8")).includes(heading);
}

/** Anchors as hosts of repositories make them: lower case, words joined by hyphens. */
function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ +(.+)$/gm)].map((match) =>
    (match[1] ?? "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
}
