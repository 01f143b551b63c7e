/** staging: stored bytes → staged rows in Postgres, by the Worker's own code in the Worker's runtime, against COPY of the same rows into the same table. */
import { type BankFile, juneDays, wholeBankFile } from "./bank-file.ts";
import { type Bench, type BenchContext, type Measured, median, RUNS, spread } from "./bench.ts";
import { Company } from "./company.ts";

export const staging: Bench = {
  name: "staging",
  goal: { value: 0.6, unit: "x", bound: "min" },
  about: "100,000 rows from storage to staged_transactions in workerd, against COPY of the same rows into the same table with the same indexes",
  run: measure,
};

/** 10 accounts × 10 days × 1,000 rows = 100,000. */
export const HUNDRED_THOUSAND: BankFile = { seed: 11, accounts: 10, days: juneDays(10), rowsPerStatement: 1_000 };

async function measure(context: BenchContext): Promise<Measured> {
  const stack = await context.stack();
  const company = await Company.open(stack, HUNDRED_THOUSAND.accounts);
  const file = await stack.worker.put("bench/staging", wholeBankFile(HUNDRED_THOUSAND));
  const staged: number[] = [];
  const copied: number[] = [];
  let rows = 0;
  for (let run = 0; run <= RUNS; run += 1) {
    company.isCounting = run > 0;
    await company.clear();
    const ms = await company.stage("stage", await company.deposited(file));
    rows = await company.count("staged_transactions");
    const copyMs = await company.copyAgain("staged_transactions");
    // The first turn warms both up.
    if (run > 0) {
      staged.push(ms);
      copied.push(copyMs);
    }
  }
  await company.clear();
  await company.close();
  return {
    figure: median(copied) / median(staged),
    details: {
      rows,
      runtime: "workerd, one connection, through the local bridge",
      copy: spread(copied),
      staged: spread(staged),
      ...company.processorTimes(RUNS),
      bound_by:
        "three processes in turn: Postgres writes the rows with little more processor time than COPY; the Worker reads and writes them beside it, but sending 54 MB through driver and bridge and a batch's four round trips do not overlap",
    },
  };
}
