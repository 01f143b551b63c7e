/** What a company need not keep any longer goes by its own periods, in batches, noted; what is at work, in review or not old enough stays; the audit log stays provable. */
import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { expireDue } from "../../src/cron.ts";
import { HOUSE } from "../../src/domain/actor.ts";
import { HOUSE_DAYS, RETENTION, RETENTION_NAMES } from "../../src/domain/retention.ts";
import type { Env } from "../../src/env.ts";
import { expireOf } from "../../src/pipeline/expire.ts";
import { recordAudit } from "../../src/store/audit.ts";
import { sealAndKeepHead, verifyAgainstHead } from "../../src/store/audit-head.ts";
import { expireUnownedWebhookEvents, tenantsDueForExpiry } from "../../src/store/expiry.ts";
import { sqlState, withTenant } from "../../src/store/tenant.ts";
import { bai2 } from "../fixtures/bai2-file.ts";
import { storageThatCannotDelete } from "./support/faults.ts";
import { openRoad, type Road } from "./support/road.ts";
import { asOwner } from "./support/tenants.ts";

const ALL = { rows: 100_000, objects: 1_000 };
const FILE = { on: "2026-03-02", statements: [{ account: "123456", rows: [{ in: 5 }] }] };

let road: Road;
beforeEach(async () => {
  road = await openRoad();
});

const due = (of = road) => asOwner("update tenants set upkeep_due_at = now() where id = $1", [of.tenantId]);

/** A day's turn, whether or not it is time. */
async function expire(settings: Partial<Env> = {}, bounds = ALL): Promise<void> {
  await due();
  await expireOf({ ...env, ...settings }, road.tenantId, bounds);
}

const age = (table: string, column: string, days: number) =>
  asOwner(`update ${table} set ${column} = ${column} - make_interval(days => $2) where tenant_id = $1`, [road.tenantId, days]);

const count = async (table: string) =>
  Number((await asOwner(`select count(*)::int as n from ${table} where tenant_id = $1`, [road.tenantId]))[0]?.["n"]);

const noted = async (what: string) =>
  (
    await asOwner("select details from ingestion_audit_log where tenant_id = $1 and action = 'retention.expired' and subject_type = $2 order by id", [
      road.tenantId,
      what,
    ])
  ).map((row) => row["details"]);

async function bookedFile(): Promise<{ jobId: string; key: string }> {
  await road.knows("123456");
  const job = await road.book(bai2(FILE));
  return { jobId: job.id, key: await keyOf(job.id) };
}

const keyOf = async (jobId: string) => String((await asOwner("select r2_key from raw_ingestion_data where job_id = $1", [jobId]))[0]?.["r2_key"]);

