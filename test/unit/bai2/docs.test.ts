/** The page about BAI2 names every problem that the parser can report. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");

describe("docs/formats/bai2.md", () => {
  it("names every problem that the parser can report", () => {
    const folder = join(root, "src/formats/bai2");
    const sources = [...readdirSync(folder).map((name) => join(folder, name))].map((path) => readFileSync(path, "utf8")).join("\n");
    const page = readFileSync(join(root, "docs/formats/bai2.md"), "utf8");

    const codes = [...sources.matchAll(/code: "([a-z0-9]+(?:_[a-z0-9]+)*)"/g), ...sources.matchAll(/"(wrapped_[a-z]+)"/g)].map(
      ([, code = ""]) => code,
    );
    const reported = codes.filter((code) => /[a-z]/.test(code));
    expect(reported.length).toBeGreaterThan(30);
    expect(reported.filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });
});
