/** Figures and days that other programs are known to read wrongly, each with what it is: read so in a file that says enough, else asked or named, never something else. */
import { describe, expect, it } from "vitest";
import { codesOf } from "../bai2/reading.ts";
import { infer, movesOf, parseCsv } from "./reading.ts";

/** English figures are shown by one of three decimals' kind, German ones by another. */
const ENGLISH = ["25/03/2026,shown,-1234567.89"];
const file = (rows: string[], header = "Date,Text,Amount") => `${header}\n${rows.join("\n")}\n`;
const germanFile = (cell: string) => file([`25.03.2026;Miete;-1.234.567,89`, `26.03.2026;Zins;${cell}`], "Datum;Text;Betrag");

const amountsOf = (text: string) => {
  const { profile, questions } = infer(text);
  expect(questions).toEqual([]);
  const records = parseCsv(text, { profile });
  return { amounts: movesOf(records).map(([, minor]) => minor), codes: codesOf(records) };
};

describe("an English figure", () => {
  it.each([
    ['"1,234.56"', "123456"],
    ['"1,234,567.00"', "123456700"],
    ["(500.00)", "-50000"],
    ["500.00-", "-50000"],
    ["25.00-", "-2500"],
    ["-500.00", "-50000"],
    ["500.00 CR", "50000"],
    ["$1234.50", "123450"],
  ])("%s is %s", (cell, minor) => {
    expect(amountsOf(file([...ENGLISH, `26/03/2026,read,${cell}`]))).toEqual({ amounts: ["-123456789", minor], codes: [] });
  });

  const many = Array.from({ length: 10 }, (_, row) => `${row + 10}/03/2026,shown,${row}.50`);

  it.each(["--21.78", "12.345.67", "1e3", "n/a", "0x10", "NaN", "Infinity", "12,34.56-7"])(
    "%s is none: its row is named, and is not zero",
    (cell) => {
      const { amounts, codes } = amountsOf(file([...ENGLISH, ...many, `26/03/2026,read,"${cell}"`]));

      expect(amounts).toHaveLength(12);
      expect(amounts.at(-1)).toBeNull();
      expect(codes).toEqual(["amount_unreadable"]);
    },
  );
});

describe("a German figure", () => {
  it.each([
    ["1.234,56-", "-123456"],
    ["-500,00", "-50000"],
    ["1.234,56", "123456"],
    ["1.234.567,00", "123456700"],
    ["25,00-", "-2500"],
  ])("%s is %s", (cell, minor) => {
    expect(amountsOf(germanFile(cell))).toEqual({ amounts: ["-123456789", minor], codes: [] });
  });
});

describe("days", () => {
  it("are read in one order for the whole column, whatever marks stand between", () => {
    const text = file(["04.09.2024;a;-1,50", "24-08-2024;b;2,50"], "Datum;Text;Betrag");

    expect(movesOf(parseCsv(text, { profile: infer(text).profile })).map(([day]) => day)).toEqual(["2024-09-04", "2024-08-24"]);
  });
});

describe("two rows alike", () => {
  it("are two movements", () => {
    expect(amountsOf(file(["25/03/2026,Coffee,-3.20", "25/03/2026,Coffee,-3.20"])).amounts).toEqual(["-320", "-320"]);
  });
});
