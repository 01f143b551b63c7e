/** rls: booking as the Worker's role, under row security, against the same statement as the owner, who stands above it. Both are rolled back. */
import { bookNew } from "../../src/store/books/rows.ts";
import { withTenant } from "../../src/store/tenant.ts";
import { wholeBankFile } from "./bank-file.ts";
import { type Bench, type BenchContext, inTurn, type Measured, ratioOf, spread } from "./bench.ts";
import { Company } from "./company.ts";
import { HUNDRED_THOUSAND } from "./staging.ts";

export const rls: Bench = {
  name: "rls",
  goal: { value: 0.9, unit: "x", bound: "min" },
  about: "50,000 rows booked under row security, against the same INSERT … SELECT by a role that bypasses it",
  run: measure,
};

/** Half of the file (row numbers count balances too): well within a transaction's deadline. */
const ROWS = 50_000;

async function measure(context: BenchContext): Promise<Measured> {
  const stack = await context.stack();
  const company = await Company.open(stack, HUNDRED_THOUSAND.accounts);
  await company.clear();
  const jobId = await company.deposited(await stack.worker.put("bench/rls", wholeBankFile(HUNDRED_THOUSAND)));
  await company.stage("stage", jobId);
  await company.stage("match", jobId);
  await company.owner.query("analyze staged_transactions");
  const bookAs = async (databaseUrl: string): Promise<number> => {
    await company.owner.query("truncate transactions cascade");
    await company.checkpoint();
    return bookedMs({ DATABASE_URL: databaseUrl, DB_WS_PROXY: stack.wsProxy }, company, jobId);
  };
  const turns = await inTurn(
    () => bookAs(stack.ownerUrl),
    () => bookAs(stack.workerUrl),
  );
  await company.clear();
  await company.close();
  return {
    figure: ratioOf(turns),
    details: {
      rows: ROWS,
      without: spread(turns.yardstick),
      with: spread(turns.subject),
      bound_by: "the policy's tenant is asked for once a statement, then compared once a row",
    },
  };
}

class RolledBack extends Error {}

async function bookedMs(env: { DATABASE_URL: string; DB_WS_PROXY: string }, company: Company, jobId: string): Promise<number> {
  let ms = 0;
  const booking = withTenant(env, company.tenantId, async (tx) => {
    const startedAt = performance.now();
    const booked = await bookNew(tx, { jobId, from: 0, to: ROWS });
    ms = performance.now() - startedAt;
    if (booked < ROWS / 2) throw new Error(`Only ${booked} rows were booked.`);
    throw new RolledBack();
  });
  await booking.catch((error: unknown) => {
    if (!(error instanceof RolledBack)) throw error;
  });
  return ms;
}
