/** How deep a JSON text nests, without reading it. */
import { describe, expect, it } from "vitest";
import { nestsDeeper } from "../../src/lib/json-depth.ts";

describe("nesting", () => {
  it.each([
    ["{}", 1],
    ['{"a":[1,{"b":2}]}', 3],
    ["[[],[[]],[]]", 3],
    ['{"a":"[[[[{{{{"}', 1],
    ['{"a":"\\"[[[["}', 1],
    ['["\\\\",[[]]]', 3],
    ["1", 0],
    ["", 0],
  ])("of %s is %i", (text, depth) => {
    expect(nestsDeeper(text, depth)).toBe(false);
    expect(nestsDeeper(text, depth - 1)).toBe(depth > 0);
  });

  it("of a hundred thousand brackets is found at the first that is too many", () => {
    expect(nestsDeeper("[".repeat(100_000), 32)).toBe(true);
    expect(nestsDeeper("[]".repeat(100_000), 1)).toBe(false);
    expect(nestsDeeper('"'.repeat(99_999), 1)).toBe(false);
  });
});
