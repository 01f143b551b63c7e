/** Reads CSV in tests: whole, in pieces, from a checkpoint. Never asserts. */
import type { Profile, ProfileSettings, Reading } from "../../../src/domain/profile.ts";
import type { StatementRecord } from "../../../src/domain/record.ts";
import { CsvParser, type CsvState } from "../../../src/formats/csv/parser.ts";
import { readCsv } from "../../../src/formats/csv/read.ts";
import { bytesOf } from "../bai2/reading.ts";

export const infer = (input: string | Uint8Array, profile?: ProfileSettings): Reading =>
  readCsv(typeof input === "string" ? bytesOf(input) : input, { fileName: "x.csv", whole: true, ...(profile === undefined ? {} : { profile }) });

/** By what is inferred, also where something is left open: for tests of the parser alone. */
export function parseCsv(input: string | Uint8Array, { profile, chunkSize }: { profile?: Profile; chunkSize?: number } = {}): StatementRecord[] {
  const bytes = typeof input === "string" ? bytesOf(input) : input;
  const parser = new CsvParser(profile ?? infer(bytes).profile);
  const size = chunkSize ?? Math.max(1, bytes.length);
  const records: StatementRecord[] = [];
  for (let at = 0; at < bytes.length; at += size) records.push(...parser.push(bytes.subarray(at, at + size)));
  records.push(...parser.end());
  return records;
}

/** Stops after each piece, and goes on with a new parser from the checkpoint, its state through JSON. */
export function parseWithStops(bytes: Uint8Array, profile: Profile, chunkSize: number): StatementRecord[] {
  const records: StatementRecord[] = [];
  let parser = new CsvParser(profile);
  let at = 0;
  let size = chunkSize;
  while (at < bytes.length) {
    const end = Math.min(bytes.length, at + size);
    records.push(...parser.push(bytes.subarray(at, end)));
    if (end === bytes.length) break;
    const { byteOffset, state } = parser.checkpoint();
    const saved: CsvState = JSON.parse(JSON.stringify(state));
    parser = new CsvParser(profile, { byteOffset, state: saved });
    // A row longer than the piece needs a longer one, as a reader with a time budget would take.
    size = byteOffset === at ? size + chunkSize : chunkSize;
    at = byteOffset;
  }
  records.push(...parser.end());
  return records;
}

/** `[posted_on, amount_minor]` of each movement. */
export const movesOf = (records: StatementRecord[]): [string | null, string | null][] =>
  records.flatMap((record): [string | null, string | null][] => (record.type === "transaction" ? [[record.postedOn, record.amountMinor]] : []));

export const confidenceOf = (reading: Reading, column: string): string | undefined =>
  reading.inference.find((one) => one.column === column)?.confidence;
