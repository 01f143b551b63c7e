/** Staged rows on the wire: read back as Postgres reads them, field by field. */
import { describe, expect, it } from "vitest";
import { type NormalizedRow, normalizeTransaction } from "../../src/domain/normalize.ts";
import type { TransactionRecord } from "../../src/domain/record.ts";
import { StagedWire } from "../../src/store/staged-wire.ts";

const RECORD: TransactionRecord = {
  type: "transaction",
  statement: 3,
  amountMinor: "-490196",
  currency: null,
  postedOn: "2026-03-01",
  valueOn: null,
  typeCode: "475",
  sign: "debit",
  fundsType: null,
  bankReference: "172629",
  customerReference: "",
  description: "CHECK PAID",
  externalTransactionId: null,
  isPending: false,
  raw: "16,475,490196,,172629,,CHECK PAID/",
  place: { line: 9, lineEnd: 10, byteOffset: 5_000_000_000, byteEnd: 5_000_000_035 },
};

function rowOf(record: TransactionRecord): NormalizedRow {
  const row = normalizeTransaction(record, "USD");
  if ("message" in row) throw new Error("The record moves money.");
  return row;
}

function wired(records: TransactionRecord[]) {
  const wire = new StagedWire(new Uint8Array(64));
  for (const [index, record] of records.entries()) wire.add({ place: index + 1, row: rowOf(record), record });
  return wire;
}

/** An array of composites: five numbers, then for each row its length, its columns, and of each the type, the length and the bytes. */
function readBack(bytes: Uint8Array): { head: number[]; rows: (Uint8Array | null)[][] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = [0, 4, 8, 12, 16].map((at) => view.getInt32(at));
  const rows: (Uint8Array | null)[][] = [];
  for (let at = 20; at < bytes.length; ) {
    const end = at + 4 + view.getInt32(at);
    const columns = view.getInt32(at + 4);
    at += 8;
    const row: (Uint8Array | null)[] = [];
    for (let column = 0; column < columns; column += 1) {
      const length = view.getInt32(at + 4);
      at += 8;
      row.push(length === -1 ? null : bytes.slice(at, at + Math.max(0, length)));
      at += Math.max(0, length);
    }
    expect(at).toBe(end);
    rows.push(row);
  }
  return { head, rows };
}

const textOf = (bytes: Uint8Array | null | undefined) => (bytes ? new TextDecoder().decode(bytes) : null);
const longOf = (bytes: Uint8Array | null | undefined) => (bytes ? new DataView(bytes.buffer).getBigInt64(0) : null);

describe("a batch's rows on their way", () => {
  it("are an array of the type's own number, one composite of 21 columns a row", () => {
    const { head, rows } = readBack(wired([RECORD, RECORD, RECORD]).finish(16_500));

    expect(head).toEqual([1, 0, 16_500, 3, 1]);
    expect(rows.map((row) => row.length)).toEqual([21, 21, 21]);
  });

  it("keep amount, days, places and texts to the letter, beyond ASCII and beyond 32 bits", () => {
    const odd = {
      ...RECORD,
      description: "Überweisung für Łódź 銀行",
      raw: `${"x".repeat(50)}é`,
      valueOn: "1999-12-31",
      amountMinor: "9223372036854775807",
    };

    const { rows } = readBack(wired([RECORD, odd]).finish(1));

    expect([5, 14, 15, 16, 17].map((column) => longOf(rows[0]?.[column]))).toEqual([-490196n, 9n, 10n, 5_000_000_000n, 5_000_000_035n]);
    expect([6, 7, 8, 9, 10, 11, 18, 19].map((column) => textOf(rows[0]?.[column]))).toEqual([
      "USD",
      "475",
      "172629",
      "",
      "CHECK PAID",
      null,
      RECORD.raw,
      null,
    ]);
    expect(rows[0]?.[3]).toEqual(Uint8Array.of(0, 0, 0x25, 0x54));
    expect(rows[1]?.[4]).toEqual(Uint8Array.of(0xff, 0xff, 0xff, 0xff));
    expect(longOf(rows[1]?.[5])).toBe(9_223_372_036_854_775_807n);
    expect([textOf(rows[1]?.[10]), textOf(rows[1]?.[18])]).toEqual([odd.description, odd.raw]);
    expect(textOf(rows[1]?.[13])).toBe(rowOf(odd).identityText);
  });

  it("have ids of their own, uuids v7 that grow with the row's place", () => {
    const ids = readBack(wired([RECORD, RECORD]).finish(1)).rows.map((row) => Buffer.from(row[2] ?? []).toString("hex"));

    expect(ids[0]).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{7}00000001$/);
    expect(ids[1]).toBe(`${ids[0]?.slice(0, -1)}2`);
  });

  it("carry no amount that no column holds, but say why", () => {
    const { rows } = readBack(wired([{ ...RECORD, amountMinor: "9223372036854775808" }]).finish(1));

    expect(rows[0]?.[5]).toBeNull();
    expect(textOf(rows[0]?.[19])).toBe("amount_too_large");
  });
});
