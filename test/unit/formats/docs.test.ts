/** The page about each format names every problem that its code can report. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");
const code = (path: string): string => readFileSync(join(root, path), "utf8");

describe.each(["camt", "mt940", "ofx", "qif", "archive", "plaid"])("docs/formats/%s.md", (name) => {
  it.runIf(existsSync(join(root, "src/formats", name)))("names every problem that the format can report", () => {
    const page = code(`docs/formats/${name}.md`);
    const sources = readdirSync(join(root, "src/formats", name)).map((file) => code(`src/formats/${name}/${file}`));

    const reported = sources.flatMap((source) => [...source.matchAll(/code: "([a-z0-9]+(?:_[a-z0-9]+)+)"/g)].map(([, found = ""]) => found));
    expect(reported.length).toBeGreaterThan(2);
    expect(reported.filter((found) => !page.includes(`\`${found}\``))).toEqual([]);
  });
});

describe("docs/formats/README.md", () => {
  it("names every refusal of what is no statement", () => {
    const page = code("docs/formats/README.md");
    const refusals = [...code("src/formats/foreign.ts").matchAll(/code: "([a-z0-9_]+)"/g)].map(([, found = ""]) => found);

    expect(refusals.length).toBeGreaterThan(7);
    expect(refusals.filter((found) => !page.includes(`\`${found}\``))).toEqual([]);
  });
});
