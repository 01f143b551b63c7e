/** row_cost: what a row costs from its bytes to a row that can be booked, with its identity text. Processor time in Node; by the clock in the Worker's runtime. */
import { normalizeTransaction } from "../../src/domain/normalize.ts";
import { formatOf } from "../../src/formats/index.ts";
import { cut, FIFTY_MB } from "./bai2-node.ts";
import { wholeBankFile } from "./bank-file.ts";
import { type Bench, type BenchContext, cpuMs, type Measured, median, RUNS, spread } from "./bench.ts";

export const rowCost: Bench = {
  name: "row_cost",
  goal: { value: 4, unit: "µs/row", bound: "max" },
  about: "parse + normalize + identity text of a row in Node (processor time); in workerd at most 8",
  run: measure,
};

async function measure(context: BenchContext): Promise<Measured> {
  const bytes = wholeBankFile(FIFTY_MB);
  const chunks = cut(bytes);
  const rows = normalizeAll(chunks);
  const times = Array.from({ length: RUNS }, () => cpuMs(() => normalizeAll(chunks)));
  const { worker } = await context.stack();
  const object = await worker.put("bench/row-cost", bytes);
  await worker.time("normalize", { object });
  const inWorker: number[] = [];
  for (let run = 0; run < RUNS; run += 1) inWorker.push((await worker.time("normalize", { object })).ms);
  return {
    figure: (median(times) * 1000) / rows,
    details: {
      rows,
      node: spread(
        times.map((ms) => (ms * 1000) / rows),
        "µs/row",
      ),
      workerd: spread(
        inWorker.map((ms) => (ms * 1000) / rows),
        "µs/row by the clock, reading from storage included",
      ),
      bound_by: "making strings: the reduced text of the identity, the joined key, the record itself",
    },
  };
}

/** Rows that could be booked; the sum of their identity texts keeps the work from being left out. */
function normalizeAll(chunks: readonly Uint8Array[]): number {
  const parser = formatOf("bai2").open({});
  let rows = 0;
  let chars = 0;
  for (const records of [...chunks.map((chunk) => () => parser.push(chunk)), () => parser.end()]) {
    for (const record of records()) {
      if (record.type !== "transaction") continue;
      const row = normalizeTransaction(record, "USD");
      if ("message" in row) continue;
      rows += 1;
      chars += row.identityText.length;
    }
  }
  if (chars === 0) throw new Error("The file gave no rows.");
  return rows;
}
