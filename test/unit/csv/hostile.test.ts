/** CSV in pieces, damaged and hostile: rows as papaparse cuts the whole text, never a throw, a hang or a silent loss. All randomness is seeded. */
import Papa from "papaparse";
import { describe, expect, it } from "vitest";
import type { Encoding } from "../../../src/domain/profile.ts";
import { RowCutter } from "../../../src/formats/csv/cutter.ts";
import { RowFeed } from "../../../src/formats/csv/feed.ts";
import { readCsv } from "../../../src/formats/csv/read.ts";
import { TableReader } from "../../../src/formats/table/records.ts";
import type { Row } from "../../../src/formats/table/row.ts";
import { startOfTable } from "../../../src/formats/table/state.ts";
import { chanceOf } from "../../harness/random.ts";
import { bytesOf, codesOf, problemsOf, textOf } from "../bai2/reading.ts";
import { infer, movesOf, parseCsv, parseWithStops } from "./reading.ts";

const DIALECT = { delimiter: ",", quote: '"', line_end: "\n" } as const;

function cut(text: string, sizes: () => number, encoding: Encoding = "utf-8"): { rows: string[][]; refusal: string | null } {
  const rows: string[][] = [];
  let refusal: string | null = null;
  const sink = {
    row: (row: Row) => {
      rows.push(row.cells());
    },
    refused: (why: string) => {
      refusal = why;
    },
  };
  const cutter = new RowCutter({ dialect: DIALECT, encoding, position: { byteOffset: 0, line: 1, rows: 0 }, sink });
  const feed = new RowFeed(cutter, encoding);
  const bytes = encoding === "utf-8" ? new TextEncoder().encode(text) : new Uint8Array(Uint16Array.from(text, (unit) => unit.charCodeAt(0)).buffer);
  for (let at = 0; at < bytes.length; ) {
    const size = sizes();
    feed.feed(bytes.subarray(at, at + size));
    at += size;
  }
  feed.finish();
  return { rows, refusal };
}

/** Rows of the whole text; those from an unclosed quote on are none. Blank rows and the return of CRLF are left out, as the cutter does. */
function whole(text: string): string[][] {
  const { data, errors } = new Papa.Parser({ delimiter: ",", newline: "\n", quoteChar: '"', header: false }).parse(text, 0, false);
  const unclosed = errors.find(({ code }) => code === "MissingQuotes")?.row ?? data.length;
  return data
    .slice(0, unclosed)
    .map((cells) => cells.map((cell, at) => (at === cells.length - 1 && cell.endsWith("\r") ? cell.slice(0, -1) : cell)))
    .filter((cells) => cells.length > 1 || cells[0] !== "");
}

describe("rows in pieces against papaparse on the whole text", { timeout: 60_000 }, () => {
  it("are the same for any text and any pieces", () => {
    const alphabet = ['"', '"', ",", ",", "\n", "\r\n", "a", "b ", " ", "ü", "€", '""', "x"];
    for (let seed = 1; seed <= 20_000; seed += 1) {
      const chance = chanceOf(seed);
      const text = Array.from({ length: chance.below(40) }, () => chance.pick(alphabet)).join("");
      const expected = whole(text);
      const found = cut(text, () => 1 + chance.below(6)).rows;
      // A lone quoted nothing is a row of one empty cell: papaparse makes it a blank row.
      if (JSON.stringify(found.filter((cells) => cells.length > 1 || cells[0] !== "")) !== JSON.stringify(expected))
        expect({ seed, text, found }).toEqual({ seed, text, found: expected });
    }
    expect(cut("a,b\n1,2\n", () => 1).rows).toEqual([
      ["a", "b"],
      ["1", "2"],
    ]);
  });
});

