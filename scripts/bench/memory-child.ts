/** Parses one file in batches and says how much memory that took at the most. Started by memory.ts, alone in its process. */
import { openSync, readSync } from "node:fs";
import type { TransactionRecord } from "../../src/domain/record.ts";
import { formatOf } from "../../src/formats/index.ts";

/** As src/pipeline/batch.ts: what waits for one commit. */
const BATCH_ROWS = 5_000;
const CHUNK_BYTES = 1024 * 1024;

const file = openSync(process.argv[2] ?? "", "r");
const parser = formatOf("bai2").open({});
const buffer = new Uint8Array(CHUNK_BYTES);
let batch: TransactionRecord[] = [];
let rows = 0;
for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) {
  for (const record of parser.push(buffer.subarray(0, read))) if (record.type === "transaction") batch.push(record);
  if (batch.length < BATCH_ROWS) continue;
  // What goes to the database is one text: it is made here too.
  rows += JSON.stringify(batch).length > 0 ? batch.length : 0;
  batch = [];
}
for (const record of parser.end()) if (record.type === "transaction") batch.push(record);
rows += batch.length;
process.stdout.write(JSON.stringify({ peak_mb: process.resourceUsage().maxRSS / 1024, rows }));
