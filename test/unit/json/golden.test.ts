/** Every JSON and custom fixture is read as its golden file says, in pieces of any size and from any checkpoint. */
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { fixturesOf, goldenPath, goldenText } from "../../../scripts/expect.ts";
import { readProfile } from "../../../scripts/inspect/profile.ts";
import type { Profile } from "../../../src/domain/profile.ts";
import type { StatementRecord } from "../../../src/domain/record.ts";
import type { Format } from "../../../src/formats/format.ts";
import { formatOf } from "../../../src/formats/index.ts";
import { chanceOf } from "../../harness/random.ts";
import { bytesOf, codesOf, textOf } from "../bai2/reading.ts";

const read = (format: Format, bytes: Uint8Array, profile: Profile, size: number): StatementRecord[] => {
  const parser = format.open({ profile });
  const records: StatementRecord[] = [];
  for (let at = 0; at < bytes.length; at += size) records.push(...parser.push(bytes.subarray(at, at + size)));
  return [...records, ...parser.end()];
};

function readWithStops(format: Format, bytes: Uint8Array, profile: Profile, step: number): StatementRecord[] {
  const records: StatementRecord[] = [];
  let parser = format.open({ profile });
  let size = step;
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + size);
    records.push(...parser.push(bytes.subarray(at, end)));
    if (end === bytes.length) break;
    const { byteOffset, state } = parser.checkpoint();
    parser = format.open({ profile }, { byteOffset, state: JSON.parse(JSON.stringify(state)) });
    size = byteOffset === at ? size + step : step;
    at = byteOffset;
  }
  return [...records, ...parser.end()];
}

function profileOf(format: Format, bytes: Uint8Array, path?: string): Profile {
  const settings = path?.replace(/\.[^.]+$/, ".profile.json") ?? "";
  const given = existsSync(settings) ? { profile: readProfile(settings) } : {};
  const reading = format.read?.(bytes, { fileName: "x", whole: true, ...given });
  if (reading === undefined) throw new Error("The format has no reading.");
  return reading.profile;
}

for (const id of ["json", "custom"] as const) {
  const format: Format = formatOf(id);
  describe(`${id} fixtures`, { timeout: 30_000 }, () => {
    for (const path of fixturesOf(id)) {
      it(`${basename(path)} is read as its golden file says, in any pieces and with stops`, () => {
        const bytes = new Uint8Array(readFileSync(path));
        const profile = profileOf(format, bytes, path);
        const whole = textOf(read(format, bytes, profile, bytes.length));

        expect(goldenText(id, path)).toBe(readFileSync(goldenPath(path), "utf8"));
        for (const size of [1, 2, 3, 5, 8, 13, 21, 34, 55, 89]) expect(textOf(read(format, bytes, profile, size))).toBe(whole);
        for (const size of [1, 3, 8, 21, 55]) expect(textOf(readWithStops(format, bytes, profile, size))).toBe(whole);
      });
    }
  });
}

describe("hostile JSON", { timeout: 30_000 }, () => {
  const format: Format = formatOf("json");

  it("never throws, and is the same in pieces and with stops", () => {
    const alphabet = [...'[]{}",:.-0123ab \n', '"date":"2026-03-01"', '"amount":-1.5', "null", "\\", "ü"];
    for (let seed = 1; seed <= 400; seed += 1) {
      const chance = chanceOf(seed);
      const noise = Array.from({ length: chance.below(60) }, () => chance.pick(alphabet)).join("");
      const bytes = bytesOf(seed % 2 === 0 ? `[{"date":"2026-03-01","amount":-1.5},${noise}` : noise);
      const profile = profileOf(format, bytes);
      const whole = textOf(read(format, bytes, profile, Math.max(1, bytes.length)));

      expect(textOf(read(format, bytes, profile, 1 + chance.below(9)))).toBe(whole);
      expect(textOf(readWithStops(format, bytes, profile, 1 + chance.below(30)))).toBe(whole);
    }
  });

  it("that nests ten thousand deep is named, and the elements around it are read", () => {
    const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
    const bytes = bytesOf(`[{"date":"2026-03-01","amount":-1.5},{"x":${deep}},{"date":"2026-03-02","amount":-2.5}]`);
    const records = read(format, bytes, profileOf(format, bytes), 4_096);

    expect(codesOf(records)).toEqual(["element_unreadable"]);
    expect(records.filter(({ type }) => type === "transaction")).toHaveLength(2);
  });
});
