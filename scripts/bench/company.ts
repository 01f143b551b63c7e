/** A company with mapped accounts in a database, its jobs, and what the benchmarks time on them. Made straight in SQL, as the owner. */
import pg from "pg";
import { type ConnectionId, type JobId, parseId, type TenantId } from "../../src/domain/ids.ts";
import { lookupHash } from "../../src/store/vault.ts";
import { accountNumber } from "./bank-file.ts";
import { copyIn, copyOut } from "./copy.ts";
import { describeTime, type ProcessorTime, processorTime, sumOfTimes } from "./processor-time.ts";
import type { Stack, StoredFile } from "./stack.ts";

export interface Stages {
  stage: number;
  match: number;
  book: number;
}

export const totalOf = (stages: Stages): number => stages.stage + stages.match + stages.book;

/** Everything that a job leaves behind: what refers to its job by a key goes with it, the bulk tables have none. */
const OF_JOBS =
  "ingestion_jobs, transactions, staged_transactions, staged_matches, staged_runs, staged_balances, job_problems, outbox, alert_deliveries, alert_messages, ingestion_audit_log";

export class Company {
  readonly tenantId: TenantId;
  readonly connectionId: ConnectionId;
  readonly accounts: number;
  readonly owner: pg.Client;
  readonly #stack: Stack;
  readonly #superUser: pg.Client;
  readonly #workerUrl: string;
  /** Whether what is spent belongs to what is measured. */
  isCounting = false;
  /** What stages and COPY took of the processors, one entry each. */
  readonly #spent: { by: "stages" | "copy"; time: ProcessorTime }[] = [];

  private constructor(made: {
    tenantId: string;
    connectionId: string;
    accounts: number;
    owner: pg.Client;
    superUser: pg.Client;
    stack: Stack;
    workerUrl: string;
  }) {
    this.tenantId = parseId<TenantId>(made.tenantId);
    this.connectionId = parseId<ConnectionId>(made.connectionId);
    this.accounts = made.accounts;
    this.owner = made.owner;
    this.#superUser = made.superUser;
    this.#stack = made.stack;
    this.#workerUrl = made.workerUrl;
  }

  /** A connection that imports by itself, and so many mapped accounts, whose numbers are those of `bankFile`. */
  static async open(stack: Stack, accounts: number, urls: Pick<Stack, "ownerUrl" | "superUrl" | "workerUrl"> = stack): Promise<Company> {
    const [owner, superUser] = await Promise.all([connect(urls.ownerUrl), connect(urls.superUrl)]);
    const tenantId = await oneId(owner, "insert into tenants (name, slug) values ('Bench', gen_random_uuid()::text) returning id", []);
    const connectionId = await oneId(
      owner,
      `insert into connections (tenant_id, name, connection_type, config) values ($1, 'Bank', 'bai2', '{"auto_import": true}') returning id`,
      [tenantId],
    );
    const numbers = Array.from({ length: accounts }, (_, index) => accountNumber(index));
    const hashes = await Promise.all(numbers.map((number) => lookupHash({ LOOKUP_KEY: stack.lookupKey }, parseId<TenantId>(tenantId), number)));
    await owner.query(
      `with a as (
         insert into accounts (tenant_id, name, currency, account_number_hash) select $1, 'Account ' || h, 'USD', h from unnest($3::text[]) h returning id, account_number_hash)
       insert into account_mappings (tenant_id, connection_id, external_account_id, last_four, currency, account_id, verified, verified_at)
       select $1, $2, a.account_number_hash, '0000', 'USD', a.id, true, now() from a`,
      [tenantId, connectionId, hashes],
    );
    return new Company({ tenantId, connectionId, accounts, owner, superUser, stack, workerUrl: urls.workerUrl });
  }

  async close(): Promise<void> {
    await this.owner.end();
    await this.#superUser.end();
  }

  /** No job, no row, no dead tuple. */
  async clear(): Promise<void> {
    await this.owner.query(`truncate ${OF_JOBS} cascade`);
    await this.checkpoint();
  }

