/** RULES.md §6 where jobs overtake each other: transactions that overlap, an import that was given up half-way, a mapping changed behind a parked one. */

import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { Message } from "../../src/domain/messages.ts";
import { keepDeadLetter } from "../../src/store/dead-letters.ts";
import { withTenant } from "../../src/store/tenant.ts";
import { bai2, type Group, type Movement } from "../fixtures/bai2-file.ts";
import { carry, openRoad, type Road } from "./support/road.ts";
import { asOwner } from "./support/tenants.ts";

const ACCOUNT = "0123456789";
const RENT: Movement = { out: 120_000, bank: "BR000002", text: "RENT UNIT 7" };
const SALE: Movement = { in: 99_999, bank: "BR000003", text: "ACME INVOICE 2041" };

const day = (rows: Movement[], group: Partial<Group> = {}): Group => ({ on: "2026-03-02", statements: [{ account: ACCOUNT, rows }], ...group });

async function approved(road: Road, jobId: string): Promise<Message> {
  await road.ok("POST", `/api/jobs/${jobId}/approve`, {});
  const found = (await road.takeOutbox()).find((message) => message.type === "job.approved");
  if (found === undefined) throw new Error("Nothing was approved.");
  return found;
}

async function remap(road: Road, accountId: string) {
  const [mapping] = await road.mappings();
  return road.api("PUT", `/api/mappings/${mapping?.id}`, { account_id: accountId, verified: true });
}

/** What is given up: the queue's last word on the message, and the leases of a worker that is gone have run out. */
async function giveUp(road: Road, message: Message): Promise<void> {
  await withTenant(env, road.tenantId, (tx) => keepDeadLetter(tx, message, 20));
  await asOwner("update accounts set lease_until = now() - interval '1 hour' where tenant_id = $1 and lease_until is not null", [road.tenantId]);
}

describe("a plan that is begun while an import is about to commit", () => {
  it("goes back to review, however early that commit's transaction had begun", async () => {
    const road = await openRoad();
    await road.knows(ACCOUNT);
    const final = await road.upload(bai2(day([RENT]), { fileId: "1" }));
    const message = await approved(road, final.id);

    // The import's last transaction has begun, and waits for a lock before it commits.
    await asOwner("begin");
    await asOwner("select id from connections where tenant_id = $1 for no key update", [road.tenantId]);
    const finishing = carry(message);
    await vi.waitFor(async () => {
      const waiting = await asOwner("select 1 from pg_locks where not granted and transactionid = pg_current_xact_id_if_assigned()::xid");
      expect(waiting).toHaveLength(1);
    }, 15_000);
    const interim = await road.upload(bai2(day([SALE], { modifier: 3 }), { fileId: "2" }));
    await asOwner("commit");
    await finishing;
    const overtaken = await road.approve(interim.id);

    expect(interim.outcomes).toMatchObject({ new: 1 });
    expect(overtaken).toMatchObject({ stage: "in_review", error_code: "plan_drifted", outcomes: { new: 0, duplicate: 1 } });
    expect(await road.amounts()).toEqual(["-120000"]);
  });
});

describe("a plan whose row shows a movement that the bank took back since", () => {
  it("goes back to review, where the row is a movement of its own again, and nothing can be linked to what was taken back", async () => {
    const road = await openRoad();
    await road.knows(ACCOUNT);
    const first = await road.upload(bai2(day([RENT, SALE]), { fileId: "1" }));
    await road.approve(first.id);
    const deletion = await road.upload(bai2(day([RENT, SALE], { status: 2 }), { fileId: "2" }));
    const again = await road.upload(bai2(day([RENT, SALE, { in: 1, text: "INTEREST" }]), { fileId: "3" }));
    await road.decide(deletion.id, { where: { outcome: "removal" }, decision: "import" });
    const [gone] = await road.transactions("q=RENT");
    await road.approve(deletion.id);
    const [row] = (await road.rows(again.id)).filter((each) => each.description === "RENT UNIT 7");

    const linked = await road.api("POST", `/api/jobs/${again.id}/decisions`, [{ row_id: row?.row_id, decision: "link", transaction_id: gone?.id }]);
    const overtaken = await road.approve(again.id);
    const booked = await road.approve(again.id);

    expect(again.outcomes).toMatchObject({ new: 1, duplicate: 2 });
    expect(overtaken).toMatchObject({ stage: "in_review", error_code: "plan_drifted", outcomes: { new: 3, duplicate: 0 } });
    expect(linked).toMatchObject({ status: 422, body: { code: "transaction_removed" } });
    expect(booked).toMatchObject({ stage: "done" });
    expect((await road.amounts()).sort()).toEqual(["-120000", "1", "99999"]);
  });
});

