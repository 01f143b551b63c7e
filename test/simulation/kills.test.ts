/**
 * Real kills of a real stack: SIGKILL of the Worker in every long stage, Postgres away under load, messages given up. Full size, which takes minutes:
 * `KILL_MEGABYTES=50 KILL_OUTAGE_SECONDS=30 npx vitest run --project simulation kills`.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bai2 } from "../fixtures/bai2-file.ts";
import { generateBai2 } from "../fixtures/generate-bai2.ts";
import { type BooksFigures, booksOf } from "../harness/multiset.ts";
import { type Company, OwnStack } from "../harness/own-stack.ts";

/** 3.5 MB are some 20,000 movements: several chunks to parse and slices to book, in seconds. */
const FILE_BYTES = Number(process.env["KILL_MEGABYTES"] ?? 3.5) * 1_000_000;
const OUTAGE_MS = Number(process.env["KILL_OUTAGE_SECONDS"] ?? 3) * 1_000;
/** A quiet machine needs a tenth of it at the small size. */
const TEST_TIMEOUT_MS = 120_000 + FILE_BYTES / 50;

let stack: OwnStack;
beforeAll(async () => {
  stack = await OwnStack.start();
}, 90_000);
afterAll(() => stack.stop(), 30_000);

const books = (company: Company) => booksOf((text, values) => stack.sql(text, values), company.tenantId);

function largeFile(): Uint8Array {
  const parts: string[] = [];
  const records = generateBai2({ seed: 7, targetBytes: FILE_BYTES, profile: "tags", largeAccountRows: 8_000 });
  for (let step = records.next(); step.done !== true; step = records.next()) parts.push(step.value);
  return Buffer.from(parts.join(""), "latin1");
}

interface JobAt {
  stage: string;
  status: string;
  next_offset: number;
  progress_seq: number;
}

async function jobAt(company: Company): Promise<JobAt> {
  const [row] = await stack.sql(
    `select j.stage, j.status, r.next_offset::float8 as next_offset, j.progress_seq::float8 as progress_seq
       from ingestion_jobs j join raw_ingestion_data r on r.tenant_id = j.tenant_id and r.job_id = j.id where j.tenant_id = $1`,
    [company.tenantId],
  );
  return {
    stage: String(row?.["stage"]),
    status: String(row?.["status"]),
    next_offset: Number(row?.["next_offset"]),
    progress_seq: Number(row?.["progress_seq"]),
  };
}

async function upload(company: Company, file: Uint8Array, name: string): Promise<string> {
  const { job } = await stack.ok(company, "POST", `/api/upload/bai2?file_name=${name}`, file);
  return String(Object(job).id);
}

const reaches = (company: Company, stages: string[]) =>
  stack.until(`stage ${stages.join(" or ")}`, async () => stages.includes((await jobAt(company)).stage), TEST_TIMEOUT_MS);

