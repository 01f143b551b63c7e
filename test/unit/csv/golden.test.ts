/** Every CSV fixture is read as its golden file says, in pieces of any size and from any checkpoint. */
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { fixturesOf, goldenPath, goldenText } from "../../../scripts/expect.ts";
import { readProfile } from "../../../scripts/inspect/profile.ts";
import { textOf } from "../bai2/reading.ts";
import { infer, parseCsv, parseWithStops } from "./reading.ts";

describe("CSV fixtures", { timeout: 30_000 }, () => {
  for (const path of fixturesOf("csv")) {
    describe(basename(path), () => {
      const bytes = new Uint8Array(readFileSync(path));
      const settings = path.replace(/\.csv$/, ".profile.json");
      const { profile } = infer(bytes, existsSync(settings) ? readProfile(settings) : undefined);
      const whole = textOf(parseCsv(bytes, { profile }));

      it("is read as its golden file says", () => {
        expect(goldenText("csv", path)).toBe(readFileSync(goldenPath(path), "utf8"));
      });

      it("is the same in pieces of any size", () => {
        for (let size = 1; size <= 100; size += 1) expect(textOf(parseCsv(bytes, { profile, chunkSize: size }))).toBe(whole);
      });

      it("goes on from every checkpoint with the rest, and nothing twice", () => {
        for (const size of [1, 2, 3, 7, 13, 34, 55, 89, 144]) expect(textOf(parseWithStops(bytes, profile, size))).toBe(whole);
      });
    });
  }
});