describe("a stored file", () => {
  it("expires after seven years: its bytes go, its row and hash stay and say so, and what was booked stays", async () => {
    const { jobId, key } = await bookedFile();
    await age("raw_ingestion_data", "received_at", RETENTION.raw_files_days.default - 1);
    await expire();
    expect(await env.RAW.head(key)).not.toBeNull();
    await age("raw_ingestion_data", "received_at", 2);

    await expire();

    expect(await env.RAW.head(key)).toBeNull();
    const [row] = await asOwner("select sha256, object_expired_at, object_removed_at from raw_ingestion_data where job_id = $1", [jobId]);
    expect(Object.values(row ?? {}).every((value) => value !== null)).toBe(true);
    expect(await noted("raw_files")).toEqual([{ removed: 1, after_days: RETENTION.raw_files_days.default }]);
    expect(await road.amounts()).toEqual(["5"]);
  });

  it("that has expired is refused by name, and cannot be read anew or retried", async () => {
    const { jobId } = await bookedFile();
    await age("raw_ingestion_data", "received_at", 3_000);
    await expire();

    expect(await road.api("GET", `/api/jobs/${jobId}/file`)).toMatchObject({ status: 409, body: { code: "raw_file_expired" } });
    expect(await road.api("POST", `/api/jobs/${jobId}/reparse`)).toMatchObject({ status: 409, body: { code: "raw_file_expired" } });
    await asOwner("update ingestion_jobs set status = 'failed', stage = 'parsing' where id = $1", [jobId]);
    expect(await road.api("POST", `/api/jobs/${jobId}/retry`)).toMatchObject({ status: 409, body: { code: "raw_file_expired" } });
  });

  it("stays while its job is at work or waits for a person, or while a reparse of it does", async () => {
    const waiting = await road.upload(bai2(FILE));
    expect(waiting.stage).toBe("needs_mapping");
    const key = await keyOf(waiting.id);
    await age("raw_ingestion_data", "received_at", 3_000);
    await expire();
    expect(await env.RAW.head(key)).not.toBeNull();

    await road.mapAll();
    await road.travel();
    await road.approve(waiting.id);
    await road.ok("POST", `/api/jobs/${waiting.id}/reparse`);
    await expire();
    expect(await env.RAW.head(key)).not.toBeNull();
    await road.travel();

    await asOwner("update ingestion_jobs set status = 'completed' where tenant_id = $1", [road.tenantId]);
    await expire();
    expect(await env.RAW.head(key)).toBeNull();
    expect(await noted("raw_files")).toHaveLength(1);
  });

  it("whose removal was killed goes with the next turn, and is noted once", async () => {
    const { jobId, key } = await bookedFile();
    await age("raw_ingestion_data", "received_at", 3_000);
    await expect(expire(storageThatCannotDelete())).rejects.toThrow("killed");
    expect(await road.api("GET", `/api/jobs/${jobId}/file`)).toMatchObject({ body: { code: "raw_file_expired" } });
    await expire();

    expect(await env.RAW.head(key)).toBeNull();
    expect(await noted("raw_files")).toHaveLength(1);
  });
});

