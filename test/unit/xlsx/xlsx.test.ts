/** Excel workbooks: days and figures exactly as Excel shows them, and refusals by name. */
import { readFileSync } from "node:fs";
import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { fixturesOf, goldenPath, goldenText } from "../../../scripts/expect.ts";
import type { ProfileSettings } from "../../../src/domain/profile.ts";
import type { StatementRecord } from "../../../src/domain/record.ts";
import { recognize } from "../../../src/formats/index.ts";
import { xlsx } from "../../../src/formats/xlsx/format.ts";
import { decimalText, isDateFormat, serialText } from "../../../src/formats/xlsx/values.ts";
import { type Cell, xlsxOf } from "../../fixtures/xlsx-file.ts";
import { codesOf } from "../bai2/reading.ts";
import { movesOf } from "../csv/reading.ts";

const read = (bytes: Uint8Array, profile?: ProfileSettings): StatementRecord[] => {
  const reading = xlsx.read?.(bytes, { fileName: "x.xlsx", whole: true, ...(profile === undefined ? {} : { profile }) });
  if (reading === undefined) throw new Error("Excel has a reading.");
  expect(reading.questions).toEqual([]);
  const parser = xlsx.open({ profile: reading.profile });
  return [...parser.push(bytes.subarray(0, 100)), ...parser.push(bytes.subarray(100)), ...parser.end()];
};

const HEADER: Cell[] = [{ s: "Buchungstag" }, { s: "Verwendungszweck" }, { s: "Betrag" }, { s: "Saldo" }];

describe("a workbook", () => {
  it("gives days from serial numbers and figures without the binary number's tail", () => {
    const bytes = xlsxOf([
      { name: "Notes", isHidden: true, rows: [[{ s: "nothing here" }]] },
      {
        name: "Umsätze",
        rows: [
          [{ s: "Kontoauszug" }],
          [],
          HEADER,
          [{ d: "46082" }, { s: "Miete &amp; Strom" }, { n: "-500.10000000000002" }, { n: "499.9" }],
          [{ d: "46083.5" }, { i: "Gehalt" }, { n: "2.5E3" }, { n: "2999.9" }],
          [{ d: "46084" }, null, { n: "-0.30000000000000004" }, { n: "2999.6" }],
        ],
      },
    ]);
    const records = read(bytes);

    expect(movesOf(records)).toEqual([
      ["2026-03-01", "-50010"],
      ["2026-03-02", "250000"],
      ["2026-03-03", "-30"],
    ]);
    expect(records.find((record) => record.type === "statement_end")).toMatchObject({
      proof: [{ check: "running_balance", ok: true }],
      closingMinor: "299960",
    });
    expect(records.find((record) => record.type === "transaction")).toMatchObject({ description: "Miete & Strom", place: { line: 4 } });
    expect(recognize(bytes, "x.xlsx")).toMatchObject({ format: { id: "xlsx" } });
  });

  it("is read from the sheet that the profile names, in the calendar of 1904", () => {
    const bytes = xlsxOf(
      [
        { name: "A", rows: [[{ s: "x" }]] },
        { name: "B", rows: [HEADER, [{ d: "44620" }, { s: "Tea" }, { n: "-1.5" }, null], [{ d: "44633" }, { s: "Tea" }, { n: "-2.25" }, null]] },
      ],
      { is1904: true },
    );

    expect(movesOf(read(bytes, { sheet: "B" }))).toEqual([
      ["2026-03-01", "-150"],
      ["2026-03-14", "-225"],
    ]);
    expect(codesOf(read(bytes, { sheet: "C" }))).toEqual(["sheet_not_found"]);
  });

  it("that is a bomb, damaged, or holds a document type is refused by name", () => {
    const bomb = zipSync({ "xl/workbook.xml": strToU8(" ".repeat(8_000_000)) });
    const good = xlsxOf([{ name: "A", rows: [HEADER] }]);
    const doctype = xlsxOf([{ name: "A", rows: [HEADER] }], { doctype: '<!DOCTYPE x [<!ENTITY a "aaaa">]>' });

    expect(codesOf(read(bomb))).toEqual(["archive_bomb"]);
    expect(codesOf(read(good.subarray(0, good.length - 40)))).toEqual(["bad_workbook"]);
    expect(codesOf(read(doctype))).toEqual(["xml_doctype"]);
    expect(codesOf(read(xlsxOf([{ name: "A", rows: [HEADER] }])))).toEqual(["no_movements"]);
  });
});

describe("Excel fixtures", () => {
  it.each(fixturesOf("xlsx"))("%s is read as its golden file says", (path) => {
    expect(goldenText("xlsx", path)).toBe(readFileSync(goldenPath(path), "utf8"));
  });
});

describe("values", () => {
  it.each([
    ["1234.5600000000001", "1234.56"],
    ["0.30000000000000004", "0.3"],
    ["-1E-2", "-0.01"],
    ["1.5E3", "1500"],
    ["123456789012.34", "123456789012.34"],
    ["1.234", "1.2340"],
    ["12", "12"],
  ])("%s is shown as %s", (raw, text) => {
    expect(decimalText(raw)).toBe(text);
  });

  it.each([
    ["1", false, "1900-01-01"],
    ["59", false, "1900-02-28"],
    ["60", false, "60"],
    ["61", false, "1900-03-01"],
    ["46082.75", false, "2026-03-01 18:00:00"],
    ["0", true, "0"],
    ["44620", true, "2026-03-01"],
  ])("serial %s (1904: %s) is %s", (raw, is1904, text) => {
    expect(serialText(raw, is1904)).toBe(text);
  });

  it("formats of dates are told from those of figures", () => {
    expect([isDateFormat(14, null), isDateFormat(200, "dd.mm.yyyy"), isDateFormat(200, "[$-409]d-mmm-yy;@")]).toEqual([true, true, true]);
    expect([isDateFormat(4, null), isDateFormat(200, '#,##0.00 "yard"'), isDateFormat(200, "[Red]-0.00"), isDateFormat(200, "General")]).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
