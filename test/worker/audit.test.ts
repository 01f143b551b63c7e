/** The audit log holds what was done, and shows it when anybody with the database's own keys has changed, removed or moved a row. */
import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { type Actor, HOUSE } from "../../src/domain/actor.ts";
import { type JobId, parseId, type TenantId } from "../../src/domain/ids.ts";
import { app } from "../../src/routes/app.ts";
import { auditHead, listAudit, recordAudit, sealAudit, verifyAudit } from "../../src/store/audit.ts";
import { sealAndKeepHead, verifyAgainstHead } from "../../src/store/audit-head.ts";
import { sqlState, type Tx, withTenant } from "../../src/store/tenant.ts";
import { ask, HERE, signIn } from "./support/door.ts";
import { asOwner, freshTenant } from "./support/tenants.ts";

const write = (tx: Tx, action: string, actor: Actor = HOUSE) =>
  recordAudit(tx, actor, { action, subjectType: "thing", subjectId: "7", details: { rows: 3, note: 'naïve – "quoted"' } });

/** A tenant with that many entries, one transaction each. */
async function tenantWithEntries(count: number): Promise<TenantId> {
  const { tenantId } = await freshTenant();
  for (let number = 1; number <= count; number++) await withTenant(env, tenantId, (tx) => write(tx, `thing.done_${number}`));
  return tenantId;
}

const verify = (tenantId: TenantId) => withTenant(env, tenantId, (tx) => verifyAudit(tx));

describe("an entry", () => {
  it("stands if, and only if, what it records does", async () => {
    const { tenantId } = await freshTenant();

    await withTenant(env, tenantId, async (tx) => {
      await write(tx, "thing.done");
      throw new Error("the work failed");
    }).catch(() => undefined);

    expect((await withTenant(env, tenantId, (tx) => listAudit(tx, { limit: 10 }))).data).toEqual([]);
  });

  it("says who did what to what, from where and when", async () => {
    const { tenantId, people } = await freshTenant();
    const jobId = parseId<JobId>("0199d000-0000-7000-8000-000000000001");
    const actor = { userId: people.admin.userId, tokenId: null, ip: "2001:db8::1" };

    await withTenant(env, tenantId, (tx) =>
      recordAudit(tx, actor, { action: "job.approved", subjectType: "job", subjectId: jobId, jobId, details: { plan_version: 2 } }),
    );
    const { data } = await withTenant(env, tenantId, (tx) => listAudit(tx, { limit: 10, jobId, action: "job.approved" }));

    expect(data).toMatchObject([
      {
        action: "job.approved",
        subject_type: "job",
        subject_id: jobId,
        job_id: jobId,
        user_id: people.admin.userId,
        ip_address: "2001:db8::1",
        details: { plan_version: 2 },
      },
    ]);
    expect(Math.abs(Date.parse(data[0]?.created_at ?? "") - Date.now())).toBeLessThan(60_000);
  });

  it("cannot be changed, deleted, dated or sealed by the Worker", async () => {
    const tenantId = await tenantWithEntries(1);
    const attempts = [
      sql`update ingestion_audit_log set action = 'nothing'`,
      sql`update ingestion_audit_log set seal_no = 1`,
      sql`delete from ingestion_audit_log`,
      sql`truncate ingestion_audit_log`,
      sql`insert into ingestion_audit_log (tenant_id, action, created_at) values (current_tenant(), 'x', '2020-01-01')`,
      sql`insert into ingestion_audit_log (tenant_id, action, seal_no) values (current_tenant(), 'x', 1)`,
    ];

    const codes = await Promise.all(attempts.map((attempt) => withTenant(env, tenantId, (tx) => tx.execute(attempt)).then(() => "done", sqlState)));

    expect(codes).toEqual(attempts.map(() => "42501"));
  });

  it("comes page by page, newest first, each once", async () => {
    const tenantId = await tenantWithEntries(5);
    const pages: string[][] = [];

    for (let cursor: string | undefined, isMore = true; isMore; ) {
      const page = await withTenant(env, tenantId, (tx) => listAudit(tx, { limit: 2, cursor }));
      pages.push(page.data.map((entry) => entry.action));
      cursor = page.next_cursor ?? undefined;
      isMore = page.next_cursor !== null;
    }

    expect(pages).toEqual([["thing.done_5", "thing.done_4"], ["thing.done_3", "thing.done_2"], ["thing.done_1"]]);
  });
});