/** All accounts of the company's files but one by SQL, as if people had confirmed them long ago; the last one through the API, which sends the job on. */
async function mapAll(company: Company): Promise<void> {
  await stack.sql(
    `with named as (select m.id, m.currency, 'Account ' || (select min(st.ordinal) from statements st where st.tenant_id = m.tenant_id and st.mapping_id = m.id) as name
                     from account_mappings m where m.tenant_id = $1),
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

/** The Worker dies as the job meets the condition, and another one starts, as the platform would; then the sweeper's two minutes are over. */
async function killWhen(company: Company, meets: (job: JobAt) => boolean, next: Parameters<OwnStack["startWorker"]>[0] = {}): Promise<JobAt> {
  await stack.until("the moment to kill", async () => meets(await jobAt(company)), TEST_TIMEOUT_MS);
  await stack.killWorker();
  const killedAt = await jobAt(company);
  await stack.startWorker(next);
  await stack.letTimePass();
  await stack.tick();
  return killedAt;
}

interface Snapshots {
  planned: BooksFigures;
  booked: BooksFigures;
  undone: BooksFigures;
}

/** A file's whole life: parsed, mapped, matched, booked, undone; `disturb` may kill in each of the stages. */
async function life(
  company: Company,
  file: Uint8Array,
  disturb?: Record<"parsing" | "importing" | "undoing", () => Promise<unknown>>,
): Promise<Snapshots> {
  const jobId = await upload(company, file, "large.bai");
  await disturb?.parsing();
  await reaches(company, ["needs_mapping"]);
  await mapAll(company);
  await reaches(company, ["in_review"]);
  const planned = await books(company);
  await stack.ok(company, "POST", `/api/jobs/${jobId}/approve`, {});
  await disturb?.importing();
  await reaches(company, ["done"]);
  const booked = await books(company);
  await stack.ok(company, "POST", `/api/jobs/${jobId}/undo`);
  await disturb?.undoing();
  await reaches(company, ["undone"]);
  return { planned, booked, undone: await books(company) };
}

describe("a Worker that is killed", () => {
  it(
    "while it parses, books and undoes a large file leaves the books of an undisturbed run",
    async () => {
      const file = largeFile();
      const undisturbed = await life(await stack.company("undisturbed"), file);
      const company = await stack.company("disturbed");
      const killedAt: Record<string, JobAt> = {};

      const disturbed = await life(company, file, {
        // The next Worker never notes that it sent a message: each goes out again and again.
        parsing: async () => {
          killedAt["parsing"] = await killWhen(company, (job) => job.next_offset > 0, { settings: { FAIL_POINTS: "outbox/sent" } });
        },
        // The next one never acknowledges what it has done: each message comes back.
        importing: async () => {
          killedAt["importing"] = await killWhen(company, (job) => job.progress_seq > 0, { settings: { FAIL_POINTS: "message/done" } });
        },
        undoing: async () => {
          killedAt["undoing"] = await killWhen(company, (job) => job.stage === "undoing" && job.progress_seq > 0);
        },
      });

      expect(killedAt).toMatchObject({ parsing: { stage: "parsing" }, importing: { stage: "importing" }, undoing: { stage: "undoing" } });
      expect(undisturbed.booked["transactions"]?.rows).toBeGreaterThan(FILE_BYTES / 200);
      expect(disturbed).toEqual(undisturbed);
      await stack.until("the outbox is empty", async () => (await stack.sql("select 1 from outbox where sent_at is null limit 1")).length === 0);
    },
    TEST_TIMEOUT_MS * 2,
  );
});

const smallFile = (no: number) =>
  bai2(
    {
      on: "2026-03-02",
      statements: [{ account: `77${String(no).padStart(8, "0")}`, opening: 100, rows: [{ in: 1_000 + no, bank: `R${no}`, text: `SALE ${no}` }] }],
    },
    { fileId: String(no) },
  );

describe("a database that goes away under load", () => {
  it(
    "fails no job, is answered with 503 in the meantime, and everything is done afterwards",
    async () => {
      const company = await stack.company("outage");
      const large = largeFile();
      const loading = await stack.company("loading");
      await Promise.all(Array.from({ length: 10 }, (_, no) => upload(company, smallFile(no), `small-${no}.bai`)));
      await upload(loading, large, "large.bai");
      await stack.until("the large file is being parsed", async () => (await jobAt(loading)).next_offset > 0);

      const outage = stack.stopDatabaseFor(OUTAGE_MS);
      await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS / 2));
      const during = await stack.ask(company, "GET", "/api/jobs");
      await outage;
      await stack.until("the database answers", async () => (await stack.ask(company, "GET", "/api/health")).status === 200);
      await stack.letTimePass();
      await stack.tick();

      expect(during).toMatchObject({ status: 503, body: { code: "unavailable" } });
      await stack.until("every job waits for a person", async () => {
        const [row] = await stack.sql(
          "select count(*) filter (where stage <> 'needs_mapping') as open from ingestion_jobs where tenant_id = any($1)",
          [[company.tenantId, loading.tenantId]],
        );
        return Number(row?.["open"]) === 0;
      });
      const [row] = await stack.sql(
        "select count(*) as failed from ingestion_jobs where tenant_id = any($1) and (status = 'failed' or error_code is not null)",
        [[company.tenantId, loading.tenantId]],
      );
      expect(row).toEqual({ failed: "0" });
      expect(await stack.sql("select 1 from dead_letters")).toEqual([]);
      expect(Object.values((await books(company))["staged"] ?? {})[0]).toBe(10);
    },
    TEST_TIMEOUT_MS + OUTAGE_MS,
  );
});

describe("a message that is given up", () => {
  it(
    "is kept with its job's reason, and goes on to the same books once it is sent again",
    async () => {
      const undisturbed = await stack.company("undisturbed");
      await upload(undisturbed, smallFile(1), "small.bai");
      await reaches(undisturbed, ["needs_mapping"]);
      const company = await stack.company("given-up");
      await stack.killWorker();
      await stack.startWorker({ settings: { FAIL_POINTS: "parsing/2/inside" }, retriesMax: 1 });

      const jobId = await upload(company, smallFile(1), "small.bai");
      const letter = await stack.until("a dead letter", async () => {
        const { data } = await stack.ok(company, "GET", "/api/dead-letters");
        return Array.isArray(data) && data.length > 0 ? Object(data[0]) : null;
      });
      const parked = await stack.ok(company, "GET", `/api/jobs/${jobId}`);
      await stack.killWorker();
      await stack.startWorker();
      await stack.letTimePass();
      const again = await stack.ask(await stack.adminOf(company), "POST", `/api/dead-letters/${String(letter.id)}/retry`);
      await reaches(company, ["needs_mapping"]);

      expect(letter).toMatchObject({ message_type: "job.deposited", job_id: jobId, retried_at: null });
      expect(parked).toMatchObject({ status: "failed", stage: "deposited", error_code: "gave_up", dead_letter_id: letter.id });
      expect(again.status).toBe(202);
      const without = ["audit"] as const;
      const of = (whose: Company) => booksOf((text, values) => stack.sql(text, values), whose.tenantId, without);
      expect(await of(company)).toEqual(await of(undisturbed));
    },
    TEST_TIMEOUT_MS,
  );
});