describe("rows", () => {
  it("of problems go after their time, those of an open job stay", async () => {
    const { jobId } = await bookedFile();
    const open = await road.upload(bai2({ on: "2026-03-03", statements: [{ account: "999", rows: [{ in: 7 }] }] }));
    for (const id of [jobId, open.id])
      await asOwner(
        "insert into job_problems (tenant_id, job_id, seq, severity, code, message, created_at) values ($1, $2, 900, 'info', 'x', 'x', now() - interval '181 days')",
        [road.tenantId, id],
      );

    await expire();

    const left = await asOwner("select job_id from job_problems where tenant_id = $1 and seq = 900", [road.tenantId]);
    expect(left).toEqual([{ job_id: open.id }]);
    expect(await noted("problems")).toEqual([{ removed: 1, after_days: 180 }]);
  });

  it("of every kind go a batch a turn, and the company's next turn is at once until nothing is left", async () => {
    await asOwner(
      `insert into outbox (tenant_id, message_type, sent_at, created_at) select $1, 'alert.raised', now() - interval '31 days', now() - interval '31 days' from generate_series(1, 5)`,
      [road.tenantId],
    );
    await asOwner("insert into outbox (tenant_id, message_type, created_at) values ($1, 'alert.raised', now() - interval '31 days')", [
      road.tenantId,
    ]);
    const isDue = async () => (await tenantsDueForExpiry(env, 100_000)).includes(road.tenantId);

    await expire({}, { rows: 2, objects: 2 });
    expect([await count("outbox"), await isDue()]).toEqual([4, true]);
    await expire({}, { rows: 2, objects: 2 });
    await expire({}, { rows: 2, objects: 2 });

    expect([await count("outbox"), await isDue()]).toEqual([1, false]);
    expect(await noted("outbox")).toEqual([2, 2, 1].map((removed) => ({ removed, after_days: HOUSE_DAYS.outbox })));
  });

  it("of ended sessions, settled letters, closed invitations, kept answers, bells and told alerts go; the living stay", async () => {
    await road.as("owner");
    await asOwner(
      `with t as (select $1::uuid as id), u as (select $2::uuid as id),
         s as (insert into sessions (tenant_id, user_id, expires_at, created_at) select t.id, u.id, now() - interval '91 days', now() - interval '92 days' from t, u),
         d as (insert into dead_letters (tenant_id, message_type, message, reason, retried_at)
               select t.id, 'job.parsed', '{}', 'x', x.at from t, (values (now() - interval '181 days'), (null)) x(at)),
         i as (insert into invitations (tenant_id, email, role, revoked_at) select t.id, x.email, 'viewer', x.at from t,
               (values ('a@b.test', now() - interval '181 days'), ('c@d.test', null)) x(email, at)),
         k as (insert into idempotency_keys (tenant_id, principal_id, key_hash, fingerprint, created_at) select t.id, u.id, '\\x01', '\\x01', now() - interval '3 days' from t, u),
         w as (insert into webhook_events (tenant_id, provider, event_id, event_type, payload, received_at)
               select t.id, 'plaid', x.id, 'x', '{}', x.at from t, (values ('old', now() - interval '31 days'), ('new', now())) x(id, at)),
         c as (insert into notification_channels (tenant_id, name, channel_type) select t.id, 'x', 'email' from t returning tenant_id, id),
         m as (insert into alert_messages (tenant_id, channel_id, status, content, alert_count, created_at)
               select c.tenant_id, c.id, x.status, '{}', 1, now() - interval '181 days' from c, (values ('sent'), ('open')) x(status) returning tenant_id, id, channel_id)
       insert into alert_deliveries (tenant_id, alert_id, channel_id, event_type, raised_at, message_id)
       select tenant_id, gen_random_uuid(), channel_id, 'test', now() - interval '181 days', id from m`,
      [road.tenantId, road.tenant.people.owner.userId],
    );

    await expire();

    const tables = ["sessions", "dead_letters", "invitations", "idempotency_keys", "webhook_events", "alert_messages", "alert_deliveries"];
    expect(Object.fromEntries(await Promise.all(tables.map(async (table) => [table, await count(table)])))).toEqual({
      sessions: 1,
      dead_letters: 1,
      invitations: 1,
      idempotency_keys: 0,
      webhook_events: 1,
      alert_messages: 1,
      alert_deliveries: 1,
    });
  });

  it("of bells that nobody owns go too", async () => {
    const id = crypto.randomUUID();
    await asOwner(
      "insert into webhook_events (provider, event_id, event_type, payload, received_at) values ('plaid', $1, 'x', '{}', now() - interval '31 days')",
      [id],
    );

    expect(await expireUnownedWebhookEvents(env, { days: 30, rowsMax: 1_000 })).toBeGreaterThan(0);
    expect(await asOwner("select 1 from webhook_events where event_id = $1", [id])).toEqual([]);
  });
});

