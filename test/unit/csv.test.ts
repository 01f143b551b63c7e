/** Exports for spreadsheets: text stays text, whatever a bank wrote into it. */
import { expect, it } from "vitest";
import { csvLine } from "../../src/lib/csv.ts";

it.each(["=1+1", "+49 30", "-SUM(A1)", "@import", "\tx", "\rx", "\u0000=1"])("a text that a spreadsheet would run is made harmless: %j", (text) => {
  expect(csvLine([text])).toBe(`"'${text}"\r\n`);
});

it.each(["-4901.96", "12", "0.001"])("a number stays a number: %s", (text) => {
  expect(csvLine([text])).toBe(`"${text}"\r\n`);
});

it("quotes are doubled, and commas and line breaks stay inside their field", () => {
  const line = csvLine(['ACME "Q1", LTD', "two\nlines", null, 7]);

  expect(line).toBe('"ACME ""Q1"", LTD","two\nlines","",7\r\n');
});
