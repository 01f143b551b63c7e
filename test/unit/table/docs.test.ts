/** The pages about tables name every problem that their readers can report. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { COLUMN_ROLES } from "../../../src/domain/profile.ts";

const root = join(import.meta.dirname, "../../..");

it.each([
  ["csv", ["csv", "table"]],
  ["json", ["json"]],
  ["custom", ["custom"]],
  ["xlsx", ["xlsx"]],
])("docs/formats/%s.md names every problem of its readers", (page, folders) => {
  const text = readFileSync(join(root, "docs/formats", `${page}.md`), "utf8");
  const sources = folders.flatMap((folder) => {
    const path = join(root, "src/formats", folder);
    return readdirSync(path).map((name) => readFileSync(join(path, name), "utf8"));
  });

  const codes = sources.flatMap((source) =>
    [
      ...source.matchAll(
        /code: "([a-z]+(?:_[a-z]+)+)"|, "([a-z]+(?:_[a-z]+)+)", (?:\{ reason|\{ severity|row, "|reason|"the|"it|this\.|`it|row)|WorkbookError\(\s*"([a-z_]+)"|note\("([a-z_]+)"|type (?:Element)?Refusal = (.*);/g,
      ),
    ].flatMap(([, one, two, three, four, list]) =>
      [one, two, three, four, ...(list?.match(/[a-z]+(?:_[a-z]+)+/g) ?? [])].filter((code) => code !== undefined),
    ),
  );

  expect(codes.filter((code) => !text.includes(`\`${code}\``) && !NO_PROBLEMS.includes(code))).toEqual([]);
  if (page !== "custom") expect(codes.length).toBeGreaterThan(3);
});

/** Words of the same shape that are roles, and kinds of questions. */
const NO_PROBLEMS: readonly string[] = [...COLUMN_ROLES, "date_order", "decimal_mark"];
