/** The engine (TRUST.md): deliveries, kills, zombies, lost files, poison, dead letters, the sweeper. The road's own functions, with faults at the edges. */
import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { sweep } from "../../src/cron.ts";
import { type JobId, parseId, type RawId } from "../../src/domain/ids.ts";
import type { Message } from "../../src/domain/messages.ts";
import type { Env } from "../../src/env.ts";
import { backoffSeconds, consume, sendOutbox } from "../../src/queue.ts";
import { moveCheckpoint } from "../../src/store/files.ts";
import { holdLease, LeaseLost, takeLease } from "../../src/store/lease.ts";
import { withTenant } from "../../src/store/tenant.ts";
import { bai2, type Group, type Movement, type Statement } from "../fixtures/bai2-file.ts";
import { outage, storageThat, WatchedQueue } from "./support/faults.ts";
import { carry, openRoad, type Road } from "./support/road.ts";
import { asOwner } from "./support/tenants.ts";

const RENT: Movement = { out: 120_000, bank: "BR000002", text: "RENT UNIT 7" };
const SALE: Movement = { in: 99_999, bank: "BR000003", text: "ACME INVOICE 2041" };

const day = (rows: Movement[], group: Partial<Group> = {}): Group => ({ on: "2026-03-02", statements: [{ account: "0123456789", rows }], ...group });

/** Two batches and a bit: 11,000 rows of ~60 bytes. */
const LARGE = bai2(
  day(Array.from({ length: 11_000 }, (_, index): Movement => ({ in: index + 1, bank: `B${index}`, text: `PAYMENT NUMBER ${index} OF MANY` }))),
);

/** What parsing left of a job, without what differs between any two jobs. */
const staged = (jobId: string) =>
  asOwner(
    `select count(*)::text as rows, md5(string_agg(concat_ws('|', seq, amount_minor, posted_on, description, bank_reference, line_start, byte_start, byte_end, raw), E'\\n' order by seq)) as content,
            (select jsonb_agg(jsonb_build_array(st.ordinal, st.transaction_count, st.credits_minor, st.proof) order by st.ordinal) from statements st where st.job_id = $1) as statements,
            (select jsonb_build_array(j.stage, j.records_fetched, j.envelope_proof) from ingestion_jobs j where j.id = $1) as job
       from staged_transactions s where s.job_id = $1`,
    [jobId],
  );

async function only(road: Road, type: Message["type"]): Promise<Message> {
  const found = (await road.takeOutbox()).find((message) => message.type === type);
  if (found === undefined) throw new Error(`No ${type} was announced.`);
  return found;
}

/** The same file in two companies; one of them parsed without any fault. */
async function twins() {
  const [road, calm] = [await openRoad(), await openRoad()];
  const { jobId: expected } = await calm.deposit(LARGE);
  await carry(await only(calm, "job.deposited"));
  const { jobId } = await road.deposit(LARGE);
  return { road, jobId, message: await only(road, "job.deposited"), expected: await staged(expected) };
}

const progress = async (jobId: string) =>
  (await asOwner("select next_offset::int as at, parse_seq::int as rows from raw_ingestion_data where job_id = $1", [jobId]))[0];

