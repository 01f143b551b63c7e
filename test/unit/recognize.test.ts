import { describe, expect, it } from "vitest";
import { RECOGNIZE_BYTES } from "../../src/formats/format.ts";
import { formats, recognize } from "../../src/formats/index.ts";
import { bytesOf, fileOf, latin1 } from "./bai2/reading.ts";

const answer = (bytes: Uint8Array, fileName = "statement.txt"): string => {
  const found = recognize(bytes, fileName);
  return "refusal" in found ? found.refusal.code : found.format.id;
};

describe("recognizing a file", () => {
  it("a BAI2 file is known by its records, whatever its name", () => {
    const found = recognize(bytesOf(fileOf(["03,1,USD,015,5,,/"])), "download.pdf");

    expect(found).toMatchObject({ format: { id: "bai2" }, confidence: { score: 1, because: expect.stringContaining("01") } });
  });

  it("a BAI2 file is known behind a byte order mark, in fixed width, on one line, and by its head alone", () => {
    const file = fileOf(["03,1,USD,015,5,,/"]);

    expect(answer(latin1(`\u00ef\u00bb\u00bf\n${file}`))).toBe("bai2");
    expect(answer(bytesOf(file.replaceAll("\n", "")))).toBe("bai2");
    expect(answer(bytesOf(fileOf(["03,1,USD/", ...Array.from({ length: 9000 }, () => "16,195,5,,R,C,T/")])).subarray(0, RECOGNIZE_BYTES))).toBe(
      "bai2",
    );
  });

  it("a BAI2 file that has lost its beginning is still known", () => {
    expect(answer(bytesOf("03,1,USD,015,5,,/\n49,5,2/\n"))).toBe("bai2");
  });

  it("look-alikes of BAI2 are refused by name, with what to ask for", () => {
    const nai = bytesOf("01,,BNKA,260302,0400,1,78,78/\n02,BNKA,CUST,1,260301,0000/\n03,594481027,AUD,015,13467-,100,000/\n49,-13467,-13467/\n");

    expect(recognize(nai, "x.bai")).toMatchObject({
      refusal: { code: "nai_dialect", severity: "error", message: expect.stringContaining("ask the bank for BAI2") },
    });
    expect(answer(bytesOf(fileOf(["03,1,USD,015,5,100,7/"], { header: "01,S,R,260302,0600,1,,,1/" })))).toBe("bai1_dialect");
    expect(answer(bytesOf(fileOf(["03,1/"], { header: "01,S,R,260302,0600,1,,,9/" })))).toBe("unsupported_version");
  });

  it.each([
    ["an empty file", "", "empty_file"],
    ["blank lines and an end-of-file mark", "\r\n  \u001a\u0000", "empty_file"],
    ["a PDF", "%PDF-1.7 ...", "pdf_file"],
    ["an archive of another kind", "Rar!\u001a\u0007\u0000", "unknown_archive"],
    ["an old Office document", "\u00d0\u00cf\u0011\u00e0", "office_file"],
    ["a sign-in page", "\n<!DOCTYPE html><html>", "html_file"],
    ["another web page", "<HTML lang=en>", "html_file"],
    ["a PNG", "\u0089PNG\r\n", "image_file"],
    ["a JPEG", "\u00ff\u00d8\u00ff\u00e0", "image_file"],
    ["a web page with a comment before it, saved as .csv", "\u00ef\u00bb\u00bf<!-- v1 -->\n<?xml version='1.0'?><!DOCTYPE html PUBLIC>", "html_file"],
    [
      "a payment order",
      '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn/></Document>',
      "unknown_xml",
    ],
    ["an encrypted file", "-----BEGIN PGP MESSAGE-----", "encrypted_file"],
    ["a letter", "Dear Sir,\n01, please find attached", "unknown_format"],
  ])("%s is refused, with what to do", (_name, text, code) => {
    const found = recognize(latin1(text), "statement.bai");

    expect(found).toMatchObject({ refusal: { code, severity: "error", message: expect.stringMatching(/\. [A-Z].*\./) } });
  });

  it("a refusal says what is accepted", () => {
    for (const head of ["%PDF-1.7", "\u0089PNG", "Dear Sir,"]) {
      expect(recognize(latin1(head), "statement.csv")).toMatchObject({
        refusal: { message: expect.stringContaining("camt.053 (XML), MT940, BAI2, OFX or CSV") },
      });
    }
  });

  it.each([
    ["xml", '<?xml version="1.0"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>'],
    ["mt940", ":20:A\r\n:25:1\r\n:28C:1\r\n:60F:C260301EUR1,00\r\n"],
    ["ofx", "OFXHEADER:100\r\nDATA:OFXSGML\r\n\r\n<OFX>"],
  ])("%s is known by what stands in it, with the reason", (id, text) => {
    expect(recognize(latin1(text), "download.csv")).toMatchObject({ format: { id }, confidence: { because: expect.stringMatching(/^It .*\.$/) } });
  });

  it.each([
    ["a spreadsheet export", "Date,Amount\n2026-03-01,5.00\n"],
    ["a table in UTF-16", `\u00ff\u00fe${[..."Date;Amount\n2026-03-01;5.00\n"].map((letter) => `${letter}\u0000`).join("")}`],
  ])("%s is a CSV", (_name, text) => {
    expect(answer(latin1(text))).toBe("csv");
  });

  it("random bytes are never taken for a statement", () => {
    const bytes = Uint8Array.from({ length: 5000 }, (_, index) => (index * 7919) % 251);

    expect(answer(bytes)).toBe("unknown_format");
  });

  it("every registered format says who it is", () => {
    for (const [id, format] of Object.entries(formats)) {
      expect(format.id).toBe(id);
      expect(format.title).not.toBe("");
      expect(format.recognizes(new Uint8Array(), "").score).toBe(0);
    }
  });
});
