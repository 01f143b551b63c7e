/** Many small files at once from many companies: in which order they get through, and whether anybody waits for the others. */
import type { Company, OwnStack } from "../../test/harness/own-stack.ts";
import { bankFile, daysFrom } from "../bench/bank-file.ts";
import { type Figures, lineOf, round, Watch } from "./watch.ts";

/** So many uploads under way together. */
const UPLOADS_AT_ONCE = 8;
const TIMEOUT_MS = 60 * 60_000;

export interface ManyFigures {
  files: number;
  uploadSeconds: number;
  /** From the first upload until the last file waits for a person. */
  seconds: number;
  /** Seconds from the first upload: when each company's first and last file were through. */
  companies: { first: number; last: number }[];
  watched: Figures;
}

export async function runMany(stack: OwnStack, options: { files: number; companies: number; say: (line: string) => void }): Promise<ManyFigures> {
  const companies = await Promise.all(Array.from({ length: options.companies }, (_, no) => stack.company(`many-${no}`)));
  const [first] = companies;
  if (first === undefined) throw new Error("There is no company.");
  const watch = new Watch(stack, { jobs: { company: first, where: "/api/jobs?limit=50" }, accounts: { company: first, where: "/api/accounts" } });
  try {
    const [begun] = await stack.sql("select now() as at");
    const uploadSeconds = await uploadAll(stack, companies, options.files);
    options.say(`uploaded   ${options.files} files from ${companies.length} companies in ${uploadSeconds} s`);
    await stack.until("every file is through", async () => (await waiting(stack, companies)) === 0, TIMEOUT_MS);
    const through = await stack.sql(
      `select extract(epoch from min(seen) - $2)::float8 as first, extract(epoch from max(seen) - $2)::float8 as last
         from (select l.tenant_id, max(l.created_at) as seen from ingestion_audit_log l where l.action = 'job.needs_mapping' group by l.tenant_id, l.job_id) x
        where tenant_id = any($1) group by tenant_id order by 2`,
      [companies.map((company) => company.tenantId), begun?.["at"]],
    );
    const figures = {
      files: options.files,
      uploadSeconds,
      seconds: Math.max(...through.map((row) => round(Number(row["last"])))),
      companies: through.map((row) => ({ first: round(Number(row["first"])), last: round(Number(row["last"])) })),
      watched: watch.phase(),
    };
    options.say(lineOf("many", figures.watched));
    options.say(
      `first file of each company after ${spread(figures.companies.map(({ first: at }) => at))} s, last after ${spread(figures.companies.map(({ last }) => last))} s`,
    );
    return figures;
  } finally {
    await watch.stop();
  }
}

/** The companies take turns, as strangers would; each file has another day and account. */
async function uploadAll(stack: OwnStack, companies: readonly Company[], files: number): Promise<number> {
  const startedAt = performance.now();
  let next = 0;
  const lane = async () => {
    for (let no = next++; no < files; no = next++) {
      const company = companies[no % companies.length];
      if (company === undefined) return;
      const content = Buffer.concat([
        ...bankFile({ seed: no + 1, accounts: 1, days: daysFrom("2024-01-01", Math.floor(no / companies.length), 1), rowsPerStatement: 50 }),
      ]);
      await stack.ok(company, "POST", `/api/upload/bai2?file_name=small-${no}.bai`, content);
    }
  };
  await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, lane));
  return round((performance.now() - startedAt) / 1000);
}

async function waiting(stack: OwnStack, companies: readonly Company[]): Promise<number> {
  const [row] = await stack.sql("select count(*) as waiting from ingestion_jobs where tenant_id = any($1) and stage <> 'needs_mapping'", [
    companies.map((company) => company.tenantId),
  ]);
  return Number(row?.["waiting"]);
}

function spread(figures: readonly number[]): string {
  return `${Math.min(...figures)} to ${Math.max(...figures)}`;
}