describe("plain, quoted and malformed rows in one file", { timeout: 60_000 }, () => {
  const kinds = [
    "01/02/2026,ACME SUPPLY,-12.50,1000.00,REF1",
    '01/02/2026,"ACME, SUPPLY","-1,234.50",1000.00,REF2',
    '01/02/2026,"say ""hi"" twice","1,000.00","2,000.00",REF3',
    '01/02/2026,"two\nlines",5.00,6.00,REF4',
    '01/02/2026,"bad" quote,5.00,6.00,REF5',
    '01/02/2026,mid "quote" here,5.00,6.00,REF6',
    "01/02/2026,CAFÉ MÜLLER € 😀 Łódź,5.00,6.00,REF7",
    "1/2/2026,short row",
    "",
    ",,,,",
    "31/02/2026,ragged,1,2,3,4,5",
    '"01/02/2026","-0.00","(12.00)","1.234,00",""',
  ];

  it.each(["\n", "\r\n"])("are cut as papaparse cuts the whole text, with the lines and bytes where they stand (%j)", (lineEnd) => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const chance = chanceOf(seed);
      const text = Array.from({ length: 1 + chance.below(4_000) }, () => chance.pick(kinds)).join(lineEnd) + chance.pick(["", lineEnd]);
      const bytes = new TextEncoder().encode(text);
      const table = new TableReader(infer("Date,Text,Amount,Balance\n13/02/2026,a,-1.00,5.00\n").profile, startOfTable());
      const rows: string[][] = [];
      const misplaced: number[] = [];
      const sink = {
        row: (row: Row) => {
          rows.push(row.cells());
          const own = new TextDecoder().decode(bytes.subarray(row.byteOffset, row.byteEnd));
          if (own.replace(/\r?\n$/, "") !== row.raw(10_000)) misplaced.push(row.number);
        },
        refused: () => undefined,
      };
      const position = { byteOffset: 0, line: 1, rows: 0 };
      const cutter = new RowCutter({ dialect: DIALECT, encoding: "utf-8", position, sink, scanners: table.scanners() });
      const feed = new RowFeed(cutter, "utf-8");
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + chance.below(chance.percent(50) ? 300 : 100_000);
        feed.feed(bytes.subarray(at, at + size));
        at += size;
      }
      feed.finish();

      expect(rows).toEqual(whole(text));
      expect(misplaced).toEqual([]);
      expect(cutter.isRefused || cutter.position.byteOffset === bytes.length).toBe(true);
    }
  });

  it("a day or a figure is the same with and without quotes around it", () => {
    const days = ["13/02/2026", "1/2/2026", "13.02.2026", "13-02-2026 10:15", "31/02/2026", "13/02/26", " 13/02/2026 ", "x", ""];
    const figures = ["0", "-0.00", "007", "1.5", "-12.345", "+3.20", "1000000000.01", "99999999999999.99", "-99999999999999999.99", "12 ", "(5.00)"];
    const odd = ["5.00-", "EUR 5", "5 CR", ".50", "5.", "1.2.3", "--5", "1e5", "-", "", "x", "12345678901234567890123.00"];
    const { profile } = infer("Date;Text;Amount;Balance\n13/02/2026;a;-1.00;5.00\n14/02/2026;a;-1.00;4.00\n");
    const lines = days.flatMap((day) => [...figures, ...odd].map((figure) => [day, "TEXT", figure, "7.00"]));
    const printed = (quote: string) =>
      `Date;Text;Amount;Balance\n${lines.map((cells) => cells.map((cell) => quote + cell + quote).join(";")).join("\n")}\n`;
    const seen = (text: string) =>
      parseCsv(text, { profile }).map((record) =>
        record.type === "transaction" ? [record.postedOn, record.amountMinor] : record.type === "problem" ? record.problem : record.type,
      );

    expect(seen(printed(""))).toEqual(seen(printed('"')));
    expect(seen(printed("")).length).toBeGreaterThan(200);
  });
});

describe("hostile bytes", { timeout: 60_000 }, () => {
  it("never throw, and are the same whole, in pieces and with stops", () => {
    const alphabet = 'Date,Amount;2026-03-01\n\r"12.5,0-\u0000\ufeffü€(CR)';
    for (let seed = 1; seed <= 300; seed += 1) {
      const chance = chanceOf(seed);
      const noise = Array.from({ length: chance.below(400) }, () => alphabet.charAt(chance.below(alphabet.length))).join("");
      const bytes = bytesOf(`${seed % 2 === 0 ? "Date,Text,Amount\n2026-03-28,GOOD,-5.00\n" : ""}${noise}`);
      if (seed % 3 === 0) for (let count = 0; count < 5; count += 1) bytes[chance.below(bytes.length)] = chance.below(256);
      const { profile } = infer(bytes);
      const records = textOf(parseCsv(bytes, { profile }));

      for (const size of [1, 3, 64]) expect(textOf(parseCsv(bytes, { profile, chunkSize: size }))).toBe(records);
      expect(textOf(parseWithStops(bytes, profile, 1 + chance.below(40)))).toBe(records);
    }
  });
});

describe("files without an end", { timeout: 30_000 }, () => {
  const head = "Date,Text,Amount\n2026-03-28,GOOD,-5.00\n";
  const { profile } = infer(head);
  const piece = (text: string): string => text.repeat(Math.ceil(65_536 / text.length));

  it.each([
    ["one line without an end", "row_too_long", `${head}2026-03-29,`, piece("x")],
    ["a quote that never closes", "unclosed_quote", `${head}2026-03-29,"`, piece("x,\n")],
    ["5,000 columns", "too_many_columns", `${head}${",".repeat(5_000)}\n`, ""],
  ])("%s are refused by name and row, and the rows before are read", (_name, code, start, more) => {
    const whole = parseCsv(start + more.repeat(more === "" ? 0 : 20), { profile });

    expect(codesOf(whole)).toEqual([code]);
    expect(problemsOf(whole)[0]).toMatchObject({ line: 3, record: "row 3" });
    expect(movesOf(whole)).toEqual([["2026-03-28", "-500"]]);
    expect(textOf(parseCsv(start + more.repeat(20), { profile, chunkSize: 65_536 }))).toBe(textOf(parseCsv(start + more.repeat(20), { profile })));
  });

  it("a sample without a single line end is not asked about: the parser refuses it by name", () => {
    const bytes = bytesOf("x".repeat(1_100_000));
    const reading = readCsv(bytes, { fileName: "x.csv", whole: false });

    expect(reading.questions).toEqual([]);
    expect(codesOf(parseCsv(bytes, { profile: reading.profile }))).toEqual(["row_too_long", "no_movements"]);
  });

  it("keep little in memory: the row that is open is given up at 1 MiB", async () => {
    const { CsvParser } = await import("../../../src/formats/csv/parser.ts");
    const parser = new CsvParser(profile);
    const records = parser.push(bytesOf(`${head}2026-03-29,"`));
    const chunk = bytesOf(piece("y,\n"));
    for (let count = 0; count < 400; count += 1) records.push(...parser.push(chunk));

    expect(codesOf(records)).toEqual(["unclosed_quote"]);
    expect(parser.checkpoint().byteOffset).toBe(head.length);
  });
});
