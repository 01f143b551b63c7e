/** memory: the most memory that a process needs to parse 200 MB, against 1 MB. Each size in a Node of its own. */
import { spawnSync } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import path from "node:path";
import * as z from "zod";
import { bankFile, juneDays } from "./bank-file.ts";
import { type Bench, type BenchContext, type Measured, median, RUNS, spread } from "./bench.ts";

export const memory: Bench = {
  name: "memory",
  goal: { value: 50, unit: "MB", bound: "max" },
  about: "peak memory of a Node that parses 200 MB in batches, above that of one that parses 1 MB",
  run: measure,
};

const peakSchema = z.object({ peak_mb: z.number(), rows: z.number() });
type Peak = z.infer<typeof peakSchema>;

async function measure(context: BenchContext): Promise<Measured> {
  const small = write(path.join(context.folder, "small.bai"), 10);
  const large = write(path.join(context.folder, "large.bai"), 1_900);
  const peaks = { small: [] as Peak[], large: [] as Peak[] };
  for (let run = 0; run < RUNS; run += 1) {
    peaks.small.push(parseIn(small.file));
    peaks.large.push(parseIn(large.file));
  }
  const mb = (list: Peak[]) => list.map((peak) => peak.peak_mb);
  return {
    figure: median(mb(peaks.large)) - median(mb(peaks.small)),
    details: {
      small: `${small.bytes} bytes, peak ${spread(mb(peaks.small), "MB")}`,
      large: `${large.bytes} bytes, ${peaks.large[0]?.rows ?? 0} rows, peak ${spread(mb(peaks.large), "MB")}`,
      bound_by: "the young generation of the engine's heap; what is kept is one chunk of 256 KiB with its records, and two batches of 8,000 rows",
    },
  };
}

/** 20 days × `accounts` × 50 rows. */
function write(file: string, accounts: number): { file: string; bytes: number } {
  const target = openSync(file, "w");
  let bytes = 0;
  for (const chunk of bankFile({ seed: 3, accounts, days: juneDays(20), rowsPerStatement: 50 })) bytes += writeSync(target, chunk);
  closeSync(target);
  return { file, bytes };
}

function parseIn(file: string): Peak {
  const child = spawnSync(process.execPath, [path.join(import.meta.dirname, "memory-child.ts"), file], { encoding: "utf8" });
  if (child.status !== 0) throw new Error(`The parsing process failed: ${child.stderr}`);
  return peakSchema.parse(JSON.parse(child.stdout));
}