describe("the audit log", () => {
  /** So many sealed entries, the first `old` of them eight years old. */
  async function sealedLog(old: number, young: number): Promise<void> {
    for (let n = 0; n < old + young; n += 1)
      await withTenant(env, road.tenantId, (tx) => recordAudit(tx, HOUSE, { action: `thing.done_${n}`, subjectType: "thing", subjectId: null }));
    await asOwner(
      `update ingestion_audit_log l set created_at = created_at - interval '8 years' from (
         select id from ingestion_audit_log where tenant_id = $1 order by id limit $2) o where l.tenant_id = $1 and l.id = o.id`,
      [road.tenantId, old],
    );
    await verifyAgainstHead(env, road.tenantId);
  }

  const verify = () => verifyAgainstHead(env, road.tenantId);

  it("loses its oldest entries after their time, and what is left is proven from there on", async () => {
    await sealedLog(5, 3);

    await expire();

    expect(await verify()).toMatchObject({ ok: true });
    const [row] = await asOwner(
      "select min(seal_no)::int as first, min(created_at) > now() - interval '1 day' as is_young from ingestion_audit_log where tenant_id = $1",
      [road.tenantId],
    );
    expect(row).toEqual({ first: 6, is_young: true });
    const [entry] = await asOwner("select details from ingestion_audit_log where tenant_id = $1 and action = 'audit.expired'", [road.tenantId]);
    expect(entry?.["details"]).toMatchObject({ removed: 5, through_seal_no: 5 });
  });

  it("goes on being sealed and expiring from there, a batch at a time", async () => {
    await sealedLog(7, 1);

    for (let turn = 0; turn < 4; turn += 1) await expire({}, { rows: 2, objects: 1 });
    await asOwner("update ingestion_audit_log set created_at = created_at - interval '1 minute' where tenant_id = $1 and seal_no is null", [
      road.tenantId,
    ]);
    await sealAndKeepHead(env, road.tenantId);

    const verified = await verify();
    expect(verified.ok, JSON.stringify(verified)).toBe(true);
    expect((await asOwner("select seal_no::int from audit_anchors where tenant_id = $1", [road.tenantId]))[0]).toEqual({ seal_no: 7 });
  });

  it.each([
    ["cut off at its beginning", "delete from ingestion_audit_log where tenant_id = $1 and seal_no <= 7"],
    [
      "cut off behind its anchor",
      "with x as (delete from ingestion_audit_log where tenant_id = $1 and seal_no <= 7 returning seal_no, hash, tenant_id) update audit_anchors a set seal_no = 7, hash = (select hash from x where seal_no = 7) where a.tenant_id = $1",
    ],
    ["changed", "update ingestion_audit_log set action = 'thing.undone' where tenant_id = $1 and seal_no = 6"],
  ])("shows afterwards, as before, where it was %s", async (_, attack) => {
    await sealedLog(5, 4);
    await expire();
    expect(await verify()).toMatchObject({ ok: true });

    await asOwner(attack, [road.tenantId]);

    expect(await verify()).toMatchObject({ ok: false });
  });

  it("that is not as it was noted keeps every entry: it is evidence", async () => {
    await sealedLog(5, 2);
    await asOwner("delete from ingestion_audit_log where tenant_id = $1 and seal_no = 7", [road.tenantId]);

    await expire();

    expect((await asOwner("select 1 from ingestion_audit_log where tenant_id = $1 and seal_no <= 5", [road.tenantId])).length).toBe(5);
  });

  it("cannot be made shorter than a year by whoever has the Worker's role", async () => {
    await sealedLog(0, 4);

    const attempt = withTenant(env, road.tenantId, (tx) => tx.execute(sql`select expire_audit(3, 0)`));

    expect(await attempt.then(() => "done", sqlState)).toBe("23514");
    expect(await withTenant(env, road.tenantId, (tx) => tx.execute(sql`delete from audit_anchors`)).then(() => "done", sqlState)).toBe("42501");
  });

  it("keeps its newest seal even where all of it is old", async () => {
    await sealedLog(4, 0);

    await expire();

    expect(await verify()).toMatchObject({ ok: true });
    expect((await asOwner("select min(seal_no)::int as first from ingestion_audit_log where tenant_id = $1", [road.tenantId]))[0]).toEqual({
      first: 4,
    });
  });
});

