/** What attacks look like: refused by name, soon, and with little in memory. */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { StatementRecord } from "../../../src/domain/record.ts";
import type { FormatId } from "../../../src/formats/format.ts";
import { formatOf } from "../../../src/formats/index.ts";
import { portions } from "../../../src/formats/portions.ts";
import { codesOf, statementsOf, transactionsOf } from "../bai2/reading.ts";
import { read, toBytes } from "./reading.ts";

const MIB = 1024 * 1024;

/** `begin`, then `filler` again and again, in pieces of 64 KB; gives what was read and how many bytes of state there were at most. */
function readLong(id: FormatId, begin: string, filler: string, { megabytes, end = "" }: { megabytes: number; end?: string }) {
  const parser = formatOf(id).open({});
  const records: StatementRecord[] = [...parser.push(toBytes(begin))];
  const piece = toBytes(filler.repeat(Math.ceil(65_536 / filler.length)));
  let stateBytes = 0;
  for (let given = 0; given < megabytes * MIB; given += piece.length) {
    for (const record of parser.push(piece)) records.push(record);
    stateBytes = Math.max(stateBytes, JSON.stringify(parser.checkpoint().state).length);
  }
  for (const record of parser.push(toBytes(end))) records.push(record);
  records.push(...parser.end());
  return { records, stateBytes };
}

const CAMT =
  '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt><Id>1</Id><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id></Acct>';
const ENTRY = '<Ntry><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-03-02</Dt></BookgDt>';

describe("files that never end what they begin", { timeout: 60_000 }, () => {
  it.each([
    ["xml", `${CAMT}<Ntry><AddtlNtryInf>`, "x", "record_too_long"],
    ["xml", `${CAMT}<Ntry `, "x", "record_too_long"],
    ["xml", CAMT, "<a>", "xml_too_deep"],
    ["xml", "<!DOCTYPE a [", "<!ENTITY a 'aaaaaaaaaaaaaaaa'>", "record_too_long"],
    ["mt940", ":20:A\n:25:1\n:60F:C260301EUR1,00\n:61:2603010301C1,00NMSCNONREF\n:86:", "x", "line_too_long"],
    ["mt940", ":20:A\n:25:1\n:60F:C260301EUR1,00\n:61:2603010301C1,00NMSCNONREF\n:86:\n", "x\n", "field_too_long"],
    ["ofx", "OFXHEADER:100\n\n<OFX><STMTRS><CURDEF>USD<BANKACCTFROM><ACCTID>1</BANKACCTFROM><STMTTRN><MEMO>", "x", "record_too_long"],
    ["ofx", "OFXHEADER:100\n\n<OFX>", "<", "record_too_long"],
  ] as const)("%s beginning %j is refused by name with a small state", (id, begin, filler, code) => {
    const { records, stateBytes } = readLong(id, begin, filler, { megabytes: 8 });

    expect(codesOf(records)).toContain(code);
    expect(stateBytes).toBeLessThan(20_000);
  });
});

describe("large files that are right", { timeout: 60_000 }, () => {
  it("a batch entry of 40,000 payments is one row, its parts added up and never held", () => {
    const part =
      '<TxDtls><Refs><EndToEndId>E2E</EndToEndId></Refs><Amt Ccy="EUR">0.01</Amt><CdtDbtInd>CRDT</CdtDbtInd><RmtInf><Ustrd>one cent of many, and a long text to say so</Ustrd></RmtInf></TxDtls>';
    const begin = `${CAMT}${ENTRY.replace("1.00", "123.45")}<NtryDtls>`;
    const { records, stateBytes } = readLong("xml", begin, part, { megabytes: 8, end: "</NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>" });

    expect(transactionsOf(records)).toHaveLength(1);
    expect(transactionsOf(records)[0]?.description).toContain("and");
    expect(codesOf(records)).toEqual(["parts_sum_mismatch"]);
    expect(stateBytes).toBeLessThan(20_000);
  });

  it("a statement of many entries goes through with a small state", () => {
    const { records, stateBytes } = readLong("xml", CAMT, `${ENTRY}<AcctSvcrRef>SAME-REFERENCE</AcctSvcrRef></Ntry>`, {
      megabytes: 4,
      end: "</Stmt></BkToCstmrStmt></Document>",
    });

    expect(transactionsOf(records).length).toBeGreaterThan(20_000);
    expect(transactionsOf(records).filter(({ externalTransactionId }) => externalTransactionId !== null)).toHaveLength(1);
    expect(stateBytes).toBeLessThan(100_000);
  });
});

describe("packed bombs", { timeout: 60_000 }, () => {
  it("a .gz of 500 MB of zeros is refused after its first portion", () => {
    const bomb = gzipSync(Buffer.alloc(500 * MIB), { level: 1 });
    const started = process.memoryUsage().rss;

    const records = read("archive", new Uint8Array(bomb), { chunkSize: MIB });

    expect(codesOf(records)).toEqual(["zip_bomb"]);
    expect(process.memoryUsage().rss - started).toBeLessThan(200 * MIB);
  });

  it("a push gives no more than a portion, however much it holds, and a stop between two portions loses nothing", () => {
    const entry = ":61:2603020302C1,00NTRFNONREF//";
    const rows = Array.from({ length: 60_000 }, (_, row) => `${entry}${row * 7919}\n:86:payment ${row}\n`).join("");
    const packed = new Uint8Array(gzipSync(toBytes(`:20:A\n:25:1\n:28C:1\n:60F:C260301EUR0,00\n${rows}:62F:C260302EUR60000,00\n-\n`)));
    const parser = formatOf("archive").open({});
    const counts: number[] = [];
    for (const records of portions(parser, parser.push(packed))) {
      counts.push(records.length);
      if (counts.length === 2) break;
    }

    const { byteOffset, state } = parser.checkpoint();
    const resumed = formatOf("archive").open({}, { byteOffset, state: JSON.parse(JSON.stringify(state)) });
    const rest = [...portions(resumed, resumed.push(packed.subarray(byteOffset))), ...portions(resumed, resumed.end())].flat();

    expect(Math.max(...counts)).toBeLessThan(40_000);
    expect(counts.reduce((sum, count) => sum + count, 0) + rest.length).toBe(read("archive", packed).length);
    expect(statementsOf(rest)).toHaveLength(0);
  });
});
