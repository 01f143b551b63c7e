/** Parses one file in batches, as the pipeline does, and says how much memory that took at the most. Started by memory.ts, alone in its process. */
import { openSync, readSync } from "node:fs";
import { formatOf } from "../../src/formats/index.ts";
import { Batch } from "../../src/pipeline/batch.ts";

/** As src/store/raw.ts reads. */
const CHUNK_BYTES = 256 * 1024;
/** Any number: nothing is sent. */
const TYPE_OID = 16_384;

const file = openSync(process.argv[2] ?? "", "r");
const parser = formatOf("bai2").open({});
const buffer = new Uint8Array(CHUNK_BYTES);
let batch = new Batch([]);
let rows = 0;
let bytes = 0;
for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) {
  batch.add(parser.push(buffer.subarray(0, read)), read);
  if (!batch.isFull) continue;
  land();
  batch = batch.next();
}
batch.add(parser.end(), 0);
land();
process.stdout.write(JSON.stringify({ peak_mb: process.resourceUsage().maxRSS / 1024, rows, bytes }));

/** What goes to the database is made here too. */
function land(): void {
  rows += batch.wire.rows;
  bytes += batch.wire.finish(TYPE_OID).length;
}
