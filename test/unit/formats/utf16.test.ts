/** Statements that somebody saved as UTF-16 are read as they are in single bytes, at their own places in the file. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { fixturesOf } from "../../../scripts/expect.ts";
import type { StatementRecord } from "../../../src/domain/record.ts";
import { RECOGNIZE_BYTES } from "../../../src/formats/format.ts";
import { recognize } from "../../../src/formats/index.ts";
import { textOf } from "../bai2/reading.ts";
import { read, readStopping } from "./reading.ts";

const WAYS = [
  { name: "little-endian with a mark", isBig: false, mark: true },
  { name: "big-endian with a mark", isBig: true, mark: true },
  { name: "little-endian without a mark", isBig: false, mark: false },
  { name: "big-endian without a mark", isBig: true, mark: false },
] as const;

function wide(text: string, { isBig, mark }: { isBig: boolean; mark: boolean }): Uint8Array {
  const units = (mark ? "\ufeff" : "") + text;
  const bytes = new Uint8Array(units.length * 2);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < units.length; at += 1) view.setUint16(at * 2, units.charCodeAt(at), !isBig);
  return bytes;
}

/** Fixtures that are whole in UTF-8: what they say of another encoding would be untrue of them here. */
const FILES = (["xml", "mt940", "ofx", "qif", "bai2"] as const).flatMap((id) =>
  fixturesOf(id)
    .map((path) => ({ id, path, name: basename(path), bytes: new Uint8Array(readFileSync(path)) }))
    .filter(({ bytes, name }) => isUtf8(bytes) && !/latin1|1250|mark|truncated|damaged/.test(name)),
);

function isUtf8(bytes: Uint8Array): boolean {
  try {
    return !new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes).startsWith("\ufeff") && bytes.length > 200;
  } catch {
    return false;
  }
}

/** All but the places in bytes. */
const meaning = (records: StatementRecord[]): string =>
  textOf(
    records.map((record) => {
      if (record.type === "statement" || record.type === "transaction") return { ...record, place: { ...record.place, byteOffset: 0, byteEnd: 0 } };
      return record.type === "statement_end" ? { ...record, byteEnd: 0 } : record;
    }),
  );

describe.each(WAYS)("statements in UTF-16, $name", { timeout: 120_000 }, (way) => {
  it.each(FILES)("$id $name says the same, and is known", ({ id, bytes }) => {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const saved = wide(text, way);

    const records = read(id, saved);
    const found = recognize(saved.subarray(0, RECOGNIZE_BYTES), "download.bin");

    expect(meaning(records)).toBe(meaning(read(id, bytes)));
    if ("format" in recognize(bytes.subarray(0, RECOGNIZE_BYTES), "download.bin")) expect(found).toMatchObject({ format: { id } });
  });
});

