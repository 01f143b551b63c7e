/** One seed's history: files come, the road carries them, people decide, and the weather does its worst; then calm returns, and the books must be right. */
import type pg from "pg";
import * as z from "zod";
import { sweep } from "../../../src/cron.ts";
import { HOUSE } from "../../../src/domain/actor.ts";
import { type ConnectionId, idSchema, parseId, type RawId } from "../../../src/domain/ids.ts";
import type { Env } from "../../../src/env.ts";
import { consume, sendOutbox } from "../../../src/queue.ts";
import { deposit } from "../../../src/sources/deposit.ts";
import { beginUpload, completeUpload, putPart } from "../../../src/sources/uploads.ts";
import { type Chance, chanceOf } from "../../harness/random.ts";
import type { BankFile } from "./bank.ts";
import { Bucket } from "./bucket.ts";
import { type SimulatedDatabase, settle } from "./door.ts";
import { findViolations } from "./invariants.ts";
import type { BookedStatement } from "./ledger.ts";
import type { Mutant } from "./mutants.ts";
import { type Act, type JobSeen, People } from "./people.ts";
import { Road } from "./queue.ts";
import { type Fault, Weather } from "./weather.ts";
import { currentWorker, Worker } from "./workers.ts";
import { type Company, envOf, foundCompany } from "./world.ts";

export interface Outcome {
  seed: number;
  violations: string[];
  faults: Partial<Record<Fault, number>>;
  /** Rows booked or taken back, by what the plan said of them and what a person decided. */
  rows: Record<string, number>;
  commits: number;
  jobs: number;
  trace: string[];
}

const begunUpload = z.object({ id: idSchema<RawId>() });

/** 2,000 steps of calm: four times what the longest history was seen to take. */
const STEPS_MAX = 2_000;
/** The steps of bad weather: enough for some jobs to come through, few enough for a hundred histories in a minute. */
const STORMY_STEPS = 120;

export async function liveThrough(seed: number, database: SimulatedDatabase, sql: pg.Client, mutant: Mutant | null): Promise<Outcome> {
  return new History(seed, database, sql, mutant).live();
}

/** A history that has come to rest, with its world still there to be looked at. */
export async function liveAndStay(seed: number, database: SimulatedDatabase, sql: pg.Client): Promise<{ history: History; outcome: Outcome }> {
  const history = new History(seed, database, sql, null);
  return { history, outcome: await history.live() };
}

class History {
  readonly seed: number;
  readonly sql: pg.Client;
  readonly chance: Chance;
  readonly weather: Weather;
  readonly road: Road;
  readonly bucket: Bucket;
  /** By the name under which it was sent: each sending has one of its own. */
  readonly files = new Map<string, BankFile>();
  companies: Company[] = [];
  jobs: JobSeen[] = [];
  readonly database: SimulatedDatabase;
  private readonly mutant: Mutant | null;
  private readonly env: Env;
  private readonly people: People;
  private readonly trace: string[] = [];
  private readonly rows: Record<string, number> = {};
  private readonly violations: string[] = [];
  private workers: Worker[] = [];
  private nowSeconds = 0;
  private steps = 0;
  private commits = 0;
  private filesLeft: number;
  /** Now and then cron does not come at all: then the queue alone must bring all jobs to their end. */
  private readonly hasCron: boolean;

  constructor(seed: number, database: SimulatedDatabase, sql: pg.Client, mutant: Mutant | null) {
    this.seed = seed;
    this.database = database;
    this.sql = sql;
    this.mutant = mutant;
    this.chance = chanceOf(seed);
    this.hasCron = this.chance.percent(70);
    this.weather = new Weather(this.chance, (fault) => this.say(`! ${fault}`));
    if (!this.hasCron) this.weather.never("message_lost");
    const liveness = { check: () => currentWorker()?.check() };
    const bytesARead = this.chance.pick([25, 60, 120, 4_000]);
    this.bucket = new Bucket(this.weather, liveness, () => bytesARead);
    this.road = new Road(this.weather, this.chance, liveness, () => this.nowSeconds);
    this.env = envOf(this.bucket, this.road);
    this.people = new People(this.env, sql, this.chance);
    this.filesLeft = 0;
  }

  async live(): Promise<Outcome> {
    this.database.weather = this.weather;
    this.database.mutant = this.mutant;
    this.database.isAway = false;
    this.database.checkpoints.clear();
    this.companies = [await foundCompany(this.sql, this.chance), await foundCompany(this.sql, this.chance)];
    try {
      // Twice, so that the second storm finds something in the books.
      for (let storm = 0; storm < 2; storm += 1) await this.liveThroughStorm();
      this.violations.push(...(await findViolations(this)));
    } catch (error) {
      this.violations.push(error instanceof Error ? `${error.message}\n${error.stack}` : String(error));
    }
    for (const company of this.companies) this.violations.push(...company.ledger.complaints);
    this.violations.push(...this.database.breaches);
    this.database.breaches.clear();
    if (this.violations.length > 0) await this.abandon();
    return {
      seed: this.seed,
      violations: this.violations,
      faults: this.weather.counts,
      rows: this.rows,
      commits: this.commits,
      jobs: this.jobs.length,
      trace: this.trace,
    };
  }

