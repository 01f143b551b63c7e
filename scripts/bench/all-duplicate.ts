/** all_duplicate: the same rows in other bytes, from storage to "nothing new" with every sighting written, against COPY of the same rows into transactions. */
import { wholeBankFile } from "./bank-file.ts";
import { type Bench, type BenchContext, type Measured, median, RUNS, spread } from "./bench.ts";
import { Company, type Stages, totalOf } from "./company.ts";
import { stageSpreads } from "./end-to-end.ts";
import { HUNDRED_THOUSAND } from "./staging.ts";

export const allDuplicate: Bench = {
  name: "all_duplicate",
  goal: { value: 1, unit: "x", bound: "min" },
  about:
    "100,000 rows that are all in the books already, from storage to done, against COPY of the same rows into the same table with the same indexes",
  run: measure,
};

async function measure(context: BenchContext): Promise<Measured> {
  const stack = await context.stack();
  const company = await Company.open(stack, HUNDRED_THOUSAND.accounts);
  const first = await stack.worker.put("bench/duplicate-1", wholeBankFile(HUNDRED_THOUSAND));
  const again = await stack.worker.put("bench/duplicate-2", wholeBankFile({ ...HUNDRED_THOUSAND, fileId: "2", newline: "\r\n" }));
  const travelled: Stages[] = [];
  const copied: number[] = [];
  for (let run = 0; run <= RUNS; run += 1) {
    await company.clear();
    company.isCounting = false;
    await company.road(first);
    const rows = await company.count("transactions");
    await company.owner.query("analyze transactions");
    await company.checkpoint();
    company.isCounting = run > 0;
    const { stages } = await company.road(again);
    if ((await company.count("transactions")) !== rows) throw new Error("A row was booked twice.");
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
      runtime: "workerd, one connection, through the local bridge; without the queue's waiting (up to 1 s a stage)",
      copy: spread(copied),
      ...company.processorTimes(RUNS),
      ...stageSpreads(travelled),
      until_planned: spread(travelled.map((one) => one.stage + one.match)),
      bound_by:
        "Postgres: for each row a staged row and a probe into the books, and passes over what was staged; plan and sightings are an entry for up to 128 rows",
    },
  };
}