describe("the places of a file in UTF-16", { timeout: 120_000 }, () => {
  const STA = [
    ":20:A\r\n:25:DE02120300000000202051\r\n:28C:1\r\n:60F:C260301EUR0,00\r\n",
    ":61:2603020302C1,00NTRFNONREF//1\r\n:86:Grüße aus Łódź 💶 für Ζωή\r\n",
    ":61:2603020302C2,00NTRFNONREF//2\r\n:86:zwei\r\n:62F:C260302EUR3,00\r\n-\r\n",
  ];

  it("are its own: the bytes between them are the record", () => {
    const saved = wide(STA.join(""), { isBig: false, mark: true });

    const records = read("mt940", saved);

    const rows = records.flatMap((record) => (record.type === "transaction" ? [record] : []));
    const shown = rows.map(({ place }) => new TextDecoder("utf-16le").decode(saved.subarray(place.byteOffset, place.byteEnd)));
    expect(rows.map(({ description }) => description)).toEqual(["Grüße aus Łódź 💶 für Ζωή", "zwei"]);
    expect(shown).toEqual([":61:2603020302C1,00NTRFNONREF//1\r\n:86:Grüße aus Łódź 💶 für Ζωή", ":61:2603020302C2,00NTRFNONREF//2\r\n:86:zwei"]);
  });

  it("are the same in pieces of any size and from any checkpoint", () => {
    for (const way of WAYS) {
      const saved = wide(STA.join(""), way);
      const whole = textOf(read("mt940", saved));

      for (const chunkSize of [1, 2, 3, 5, 7, 16, 64, 65, 127]) expect(textOf(read("mt940", saved, { chunkSize }))).toBe(whole);
      for (const size of [1, 13, 55, 80, 89, 200]) expect(textOf(readStopping("mt940", saved, size))).toBe(whole);
    }
  });

  it("are the same with stops where bytes were put in, so that half of the file is other characters", () => {
    const saved = wide(STA.join(""), { isBig: true, mark: false });
    for (let cut = 1; cut < saved.length; cut += 5) {
      const bytes = new Uint8Array([...saved.subarray(0, cut), (cut * 37) & 255, ...saved.subarray(cut)]);
      const whole = textOf(read("mt940", bytes));

      for (const size of [20, 90]) expect(textOf(readStopping("mt940", bytes, size))).toBe(whole);
    }
  });

  it("of a long file are known where all is beyond ASCII", () => {
    const rows = Array.from({ length: 3_000 }, (_, row) => `:61:2603020302C1,00NTRFNONREF//${row}\n:86:${"Ωμέγα ".repeat(20)}${row}\n`).join("");
    const saved = wide(`:20:A\n:25:1\n:28C:1\n:60F:C260301EUR0,00\n${rows}:62F:C260302EUR3000,00\n-\n`, { isBig: true, mark: false });

    const records = read("mt940", saved, { chunkSize: 65_537 });

    const last = records.flatMap((record) => (record.type === "transaction" ? [record] : [])).at(-1);
    const shown = new TextDecoder("utf-16be").decode(saved.subarray(last?.place.byteOffset, last?.place.byteEnd));
    expect(shown).toMatch(/^:61:2603020302C1,00NTRFNONREF\/\/2999\n:86:Ωμέγα .*2999$/);
  });
});

describe("what a file declares of its encoding", () => {
  const camt = (encoding: string, name: string) =>
    `<?xml version="1.0" encoding="${encoding}"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt><Id>1</Id><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct><Ntry><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-03-02</Dt></BookgDt><AddtlNtryInf>${name}</AddtlNtryInf></Ntry></Stmt></BkToCstmrStmt></Document>`;
  const described = (records: StatementRecord[]) => records.flatMap((record) => (record.type === "transaction" ? [record.description] : []));
  const latin = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

  it("XML that declares UTF-16 and is UTF-8, as programs of Windows write it, is read as what it is", () => {
    expect(described(read("xml", camt("utf-16", "Grüße")))).toEqual(["Grüße"]);
  });

  it("XML that declares one of the single-byte encodings and is in UTF-16 is read as what it is", () => {
    expect(described(read("xml", wide(camt("ISO-8859-1", "Łódź"), { isBig: false, mark: true })))).toEqual(["Łódź"]);
  });

  it.each(["ISO-8859-1", "iso-8859-1", "Windows-1252", "windows-1252", "cp1252"])("XML in %s is read by it", (encoding) => {
    expect(described(read("xml", latin(camt(encoding, "Gr\u00fc\u00dfe"))))).toEqual(["Grüße"]);
  });

  it("the euro of Windows-1252 is read where it is declared, and where nothing is", () => {
    const euro = (header: string) =>
      latin(
        `OFXHEADER:100\n${header}\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>12345678<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260302<TRNAMT>-1.00<FITID>2026030200001<NAME>Caf\u00e9 5 \u0080</STMTTRN></BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>`,
      );

    expect(described(read("ofx", euro("ENCODING:USASCII\nCHARSET:1252")))).toEqual(["Café 5 €"]);
    expect(described(read("ofx", euro("ENCODING:USASCII\nCHARSET:NONE")))).toEqual(["Café 5 €"]);
    expect(described(read("xml", latin(camt("Windows-1252", "5 \u0080"))))).toEqual(["5 €"]);
  });

  it("OFX in UTF-16 that declares 1252 is read as what it is", () => {
    const text =
      "OFXHEADER:100\nENCODING:UNICODE\nCHARSET:1252\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>PLN<BANKACCTFROM><ACCTID>12345678</BANKACCTFROM><BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260302<TRNAMT>-1.00<FITID>2026030200001<NAME>Łódź</STMTTRN></BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>";

    expect(described(read("ofx", wide(text, { isBig: false, mark: true })))).toEqual(["Łódź"]);
  });
});