  private async liveThroughStorm(): Promise<void> {
    this.weather.isCalm = false;
    this.filesLeft = 1 + this.chance.below(3);
    const isQuiet = () => this.filesLeft === 0 && this.workers.length === 0 && this.road.letters.length === 0;
    for (const end = this.steps + STORMY_STEPS; this.steps < end && !isQuiet(); ) await this.stormyStep();
    await this.calmDown();
  }

  private async stormyStep(): Promise<void> {
    this.steps += 1;
    const dice = this.chance.below(100);
    if (this.database.isAway ? this.chance.percent(30) : this.weather.strikes("database_outage")) this.database.isAway = !this.database.isAway;
    if (dice < 60 && this.workers.length > 0) return this.runSomebody();
    if (dice < 74) return this.deliver();
    if (dice < 84) return void (await this.somebodyActs(false));
    if (dice < 91) return this.fileComes();
    if (dice < 95) return this.timePasses();
    await this.startWorker("cron", () => this.cron());
  }

  private async runSomebody(): Promise<void> {
    const awake = this.workers.filter((worker) => worker.pausedUntil <= this.nowSeconds);
    if (awake.length === 0) return this.timePasses();
    const worker = this.chance.pick(awake);
    await this.step(worker);
    if (!worker.hasEnded && this.weather.strikes("worker_paused_past_lease")) worker.pausedUntil = this.nowSeconds + 60 + this.chance.below(900);
  }

  /** One transaction of one worker, and what came of it. */
  private async step(worker: Worker): Promise<void> {
    const { commits } = worker;
    await worker.step();
    if (worker.hasEnded) this.workers = this.workers.filter((other) => other !== worker);
    if (worker.commits !== commits) await this.observe(worker);
  }

  private async startWorker(name: string, work: () => Promise<void>): Promise<Worker> {
    const worker = this.newWorker(name);
    await worker.start(work);
    if (!worker.hasEnded) this.workers.push(worker);
    return worker;
  }

  private newWorker(name: string): Worker {
    const worker = settle(new Worker(`${name}#${this.steps}`), this.database);
    worker.random = () => this.chance.below(1_000) / 1_000;
    worker.onLog = (words) => this.say(`log of ${worker.name}: ${words.join(" ")}`);
    return worker;
  }

  private async cron(): Promise<void> {
    if (this.hasCron) await sweep(this.env);
    await sendOutbox(this.env);
  }

  private async deliver(): Promise<void> {
    const letter = this.road.due();
    if (letter === null) return this.workers.length > 0 ? this.runSomebody() : this.timePasses();
    const worker = this.newWorker("consumer");
    const message = this.road.deliver(letter, worker);
    if (this.mutant?.acknowledgesFirst === true && !letter.isDead) {
      this.mutant.bites += 1;
      message.ack();
    }
    const queue = letter.isDead ? "road-dead" : "road";
    this.say(`${queue} ${JSON.stringify(letter.body)} → ${worker.name}, attempt ${letter.attempts}`);
    await worker.start(() => consume({ queue, messages: [message] } as unknown as MessageBatch, this.env));
    if (!worker.hasEnded) this.workers.push(worker);
  }

  /** People's requests are short: each runs to its end at once. */
  private async act(act: Act): Promise<void> {
    const worker = await this.startWorker(`person ${act.name}`, async () => void (await act.run()));
    for (let round = 0; !worker.hasEnded && round < 100; round += 1) {
      const { commits } = worker;
      await worker.step();
      if (worker.commits === commits) continue;
      act.committed?.();
      await this.observe(worker);
    }
    this.workers = this.workers.filter((other) => other !== worker);
    this.say(
      `${worker.name}: ${worker.failure === null ? "done" : worker.failure instanceof Error ? worker.failure.message : "failed"}, ${worker.commits} commits`,
    );
  }

  private async somebodyActs(isDiligent: boolean): Promise<boolean> {
    const company = this.chance.pick(this.companies);
    const act = await this.people.next(company, this.jobs, isDiligent);
    if (act === null) return false;
    await this.act(act);
    return true;
  }

