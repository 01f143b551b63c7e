/** ten_million: end to end with ten million rows in the books, against the same file on empty ones. Two databases of one server, in turn. */
import { type BankFile, daysFrom, wholeBankFile } from "./bank-file.ts";
import { type Bench, type BenchContext, type Measured, median, RUNS, spread } from "./bench.ts";
import { Company, type Stages, totalOf } from "./company.ts";
import { fillBooks } from "./full-books.ts";
import { HUNDRED_THOUSAND } from "./staging.ts";

export const tenMillion: Bench = {
  name: "ten_million",
  goal: { value: 0.85, unit: "x", bound: "min" },
  about: "100,000 new rows end to end with 10 million rows of the same accounts in the books, against empty books (--rows for fewer)",
  run: measure,
};

async function measure(context: BenchContext): Promise<Measured> {
  const stack = await context.stack();
  const empty = await Company.open(stack, HUNDRED_THOUSAND.accounts);
  const full = await Company.open(stack, HUNDRED_THOUSAND.accounts, await stack.newDatabase("books_full"));
  const startedAt = performance.now();
  await fillBooks(full, context.bookedRows, context.say);
  const fillSeconds = (performance.now() - startedAt) / 1000;
  const present = await full.count("transactions");
  const onEmpty: Stages[] = [];
  const onFull: Stages[] = [];
  for (let run = 0; run <= RUNS; run += 1) {
    const file = await stack.worker.put("bench/ten-million", wholeBankFile(dayFile(run)));
    await empty.clear();
    const beside = await empty.road(file);
    await full.checkpoint();
    const { jobId, stages } = await full.road(file);
    // The statements step back, so that the next file continues from the same balance; their rows stay.
    await full.owner.query("update statements set imported_at = null where tenant_id = $1 and job_id = $2", [full.tenantId, jobId]);
    if (run === 0) continue;
    onEmpty.push(beside.stages);
    onFull.push(stages);
  }
  const { rows } = await full.superUser("select pg_size_pretty(pg_total_relation_size('transactions')) as size");
  await empty.clear();
  await empty.close();
  await full.close();
  return {
    figure: median(onEmpty.map(totalOf)) / median(onFull.map(totalOf)),
    details: {
      rows_present: present,
      table_with_indexes: String(rows[0]?.size),
      filled_in_seconds: Math.round(fillSeconds),
      empty: spread(onEmpty.map(totalOf)),
      full: spread(onFull.map(totalOf)),
      full_stage: spread(onFull.map((one) => one.stage)),
      full_match: spread(onFull.map((one) => one.match)),
      full_book: spread(onFull.map((one) => one.book)),
      bound_by:
        "index pages that no longer fit shared_buffers (128 MB): identities of new days lie together, amounts lie anywhere in their account's part of the index",
    },
  };
}

/** Ten days of their own for each run. */
function dayFile(run: number): BankFile {
  return { ...HUNDRED_THOUSAND, seed: 100 + run, days: daysFrom("2026-06-01", run * 10, 10) };
}
