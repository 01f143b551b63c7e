/** end_to_end: stored bytes → rows in the books (staged, matched, proven, booked), against COPY of the same rows into transactions. */
import { wholeBankFile } from "./bank-file.ts";
import { type Bench, type BenchContext, type Measured, median, RUNS, spread } from "./bench.ts";
import { Company, type Stages, totalOf } from "./company.ts";
import { HUNDRED_THOUSAND } from "./staging.ts";

export const endToEnd: Bench = {
  name: "end_to_end",
  goal: { value: 0.5, unit: "x", bound: "min" },
  about: "100,000 rows from storage into the books in workerd, against COPY of the same rows into the same table with the same indexes",
  run: measure,
};

async function measure(context: BenchContext): Promise<Measured> {
  const stack = await context.stack();
  const company = await Company.open(stack, HUNDRED_THOUSAND.accounts);
  const file = await stack.worker.put("bench/end-to-end", wholeBankFile(HUNDRED_THOUSAND));
  const travelled: Stages[] = [];
  const copied: number[] = [];
  let rows = 0;
  for (let run = 0; run <= RUNS; run += 1) {
    company.isCounting = run > 0;
    await company.clear();
    const { stages } = await company.road(file);
    rows = await company.count("transactions");
    const copyMs = await company.copyAgain("transactions");
    if (run > 0) {
      travelled.push(stages);
      copied.push(copyMs);
    }
  }
  await company.clear();
  await company.close();
  return {
    figure: median(copied) / median(travelled.map(totalOf)),
    details: {
      rows,
      runtime: "workerd, one connection, through the local bridge; without the queue's waiting (up to 1 s a stage)",
      copy: spread(copied),
      ...company.processorTimes(RUNS),
      ...stageSpreads(travelled),
      bound_by:
        "Postgres: every row is written twice (staged, booked), the second time with five indexes and the check of its statement, which is half of the whole",
    },
  };
}

export function stageSpreads(stages: readonly Stages[]): Record<string, string> {
  return {
    whole: spread(stages.map(totalOf)),
    stage: spread(stages.map((one) => one.stage)),
    match: spread(stages.map((one) => one.match)),
    book: spread(stages.map((one) => one.book)),
  };
}
