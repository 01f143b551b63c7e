/** Tables in archives, looked at before they are read: what is asked, what one proves for another, and how little of the rest is unpacked. */
import { gzipSync, strToU8, Zip, ZipDeflate, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import type { ProfileSettings } from "../../../src/domain/profile.ts";
import type { StatementRecord } from "../../../src/domain/record.ts";
import type { MemberSettings, MemberShape } from "../../../src/formats/format.ts";
import { formatOf } from "../../../src/formats/index.ts";
import { portions } from "../../../src/formats/portions.ts";
import { xlsxOf } from "../../fixtures/xlsx-file.ts";
import { chanceOf } from "../../harness/random.ts";
import { codesOf, statementsOf, textOf, transactionsOf } from "../bai2/reading.ts";

const csv = (...lines: string[]) => strToU8(`${lines.join("\n")}\n`);
const HEADER = "Date,Description,Amount,Currency";
const OPEN = csv(HEADER, "03/04/2026,Rent,-1200.00,USD", "05/04/2026,Invoice,999.99,USD");
const PROOF = csv(HEADER, "25/06/2026,Rent,-1200.00,USD");
const STA = strToU8(":20:A\n:25:DE02120300000000202051\n:28C:1\n:60F:C260301EUR0,00\n:61:2603020302C1,00NTRFNONREF//1\n:62F:C260302EUR1,00\n-\n");
const DAY_FIRST: ProfileSettings = { columns: [{ name: "Date", reading: { kind: "date", pattern: "DD/MM/YYYY" } }] };

const zip = (files: Record<string, Uint8Array>): Uint8Array => zipSync(files, { mtime: new Date("2026-01-01T00:00:00Z") });

function survey(archive: Uint8Array, settings: MemberSettings = {}, chunkSize = archive.length): MemberShape[] {
  const walk = formatOf("archive").survey?.(settings);
  for (let at = 0; at < archive.length; at += chunkSize) walk?.push(archive.slice(at, at + chunkSize));
  return walk?.end() ?? [];
}

function parse(archive: Uint8Array, members: MemberSettings, chunkSize = archive.length): StatementRecord[] {
  const parser = formatOf("archive").open({ members });
  const records: StatementRecord[] = [];
  const take = (first: StatementRecord[]) => {
    for (const portion of portions(parser, first)) for (const record of portion) records.push(record);
  };
  for (let at = 0; at < archive.length; at += chunkSize) take(parser.push(archive.subarray(at, at + chunkSize)));
  take(parser.end());
  return records;
}

const days = (records: StatementRecord[]) => transactionsOf(records).map(({ postedOn }) => postedOn);

describe("a walk through an archive", () => {
  it("asks once for the files of one shape, and says which leaves it open", () => {
    const [shape, ...others] = survey(zip({ "a.csv": OPEN, "b.csv": OPEN, "c.sta": STA }));

    expect(others).toEqual([]);
    expect(shape).toMatchObject({ format: "csv", members: ["a.csv", "b.csv"], count: 2, proved: null });
    expect(shape?.reading.questions).toMatchObject([{ code: "date_order", member: "a.csv", message: expect.stringMatching(/^In a\.csv: /) }]);
  });

  it.each([1, 7, 64, 100_000])("finds the same in pieces of %i bytes", (chunkSize) => {
    const archive = zip({ "a.csv": OPEN, "c.sta": STA, "d.csv": PROOF });

    expect(survey(archive, {}, chunkSize)).toEqual(survey(archive));
  });

  it("takes what one file proves for the others of its shape, whichever comes first", () => {
    for (const files of [
      { "a.csv": OPEN, "b.csv": PROOF },
      { "b.csv": PROOF, "a.csv": OPEN },
    ]) {
      const archive = zip(files);
      const [shape] = survey(archive);
      const records = parse(archive, { bySignature: { [shape?.reading.signature ?? ""]: shape?.proved ?? {} } });

      expect(shape?.reading.questions).toEqual([]);
      expect(shape?.reading.inference).toContainEqual(
        expect.objectContaining({ column: "Date", reading: "DD/MM/YYYY", confidence: "certain", evidence: "b.csv, row 2: 25/06/2026" }),
      );
      expect(days(records).toSorted()).toEqual(["2026-04-03", "2026-04-05", "2026-06-25"]);
    }
  });

  it("asks all the same where files of one shape prove different things", () => {
    const archive = zip({ "a.csv": csv(HEADER, "25/06/2026,Rent,-1.00,USD"), "b.csv": csv(HEADER, "06/25/2026,Rent,-1.00,USD"), "c.csv": OPEN });

    const [shape] = survey(archive);

    expect(shape?.reading.questions).toMatchObject([{ code: "date_order", member: "c.csv" }]);
  });

  it("reads each file of a shape by what was said of it", () => {
    const archive = zip({ "a.csv": OPEN });
    const said = { bySignature: { "csv:date|description|amount|currency": DAY_FIRST } };

    expect(survey(archive, said)[0]?.reading.questions).toEqual([]);
    expect(days(parse(archive, said))).toEqual(["2026-04-03", "2026-04-05"]);
  });

  it("takes settings without a signature for the files that have all their columns, and for no other", () => {
    const other = csv("Datum,Text,Betrag", "03/04/2026,Miete,-1.00");
    const shapes = survey(zip({ "a.csv": OPEN, "b.csv": other }), { fitting: DAY_FIRST });

    expect(shapes.map(({ reading }) => reading.questions.length)).toEqual([0, 1]);
    expect(shapes.flatMap(({ reading }) => reading.changed)).toEqual([]);
  });

  it("looks into a .gz, and into an archive whose sizes stand behind the files", () => {
    const behind: Uint8Array[] = [];
    const streamed = new Zip((_error, chunk) => behind.push(chunk));
    for (const [name, bytes] of Object.entries({ "x.sta": STA, "a.csv": OPEN, "y.sta": STA })) {
      const file = new ZipDeflate(name);
      streamed.add(file);
      file.push(bytes, true);
    }
    streamed.end();
    const archive = new Uint8Array(Buffer.concat(behind));

    expect(survey(gzipSync(OPEN, { filename: "a.csv", mtime: 0 }))).toMatchObject([{ members: ["a.csv"] }]);
    expect(survey(archive)).toMatchObject([{ members: ["a.csv"] }]);
    expect(survey(archive, {}, 3)).toMatchObject([{ members: ["a.csv"] }]);
  });

  it("of damaged archives ends without a throw, and the parser says what is wrong", () => {
    const archive = zip({ "a.csv": OPEN, "b.sta": STA, "c.csv": PROOF });
    for (let seed = 1; seed <= 200; seed += 1) {
      const chance = chanceOf(seed);
      const bytes = archive.slice();
      for (let count = 0; count < 3; count += 1) bytes[chance.below(bytes.length)] = chance.below(256);

      expect(() =>
        survey(bytes.subarray(0, chance.below(2) === 0 ? bytes.length : chance.below(bytes.length)), {}, 1 + chance.below(50)),
      ).not.toThrow();
    }
  });
});

describe("what a walk costs", { timeout: 30_000 }, () => {
  it("no more is unpacked of a file than its sample: a bomb behind it costs nothing", () => {
    const bomb = zip({ "a.csv": strToU8(`${HEADER}\n${"03/04/2026,Rent,-1200.00,USD\n".repeat(500_000)}`), "b.csv": PROOF });
    const started = performance.now();

    const [shape] = survey(bomb, {}, 64 * 1024);

    expect(shape).toMatchObject({ count: 2 });
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("a workbook in an archive", { timeout: 30_000 }, () => {
  /** Texts that no packing makes small. */
  function workbook(rows: number): Uint8Array {
    const { below } = chanceOf(7);
    const text = () => Array.from({ length: 40 }, () => String.fromCharCode(97 + below(26))).join("");
    const head = [{ i: "Date" }, { i: "Description" }, { i: "Amount" }];
    const body = Array.from({ length: rows }, (_, row) => [
      { i: `2026-03-${`${(row % 28) + 1}`.padStart(2, "0")}` },
      { i: text() },
      { n: `${row === 0 ? "-" : ""}${row}.5` },
    ]);
    return xlsxOf([{ name: "Sheet", rows: [head, ...body] }]);
  }

  it("of more than 1 MiB is read whole, in pieces of any size", () => {
    const large = workbook(25_000);
    const archive = zip({ "a.sta": STA, "book.xlsx": large, "b.sta": STA });

    const shapes = survey(archive, {}, 64 * 1024);
    const records = parse(archive, {}, 64 * 1024);

    expect(large.length).toBeGreaterThan(1024 * 1024);
    expect(shapes).toMatchObject([{ format: "xlsx", members: ["book.xlsx"], reading: { questions: [] } }]);
    expect(codesOf(records)).toEqual([]);
    expect(transactionsOf(records)).toHaveLength(25_002);
    expect(statementsOf(records).map(({ member }) => member)).toEqual(["a.sta", "book.xlsx", "b.sta"]);
    expect(textOf(parse(archive, {}, 1_000_003))).toBe(textOf(records));
  });
});
