/** bai2_workerd: the parser in the Worker's runtime against splitting the same object into lines, both read from R2 by BYOB. By the clock, seen from outside. */
import { FIFTY_MB, speed } from "./bai2-node.ts";
import { wholeBankFile } from "./bank-file.ts";
import { type Bench, type BenchContext, inTurn, type Measured, ratioOf, spread } from "./bench.ts";

export const bai2Workerd: Bench = {
  name: "bai2_workerd",
  goal: { value: 0.3, unit: "x", bound: "min" },
  about: "BAI2 parse in workerd, 50 MB from R2, against the BYOB line split in the same runtime",
  run: measure,
};

async function measure(context: BenchContext): Promise<Measured> {
  const { worker } = await context.stack();
  const bytes = wholeBankFile(FIFTY_MB);
  const object = await worker.put("bench/bai2", bytes);
  const turns = await inTurn(
    async () => (await worker.time("lines", { object })).ms,
    async () => (await worker.time("parse", { object })).ms,
    7,
  );
  const { count } = await worker.time("parse", { object });
  return {
    figure: ratioOf(turns),
    details: {
      bytes: bytes.length,
      transactions: count,
      line_split: `${spread(turns.yardstick)} = ${speed(bytes.length, turns.yardstick)} MB/s`,
      parser: `${spread(turns.subject)} = ${speed(bytes.length, turns.subject)} MB/s`,
      bound_by: "as in Node: making the records; reading costs 2 % of it",
    },
  };
}