describe("a worker that is killed while it parses", () => {
  it("loses at most its last batch: the next one goes on from the checkpoint, to the same rows", async () => {
    const { road, jobId, message, expected } = await twins();
    const dying = storageThat({ afterBytes: 400_000, between: () => Promise.reject(new Error("killed")) });

    await expect(carry(message, dying)).rejects.toThrow();
    const left = await progress(jobId);
    await carry(message);

    expect(left?.["rows"]).toBeGreaterThanOrEqual(5_000);
    expect(left?.["rows"]).toBeLessThan(11_000);
    expect(await staged(jobId)).toEqual(expected);
    expect((await road.job(jobId)).records_fetched).toBe(11_000);
  });

  it("and wakes up after another one took over writes nothing more", async () => {
    const { jobId, message, expected } = await twins();
    let wake = () => {};
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let fellAsleep = () => {};
    const sleeping = new Promise<void>((resolve) => {
      fellAsleep = resolve;
    });
    const drowsy = storageThat({
      afterBytes: 400_000,
      between: () => {
        fellAsleep();
        return asleep;
      },
    });

    const zombie = carry(message, drowsy);
    await sleeping;
    // What it had sent before it fell asleep lands first, and renews the lease.
    await vi.waitFor(async () => expect((await progress(jobId))?.["rows"]).toBeGreaterThanOrEqual(5_000), 15_000);
    const busy = await carry(message);
    await asOwner("update ingestion_jobs set lease_until = now() - interval '1 second' where id = $1", [jobId]);
    const taken = await carry(message);
    const finished = await staged(jobId);
    wake();

    expect(busy).toEqual({ done: false, retrySeconds: expect.any(Number) });
    expect(taken).toEqual({ done: true });
    expect(await zombie).toEqual({ done: true });
    expect(finished).toEqual(expected);
    expect(await staged(jobId)).toEqual(expected);
  });

  it("finds its file changed in between: the job fails by name, and nothing is booked", async () => {
    const { road, jobId, message } = await twins();
    const dying = storageThat({ afterBytes: 400_000, between: () => Promise.reject(new Error("killed")) });
    await expect(carry(message, dying)).rejects.toThrow();
    const [file] = await asOwner("select r2_key from raw_ingestion_data where job_id = $1", [jobId]);
    await env.RAW.put(String(file?.["r2_key"]), "other bytes");

    await carry(message);

    expect(await road.job(jobId)).toMatchObject({ stage: "parsing", status: "failed", error_code: "raw_file_changed" });
    expect(await road.amounts()).toEqual([]);
  });
});

describe("lease and checkpoint", () => {
  it("a stale lease opens no transaction, and who took the job over goes on", async () => {
    const road = await openRoad();
    const { jobId } = await road.deposit(bai2(day([RENT])));
    const take = () => withTenant(env, road.tenantId, (tx) => takeLease(tx, jobId, ["deposited"]));

    const first = await take();
    const meanwhile = await take();
    await asOwner("update ingestion_jobs set lease_until = now() - interval '1 second' where id = $1", [jobId]);
    const second = await take();
    if (first.lease === null || second.lease === null) throw new Error("The lease was not given.");
    const [stale, held] = [first.lease, second.lease];

    expect(meanwhile).toEqual({ lease: null, busy: true });
    expect(held.epoch).toBe(stale.epoch + 1);
    await expect(withTenant(env, road.tenantId, (tx) => holdLease(tx, stale))).rejects.toBeInstanceOf(LeaseLost);
    await withTenant(env, road.tenantId, (tx) => holdLease(tx, held));
  });

  it("a checkpoint moves only from where it stands, and never again once the file is parsed", async () => {
    const road = await openRoad();
    const { jobId } = await road.deposit(bai2(day([RENT])));
    const [row] = await asOwner("select id from raw_ingestion_data where job_id = $1", [jobId]);
    const rawId = parseId<RawId>(String(row?.["id"]));
    const move = (from: number, to: number, done = false) =>
      withTenant(env, road.tenantId, (tx) =>
        moveCheckpoint(tx, { rawId, from: { offset: from, seq: from }, to: { offset: to, state: {}, seq: to }, done }),
      );

    const moved = [await move(0, 10), await move(0, 20), await move(10, 20, true), await move(20, 30)];

    expect(moved).toEqual([true, false, true, false]);
  });
});

