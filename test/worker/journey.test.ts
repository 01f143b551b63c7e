/** A bank file's whole journey over HTTP: in, mapped, reviewed, booked, seen again in every disguise, taken back. Through the real app and the real stages. */
import { describe, expect, it } from "vitest";
import { bai2, type Group, type Movement } from "../fixtures/bai2-file.ts";
import { openRoad, type Road } from "./support/road.ts";

const ACCOUNT = "0123456789";
const DAY = "2026-03-02";

const SALARY: Movement = { out: 250_000, bank: "BR000001", customer: "PAYROLL03", text: "PAYROLL MARCH, FIRST RUN" };
const RENT: Movement = { out: 120_000, code: "455", bank: "BR000002", text: "RENT UNIT 7" };
const SALE: Movement = { in: 99_999, bank: "BR000003", customer: "INV-2041", text: "ACME INVOICE 2041 THANK YOU" };
const REFUND: Movement = { in: 1_250, bank: "BR000004", text: "REFUND" };

const day = (rows: Movement[], group: Partial<Group> = {}): Group => ({
  on: DAY,
  statements: [{ account: ACCOUNT, opening: 1_000_000, rows }],
  ...group,
});

/** A company whose account is mapped and holds these movements of the day. */
async function booked(rows: Movement[], group: Partial<Group> = {}) {
  const road = await openRoad();
  const accountId = await road.knows(ACCOUNT);
  const job = await road.book(bai2(day(rows, group)));
  return { road, job, accountId };
}

const outcomesOf = async (road: Road, jobId: string) => {
  const { outcomes } = await road.job(jobId);
  return Object.fromEntries(Object.entries(outcomes).filter(([, rows]) => rows > 0));
};

describe("a file uploaded with a service token", () => {
  it("ends in needs_mapping by itself where no account is known", async () => {
    const road = await openRoad();

    const { status, jobId, duplicate } = await road.deposit(bai2(day([SALARY, RENT])));
    await road.travel();

    const job = await road.job(jobId);
    expect({ status, duplicate }).toEqual({ status: 202, duplicate: false });
    expect(job).toMatchObject({
      status: "running",
      stage: "needs_mapping",
      records_fetched: 2,
      records_imported: 0,
      outcomes: { unmapped: 2, new: 0 },
    });
    expect(await road.amounts()).toEqual([]);
  });

  it("ends in in_review by itself where its account is mapped", async () => {
    const { road } = await booked([SALARY]);

    const job = await road.upload(bai2(day([SALE], { on: "2026-03-03" }), { fileId: "2" }));

    expect(job).toMatchObject({ status: "running", stage: "in_review", outcomes: { new: 1 }, error_message: null });
    expect(await road.amounts()).toEqual(["-250000"]);
  });

  it("books exactly its transactions once it is mapped and approved", async () => {
    const road = await openRoad();
    const waiting = await road.upload(bai2(day([SALARY, RENT, SALE])));
    const accountId = await road.account();

    expect((await road.map("6789", accountId)).status).toBe(200);
    await road.travel();
    const inReview = await road.job(waiting.id);
    const done = await road.approve(waiting.id, { plan_version: inReview.plan_version });

    expect(inReview).toMatchObject({ stage: "in_review", undecided: 0, outcomes: { new: 3, unmapped: 0 } });
    expect(inReview.totals).toEqual([{ currency: "USD", in_minor: "99999", out_minor: "370000", count: 3 }]);
    expect(done).toMatchObject({ status: "completed", stage: "done", records_imported: 3 });
    expect(await road.transactions()).toMatchObject([
      {
        account_id: accountId,
        amount_minor: "-250000",
        currency: "USD",
        posted_on: DAY,
        bank_reference: "BR000001",
        customer_reference: "PAYROLL03",
        description: "PAYROLL MARCH, FIRST RUN",
      },
      { account_id: accountId, amount_minor: "-120000", type_code: "455", type_description: "Preauthorized ACH Debit" },
      { account_id: accountId, amount_minor: "99999", is_pending: false, import_job_id: done.id },
    ]);
    expect(await road.accountNow(accountId)).toMatchObject({ current_balance_minor: "729999", transaction_count: 3 });
  });
});