describe("the chain", () => {
  it("of a log that nobody touched is whole, and is sealed up to the last committed entry", async () => {
    const tenantId = await tenantWithEntries(5);

    expect(await verify(tenantId)).toEqual({ ok: true, sealed: 5, unsealed: 0, firstBreak: null, why: null });
    expect(await verify(tenantId)).toEqual({ ok: true, sealed: 5, unsealed: 0, firstBreak: null, why: null });
  });

  it("of an empty log is whole", async () => {
    expect(await verify(await tenantWithEntries(0))).toEqual({ ok: true, sealed: 0, unsealed: 0, firstBreak: null, why: null });
  });

  it.each<[string, string]>([
    ["its action", "action = 'thing.undone'"],
    ["its details", `details = '{"rows": 4}'`],
    ["its person", "user_id = gen_random_uuid()"],
    ["its address", "ip_address = '192.0.2.9'"],
    ["its moment", "created_at = created_at + interval '1 second'"],
    ["its subject", "subject_id = null"],
  ])("breaks at the row that was edited: %s", async (_, change) => {
    const tenantId = await tenantWithEntries(4);
    await verify(tenantId);

    await asOwner(`update ingestion_audit_log set ${change} where tenant_id = $1 and seal_no = 2`, [tenantId]);

    expect(await verify(tenantId)).toMatchObject({ ok: false, firstBreak: 2, why: "its content was changed" });
  });

  it.each([1, 2, 3])("breaks behind row %i that was deleted", async (number) => {
    const tenantId = await tenantWithEntries(4);
    await verify(tenantId);

    await asOwner("delete from ingestion_audit_log where tenant_id = $1 and seal_no = $2", [tenantId, number]);

    expect(await verify(tenantId)).toMatchObject({ ok: false, firstBreak: number + 1, why: "a row before it is missing" });
  });

  it("breaks where two rows changed places", async () => {
    const tenantId = await tenantWithEntries(4);
    await verify(tenantId);

    await asOwner("update ingestion_audit_log set seal_no = -seal_no where tenant_id = $1 and seal_no in (2, 3)", [tenantId]);
    await asOwner("update ingestion_audit_log set seal_no = 5 + seal_no where tenant_id = $1 and seal_no < 0", [tenantId]);

    expect(await verify(tenantId)).toMatchObject({ ok: false, firstBreak: 2, why: "it does not follow the row before it" });
  });

  it("breaks where a row was put in with a hash of its own", async () => {
    const tenantId = await tenantWithEntries(3);
    await verify(tenantId);

    await asOwner("insert into ingestion_audit_log (tenant_id, action, seal_no, previous_hash, hash) values ($1, 'x', 4, 'a', 'b')", [tenantId]);

    expect(await verify(tenantId)).toMatchObject({ ok: false, firstBreak: 4 });
  });

  it("is each company's own", async () => {
    const [ours, theirs] = [await tenantWithEntries(2), await tenantWithEntries(3)];

    await asOwner("update ingestion_audit_log set action = 'x' where tenant_id = $1", [theirs]);

    expect(await verify(ours)).toMatchObject({ ok: true, sealed: 2 });
  });
});

describe("the chain's end, kept outside the database", () => {
  it("shows that rows at the end were cut off", async () => {
    const tenantId = await tenantWithEntries(4);
    expect(await verifyAgainstHead(env, tenantId)).toMatchObject({ ok: true, sealed: 4 });

    await asOwner("delete from ingestion_audit_log where tenant_id = $1 and seal_no > 2", [tenantId]);

    expect(await verify(tenantId)).toMatchObject({ ok: true, sealed: 2 });
    expect(await verifyAgainstHead(env, tenantId)).toMatchObject({ ok: false, firstBreak: 3 });
  });

  it("shows that the chain was written anew with matching hashes, also after the house has worked on", async () => {
    const tenantId = await tenantWithEntries(3);
    await verifyAgainstHead(env, tenantId);

    await asOwner("update ingestion_audit_log set seal_no = null, previous_hash = null, hash = null, action = 'thing.hidden' where tenant_id = $1", [
      tenantId,
    ]);
    await withTenant(env, tenantId, (tx) => write(tx, "thing.done_4"));

    expect(await verify(tenantId)).toMatchObject({ ok: true, sealed: 4 });
    expect(await sealAndKeepHead(env, tenantId)).toMatchObject({ agrees: false });
    expect(await verifyAgainstHead(env, tenantId)).toMatchObject({ ok: false, firstBreak: 3 });
  });

  it("moves on with a chain that agrees", async () => {
    const tenantId = await tenantWithEntries(2);
    await verifyAgainstHead(env, tenantId);
    await withTenant(env, tenantId, (tx) => write(tx, "thing.done_3"));

    expect(await verifyAgainstHead(env, tenantId)).toMatchObject({ ok: true, sealed: 3 });
    const kept = await env.RAW.get(`audit/${tenantId}/head.json`);
    expect(await kept?.json()).toMatchObject({ seal_no: 3, hash: (await withTenant(env, tenantId, auditHead))?.hash });
  });
});