  private async fileComes(): Promise<void> {
    if (this.filesLeft === 0) return;
    this.filesLeft -= 1;
    const [busy, other] = this.companies;
    const company = this.chance.percent(75) ? busy : other;
    // Most files come over one connection, so that they meet one another.
    const feed = this.chance.percent(65) ? company?.feeds[0] : company?.feeds[1];
    if (company === undefined || feed === undefined) return;
    const file = feed.bank.nextFile();
    const fileName = `statement-${this.files.size + 1}.bai`;
    this.files.set(fileName, file);
    const sending = {
      tenantId: company.tenantId,
      actor: HOUSE,
      connectionId: parseId<ConnectionId>(feed.connectionId),
      fileName,
      format: this.chance.pick(["recognize", "bai2"]),
    };
    const isInParts = this.chance.percent(25);
    await this.act({
      name: `${isInParts ? "upload" : "deposit"} ${fileName} on ${feed.connectionId}`,
      run: () => this.send(sending, file, isInParts),
    });
  }

  /** In one go, or as a large file comes: then its consumer hashes it. */
  private async send(
    sending: Omit<Parameters<typeof beginUpload>[1], "sizeBytes" | "profileId" | "accountId">,
    file: BankFile,
    isInParts: boolean,
  ): Promise<void> {
    const bytes = new Uint8Array(file.bytes);
    const sizeBytes = this.chance.percent(70) ? bytes.byteLength : null;
    if (!isInParts) {
      await deposit(this.env, { ...sending, contentType: null, body: new Blob([bytes]).stream(), sizeBytes, receivedBy: "upload" });
      return;
    }
    const { id } = begunUpload.parse(await beginUpload(this.env, { ...sending, sizeBytes, profileId: null, accountId: null }));
    // The small world's files are one part; it may come twice.
    for (let sent = 0; sent === 0 || (sent < 3 && this.chance.percent(20)); sent += 1)
      await putPart(this.env, sending.tenantId, id, { partNo: 1, bytes });
    await completeUpload(this.env, sending.tenantId, id, sending.actor);
    if (this.chance.percent(20)) await completeUpload(this.env, sending.tenantId, id, sending.actor);
  }

  /** The house's clock is the database's: time passes where everything that waits moves closer. */
  private async timePasses(
    seconds = this.weather.strikes("clock_ran_on") ? this.chance.pick([100, 200, 1_000]) : this.chance.pick([5, 30]),
  ): Promise<void> {
    this.nowSeconds += seconds;
    const tenants = this.companies.map((company) => company.tenantId);
    await this.sql.query(
      `with s as (select make_interval(secs => $2) as passed),
         j as (update ingestion_jobs set lease_until = lease_until - passed, updated_at = updated_at - passed from s where tenant_id = any($1)),
         a as (update accounts set lease_until = lease_until - passed from s where tenant_id = any($1))
       update outbox set not_before = not_before - passed from s where tenant_id = any($1) and sent_at is null`,
      [tenants, seconds],
    );
    this.say(`… ${seconds} s`);
  }

  /** What has committed: the jobs as they stand, and what that means for the books. */
  private async observe(worker: Worker): Promise<void> {
    this.commits += 1;
    if (!worker.hasTouchedJobs) return;
    worker.hasTouchedJobs = false;
    const { rows } = await this.sql.query<JobSeen>(
      "select id, tenant_id, stage, status, plan_version, error_code from ingestion_jobs where tenant_id = any($1) order by id",
      [this.companies.map((company) => company.tenantId)],
    );
    const before = new Map(this.jobs.map((job) => [job.id, job]));
    this.jobs = rows;
    for (const job of rows) {
      const was = before.get(job.id);
      if (was?.stage === job.stage && was.status === job.status) continue;
      this.say(`job ${job.id}: ${was?.stage ?? "nothing"} → ${job.stage} (${job.status})`);
      const company = this.companies.find((each) => each.tenantId === job.tenant_id);
      if (was?.stage === "importing" && (await this.hasBooked(job))) await this.book(company, job.id);
      if (job.stage === "undone") company?.ledger.undo(job.id);
    }
  }

  /** Booked, and perhaps on the road again at once for what was mapped meanwhile; not sent back because the plan had drifted. */
  private async hasBooked(job: JobSeen): Promise<boolean> {
    if (job.stage === "done") return true;
    const { rows } = await this.sql.query<{ action: string }>(
      "select action from ingestion_audit_log where job_id = $1 and action in ('job.done', 'job.importing') order by id desc limit 1",
      [job.id],
    );
    return job.stage === "matching" && rows[0]?.action === "job.done";
  }