describe("an import that was given up half-way", () => {
  /** The first slice is in the books, the worker is gone, and its message is dead; another job waits for the account. */
  async function halfBooked() {
    const road = await openRoad();
    await road.knows(ACCOUNT);
    const half = await road.upload(bai2(day([RENT, SALE]), { fileId: "1" }));
    const other = await road.upload(bai2(day([{ in: 4_200, text: "LATER" }], { on: "2026-03-05" }), { fileId: "2" }));
    const message = await approved(road, half.id);
    await expect(carry(message, { FAIL_POINTS: "importing/9/gone" })).rejects.toThrow("made to fail");
    await giveUp(road, message);
    return { road, half, other, waiting: await approved(road, other.id) };
  }

  it("keeps its accounts, so that nobody builds on half of it, and ends as planned once it is retried", async () => {
    const { road, half, waiting } = await halfBooked();
    const parked = await road.job(half.id);
    const amounts = await road.amounts();

    const busy = await carry(waiting);
    await road.ok("POST", `/api/jobs/${half.id}/retry`);
    await road.travel();
    await carry(waiting);

    expect(parked).toMatchObject({ stage: "importing", status: "failed", error_code: "gave_up" });
    expect(amounts.sort()).toEqual(["-120000", "99999"]);
    expect(busy).toMatchObject({ done: false });
    expect(await road.job(half.id)).toMatchObject({ stage: "done", status: "completed", records_imported: 2 });
    expect((await road.amounts()).sort()).toEqual(["-120000", "4200", "99999"]);
  });

  it("can be undone instead, which leaves nothing of it and frees its accounts", async () => {
    const { road, half, waiting } = await halfBooked();

    const answer = await road.api("POST", `/api/jobs/${half.id}/undo`);
    await road.travel();
    await carry(waiting);

    expect(answer.status).toBe(202);
    expect(await road.job(half.id)).toMatchObject({ stage: "undone" });
    expect(await road.amounts()).toEqual(["4200"]);
  });

  it("keeps its mapping as it is planned", async () => {
    const { road } = await halfBooked();
    const elsewhere = await road.account({ name: "Elsewhere" });

    expect(await remap(road, elsewhere)).toMatchObject({ status: 409, body: { code: "mapping_in_use" } });
  });
});

describe("an import that was given up before its first row", () => {
  it("is planned anew on its retry where its account was mapped elsewhere meanwhile", async () => {
    const road = await openRoad();
    await road.knows(ACCOUNT);
    const job = await road.upload(bai2(day([RENT])));
    const message = await approved(road, job.id);
    await expect(carry(message, { FAIL_POINTS: "importing/2/gone" })).rejects.toThrow("made to fail");
    await giveUp(road, message);
    const elsewhere = await road.account({ name: "Elsewhere" });

    const mapped = await remap(road, elsewhere);
    await road.ok("POST", `/api/jobs/${job.id}/retry`);
    await road.travel();
    const replanned = await road.job(job.id);
    const before = await road.amounts();
    await road.approve(job.id);

    expect(mapped.status).toBe(200);
    expect(replanned).toMatchObject({ stage: "in_review", error_code: "plan_drifted" });
    expect(before).toEqual([]);
    expect(await road.transactions(`account_id=${elsewhere}`)).toMatchObject([{ amount_minor: "-120000" }]);
  });
});