describe("sealing", () => {
  it("leaves what is younger than its grace, behind which older entries may still be on their way", async () => {
    const tenantId = await tenantWithEntries(2);

    expect(await withTenant(env, tenantId, (tx) => sealAudit(tx))).toBe(0);
    expect(await withTenant(env, tenantId, (tx) => sealAudit(tx, 0))).toBe(2);
  });

  it("holds up no writer, and no writer holds up the sealing", async () => {
    const tenantId = await tenantWithEntries(2);

    const sealed = await withTenant(env, tenantId, async (writer) => {
      await write(writer, "thing.begun");
      return withTenant(env, tenantId, async (sealer) => {
        const count = await sealAudit(sealer, 0);
        // The sealer's transaction is still open, and so is the first writer's.
        await withTenant(env, tenantId, (another) => write(another, "thing.done_meanwhile"));
        return count;
      });
    });

    expect(sealed).toBe(2);
    expect(await verify(tenantId)).toMatchObject({ ok: true, sealed: 4 });
  });

  it("by many at once, among many writers, makes one chain without a gap", async () => {
    const { tenantId } = await freshTenant();
    const writers = Array.from({ length: 12 }, (_, number) =>
      withTenant(env, tenantId, async (tx) => {
        for (let entry = 0; entry < 5; entry++) await write(tx, `writer_${number}.wrote`);
      }),
    );
    const sealers = Array.from({ length: 4 }, () => withTenant(env, tenantId, (tx) => sealAudit(tx, 0)));

    await Promise.all([...writers, ...sealers]);

    expect(await verify(tenantId)).toEqual({ ok: true, sealed: 60, unsealed: 0, firstBreak: null, why: null });
  });
});

describe("over HTTP", () => {
  it("a member reads the log and has it proven", async () => {
    const { people, tenantId } = await freshTenant();
    const cookie = await signIn(people.member.email);

    const log = await ask("/api/audit?action=session.opened&limit=1", { headers: { cookie } });
    const proof = await ask("/api/audit/verify", { headers: { cookie } });

    expect(log).toMatchObject({ status: 200, body: { data: [{ action: "session.opened", user_id: people.member.userId }], next_cursor: null } });
    expect(proof).toMatchObject({ status: 200, body: { ok: true, sealed: 1, unsealed: 0, first_break: null, why: null } });
    await asOwner("update ingestion_audit_log set user_id = null where tenant_id = $1", [tenantId]);
    expect(await ask("/api/audit/verify", { headers: { cookie } })).toMatchObject({
      body: { ok: false, first_break: 1, why: "its content was changed" },
    });
  });

  it("a viewer may not", async () => {
    const { people } = await freshTenant();
    const cookie = await signIn(people.viewer.email);

    expect(await ask("/api/audit", { headers: { cookie } })).toMatchObject({ status: 403, body: { code: "forbidden", expected: "audit:read" } });
  });
});

describe("the log, taken along", () => {
  it("is asked for by who, what, on what and when, and comes whole, page after page", async () => {
    const { tenantId, people } = await freshTenant();
    const cookie = await signIn(people.admin.email);
    const other = { userId: people.member.userId, tokenId: null, ip: null };
    await withTenant(env, tenantId, (tx) => write(tx, "=thing.done", other));
    await asOwner(
      `insert into ingestion_audit_log (tenant_id, action, subject_type, subject_id, created_at)
       select $1, 'bulk.done', 'bulk', n::text, '2026-03-02T23:59:59Z'::timestamptz + n * interval '0.001 s' from generate_series(1, 1500) n`,
      [tenantId],
    );
    const taken = async (path: string) => app.fetch(new Request(HERE + path, { headers: { cookie, origin: HERE } }), env);
    const count = async (query: string) => (await (await taken(`/api/audit.ndjson?${query}`)).text()).trim().split("\n").filter(Boolean).length;

    const csv = await taken(`/api/audit.csv?user_id=${people.member.userId}`);

    expect(csv.headers.get("content-disposition")).toContain("audit.csv");
    expect((await csv.text()).split("\r\n")[1]).toContain(`"'=thing.done"`);
    expect(await count("action=bulk.done")).toBe(1_500);
    expect(await count("from=2026-03-02&to=2026-03-02&subject_type=bulk")).toBe(999);
    expect(await count("from=2026-03-03&to=2026-03-03")).toBe(501);
    expect(await count("subject_type=bulk&subject_id=7")).toBe(1);
    const { data } = await withTenant(env, tenantId, (tx) => listAudit(tx, { limit: 10, action: "audit.exported" }));
    expect(data.map((entry) => entry.details["format"])).toEqual(["ndjson", "ndjson", "ndjson", "ndjson", "csv"]);
  });
});