describe("what comes again", () => {
  it("answers the same bytes with 200, duplicate: true and the first job", async () => {
    const { road, job } = await booked([SALARY, RENT]);

    const again = await road.deposit(bai2(day([SALARY, RENT])), { file_name: "renamed.bai" });
    await road.travel();

    expect(again).toEqual({ status: 200, jobId: job.id, duplicate: true });
    expect(await road.amounts()).toEqual(["-250000", "-120000"]);
  });

  it.each([
    ["another file id", { fileId: "77" }],
    ["other line ends", { newline: "\r\n" }],
    ["texts wrapped into 88s of 10 characters", { textWidth: 10 }],
  ] as const)("books nothing new of the same statement with %s", async (_name, options) => {
    const { road } = await booked([SALARY, RENT, SALE]);
    const before = await road.dump();

    const again = await road.upload(bai2(day([SALARY, RENT, SALE]), options));
    const done = await road.approve(again.id);

    expect(await outcomesOf(road, again.id)).toEqual({ duplicate: 3 });
    expect(done).toMatchObject({ status: "completed", stage: "done", records_imported: 0 });
    expect((await road.dump())["transactions"]).toEqual(before["transactions"]);
  });

  it("books the other half of a file that overlaps the last one by half", async () => {
    const { road } = await booked([SALARY, RENT]);

    const longer = await road.book(bai2(day([SALARY, RENT, SALE, REFUND]), { fileId: "2" }));

    expect(await outcomesOf(road, longer.id)).toEqual({ new: 2, duplicate: 2 });
    expect(await road.amounts()).toEqual(["-250000", "-120000", "1250", "99999"]);
  });

  it("keeps two identical movements of one statement as two, however often they come", async () => {
    const { road } = await booked([REFUND, REFUND]);

    const again = await road.book(bai2(day([REFUND, REFUND, REFUND]), { fileId: "2" }));
    const [first] = await road.transactions();

    expect(await outcomesOf(road, again.id)).toEqual({ new: 1, duplicate: 2 });
    expect(await road.amounts()).toEqual(["1250", "1250", "1250"]);
    expect((await road.transaction(first?.id ?? "")).sightings).toHaveLength(1);
  });

  it("holds each movement once after an interim report and the final one, under its first id and with what a person wrote", async () => {
    const { road, accountId } = await booked([SALE, REFUND], { modifier: 3 });
    const [refund, sale] = await road.transactions();
    await road.ok("PATCH", `/api/transactions/${sale?.id}`, { note: "ask Ada" });

    const final = await road.book(bai2(day([SALE, REFUND, RENT], { modifier: 4 }), { fileId: "2" }));

    expect(await outcomesOf(road, final.id)).toEqual({ new: 1, update: 2 });
    const rows = await road.transactions(`account_id=${accountId}`);
    expect(rows.map((row) => [row.amount_minor, row.is_pending])).toEqual([
      ["-120000", false],
      ["1250", false],
      ["99999", false],
    ]);
    expect(rows.slice(1)).toMatchObject([{ id: refund?.id }, { id: sale?.id, note: "ask Ada" }]);
  });
});

