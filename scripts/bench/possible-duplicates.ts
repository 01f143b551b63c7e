/** possible_duplicates: 10,000 staged rows on days that are in the books already are asked about against a million booked ones. The plan must use the amount's index. */
import { type SQLWrapper, sql } from "drizzle-orm";
import * as z from "zod";
import { matchIdentities } from "../../src/pipeline/match/identity.ts";
import { prepareJob } from "../../src/pipeline/match/prepare.ts";
import { askAboutSameDay } from "../../src/pipeline/match/same-day.ts";
import { takeLease } from "../../src/store/lease.ts";
import { rowsOf, type TenantDoor, type Tx, withTenantDoor } from "../../src/store/tenant.ts";
import { wholeBankFile } from "./bank-file.ts";
import { type Bench, type BenchContext, type Measured, median, RUNS, spread, wallMs } from "./bench.ts";
import { Company } from "./company.ts";
import { fillBooks } from "./full-books.ts";

export const possibleDuplicates: Bench = {
  name: "possible_duplicates",
  goal: { value: 100, unit: "ms", bound: "max" },
  about: "10,000 staged rows asked about against 1 million booked ones, on the index of amounts (asserted by EXPLAIN)",
  run: measure,
};

const MILLION = 1_000_000;
/** 10 accounts × 1,000 rows of the last day that is in the books. */
const FILE = { seed: 21, accounts: 10, days: ["260531"], rowsPerStatement: 1_000 };

async function measure(context: BenchContext): Promise<Measured> {
  const stack = await context.stack();
  const urls = await stack.newDatabase("books_million");
  const company = await Company.open(stack, FILE.accounts, urls);
  await fillBooks(company, Math.min(MILLION, context.bookedRows), context.say);
  const jobId = await company.deposited(await stack.worker.put("bench/possible", wholeBankFile(FILE)));
  await company.stage("stage", jobId);
  const env = { DATABASE_URL: urls.workerUrl, DB_WS_PROXY: stack.wsProxy };
  const times: number[] = [];
  const plans: string[] = [];
  await withTenantDoor(env, company.tenantId, async (door) => {
    const { lease } = await door.tx((tx) => takeLease(tx, jobId, ["matching"]));
    if (lease === null) throw new Error("The job's lease is taken.");
    const job = { tenantId: company.tenantId, lease };
    const whole = { of: 1, at: 0 };
    const shape = await prepareJob(door, job);
    for (let run = 0; run <= RUNS; run += 1) {
      await company.owner.query("delete from staged_matches where tenant_id = $1", [company.tenantId]);
      await matchIdentities(door, job, shape, whole);
      if (run === 0) await askAboutSameDay(explaining(door, plans), job, whole);
      else times.push(await wallMs(() => askAboutSameDay(door, job, whole)));
    }
  });
  assertIndexes(plans);
  const found = await company.count("staged_matches");
  await company.close();
  return {
    figure: median(times),
    details: {
      staged: FILE.accounts * FILE.rowsPerStatement,
      booked: Math.min(MILLION, context.bookedRows),
      asked_about: found,
      sweep: spread(times),
      index: "transactions_amount (tenant_id, account_id, posted_on, amount_minor), by EXPLAIN; no sequential scan of transactions",
      bound_by: "one index probe a staged row, and the round trips of one transaction",
    },
  };
}

/** The same door, but each statement is explained before it runs. */
function explaining(door: TenantDoor, plans: string[]): TenantDoor {
  return { tx: (work, deadlineMs) => door.tx((tx) => work(explained(tx, plans)), deadlineMs) };
}

const planRow = z.object({ "QUERY PLAN": z.string() });

function explained(tx: Tx, plans: string[]): Tx {
  const execute = async (query: SQLWrapper) => {
    const lines = await rowsOf(tx, sql`explain ${query.getSQL()}`, planRow);
    plans.push(lines.map((line) => line["QUERY PLAN"]).join("\n"));
    return tx.execute(query);
  };
  return new Proxy(tx, { get: (target, property) => (property === "execute" ? execute : Reflect.get(target, property, target)) });
}

function assertIndexes(plans: readonly string[]): void {
  const text = plans.join("\n");
  if (!/Index (?:Only )?Scan using transactions_amount/.test(text)) throw new Error(`The index of amounts is not used:\n${text}`);
  if (/Seq Scan on transactions/.test(text)) throw new Error(`The books are read from end to end:\n${text}`);
}
