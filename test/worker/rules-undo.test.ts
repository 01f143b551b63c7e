/** RULES.md §7: undo as a stage of the road, in slices, all or nothing. The journey shows that the books are as they were. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { removeRows } from "../../src/store/books/undo.ts";
import { withTenant } from "../../src/store/tenant.ts";
import { bai2, type Group, type Movement } from "../fixtures/bai2-file.ts";
import { openRoad } from "./support/road.ts";
import { asOwner } from "./support/tenants.ts";

const RENT: Movement = { out: 120_000, bank: "BR000002", text: "RENT UNIT 7" };
const SALE: Movement = { in: 99_999, bank: "BR000003", text: "ACME INVOICE 2041" };

const day = (rows: Movement[], group: Partial<Group> = {}): Group => ({ on: "2026-03-02", statements: [{ account: "0123456789", rows }], ...group });

async function booked(rows: Movement[], group: Partial<Group> = {}) {
  const road = await openRoad();
  await road.knows("0123456789");
  const job = await road.book(bai2(day(rows, group)));
  return { road, job };
}

describe("an undo", () => {
  it("is a stage of the road: asked for, it is undoing; travelled, it is undone and keeps its status", async () => {
    const { road, job } = await booked([RENT]);

    const asked = await road.api("POST", `/api/jobs/${job.id}/undo`);
    const meanwhile = await road.amounts();
    await road.travel();

    expect(asked).toMatchObject({ status: 202, body: { stage: "undoing", status: "running" } });
    expect(meanwhile).toEqual(["-120000"]);
    expect(await road.job(job.id)).toMatchObject({ stage: "undone", status: "completed" });
    expect(await road.api("POST", `/api/jobs/${job.id}/undo`)).toMatchObject({ status: 409, body: { code: "wrong_stage" } });
  });

  it("of a partial job is undone as a partial job", async () => {
    const { road, job } = await booked([RENT, { text: "NO AMOUNT" }]);

    expect(job.status).toBe("partial");
    expect(await road.undo(job.id)).toMatchObject({ stage: "undone", status: "partial" });
  });

  it("is refused on the road too, with nothing changed, where a person was quicker", async () => {
    const { road, job } = await booked([RENT, SALE]);
    const [rent] = await road.transactions();
    await road.ok("POST", `/api/jobs/${job.id}/undo`);
    await road.ok("POST", `/api/transactions/${rent?.id}/reconcile`);
    const before = await road.dump();

    await road.travel();

    expect(await road.job(job.id)).toMatchObject({ stage: "done", status: "completed", error_code: "undo_blocked" });
    expect(await road.dump()).toEqual(before);
  });

  it("that a killed worker left in the middle is finished by the next one", async () => {
    const { road, job } = await booked([RENT, SALE, SALE]);
    await road.ok("POST", `/api/jobs/${job.id}/undo`);
    // The first slice of rows went, then the worker did: its lease and its accounts' have run out.
    await asOwner(
      "update ingestion_jobs set progress_seq = 1, lease_epoch = lease_epoch + 1, lease_until = now() - interval '1 second' where id = $1",
      [job.id],
    );
    await withTenant(env, road.tenantId, (tx) => removeRows(tx, job.id, 1));

    expect(await road.amounts()).toHaveLength(2);
    await road.travel();

    expect(await road.job(job.id)).toMatchObject({ stage: "undone" });
    expect(await road.amounts()).toEqual([]);
  });

  it("takes back more rows than one slice holds", async () => {
    const { road, job: first } = await booked([RENT]);
    const rows = Array.from({ length: 10_050 }, (_, index): Movement => ({ in: index + 1, bank: `B${index}` }));
    const before = await road.dump();

    const large = await road.book(bai2(day([RENT, ...rows]), { fileId: "2" }));
    const impact = await road.ok("GET", `/api/jobs/${large.id}/undo`);
    await road.undo(large.id);

    expect(large).toMatchObject({ stage: "done", records_imported: 10_050 });
    expect(impact).toMatchObject({ transactions_removed: 10_050, possible: true });
    expect(await road.dump()).toEqual(before);
    expect(await road.transactions()).toMatchObject([{ import_job_id: first.id }]);
  });

  it("is blocked by a deletion that a person made since, and goes once the row is restored", async () => {
    const { road, job } = await booked([RENT]);
    const [rent] = await road.transactions();
    await road.ok("DELETE", `/api/transactions/${rent?.id}`);

    const blocked = await road.ok("GET", `/api/jobs/${job.id}/undo`);
    await road.ok("POST", `/api/transactions/${rent?.id}/restore`);

    expect(blocked).toMatchObject({
      possible: false,
      blockers: [{ code: "changed_by_person", transaction_id: rent?.id, message: expect.stringContaining("delete") }],
    });
    expect(await road.undo(job.id)).toMatchObject({ stage: "undone" });
    expect(await road.transactions("deleted=true")).toEqual([]);
  });

  it("keeps a person's note on a row that goes back to what the interim report said", async () => {
    const { road } = await booked([SALE], { modifier: 3 });
    const [sale] = await road.transactions();
    await road.ok("PATCH", `/api/transactions/${sale?.id}`, { note: "ask Ada" });
    const final = await road.book(bai2(day([SALE], { modifier: 2 }), { fileId: "2" }));

    await road.undo(final.id);

    expect(await road.transactions()).toMatchObject([{ id: sale?.id, is_pending: true, note: "ask Ada", version: 2 }]);
  });
});

describe("bytes that may come again", () => {
  it.each(["undone", "cancelled", "failed"] as const)("are those of a job that was %s", async (how) => {
    const road = await openRoad();
    const file = bai2(day([RENT]));
    const first = how === "undone" ? await road.book(file) : await road.upload(file);
    if (how === "undone") await road.undo(first.id);
    if (how === "cancelled") await road.ok("POST", `/api/jobs/${first.id}/cancel`);
    if (how === "failed") {
      await asOwner("update ingestion_jobs set status = 'failed' where id = $1", [first.id]);
      await asOwner("update raw_ingestion_data set is_live = false where job_id = $1", [first.id]);
    }

    const again = await road.deposit(file);
    const third = await road.deposit(file);

    expect(again).toMatchObject({ status: 202, duplicate: false });
    expect(again.jobId).not.toBe(first.id);
    expect(third).toEqual({ status: 200, jobId: again.jobId, duplicate: true });
  });

  it("are not a job's that still waits for a person", async () => {
    const road = await openRoad();
    const first = await road.upload(bai2(day([RENT])));

    expect(await road.deposit(bai2(day([RENT])))).toEqual({ status: 200, jobId: first.id, duplicate: true });
  });

  it("make the first job's retry a 409 once they have come", async () => {
    const { road, job } = await booked([RENT]);
    const failed = await road.upload(bai2(day([SALE]), { fileId: "2" }));
    await asOwner("update ingestion_jobs set status = 'failed', stage = 'matching' where id = $1", [failed.id]);
    await asOwner("update raw_ingestion_data set is_live = false where job_id = $1", [failed.id]);
    const again = await road.deposit(bai2(day([SALE]), { fileId: "2" }));

    const retried = await road.api("POST", `/api/jobs/${failed.id}/retry`);

    expect(again.duplicate).toBe(false);
    expect(retried).toMatchObject({ status: 409, body: { code: "duplicate_file" } });
    expect(await road.api("POST", `/api/jobs/${job.id}/retry`)).toMatchObject({ status: 409, body: { code: "nothing_to_retry" } });
  });
});
