/** The same bytes read anew: the plan is the difference to the books, nothing is touched before approval, and undo takes the reading back. */
import { describe, expect, it } from "vitest";
import { jobDetailWire } from "../../src/routes/job-wire.ts";
import { bai2, type Movement } from "../fixtures/bai2-file.ts";
import { openRoad, type Road } from "./support/road.ts";
import { asOwner } from "./support/tenants.ts";

const RENT: Movement = { out: 120_000, bank: "BR000001", text: "RENT MARCH" };
const SALE: Movement = { in: 99_999, bank: "BR000003", customer: "INV-2041", text: "ACME INVOICE 2041" };
const FEE: Movement = { out: 500, bank: "BR000009", text: "FEE" };
const FILE = bai2([{ on: "2026-03-02", statements: [{ account: "0123456789", rows: [RENT, SALE, FEE] }] }]);

async function reread(road: Road, jobId: string, body: unknown = {}) {
  const job = jobDetailWire.parse(await road.ok("POST", `/api/jobs/${jobId}/reparse`, body));
  await road.travel();
  return road.job(job.id);
}

/** The books as an older parser would have left them: it misread one row of the file. */
function misread(road: Road, amountBefore: number, amountThen: number) {
  return asOwner("update transactions set amount_minor = $3, identity_key = sha256(identity_key) where tenant_id = $1 and amount_minor = $2", [
    road.tenantId,
    amountBefore,
    amountThen,
  ]);
}

describe("a file read anew", () => {
  it("finds nothing but duplicates where it reads as before, and leaves its sightings when approved", async () => {
    const road = await openRoad();
    await road.knows("0123456789");
    const first = await road.book(FILE);
    const booked = await road.amounts();

    const again = await reread(road, first.id);

    expect(again).toMatchObject({ job_type: "reparse", stage: "in_review", file_name: first.file_name, sha256: first.sha256, undecided: 0 });
    expect(again.outcomes).toMatchObject({ new: 0, duplicate: 3, update: 0, removal: 0 });
    expect((await road.approve(again.id)).stage).toBe("done");
    expect(await road.amounts()).toEqual(booked);
  });

  it("proposes what changed as an update of the booked row, which keeps its id and what people wrote", async () => {
    const road = await openRoad();
    await road.knows("0123456789");
    const first = await road.book(FILE);
    await misread(road, 99_999, 9_999_900);
    const [wrong] = (await road.transactions()).filter((row) => row.amount_minor === "9999900");
    await road.ok("PATCH", `/api/transactions/${wrong?.id}`, { category: "Sales" });

    const again = await reread(road, first.id);
    const before = await road.amounts();
    const rows = await road.rows(again.id, "update");

    expect(before).toEqual(["-120000", "-500", "9999900"]);
    expect(rows).toMatchObject([
      { amount_minor: "99999", reason_code: "reads_otherwise", target: { transaction_id: wrong?.id, amount_minor: "9999900" } },
    ]);
    expect(again.outcomes).toMatchObject({ new: 0, duplicate: 2, update: 1, removal: 0 });
    await road.approve(again.id);
    expect(await road.transaction(String(wrong?.id))).toMatchObject({ amount_minor: "99999", category: "Sales" });
    expect(await road.amounts()).toEqual(["-120000", "-500", "99999"]);

    await road.undo(again.id);
    expect(await road.amounts()).toEqual(["-120000", "-500", "9999900"]);
  });

  it("asks about a reconciled row that reads otherwise, as a conflict", async () => {
    const road = await openRoad();
    await road.knows("0123456789");
    const first = await road.book(FILE);
    await misread(road, 99_999, 9_999_900);
    await asOwner("update transactions set reconciled = true where tenant_id = $1 and amount_minor = 9999900", [road.tenantId]);

    const again = await reread(road, first.id);

    expect(await road.rows(again.id, "conflict")).toMatchObject([{ reason_code: "reconciled_row_changed" }]);
    expect(again.undecided).toBe(1);
  });

  it("proposes what the new reading shows nowhere for removal, which a person decides", async () => {
    const road = await openRoad();
    await road.knows("0123456789");
    const first = await road.book(FILE);
    await asOwner(
      `insert into transactions (tenant_id, account_id, connection_id, import_job_id, statement_id, line_start, line_end, byte_start, byte_end, posted_on,
         amount_minor, currency, type_code, description, is_pending, raw_data, identity_key, occurrence)
       select tenant_id, account_id, connection_id, import_job_id, statement_id, 900, 900, 90000, 90010, posted_on, 77, currency, type_code, 'PHANTOM', false,
         '{"raw":""}', sha256('phantom'), 1 from transactions where tenant_id = $1 and amount_minor = -500`,
      [road.tenantId],
    );

    const again = await reread(road, first.id);

    expect(await road.rows(again.id, "removal")).toMatchObject([{ reason_code: "not_in_new_reading", target: { amount_minor: "77" } }]);
    expect(again.undecided).toBe(1);
    await road.decide(again.id, { where: { outcome: "removal" }, decision: "import" });
    await road.approve(again.id);
    expect(await road.amounts()).toEqual(["-120000", "-500", "99999"]);
    await road.undo(again.id);
    expect(await road.amounts()).toEqual(["-120000", "-500", "77", "99999"]);
  });

  it("leaves a row alone that another file shows too", async () => {
    const road = await openRoad();
    await road.knows("0123456789");
    const first = await road.book(bai2([{ on: "2026-03-02", statements: [{ account: "0123456789", rows: [RENT] }] }]));
    await road.book(FILE);
    await asOwner(
      "update transactions set line_start = 900, byte_start = 90000, identity_key = sha256(identity_key) where tenant_id = $1 and amount_minor = -120000",
      [road.tenantId],
    );

    const again = await reread(road, first.id);

    expect(again.outcomes).toMatchObject({ removal: 0 });
  });

  it("is refused while its job waits for its own review, and while another reading is under way", async () => {
    const road = await openRoad();
    await road.knows("0123456789");
    const open = await road.upload(FILE);

    const early = await road.api("POST", `/api/jobs/${open.id}/reparse`, {});
    await road.approve(open.id);
    const reading = await reread(road, open.id);
    const twice = await road.api("POST", `/api/jobs/${open.id}/reparse`, {});

    expect(early).toMatchObject({ status: 409, body: { code: "wrong_stage" } });
    expect(twice).toMatchObject({ status: 409, body: { code: "reparse_open", job_id: reading.id } });
  });

  it("brings the rows of an undone job back as new ones", async () => {
    const road = await openRoad();
    await road.knows("0123456789");
    const first = await road.book(FILE);
    await road.undo(first.id);

    const again = await reread(road, first.id);

    expect(again.outcomes).toMatchObject({ new: 3 });
    expect((await road.approve(again.id)).stage).toBe("done");
    expect(await road.amounts()).toEqual(["-120000", "-500", "99999"]);
  });
});
