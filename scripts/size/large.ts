/** A large bank's day in one file: uploaded in parts, parsed, mapped, planned, approved, booked, undone, while its pages are asked. */
import type { Company, OwnStack } from "../../test/harness/own-stack.ts";
import { bankFile, juneDays } from "../bench/bank-file.ts";
import { type Figures, lineOf, round, Watch } from "./watch.ts";

/** Of R2 and of this house alike. */
const PART_BYTES = 8 * 1024 * 1024;
/** `bankFile` writes a transaction in about as many bytes. */
const BYTES_A_ROW = 104;
const STAGE_TIMEOUT_MS = 60 * 60_000;

export interface LargeFigures {
  bytes: number;
  transactions: number;
  phases: Record<string, Figures>;
  /** What a transaction takes in the database: where it is staged, where it is booked, and the books' indexes alone. */
  bytesARow: Record<string, number>;
  /** The longest time, in seconds, in which the job's page showed the same figures, by stage. */
  stillSeconds: Record<string, number>;
}

export async function runLarge(stack: OwnStack, options: { bytes: number; accounts: number; say: (line: string) => void }): Promise<LargeFigures> {
  const company = await stack.company("large");
  const phases: Record<string, Figures> = {};
  const startedAt = performance.now();
  const jobId = await upload(stack, company, options);
  options.say(`uploaded   ${round((performance.now() - startedAt) / 1000)} s`);
  const watch = new Watch(stack, {
    job: { company, where: `/api/jobs/${jobId}` },
    jobs: { company, where: "/api/jobs?limit=50" },
    rows: { company, where: `/api/jobs/${jobId}/rows?limit=50` },
    transactions: { company, where: "/api/transactions?limit=50" },
    accounts: { company, where: "/api/accounts" },
  });
  const still = new Standstill(stack, company);
  const close = (name: string) => {
    const figures = watch.phase();
    phases[name] = figures;
    options.say(lineOf(name, figures));
  };
  try {
    await still.until(["matching", "needs_mapping"]);
    close("parse");
    await still.until(["needs_mapping"]);
    close("match");
    await mapAll(stack, company);
    await still.until(["in_review"]);
    close("map, match");
    await stack.ok(company, "POST", `/api/jobs/${jobId}/approve`, {});
    await still.until(["done"]);
    close("import");
    const bytesARow = await sizesOf(stack, company);
    options.say(`bytes a row on disk, with indexes: ${JSON.stringify(bytesARow)}`);
    const impact = await stack.ok(company, "GET", `/api/jobs/${jobId}/undo`);
    close("impact");
    await stack.ok(company, "POST", `/api/jobs/${jobId}/undo`);
    await still.until(["undone"]);
    close("undo");
    options.say(`longest without a change of the job's figures, s: ${JSON.stringify(still.longest)}`);
    return { bytes: options.bytes, transactions: Number(impact["transactions_removed"]), phases, bytesARow, stillSeconds: still.longest };
  } finally {
    await watch.stop();
  }
}

async function sizesOf(stack: OwnStack, company: Company): Promise<Record<string, number>> {
  const [row] = await stack.sql(
    `select pg_total_relation_size('staged_transactions') / n as staged, pg_total_relation_size('transactions') / n as booked, pg_indexes_size('transactions') / n as indexes
       from (select count(*)::float8 as n from transactions where tenant_id = $1) x`,
    [company.tenantId],
  );
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, bytes]) => [name, Math.round(Number(bytes))]));
}

async function upload(stack: OwnStack, company: Company, options: { bytes: number; accounts: number }): Promise<string> {
  const rowsPerStatement = Math.round(options.bytes / BYTES_A_ROW / options.accounts);
  const begun = await stack.ok(company, "POST", "/api/uploads", { file_name: "large.bai", format: "bai2" });
  const id = String(begun["id"]);
  let rest = Buffer.alloc(0);
  let partNo = 0;
  const put = async (bytes: Buffer) => {
    partNo += 1;
    await stack.ok(company, "PUT", `/api/uploads/${id}/parts/${partNo}`, bytes);
  };
  for (const piece of bankFile({ seed: 1, accounts: options.accounts, days: juneDays(1), rowsPerStatement })) {
    rest = Buffer.concat([rest, piece]);
    if (rest.length < PART_BYTES) continue;
    await put(rest.subarray(0, PART_BYTES));
    rest = rest.subarray(PART_BYTES);
  }
  if (rest.length > 0) await put(rest);
  const { job } = await stack.ok(company, "POST", `/api/uploads/${id}/complete`);
  return String(Object(job).id);
}

/** Every account of the file by SQL, as after a long acquaintance; the last one through the API, which sends the job on. */
export async function mapAll(stack: OwnStack, company: Company): Promise<void> {
  await stack.sql(
    `with named as (select id, 'Account ' || row_number() over (order by id) as name, currency from account_mappings where tenant_id = $1),
          made as (insert into accounts (tenant_id, name, currency) select $1, name, coalesce(currency, 'USD') from named returning id, name)
     update account_mappings m set account_id = made.id, verified = true from named join made using (name) where m.tenant_id = $1 and m.id = named.id`,
    [company.tenantId],
  );
  const [last] = await stack.sql(
    "update account_mappings set verified = false where tenant_id = $1 and id = (select max(id::text)::uuid from account_mappings where tenant_id = $1) returning id, account_id",
    [company.tenantId],
  );
  await stack.ok(company, "PUT", `/api/mappings/${String(last?.["id"])}`, { account_id: last?.["account_id"], verified: true });
}

/** Follows the company's only job, and notes how long its page showed nothing new. */
class Standstill {
  readonly longest: Record<string, number> = {};
  readonly #stack: OwnStack;
  readonly #company: Company;
  #last = "";
  #changedAt = performance.now();

  constructor(stack: OwnStack, company: Company) {
    this.#stack = stack;
    this.#company = company;
  }

  async until(stages: readonly string[]): Promise<void> {
    await this.#stack.until(
      `stage ${stages.join(" or ")}`,
      async () => {
        const [job] = await this.#stack.sql(
          `select j.stage, j.status, j.error_message, r.next_offset, j.records_fetched, j.records_processed, j.records_imported, j.stage_done
             from ingestion_jobs j join raw_ingestion_data r on r.tenant_id = j.tenant_id and r.job_id = j.id where j.tenant_id = $1`,
          [this.#company.tenantId],
        );
        if (job?.["status"] === "failed") throw new Error(`The job failed: ${String(job["error_message"])}`);
        this.#note(String(job?.["stage"]), JSON.stringify(job));
        return stages.includes(String(job?.["stage"]));
      },
      STAGE_TIMEOUT_MS,
    );
  }

  #note(stage: string, seen: string): void {
    const now = performance.now();
    if (seen === this.#last) this.longest[stage] = Math.max(this.longest[stage] ?? 0, round((now - this.#changedAt) / 1000));
    else this.#changedAt = now;
    this.#last = seen;
  }
}
