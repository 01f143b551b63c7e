/** bai2_node: the whole BAI2 parser in Node against decoding and splitting the same bytes into lines. Processor time, one process. */

import { formatOf } from "../../src/formats/index.ts";
import { generateWhole } from "../../test/fixtures/generate-bai2.ts";
import { type BankFile, juneDays, wholeBankFile } from "./bank-file.ts";
import { type Bench, type BenchContext, cpuMs, inTurn, type Measured, ratioOf, spread } from "./bench.ts";
import { LineSplitter } from "./lines.ts";

export const bai2Node: Bench = {
  name: "bai2_node",
  goal: { value: 0.25, unit: "x", bound: "min" },
  about: "BAI2 parse in Node, 50 MB: records, problems and totals, against decode + line split of the same bytes",
  run: measure,
};

/** 60 accounts × 20 days × 400 rows = 480,000 transactions, about 50 MB. */
export const FIFTY_MB: BankFile = { seed: 1, accounts: 60, days: juneDays(20), rowsPerStatement: 400 };

/** What a read from storage gives at most (src/store/raw.ts). With more at a time, where a collection falls decides the figure: every record of a chunk is alive until the next one. */
const CHUNK_BYTES = 256 * 1024;

async function measure(context: BenchContext): Promise<Measured> {
  const chunks = cut(wholeBankFile(FIFTY_MB));
  const bytes = sumOf(chunks);
  const rows = parseAll(chunks);
  const turns = await inTurn(
    () => cpuMs(() => splitAll(chunks)),
    () => cpuMs(() => parseAll(chunks)),
  );
  context.say(`bai2_node: the same with letters beyond ASCII, wrapped texts and every oddity`);
  const odd = cut(Buffer.from(generateWhole({ seed: 7, targetBytes: 20_000_000, profile: "fixed80" }).text, "latin1"));
  const oddTurns = await inTurn(
    () => cpuMs(() => splitAll(odd)),
    () => cpuMs(() => parseAll(odd)),
    3,
  );
  return {
    figure: ratioOf(turns),
    details: {
      bytes,
      transactions: rows,
      line_split: `${spread(turns.yardstick)} = ${speed(bytes, turns.yardstick)} MB/s of processor time`,
      parser: `${spread(turns.subject)} = ${speed(bytes, turns.subject)} MB/s of processor time`,
      odd_file_ratio: Number(ratioOf(oddTurns).toFixed(3)),
      bound_by: "one object a row with sixteen fields, its strings, and what the collector does for them",
    },
  };
}

export function cut(bytes: Buffer): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) chunks.push(bytes.subarray(at, at + CHUNK_BYTES));
  return chunks;
}

export const sumOf = (chunks: readonly Uint8Array[]): number => chunks.reduce((sum, chunk) => sum + chunk.length, 0);

/** MB a second at the median. */
export function speed(bytes: number, milliseconds: readonly number[]): number {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  return Math.round(bytes / 1000 / (sorted[Math.floor(sorted.length / 2)] ?? 1));
}

function splitAll(chunks: readonly Uint8Array[]): number {
  const splitter = new LineSplitter();
  for (const chunk of chunks) splitter.push(chunk);
  return splitter.lines;
}

/** Transactions seen; every record is made, none is kept longer than its chunk. */
function parseAll(chunks: readonly Uint8Array[]): number {
  const parser = formatOf("bai2").open({});
  let rows = 0;
  for (const chunk of chunks) for (const record of parser.push(chunk)) if (record.type === "transaction") rows += 1;
  for (const record of parser.end()) if (record.type === "transaction") rows += 1;
  return rows;
}