describe("messages that come twice, late and in any order", () => {
  it.each([11, 22])("leave the same books (seed %i)", async (seed) => {
    const random = seeded(seed);
    const road = await openRoad();
    await road.knows("0123456789");
    const history: Message[] = [];
    const rush = async () => {
      for (let fresh = await road.takeOutbox(); fresh.length > 0; fresh = await road.takeOutbox()) {
        history.push(...fresh);
        const again = history.filter(() => random() < 0.4);
        for (const message of shuffled([...fresh, ...fresh, ...again], random)) await carry(message);
      }
    };

    const { jobId: first } = await road.deposit(bai2(day([RENT, SALE, SALE])));
    await rush();
    await road.ok("POST", `/api/jobs/${first}/approve`, {});
    await rush();
    const { jobId: second } = await road.deposit(bai2(day([RENT, SALE, SALE, SALE]), { fileId: "2" }));
    await rush();
    await road.ok("POST", `/api/jobs/${second}/approve`, {});
    await rush();

    expect(await road.amounts()).toEqual(["-120000", "99999", "99999", "99999"]);
    expect(await road.job(second)).toMatchObject({ stage: "done", status: "completed", records_imported: 1 });
    await road.ok("POST", `/api/jobs/${second}/undo`);
    await rush();
    expect(await road.amounts()).toEqual(["-120000", "99999", "99999"]);
  });

  it("together, at the same moment, are one import", async () => {
    const road = await openRoad();
    await road.knows("0123456789");
    const job = await road.upload(bai2(day([RENT, SALE])));
    await road.ok("POST", `/api/jobs/${job.id}/approve`, {});
    const message = await only(road, "job.approved");

    const results = await Promise.all([1, 2, 3, 4].map(() => carry(message)));

    expect(results.filter((result) => result.done).length).toBeGreaterThanOrEqual(1);
    expect(await road.amounts()).toEqual(["-120000", "99999"]);
    expect(await road.job(job.id)).toMatchObject({ stage: "done", records_imported: 2 });
  });
});

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function shuffled<T>(list: T[], random: () => number): T[] {
  return list
    .map((value) => ({ value, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

describe("a file that is no longer in storage", () => {
  it("fails its job by name, and the same bytes uploaded again come through", async () => {
    const road = await openRoad();
    const { jobId } = await road.deposit(bai2(day([RENT])));
    const [file] = await asOwner("select r2_key from raw_ingestion_data where job_id = $1", [jobId]);
    await env.RAW.delete(String(file?.["r2_key"]));
    await road.travel();

    const again = await road.deposit(bai2(day([RENT])));
    await road.travel();

    expect(await road.job(jobId)).toMatchObject({
      stage: "parsing",
      status: "failed",
      error_code: "raw_file_missing",
      error_message: expect.stringContaining("Upload the file again"),
    });
    expect(again).toMatchObject({ status: 202, duplicate: false });
    expect(await road.job(again.jobId)).toMatchObject({ stage: "needs_mapping" });
  });
});

/** Hands messages to the consumer as the platform would; what it acknowledged, and what it wants again. */
async function deliver(road: Road, bodies: unknown[], options: { queue?: string; attempts?: number; settings?: Partial<Env> } = {}) {
  const messages = bodies.map((body, index) => ({ id: `m${index}`, timestamp: new Date(), attempts: options.attempts ?? 1, body }));
  const batch = createMessageBatch(options.queue ?? "stratifi-road", messages);
  // The result names what is wanted again, but not when.
  const retries = batch.messages.map((message) => vi.spyOn(message, "retry"));
  const queue = new WatchedQueue(road.tenantId);
  await consume(batch, { ...env, ...queue.settings, ...options.settings });
  const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext());
  const delays = retries.flatMap((retry) => retry.mock.calls.map(([wish]) => wish?.delaySeconds ?? 0));
  return { acked: explicitAcks, retried: retryMessages.map((message) => message.msgId), delays, sent: queue.sent };
}

describe("the consumer", () => {
  it("takes each message by itself: what is unreadable or nobody's is acknowledged, what fails is retried, the rest goes through", async () => {
    const road = await openRoad();
    const { jobId: good } = await road.deposit(bai2(day([RENT])));
    const { jobId: bad } = await road.deposit(bai2(day([SALE])));
    await road.takeOutbox();
    const message = (jobId: string) => ({ type: "job.deposited", tenant_id: road.tenantId, job_id: jobId });
    // One job's file cannot be read: not missing, the storage itself is at fault.
    const [file] = await asOwner("select r2_key from raw_ingestion_data where job_id = $1", [bad]);
    const get = async (key: string, options?: R2GetOptions) => {
      if (key === file?.["r2_key"]) throw new Error("internal error; please retry");
      return env.RAW.get(key, options);
    };
    const RAW = new Proxy(env.RAW, { get: (target, name) => (name === "get" ? get : Reflect.get(target, name, target)) });

    const found = await deliver(road, [{ type: "nonsense" }, message(bad), message(crypto.randomUUID()), message(good), null], { settings: { RAW } });

    expect(found.acked).toEqual(["m0", "m2", "m3", "m4"]);
    expect(found.retried).toEqual(["m1"]);
    expect(found.delays).toEqual([expect.any(Number)]);
    expect(await road.job(good)).toMatchObject({ stage: "matching" });
    expect(await road.job(bad)).toMatchObject({ stage: "parsing", status: "running", error_code: null });
  });

  it("waits out an outage of the database: retried with a delay, and the job is not failed", async () => {
    const road = await openRoad();
    const { jobId } = await road.deposit(bai2(day([RENT])));
    const message = await only(road, "job.deposited");

    const during = await deliver(road, [message], { settings: outage, attempts: 3 });
    const meanwhile = await road.job(jobId);
    const after = await deliver(road, [message]);

    expect(during).toMatchObject({ acked: [], retried: ["m0"] });
    expect(during.delays[0]).toBeGreaterThanOrEqual(4);
    expect(during.delays[0]).toBeLessThanOrEqual(8);
    expect(meanwhile).toMatchObject({ stage: "deposited", status: "pending", error_code: null });
    expect(after.acked).toEqual(["m0"]);
    expect(await road.job(jobId)).toMatchObject({ stage: "matching" });
  });

  it("backs off from 1 to 900 seconds, jittered, and never longer", () => {
    const least = Array.from({ length: 30 }, (_, attempt) => backoffSeconds(attempt + 1, 0));
    const most = Array.from({ length: 30 }, (_, attempt) => backoffSeconds(attempt + 1, 1));

    expect(least.slice(0, 5)).toEqual([1, 2, 4, 8, 16]);
    expect(most.slice(0, 5)).toEqual([2, 4, 8, 16, 32]);
    expect([Math.max(...least), Math.max(...most)]).toEqual([450, 900]);
  });

  it("sends a message anew, later, where its job is busy, without using up its retries", async () => {
    const road = await openRoad();
    const { jobId } = await road.deposit(bai2(day([RENT])));
    const message = await only(road, "job.deposited");
    await asOwner("update ingestion_jobs set lease_until = now() + interval '1 minute' where id = $1", [jobId]);

    const found = await deliver(road, [message]);

    expect(found).toMatchObject({ acked: ["m0"], retried: [], sent: [message] });
  });
});

describe("a message that was given up", () => {
  it("is kept and shown, parks its job with the reason, and a retry sends the job on", async () => {
    const road = await openRoad();
    const { jobId } = await road.deposit(bai2(day([RENT])));
    const message = await only(road, "job.deposited");
    const admin = await road.as("admin");

    const found = await deliver(road, [message, { type: "nonsense" }], { queue: "stratifi-road-dead", attempts: 21 });
    const parked = await road.job(jobId);
    const letters = await road.ok("GET", "/api/dead-letters");
    const late = await carry(message);
    const retried = await road.api("POST", `/api/dead-letters/${parked.dead_letter_id}/retry`, undefined, admin);
    await road.travel();

    expect(found).toMatchObject({ acked: ["m0", "m1"], retried: [] });
    expect(parked).toMatchObject({ stage: "deposited", status: "failed", error_code: "gave_up", dead_letter_id: expect.any(String) });
    expect(letters["data"]).toMatchObject([{ id: parked.dead_letter_id, message_type: "job.deposited", job_id: jobId, retried_at: null }]);
    expect(late).toEqual({ done: true });
    expect(retried).toMatchObject({ status: 202, body: { job_id: jobId } });
    expect(await road.job(jobId)).toMatchObject({ stage: "needs_mapping", status: "running", error_code: null, dead_letter_id: null });
    expect(await road.api("POST", `/api/dead-letters/${parked.dead_letter_id}/retry`, undefined, admin)).toMatchObject({ status: 404 });
  });

  it("does not touch a job that has gone on in the meantime, and is retried itself where it cannot be kept", async () => {
    const road = await openRoad();
    const { jobId } = await road.deposit(bai2(day([RENT])));
    const message = await only(road, "job.deposited");
    await carry(message);
    await road.travel();

    await deliver(road, [message], { queue: "stratifi-road-dead" });
    const unkept = await deliver(road, [message], { queue: "stratifi-road-dead", settings: outage });

    expect(await road.job(jobId)).toMatchObject({ stage: "needs_mapping", status: "running" });
    expect(unkept).toMatchObject({ acked: [], retried: ["m0"] });
  });
});

describe("the outbox", () => {
  /** Puts this company's messages before everybody else's. */
  const hurry = (road: Road) => asOwner("update outbox set not_before = '2000-01-01' where tenant_id = $1 and sent_at is null", [road.tenantId]);

  it("sends what was announced once, and marks it", async () => {
    const road = await openRoad();
    const { jobId } = await road.deposit(bai2(day([RENT])));
    const queue = new WatchedQueue(road.tenantId);
    await hurry(road);

    await sendOutbox({ ...env, ...queue.settings });
    await sendOutbox({ ...env, ...queue.settings });

    expect(queue.sent).toEqual([{ type: "job.deposited", tenant_id: road.tenantId, job_id: jobId, outbox_id: expect.any(String) }]);
    expect(await road.takeOutbox()).toEqual([]);
  });

  it("keeps what the queue did not take, and sends it the next time", async () => {
    const road = await openRoad();
    await road.deposit(bai2(day([RENT])));
    const queue = new WatchedQueue(road.tenantId);
    await hurry(road);

    queue.isDown = true;
    await sendOutbox({ ...env, ...queue.settings });
    queue.isDown = false;
    await sendOutbox({ ...env, ...queue.settings });

    expect(queue.sent).toHaveLength(1);
  });

  it("holds back what is not due yet", async () => {
    const road = await openRoad();
    await road.deposit(bai2(day([RENT])));
    await asOwner("update outbox set not_before = now() + interval '1 hour' where tenant_id = $1", [road.tenantId]);
    const queue = new WatchedQueue(road.tenantId);

    await sendOutbox({ ...env, ...queue.settings });

    expect(queue.sent).toEqual([]);
  });
});

describe("the sweeper", () => {
  it("announces again what stands still in a working stage, and leaves alone who waits for a person, has ended, or is at work", async () => {
    const road = await openRoad();
    const still: JobId[] = [];
    for (const fileId of ["1", "2", "3"]) still.push((await road.deposit(bai2(day([RENT]), { fileId }))).jobId);
    const waiting = await road.upload(bai2(day([SALE]), { fileId: "4" }));
    const [lost, atWork, parked] = [still[0] ?? "", still[1] ?? "", still[2] ?? ""];
    await asOwner("update ingestion_jobs set stage = 'matching', status = 'running', lease_until = null where id = any($1)", [still]);
    await asOwner("update ingestion_jobs set lease_until = now() + interval '1 minute' where id = $1", [atWork]);
    await asOwner("update ingestion_jobs set status = 'failed' where id = $1", [parked]);
    await asOwner("update ingestion_jobs set updated_at = now() - interval '3 minutes' where id = any($1)", [[...still, waiting.id]]);
    await road.takeOutbox();

    await sweep(env);
    const first = await road.takeOutbox();
    await sweep(env);

    expect(first.map((message) => ({ ...message, outbox_id: null }))).toEqual([
      { type: "job.parsed", tenant_id: road.tenantId, job_id: lost, outbox_id: null },
    ]);
    expect(await road.takeOutbox()).toEqual([]);
  });
});

describe("auto_import", () => {
  /** A connection that imports by itself, its account mapped, with a first day in the books. */
  async function automatic(config: Record<string, unknown> = {}) {
    const road = await openRoad();
    await road.knows("0123456789");
    await asOwner("update connections set config = $2 where tenant_id = $1", [road.tenantId, JSON.stringify({ auto_import: true, ...config })]);
    await road.upload(bai2(dayBefore));
    return road;
  }

  const dayBefore = day([RENT], { on: "2026-03-03" });

  /** The next day, which opens where the first one closed. */
  const dayAfter = (rows: Movement[], statement: Partial<Statement> = {}): Group => ({
    on: "2026-03-04",
    statements: [{ account: "0123456789", opening: -120_000, rows, ...statement }],
  });

  it("waits for a mapping and no longer: then it goes straight on into the books", async () => {
    const road = await openRoad();
    const connectionId = await road.connection({ auto_import: true });
    const unmapped = await road.upload(bai2(dayBefore), connectionId);
    await road.mapAll();
    await road.travel();

    const next = await road.upload(bai2(dayAfter([SALE]), { fileId: "2" }), connectionId);

    expect(unmapped).toMatchObject({ stage: "needs_mapping", auto_import_note: expect.stringContaining("not mapped") });
    expect(await road.job(unmapped.id)).toMatchObject({ stage: "done", status: "completed", auto_import_note: null });
    expect(next).toMatchObject({ stage: "done", status: "completed", records_imported: 1, auto_import_note: null, approved_by: null });
    expect(await road.amounts()).toEqual(["-120000", "99999"]);
  });

  it.each<[string, Group, { totalOff?: number }, Record<string, unknown>, RegExp]>([
    [
      "an account is not mapped",
      { on: "2026-03-04", statements: [...dayAfter([SALE]).statements, { account: "5550001111", rows: [RENT] }] },
      {},
      {},
      /: 1 account statements? (is|are) not mapped\.$/,
    ],
    ["a removal waits for a decision", day([SALE], { on: "2026-03-03", status: 3 }), {}, {}, /: 1 rows? waits? for a decision\.$/],
    ["a row cannot be booked", dayAfter([SALE, { text: "NO AMOUNT" }]), {}, {}, /: 1 rows? cannot be booked/],
    ["the control total is wrong", dayAfter([SALE]), { totalOff: 7 }, {}, /the proof is broken \(account_control_total\)/],
    ["the ledger does not add up", dayAfter([SALE], { closing: 5 }), {}, {}, /: the proof is broken \(ledger_by_details\)\.$/],
    ["the opening is not where the day before closed", dayAfter([SALE], { opening: 1 }), {}, {}, /: the proof is broken \(continuity\)\.$/],
    [
      "the ledger must be proven and the statement names no balance",
      dayAfter([SALE], { opening: null, closing: null }),
      {},
      { require_proof: "ledger" },
      /: 1 statements? do(es)? not prove (its|their) ledger\.$/,
    ],
  ])("stops for a person where %s, and says so", async (_name, group, options, config, note) => {
    const road = await automatic(config);

    const job = await road.upload(bai2(group, { fileId: "3", ...options }));

    expect(job).toMatchObject({ stage: "in_review", records_imported: 0 });
    expect(job.auto_import_note).toMatch(note);
    expect(await road.amounts()).toEqual(["-120000"]);
  });
});