describe("what the bank takes back", () => {
  it("group status 2 proposes the removal of the day's movements, deletes nothing by itself, and does when a person says so", async () => {
    const { road } = await booked([SALARY, SALE]);

    const deletion = await road.upload(bai2(day([SALARY, SALE], { status: 2 }), { fileId: "2" }));
    const tooEarly = await road.api("POST", `/api/jobs/${deletion.id}/approve`, {});

    expect(deletion).toMatchObject({ stage: "in_review", undecided: 2, outcomes: { removal: 2, new: 0 } });
    expect(tooEarly).toMatchObject({ status: 409, body: { code: "undecided_rows", seen: 2 } });
    expect(await road.amounts()).toEqual(["-250000", "99999"]);

    await road.decide(deletion.id, { where: { outcome: "removal" }, decision: "import" });
    await road.approve(deletion.id);

    expect(await road.amounts()).toEqual([]);
  });

  it("group status 3 is a difference: it proposes what is gone, brings what is new, and leaves alone what stayed", async () => {
    const { road } = await booked([SALARY, RENT]);
    const [salary] = await road.transactions();

    const correction = await road.upload(bai2(day([SALARY, SALE], { status: 3 }), { fileId: "2" }));
    expect(await outcomesOf(road, correction.id)).toEqual({ new: 1, duplicate: 1, removal: 1 });
    expect(await road.rows(correction.id, "removal")).toMatchObject([{ amount_minor: "-120000", decision: null, reason_code: "corrected_by_bank" }]);
    expect(await road.amounts()).toEqual(["-250000", "-120000"]);

    await road.decide(correction.id, { where: { outcome: "removal" }, decision: "import" });
    await road.approve(correction.id);

    expect(await road.transactions()).toMatchObject([{ id: salary?.id, amount_minor: "-250000", version: 1 }, { amount_minor: "99999" }]);
  });

  it("a removal that a person skips leaves the movement in the books", async () => {
    const { road } = await booked([SALARY, RENT]);
    const correction = await road.upload(bai2(day([SALARY], { status: 3 }), { fileId: "2" }));

    await road.decide(correction.id, { where: { outcome: "removal" }, decision: "skip" });
    await road.approve(correction.id);

    expect(await road.amounts()).toEqual(["-250000", "-120000"]);
  });
});

describe("a movement that a person deleted", () => {
  it("does not come back with the next file, which says who deleted it", async () => {
    const { road } = await booked([SALARY, RENT]);
    const [salary] = await road.transactions();
    const member = await road.as("member");
    await road.ok("DELETE", `/api/transactions/${salary?.id}`, undefined, member);

    const again = await road.book(bai2(day([SALARY, RENT]), { fileId: "2" }));

    expect(await road.amounts()).toEqual(["-120000"]);
    const [row] = await road.rows(again.id, "duplicate");
    expect(row).toMatchObject({ reason_code: "deleted_by_person", target: { transaction_id: salary?.id } });
    expect(row?.reason).toMatch(/^Deleted by Some Person on \d{4}-\d\d-\d\d; only a person restores it\.$/);
  });

  it("is back when a person restores it, and the next file sees it as booked", async () => {
    const { road } = await booked([SALARY]);
    const [salary] = await road.transactions();
    await road.ok("DELETE", `/api/transactions/${salary?.id}`);

    const restored = await road.ok("POST", `/api/transactions/${salary?.id}/restore`);
    const again = await road.book(bai2(day([SALARY]), { fileId: "2" }));

    expect(restored).toMatchObject({ id: salary?.id, deleted_at: null, deleted_by: null });
    expect(await road.amounts()).toEqual(["-250000"]);
    expect(await road.rows(again.id)).toMatchObject([{ outcome: "duplicate", reason_code: "already_booked" }]);
  });

  it("is restored by the next file where a person decides so in its review", async () => {
    const { road } = await booked([SALARY]);
    const [salary] = await road.transactions();
    await road.ok("DELETE", `/api/transactions/${salary?.id}`);
    const again = await road.upload(bai2(day([SALARY]), { fileId: "2" }));
    const [row] = await road.rows(again.id);

    await road.decide(again.id, [{ row_id: row?.row_id, decision: "import" }]);
    await road.approve(again.id);

    expect(await road.transactions()).toMatchObject([{ id: salary?.id, amount_minor: "-250000" }]);
  });
});

