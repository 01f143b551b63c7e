/** A bank changes the columns of its export: which came and which went, and when two headers are two banks'. */
import { describe, expect, it } from "vitest";
import { signatureOf } from "../../src/domain/profile.ts";
import { columnsChanged } from "../../src/domain/profile-shape.ts";

const changed = (before: string[], after: string[], columns: string[] = []) =>
  columnsChanged({ signature: signatureOf("csv", before), columns }, { signature: signatureOf("csv", after), names: after });

const BEFORE = ["Buchungstag", "Valuta", "Text", "Betrag", "Währung"];

describe("a header held against the one before", () => {
  it("names a column that went and one that came", () => {
    expect(changed(BEFORE, ["Buchungstag", "Valuta", "Text", "Umsatz", "Währung"], ["Betrag"])).toEqual([
      'Column "Betrag" is not in this file any more.',
      'Column "Umsatz" is new in this file.',
    ]);
  });

  it("names a column that only came, also in another order of columns", () => {
    expect(changed(BEFORE, ["Gebühr", "Währung", ...BEFORE.slice(0, 4)])).toEqual(['Column "Gebühr" is new in this file.']);
  });

  it("is another bank's where too little is the same", () => {
    expect(changed(BEFORE, ["Date", "Description", "Amount", "Währung"])).toBeNull();
    expect(changed(["Date", "Amount"], ["Date", "Amount", "Text"])).toBeNull();
  });

  it("without names is held against nothing", () => {
    expect(changed(["5 columns"], BEFORE)).toBeNull();
    expect(changed(BEFORE, ["4 columns"])).toBeNull();
    expect(changed([...BEFORE, ..."abcdefghij".split("").map((letter) => letter.repeat(60))], BEFORE)).toBeNull();
  });
});
