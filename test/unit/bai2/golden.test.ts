/** Every BAI2 fixture is read as its golden file says, in pieces of any size and from any checkpoint. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { fixturesOf, goldenPath, goldenText } from "../../../scripts/expect.ts";
import type { StatementRecord } from "../../../src/domain/record.ts";
import { readable } from "../../../src/formats/bai2/bytes.ts";
import { readBai2, readWithStops, textOf, transactionsOf } from "./reading.ts";

describe("BAI2 fixtures", { timeout: 30_000 }, () => {
  for (const path of fixturesOf("bai2")) {
    describe(basename(path), () => {
      const bytes = new Uint8Array(readFileSync(path));
      const records = readBai2(bytes);
      const whole = textOf(records);

      it("is read as its golden file says", () => {
        expect(goldenText("bai2", path)).toBe(readFileSync(goldenPath(path), "utf8"));
      });

      it("is the same in pieces of 1 to 200 bytes", () => {
        for (let size = 1; size <= 200; size += 1) expect(textOf(readBai2(bytes, { chunkSize: size }))).toBe(whole);
      });

      it("goes on from every checkpoint with the rest, and nothing twice", () => {
        for (const size of [1, 2, 3, 5, 8, 13, 21, 34, 55, 80, 81, 89, 144, 200]) expect(textOf(readWithStops(bytes, size))).toBe(whole);
      });

      it("keeps for each row where it stands, to the byte", () => {
        expect(transactionsOf(records).map((row) => linesOf(bytes, row.place))).toEqual(transactionsOf(records).map((row) => row.raw));
      });

      it("never puts an account number into a problem", () => {
        expect(accountsInProblems(records)).toEqual([]);
      });
    });
  }
});

/** The bytes of a place as text, without line ends, blank lines and the blanks before a line. */
function linesOf(bytes: Uint8Array, { byteOffset, byteEnd }: { byteOffset: number; byteEnd: number }): string {
  const lines = String.fromCharCode(...bytes.subarray(byteOffset, byteEnd)).split(/\r\n|\r|\n/);
  return joinFixed(lines.filter((line) => line.trim() !== ""))
    .map(readable)
    .join("\n");
}

/** A file without line ends holds its records side by side, 80 bytes each. */
const joinFixed = (lines: string[]): string[] =>
  lines.flatMap((line) => (/^16.*\s{3}88,/.test(line) && line.length > 80 ? [line.slice(0, 80), line.slice(80)] : line)).flatMap(splitPacked);

/** Several records on one line: each part of a row is a line of its own in `raw`. */
const splitPacked = (line: string): string[] => (/\/\s*88,/.test(line) && line.startsWith("16,") ? line.split(/(?<=\/\s*)(?=88,)/) : [line]);

function accountsInProblems(records: StatementRecord[]): string[] {
  const numbers = records
    .flatMap((record) => (record.type === "statement" ? [record.externalAccountId ?? ""] : []))
    .filter((number) => number.length > 4);
  const said = records.flatMap((record) => (record.type === "problem" ? [JSON.stringify(record.problem)] : []));
  return said.filter((text) => numbers.some((number) => text.includes(number)));
}