  /** What was written before is on the disk: nobody pays for it later. */
  async checkpoint(): Promise<void> {
    await this.#superUser.query("checkpoint");
  }

  superUser(text: string): Promise<pg.QueryResult> {
    return this.#superUser.query(text);
  }

  /** A deposited file: job and raw file, hashed already as every upload in one piece is. */
  async deposited(file: StoredFile): Promise<JobId> {
    const jobId = await oneId(this.owner, "insert into ingestion_jobs (tenant_id, connection_id) values ($1, $2) returning id", [
      this.tenantId,
      this.connectionId,
    ]);
    await this.owner.query(
      `insert into raw_ingestion_data (tenant_id, connection_id, job_id, r2_key, etag, file_name, size_bytes, sha256) values ($1, $2, $3, $4, $5, 'bench.bai', $6, sha256(convert_to($3::uuid::text, 'UTF8')))`,
      [this.tenantId, this.connectionId, jobId, file.key, file.etag, file.sizeBytes],
    );
    return parseId<JobId>(jobId);
  }

  /** One stage of a job in the Worker; milliseconds. */
  async stage(door: "stage" | "match" | "book", jobId: JobId): Promise<number> {
    return this.#spending(
      "stages",
      async () => (await this.#stack.worker.time(door, { tenantId: this.tenantId, jobId, databaseUrl: this.#workerUrl })).ms,
    );
  }

  async #spending<T>(by: "stages" | "copy", work: () => Promise<T>): Promise<T> {
    const before = processorTime();
    const result = await work();
    const after = processorTime();
    if (this.isCounting && before && after) {
      const time = { postgres: after.postgres - before.postgres, workerd: after.workerd - before.workerd, bridge: after.bridge - before.bridge };
      this.#spent.push({ by, time });
    }
    return result;
  }

  /** Processor time a run, of the stages and of COPY beside them. */
  processorTimes(runs: number): Record<string, string> {
    if (this.#spent.length === 0) return {};
    const of = (by: "stages" | "copy") => describeTime(sumOfTimes(this.#spent.filter((each) => each.by === by).map((each) => each.time)), runs);
    return { processor_time: of("stages"), processor_time_copy: of("copy") };
  }

  /** The whole road of a deposited file, stage by stage; throws where the job did not arrive. */
  async road(file: StoredFile): Promise<{ jobId: JobId; stages: Stages }> {
    const jobId = await this.deposited(file);
    const stages = { stage: await this.stage("stage", jobId), match: await this.stage("match", jobId), book: await this.stage("book", jobId) };
    const { rows } = await this.owner.query<{ stage: string; error: string | null }>(
      "select stage, coalesce(error_message, auto_import_note) as error from ingestion_jobs where tenant_id = $1 and id = $2",
      [this.tenantId, jobId],
    );
    if (rows[0]?.stage !== "done") throw new Error(`The job stands in ${rows[0]?.stage}: ${rows[0]?.error}`);
    return { jobId, stages };
  }

  /** The table's rows out, the table emptied, the same rows in again by COPY; milliseconds of the last. */
  async copyAgain(table: "staged_transactions" | "transactions"): Promise<number> {
    const rows = await copyOut(this.owner, `select * from ${table} where tenant_id = '${this.tenantId}'`);
    await this.owner.query(`truncate ${table} cascade`);
    await this.checkpoint();
    return this.#spending("copy", () => copyIn(this.owner, table, rows));
  }

  async count(table: string): Promise<number> {
    const { rows } = await this.owner.query<{ n: number }>(`select count(*)::int as n from ${table} where tenant_id = $1`, [this.tenantId]);
    return rows[0]?.n ?? 0;
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  // A server that stops under an open connection is the end of a failed run; its reason is told elsewhere.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

async function oneId(client: pg.Client, text: string, values: unknown[]): Promise<string> {
  const { rows } = await client.query<{ id: string }>(text, values);
  const [row] = rows;
  if (row === undefined) throw new Error("The insert gave no id.");
  return row.id;
}
