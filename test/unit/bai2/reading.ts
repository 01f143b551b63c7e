/** Reads BAI2 in tests: whole, in pieces, from a checkpoint. Never asserts. */

import type { Problem } from "../../../src/domain/problem.ts";
import type { BalanceRecord, ProofCheck, StatementRecord, TransactionRecord } from "../../../src/domain/record.ts";
import { Bai2Parser, type Bai2State } from "../../../src/formats/bai2/parser.ts";
import type { ParseOptions } from "../../../src/formats/format.ts";

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Characters as bytes, one for one. */
export const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

export function readBai2(input: string | Uint8Array, options: ParseOptions & { chunkSize?: number } = {}): StatementRecord[] {
  const bytes = typeof input === "string" ? bytesOf(input) : input;
  const { chunkSize = Math.max(1, bytes.length), ...parse } = options;
  const parser = new Bai2Parser(parse);
  const records: StatementRecord[] = [];
  for (let at = 0; at < bytes.length; at += chunkSize) records.push(...parser.push(bytes.subarray(at, at + chunkSize)));
  records.push(...parser.end());
  return records;
}

/** Stops after each piece, and goes on with a new parser from the checkpoint, its state through JSON. */
export function readWithStops(bytes: Uint8Array, chunkSize: number): StatementRecord[] {
  const records: StatementRecord[] = [];
  let parser = new Bai2Parser({});
  let at = 0;
  let size = chunkSize;
  while (at < bytes.length) {
    const end = Math.min(bytes.length, at + size);
    records.push(...parser.push(bytes.subarray(at, end)));
    const { byteOffset, state } = parser.checkpoint();
    parser = new Bai2Parser({}, { byteOffset, state: plain(state) });
    // A record longer than the piece needs a longer one, as a reader with a time budget would take.
    size = byteOffset === at ? size + chunkSize : chunkSize;
    at = end === bytes.length && byteOffset < end ? bytes.length : byteOffset;
    if (at === bytes.length) records.push(...parser.push(bytes.subarray(byteOffset)));
  }
  records.push(...parser.end());
  return records;
}

/** Records as one text: comparing texts is far cheaper than comparing trees, where thousands of readings must agree. */
export const textOf = (records: StatementRecord[]): string => JSON.stringify(records);

export const plain = (state: Bai2State): Bai2State => JSON.parse(JSON.stringify(state));

export const transactionsOf = (records: StatementRecord[]): TransactionRecord[] => records.filter((record) => record.type === "transaction");

export const balancesOf = (records: StatementRecord[]): BalanceRecord[] => records.filter((record) => record.type === "balance");

export const statementsOf = (records: StatementRecord[]) => records.filter((record) => record.type === "statement");

export const problemsOf = (records: StatementRecord[]): Problem[] => records.flatMap((record) => (record.type === "problem" ? [record.problem] : []));

export const codesOf = (records: StatementRecord[]): string[] => problemsOf(records).map((found) => found.code);

export const errorsOf = (records: StatementRecord[]): string[] =>
  problemsOf(records)
    .filter((found) => found.severity === "error")
    .map((found) => found.code);

/** Every check of a file, statements' and envelopes', in order. */
export const proofOf = (records: StatementRecord[]): ProofCheck[] =>
  records.flatMap((record) => {
    if (record.type === "statement_end") return record.proof;
    return record.type === "check" ? [record.check] : [];
  });

export const checkOf = (records: StatementRecord[], name: string): ProofCheck | undefined => proofOf(records).find(({ check }) => check === name);

/** One account with these lines between 03 and 49; totals are whatever the caller writes. */
export function fileOf(
  lines: string[],
  { group = "02,RCV,SND,1,260301,2359,USD,2/", header = "01,SND,RCV,260302,0600,1,,,2/", trailer = true } = {},
): string {
  const tail = trailer ? ["49,0,0/", "98,0,1,0/", "99,0,1,0/"] : [];
  return `${[header, group, ...lines, ...tail].join("\n")}\n`;
}