  private async book(company: Company | undefined, jobId: string): Promise<void> {
    const file = await this.fileOf(jobId);
    const { rows } = await this.sql.query<{
      ordinal: number;
      account_id: string;
      seq: string | null;
      id: string;
      outcome: string;
      decision: string | null;
      target_id: string | null;
    }>(
      `select st.ordinal, st.account_id, p.seq, p.id, p.outcome, p.decision, p.target_id from statements st
         left join (select s.tenant_id, s.job_id, s.statement_id, s.seq, s.id, case when s.invalid_code is not null then 'invalid' else coalesce(m.outcome, 'new') end as outcome, m.decision, m.target_id from staged_transactions s
                      left join plan_entries m on m.tenant_id = s.tenant_id and m.job_id = s.job_id and m.seq = s.seq
                    union all select m.tenant_id, m.job_id, m.statement_id, m.seq, m.target_id, m.outcome, m.decision, m.target_id from staged_matches m where m.outcome = 'removal') p
           on p.tenant_id = st.tenant_id and p.job_id = st.job_id and p.statement_id = st.id
        where st.job_id = $1 and st.imported_at = (select max(imported_at) from statements where job_id = $1) order by st.ordinal, p.seq`,
      [jobId],
    );
    const statements: BookedStatement[] = [...Map.groupBy(rows, (row) => row.ordinal)].map(([ordinal, own]) => ({
      ordinal,
      accountId: own[0]?.account_id ?? "",
      rows: own
        .filter((row) => row.seq !== null && row.outcome !== "removal")
        .map((row) => ({ id: row.id, outcome: row.outcome, decision: row.decision, targetId: row.target_id })),
      removals: own.filter((row) => row.outcome === "removal").map((row) => ({ targetId: row.id, decision: row.decision })),
    }));
    for (const each of statements)
      this.say(
        `  books statement ${each.ordinal} (${JSON.stringify({ ...file.statements[each.ordinal], rows: file.statements[each.ordinal]?.rows.length })}): ${each.rows.map((row) => `${row.id.slice(-6)} ${row.outcome}${row.decision === null ? "" : `/${row.decision}`}${row.targetId === null ? "" : `→${row.targetId.slice(-6)}`}`).join(", ")}`,
      );
    for (const row of rows) {
      if (row.seq === null) continue;
      const what = row.decision === null ? row.outcome : `${row.outcome} ${row.decision}`;
      this.rows[what] = (this.rows[what] ?? 0) + 1;
    }
    company?.ledger.book(jobId, file, statements);
  }

  async fileOf(jobId: string): Promise<BankFile> {
    const { rows } = await this.sql.query<{ file_name: string }>("select file_name from raw_ingestion_data where job_id = $1", [jobId]);
    const file = this.files.get(rows[0]?.file_name ?? "");
    if (file === undefined) throw new Error(`Job ${jobId} is of no file that a bank sent.`);
    return file;
  }

  /** The storm is over: everything that was begun comes to its end, or it never will. */
  private async calmDown(): Promise<void> {
    this.weather.isCalm = true;
    this.database.isAway = false;
    this.say("calm");
    for (const limit = this.steps + STEPS_MAX; this.steps < limit; this.steps += 1) {
      const [worker] = this.workers;
      if (worker !== undefined) await this.step(worker);
      else if (this.road.due() !== null) await this.deliver();
      else if (await this.everybodyActs()) continue;
      else if (await this.isAtRest()) return;
      else {
        await this.timePasses(1_000);
        await this.startWorker("cron", () => this.cron());
      }
    }
    this.violations.push(`The road never came to rest: ${this.jobs.map((job) => `${job.id} ${job.stage} ${job.status}`).join(", ")}`);
  }

  private async everybodyActs(): Promise<boolean> {
    for (const company of this.companies) {
      const act = await this.people.next(company, this.jobs, true);
      if (act === null) continue;
      await this.act(act);
      return true;
    }
    return false;
  }

  private async isAtRest(): Promise<boolean> {
    const { rows } = await this.sql.query("select 1 from outbox where tenant_id = any($1) and sent_at is null limit 1", [
      this.companies.map((company) => company.tenantId),
    ]);
    if (rows.length > 0 || this.road.letters.length > 0) return false;
    const waiting = this.jobs.filter((job) => !["done", "undone", "cancelled"].includes(job.stage) && job.status !== "failed");
    if (waiting.length > 0 && !this.hasCron) {
      this.violations.push(`Nothing is on its way any more, and jobs stand still: ${waiting.map((job) => `${job.id} ${job.stage}`).join(", ")}`);
      return true;
    }
    return waiting.length === 0;
  }

  /** What a broken history leaves behind must not disturb the next one on the same database. */
  private async abandon(): Promise<void> {
    for (const worker of this.workers) {
      worker.kill();
      await worker.step();
    }
    const tenants = this.companies.map((company) => company.tenantId);
    await this.sql.query("update outbox set sent_at = now() where tenant_id = any($1) and sent_at is null", [tenants]);
    await this.sql.query("update ingestion_jobs set status = 'failed' where tenant_id = any($1) and status in ('pending', 'running')", [tenants]);
  }

  say(line: string): void {
    this.trace.push(`${this.steps}: ${line}`);
  }
}

export type { History };
