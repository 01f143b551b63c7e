/** Damaged and hostile files: never a throw, a hang or a silent loss. All randomness is seeded. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fixturesOf } from "../../../scripts/expect.ts";
import { PROBLEMS_MAX } from "../../../src/formats/bai2/context.ts";
import { Bai2Parser } from "../../../src/formats/bai2/parser.ts";
import { RECORD_BYTES_MAX } from "../../../src/formats/bai2/physical.ts";
import { bytesOf, codesOf, errorsOf, fileOf, latin1, problemsOf, readBai2, readWithStops, textOf, transactionsOf } from "./reading.ts";

/** Numbers from a seed (xorshift32), the same on every machine. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

const fixtures = fixturesOf("bai2").map((path) => new Uint8Array(readFileSync(path)));
const ALPHABET = "016489,/,/,/\n\r 38AVSDZ+-.\u0000\u001a\u00ff\u00c3\u00bc";
const ACCOUNT = "03,0012345678,USD,010,100,,,015,150,,/";
const GOOD = "16,195,50,,GOOD,C,T/";

describe("hostile bytes", { timeout: 30_000 }, () => {
  it("never throw, and are the same whole, in pieces and with stops", () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const next = numbersFrom(seed);
      const letters = seed % 3 === 0 ? String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code)) : ALPHABET;
      const bytes = latin1(
        `${seed % 2 === 0 ? fileOf([ACCOUNT, GOOD], { trailer: false }) : ""}${Array.from({ length: next(600) }, () => letters.charAt(next(letters.length))).join("")}`,
      );
      const records = readBai2(bytes);
      const whole = textOf(records);

      for (const size of [1, 3, 64]) expect(textOf(readBai2(bytes, { chunkSize: size }))).toBe(whole);
      expect(textOf(readWithStops(bytes, 1 + next(40)))).toBe(whole);
      if (seed % 2 === 0) expect(transactionsOf(records).filter((row) => row.bankReference === "GOOD").length).toBe(1);
    }
  });

  it("in the midst of a file leave the rows before them as they were", () => {
    for (let seed = 1; seed <= 400; seed += 1) {
      const next = numbersFrom(seed * 7919);
      const original = fixtures[next(fixtures.length)] ?? new Uint8Array();
      const { bytes, at } = mutated(original, next);
      const records = readBai2(bytes);

      expect(textOf(readBai2(bytes, { chunkSize: 1 + next(90) }))).toBe(textOf(records));
      expect(textOf(readWithStops(bytes, 1 + next(90)))).toBe(textOf(records));
      const before = rowsBefore(readBai2(original), at);
      expect(transactionsOf(records).slice(0, before.length)).toEqual(before);
    }
  });
});

/** One change, as files suffer them: bytes overwritten, put in or lost, lines dropped, doubled or swapped, the end cut off. */
function mutated(original: Uint8Array, next: (below: number) => number): { bytes: Uint8Array; at: number } {
  const text = String.fromCharCode(...original);
  const at = next(text.length + 1);
  const lineAt = text.lastIndexOf("\n", at - 1) + 1;
  const lineEnd = text.indexOf("\n", at) === -1 ? text.length : text.indexOf("\n", at) + 1;
  const line = text.slice(lineAt, lineEnd);
  const letter = ALPHABET.charAt(next(ALPHABET.length));
  const changes: (() => string)[] = [
    () => text.slice(0, at) + letter + text.slice(at + 1),
    () => text.slice(0, at) + letter + text.slice(at),
    () => text.slice(0, at) + text.slice(at + 1),
    () => text.slice(0, at),
    () => text.slice(0, lineAt) + text.slice(lineEnd),
    () => text.slice(0, lineAt) + line + line + text.slice(lineEnd),
    () => text.slice(0, lineAt) + text.slice(lineEnd).replace("\n", `\n${line}`),
  ];
  const change = changes[next(changes.length)];
  return { bytes: latin1(change === undefined ? text : change()), at: lineAt };
}

/** The rows that ended well before the change: at least one record stands between. */
function rowsBefore(records: ReturnType<typeof readBai2>, at: number) {
  const rows = transactionsOf(records);
  return rows.filter((row, index) => row.place.byteEnd < at && (rows[index + 1]?.place.byteEnd ?? Number.MAX_SAFE_INTEGER) < at);
}

