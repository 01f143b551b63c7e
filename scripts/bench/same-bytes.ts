/** same_bytes: the very same file once more, answered from its hash before anything is parsed, against COPY of its rows into transactions. */
import { wholeBankFile } from "./bank-file.ts";
import { type Bench, type BenchContext, type Measured, median, RUNS, spread } from "./bench.ts";
import { Company } from "./company.ts";
import { HUNDRED_THOUSAND } from "./staging.ts";

export const sameBytes: Bench = {
  name: "same_bytes",
  goal: { value: 1, unit: "x", bound: "min" },
  about: "the same bytes of 100,000 rows uploaded again: received, hashed and answered as a duplicate, against COPY of the rows",
  run: measure,
};

async function measure(context: BenchContext): Promise<Measured> {
  const { worker } = await context.stack();
  const company = await Company.open(await context.stack(), HUNDRED_THOUSAND.accounts);
  await company.clear();
  const bytes = wholeBankFile(HUNDRED_THOUSAND);
  const first = await worker.deposit(company, bytes);
  await company.road(await worker.put("bench/same-bytes", bytes));
  const jobs = await company.count("ingestion_jobs");
  const staged = await company.count("staged_transactions");
  const answered: number[] = [];
  const copied: number[] = [];
  for (let run = 0; run <= RUNS; run += 1) {
    const again = await worker.deposit(company, bytes);
    if (!again.duplicate || again.jobId !== first.jobId) throw new Error("The same bytes were not known again.");
    const copyMs = await company.copyAgain("transactions");
    if (run === 0) continue;
    answered.push(again.ms);
    copied.push(copyMs);
  }
  const added = (await company.count("ingestion_jobs")) - jobs + ((await company.count("staged_transactions")) - staged);
  if (added !== 0) throw new Error("The same bytes made a job or were parsed.");
  await company.clear();
  await company.close();
  return {
    figure: median(copied) / median(answered),
    details: {
      bytes: bytes.length,
      jobs_made: 0,
      rows_staged: 0,
      copy: spread(copied),
      answered: spread(answered),
      bound_by: "receiving and hashing the bytes on their way into storage",
    },
  };
}