describe("settings", () => {
  const shape = z.looseObject({ retention: z.record(z.string(), z.number()), quotas: z.record(z.string(), z.number()) });
  const read = async () => shape.parse(await road.ok("GET", "/api/settings"));

  it("begin as the house's defaults, and an admin changes one without the others, noted with what it was", async () => {
    const before = await read();
    expect(before.retention).toEqual(Object.fromEntries(RETENTION_NAMES.map((name) => [name, RETENTION[name].default])));

    await road.ok("PATCH", "/api/settings", { retention: { problems_days: 60 }, quotas: { files_a_day: 10 } }, await road.as("admin"));

    const after = await read();
    expect(after.retention).toEqual({ ...before.retention, problems_days: 60 });
    expect(after.quotas).toMatchObject({ files_a_day: 10, files_a_day_max: 20_000 });
    const [entry] = await asOwner("select details from ingestion_audit_log where tenant_id = $1 and action = 'settings.changed'", [road.tenantId]);
    expect(entry?.["details"]).toEqual({ "retention.problems_days": [180, 60], "quotas.files_a_day": [20_000, 10] });
  });

  it.each(RETENTION_NAMES)("cannot set %s to nothing by mistake", async (name) => {
    const admin = await road.as("admin");
    for (const value of [0, -1, RETENTION[name].min - 1, 1.5, 1e9, null, "30"])
      expect((await road.api("PATCH", "/api/settings", { retention: { [name]: value } }, admin)).status, `${value}`).toBe(400);
    expect((await road.api("PATCH", "/api/settings", { retention: { [name]: RETENTION[name].min } }, admin)).status).toBe(200);
  });

  it("are read by members and changed by admins alone; quotas stay below the installation's", async () => {
    expect((await road.api("GET", "/api/settings", undefined, await road.as("viewer"))).status).toBe(403);
    expect((await road.api("PATCH", "/api/settings", { retention: {} }, await road.as("member"))).status).toBe(403);
    const admin = await road.as("admin");
    expect(await road.api("PATCH", "/api/settings", { quotas: { files_a_day: 20_001 } }, admin)).toMatchObject({
      status: 422,
      body: { code: "quota_above_installation" },
    });
  });

  it("of quotas hold at the next upload, and go back to the installation's with null", async () => {
    const admin = await road.as("admin");
    await road.ok("PATCH", "/api/settings", { quotas: { files_a_day: 1 } }, admin);
    await road.deposit(bai2(FILE));
    const second = bai2({ ...FILE, on: "2026-03-05" });
    expect(await road.api("POST", "/api/upload/bai2", second)).toMatchObject({ status: 429, body: { code: "quota_exceeded" } });

    await road.ok("PATCH", "/api/settings", { quotas: { files_a_day: null } }, admin);

    expect((await road.api("POST", "/api/upload/bai2", second)).status).toBe(202);
  });

  it("of retention decide what goes", async () => {
    const { key } = await bookedFile();
    await age("raw_ingestion_data", "received_at", 101);
    await expire();
    expect(await env.RAW.head(key)).not.toBeNull();

    await road.ok("PATCH", "/api/settings", { retention: { raw_files_days: 100 } }, await road.as("admin"));
    await expire();

    expect(await env.RAW.head(key)).toBeNull();
  });
});

it("a company's turn comes once a day, one at a time; another's fault is its own", async () => {
  const other = await openRoad();
  // Everybody else has had theirs.
  await asOwner("update tenants set upkeep_due_at = now() + interval '1 day' where id <> all ($1)", [[road.tenantId, other.tenantId]]);
  await asOwner("update tenants set upkeep_due_at = now() - interval '1 hour' where id = $1", [road.tenantId]);
  await asOwner("update tenants set upkeep_due_at = now() - interval '59 minutes' where id = $1", [other.tenantId]);
  await asOwner(
    "insert into outbox (tenant_id, message_type, sent_at) select id, 'alert.raised', now() - interval '31 days' from unnest($1::uuid[]) id",
    [[road.tenantId, other.tenantId]],
  );
  await asOwner('update tenants set settings = \'{"retention": "nonsense"}\' where id = $1', [road.tenantId]);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const lock = "create or replace function refuse_one() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$";
  await asOwner(lock);
  await asOwner(
    `create trigger refuse_one before delete on outbox for each row when (old.tenant_id = '${road.tenantId}') execute function refuse_one()`,
  );

  try {
    await expireDue(env);
  } finally {
    await asOwner("drop trigger refuse_one on outbox");
    await asOwner("drop function refuse_one()");
  }

  const left = (tenantId: string) => asOwner("select 1 from outbox where tenant_id = $1", [tenantId]);
  expect([(await left(road.tenantId)).length, (await left(other.tenantId)).length]).toEqual([1, 0]);
  const dueIn = async (tenantId: string) =>
    Number(
      (await asOwner("select extract(epoch from upkeep_due_at - now()) / 60 as minutes from tenants where id = $1", [tenantId]))[0]?.["minutes"],
    );
  expect(await dueIn(other.tenantId)).toBeGreaterThan(1_400);
  expect(await dueIn(road.tenantId)).toBeLessThan(11);
});