describe("records without an end", { timeout: 30_000 }, () => {
  const broken = "X".repeat(RECORD_BYTES_MAX + 10);

  it.each([
    ["one line", `16,195,50,,R,C,${broken}\n`],
    ["many continuations", `16,195,50,,R,C,T\n${`88,${"Y".repeat(1000)}\n`.repeat(1100)}`],
    ["a continuation", `16,195,50,,R,C,T\n88,${broken}\n88,MORE\n`],
  ])("%s over 1 MiB is one problem, and the rows around it are read", (_name, text) => {
    const bytes = bytesOf(fileOf([ACCOUNT, GOOD, text.trimEnd(), GOOD]));
    const records = readBai2(bytes);

    expect(errorsOf(records)).toEqual(["record_too_long"]);
    expect(problemsOf(records)[0]?.line).toBe(5);
    expect(transactionsOf(records).map((row) => row.bankReference)).toEqual(["GOOD", "GOOD"]);
    expect(textOf(readBai2(bytes, { chunkSize: 4096 }))).toBe(textOf(records));
    expect(textOf(readBai2(bytes, { chunkSize: 65_537 }))).toBe(textOf(records));
    expect(textOf(readWithStops(bytes, 300_000))).toBe(textOf(records));
  });

  it("a line without a code over 1 MiB is one problem, and the row before it is kept", () => {
    const records = readBai2(fileOf([ACCOUNT, GOOD, broken, GOOD]));

    expect(errorsOf(records)).toEqual(["record_too_long"]);
    expect(problemsOf(records)[0]?.line).toBe(5);
    expect(transactionsOf(records)).toHaveLength(2);
  });

  it("a file of one endless line is given up in little memory and little state", () => {
    const parser = new Bai2Parser({});
    const records = parser.push(bytesOf(fileOf([ACCOUNT, GOOD], { trailer: false })));
    const piece = latin1("Z".repeat(65_536));
    for (let count = 0; count < 160; count += 1) records.push(...parser.push(piece));
    const { byteOffset } = parser.checkpoint();
    records.push(...parser.end());

    expect(codesOf(records).filter((code) => code === "record_too_long")).toHaveLength(1);
    expect(byteOffset).toBeGreaterThan(9_000_000);
    expect(transactionsOf(records)).toHaveLength(1);
  });

  it("a whole file on one line of megabytes is read in pieces as it comes", () => {
    const rows = Array.from({ length: 40_000 }, (_, index) => `16,195,${index + 1},,R${index},C,TEXT OF ROW ${index}/`);
    const bytes = bytesOf(fileOf([ACCOUNT, ...rows]).replaceAll("\n", ""));
    const parser = new Bai2Parser({});
    const early = parser.push(bytes.subarray(0, bytes.length - 65_536));

    expect(transactionsOf(early).length).toBeGreaterThan(35_000);
    expect(transactionsOf([...early, ...parser.push(bytes.subarray(bytes.length - 65_536)), ...parser.end()])).toHaveLength(40_000);
    expect(textOf(readBai2(bytes, { chunkSize: 10_000 }))).toBe(textOf(readBai2(bytes)));
    expect(textOf(readWithStops(bytes, 200_000))).toBe(textOf(readBai2(bytes)));
  });
});

describe("many problems", () => {
  it("are listed up to a limit that is itself said, and the rows after it are still read", () => {
    const junk = Array.from({ length: PROBLEMS_MAX + 50 }, () => "16,195,BAD,,R,C,T/");
    const records = readBai2(fileOf([ACCOUNT, ...junk, GOOD]));

    expect(problemsOf(records)).toHaveLength(PROBLEMS_MAX);
    expect(problemsOf(records).at(-1)?.code).toBe("too_many_problems");
    expect(transactionsOf(records)).toHaveLength(PROBLEMS_MAX + 51);
  });

  it("of one kind and place are one: a page of junk is one problem", () => {
    const records = readBai2(fileOf(["03,1,USD,015,5,,/", "49,5,2/", ..."junk ".repeat(500).split(" ")], { trailer: false }));

    expect(codesOf(records).filter((code) => code === "not_a_record")).toHaveLength(1);
  });
});

describe("a fixture in pieces of random size", { timeout: 30_000 }, () => {
  it("is the same as whole", () => {
    const next = numbersFrom(42);
    for (const bytes of fixtures) {
      const parser = new Bai2Parser({});
      const records: ReturnType<typeof readBai2> = [];
      for (let at = 0; at < bytes.length; ) {
        const size = next(50);
        records.push(...parser.push(bytes.subarray(at, at + size)));
        at += size;
      }
      records.push(...parser.end());

      expect(textOf(records)).toBe(textOf(readBai2(bytes)));
    }
  });
});
