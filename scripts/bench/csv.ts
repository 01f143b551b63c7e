/** csv: the whole CSV reader in Node, bytes to records with proof, against papaparse's bare parser on the same bytes. Processor time, one process. */
import Papa from "papaparse";
import { normalizeTransaction } from "../../src/domain/normalize.ts";
import type { Profile } from "../../src/domain/profile.ts";
import { SAMPLE_BYTES } from "../../src/formats/format.ts";
import { formatOf } from "../../src/formats/index.ts";
import { cut, speed, sumOf } from "./bai2-node.ts";
import { type Bench, type BenchContext, cpuMs, inTurn, type Measured, median, ratioOf, spread } from "./bench.ts";
import { csvFile } from "./csv-file.ts";

export const csvNode: Bench = {
  name: "csv",
  goal: { value: 0.9, unit: "x", bound: "min" },
  about: "CSV in Node, 400,000 rows: records, problems and the chain of balances, against decode + bare papaparse of the same bytes",
  run: measure,
};

const ROWS = 400_000;

async function measure(_context: BenchContext): Promise<Measured> {
  const bytes = csvFile(ROWS);
  const chunks = cut(bytes);
  const profile = profileOf(bytes);
  const rows = readAll(chunks, profile, false);
  const turns = await inTurn(
    () => cpuMs(() => papaAll(chunks)),
    () => cpuMs(() => readAll(chunks, profile, false)),
  );
  const normalized = Array.from({ length: 3 }, () => (cpuMs(() => readAll(chunks, profile, true)) * 1000) / rows);
  return {
    figure: ratioOf(turns),
    details: {
      bytes: sumOf(chunks),
      rows,
      bare_papaparse: `${spread(turns.yardstick)} = ${speed(bytes.length, turns.yardstick)} MB/s of processor time`,
      reader: `${spread(turns.subject)} = ${speed(bytes.length, turns.subject)} MB/s of processor time`,
      parse_and_normalize: `${spread(normalized, "µs/row")}: at most 4`,
      row: Number(((median(turns.subject) * 1000) / rows).toFixed(3)),
      bound_by: "one object a row with its strings, the amount as text above all; cells that are not needed never become strings",
    },
  };
}

function profileOf(bytes: Buffer): Profile {
  const reading = formatOf("csv").read?.(bytes.subarray(0, SAMPLE_BYTES), { fileName: "bench.csv", whole: false });
  if (reading === undefined || reading.questions.length > 0) throw new Error("The benchmark's file should leave nothing open.");
  return reading.profile;
}

/** Decoding, and rows of cells; nothing is understood of them. */
function papaAll(chunks: readonly Uint8Array[]): number {
  const parser = new Papa.Parser({ delimiter: ",", newline: "\r\n", quoteChar: '"', header: false });
  const decoder = new TextDecoder();
  let carry = "";
  let rows = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      const text = carry + decoder.decode(chunk.subarray(at, at + PIECE_BYTES), { stream: true });
      const { data, meta } = parser.parse(text, 0, true);
      rows += data.length;
      carry = text.slice(meta.cursor);
    }
  }
  return rows + parser.parse(carry, 0, false).data.length;
}

/** 64 KB: what papaparse is fastest with. */
const PIECE_BYTES = 64 * 1024;

function readAll(chunks: readonly Uint8Array[], profile: Profile, isNormalized: boolean): number {
  const parser = formatOf("csv").open({ profile });
  let rows = 0;
  let chars = 0;
  const take = (records: ReturnType<typeof parser.push>): void => {
    for (const record of records) {
      if (record.type !== "transaction") continue;
      rows += 1;
      if (!isNormalized) continue;
      const row = normalizeTransaction(record, "USD");
      if (!("message" in row)) chars += row.identityText.length;
    }
  };
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) take(parser.push(chunk.subarray(at, at + PIECE_BYTES)));
  }
  take(parser.end());
  if (isNormalized && chars === 0) throw new Error("The file gave no rows.");
  return rows;
}