describe("undo", () => {
  it("leaves the books as they were, byte for byte", async () => {
    const { road } = await booked([SALARY, RENT]);
    const before = await road.dump();

    const next = await road.book(bai2([day([SALARY, RENT, SALE]), day([REFUND], { on: "2026-03-03" })], { fileId: "2" }));
    expect(await road.dump()).not.toEqual(before);
    const impact = await road.ok("GET", `/api/jobs/${next.id}/undo`);
    const undone = await road.undo(next.id);

    expect(impact).toMatchObject({ possible: true, transactions_removed: 2, transactions_kept: 0, balances_removed: 4, blockers: [] });
    expect(undone).toMatchObject({ stage: "undone", status: "completed" });
    expect(await road.dump()).toEqual(before);
  });

  it("leaves the books as they were where the job confirmed interim movements and took others away", async () => {
    const { road } = await booked([SALE, REFUND], { modifier: 3 });
    const before = await road.dump();

    const final = await road.upload(bai2(day([SALE, RENT], { modifier: 4 }), { fileId: "2" }));
    await road.decide(final.id, { where: { outcome: "removal" }, decision: "import" });
    await road.approve(final.id);
    expect(await road.amounts()).toEqual(["-120000", "99999"]);
    await road.undo(final.id);

    expect(await road.dump()).toEqual(before);
  });

  it("leaves the books as they were where the job was a bank's deletion", async () => {
    const { road } = await booked([SALARY, SALE]);
    const before = await road.dump();

    const deletion = await road.upload(bai2(day([SALARY, SALE], { status: 2 }), { fileId: "2" }));
    await road.decide(deletion.id, { where: { outcome: "removal" }, decision: "import" });
    await road.approve(deletion.id);
    await road.undo(deletion.id);

    expect(await road.dump()).toEqual(before);
  });

  it("of the first file leaves an empty account, and its bytes may come again", async () => {
    const { road, job, accountId } = await booked([SALARY]);

    await road.undo(job.id);
    const again = await road.deposit(bai2(day([SALARY])));

    expect(await road.accountNow(accountId)).toMatchObject({ transaction_count: 0, current_balance_minor: null, current_as_of_at: null });
    expect(again).toMatchObject({ status: 202, duplicate: false });
  });

  it("refuses by name where a later job changed the same movement, and goes once that job is undone", async () => {
    const { road, job: interim } = await booked([SALE], { modifier: 3 });
    const [sale] = await road.transactions();
    const final = await road.book(bai2(day([SALE], { modifier: 4 }), { fileId: "2" }));

    const refused = await road.api("POST", `/api/jobs/${interim.id}/undo`);

    expect(refused).toMatchObject({
      status: 409,
      body: { code: "undo_blocked", blockers: [{ code: "changed_by_job", transaction_id: sale?.id, job_id: final.id }] },
    });
    await road.undo(final.id);
    await road.undo(interim.id);
    expect(await road.amounts()).toEqual([]);
  });

  it("refuses by name where a movement is reconciled or edited, and goes once that is taken back", async () => {
    const { road, job } = await booked([SALARY]);
    const [salary] = await road.transactions();
    await road.ok("POST", `/api/transactions/${salary?.id}/reconcile`);
    const reconciled = await road.api("POST", `/api/jobs/${job.id}/undo`);
    await road.ok("POST", `/api/transactions/${salary?.id}/reconcile`, { reconciled: false });
    await road.ok("PATCH", `/api/transactions/${salary?.id}`, { category: "Payroll" });
    const edited = await road.api("POST", `/api/jobs/${job.id}/undo`);
    await road.ok("PATCH", `/api/transactions/${salary?.id}`, { category: null });

    const undone = await road.undo(job.id);

    expect(reconciled).toMatchObject({ status: 409, body: { code: "undo_blocked" } });
    expect(JSON.stringify(reconciled.body["blockers"])).toContain('"code":"reconciled"');
    expect(edited).toMatchObject({ status: 409, body: { blockers: [{ code: "changed_by_person", transaction_id: salary?.id }] } });
    expect(undone.stage).toBe("undone");
    expect(await road.amounts("deleted=true")).toEqual([]);
  });

  it("passes movements that another live job has seen to that job", async () => {
    const { road, job: first } = await booked([SALARY, RENT]);
    const second = await road.book(bai2(day([SALARY, SALE]), { fileId: "2" }));
    const [salary] = await road.transactions();

    const impact = await road.ok("GET", `/api/jobs/${first.id}/undo`);
    await road.undo(first.id);

    expect(impact).toMatchObject({ transactions_removed: 1, transactions_kept: 1 });
    expect(await road.transactions()).toMatchObject([
      { id: salary?.id, amount_minor: "-250000", import_job_id: second.id },
      { amount_minor: "99999", import_job_id: second.id },
    ]);
    expect((await road.transaction(salary?.id ?? "")).sightings).toEqual([]);
    await road.undo(second.id);
    expect(await road.amounts()).toEqual([]);
  });
});
