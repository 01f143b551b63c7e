/** RULES.md §1 to §3 through the whole road: what a statement is, and that counting and settling are a statement's. The sweeps have their own tests. */
import { describe, expect, it } from "vitest";
import { jobWire } from "../../src/routes/job-wire.ts";
import { listOf } from "../../src/routes/wire.ts";
import { bai2, type Group, type Movement } from "../fixtures/bai2-file.ts";
import { openRoad, type Road } from "./support/road.ts";

const FEE: Movement = { out: 500, bank: "BR000009", text: "FEE" };
const SALE: Movement = { in: 99_999, bank: "BR000003", customer: "INV-2041", text: "ACME INVOICE 2041" };

const day = (on: string, rows: Movement[], group: Partial<Group> = {}): Group => ({ on, statements: [{ account: "0123456789", rows }], ...group });

describe("a statement", () => {
  it("is one for each account and group of a file, in file order, each with its own day, lines and proof", async () => {
    const road = await openRoad();
    const file = bai2([
      {
        on: "2026-03-02",
        statements: [
          { account: "0123456789", rows: [FEE] },
          { account: "9876543210", rows: [] },
        ],
      },
      { on: "2026-03-03", statements: [{ account: "0123456789", opening: -500, rows: [SALE, FEE] }] },
    ]);

    const { statements, envelope_proof: envelope, raw_id } = await road.upload(file);

    expect(raw_id).not.toBeNull();
    expect(statements).toMatchObject([
      {
        ordinal: 0,
        last_four: "6789",
        as_of_on: "2026-03-02",
        line_start: 3,
        line_end: 5,
        transaction_count: 1,
        opening_minor: "0",
        closing_minor: "-500",
      },
      { ordinal: 1, last_four: "3210", as_of_on: "2026-03-02", line_start: 6, line_end: 7, transaction_count: 0 },
      { ordinal: 2, last_four: "6789", as_of_on: "2026-03-03", line_start: 10, line_end: 13, transaction_count: 2, closing_minor: "98999" },
    ]);
    expect(statements[0]?.mapping_id).toBe(statements[2]?.mapping_id);
    for (const { proof, proof_ok } of statements) {
      expect(proof_ok).toBe(true);
      expect(proof).toContainEqual(expect.objectContaining({ check: "account_control_total", ok: true }));
    }
    expect(envelope.filter((check) => check.ok === false)).toEqual([]);
  });

  it("is final with modifier 2 or 4, interim with 1 or 3, and without one final if it names a closing balance", async () => {
    const road = await openRoad();
    const file = bai2([
      ...([1, 2, 3, 4] as const).map((modifier) => day(`2026-03-0${modifier}`, [FEE], { modifier })),
      day("2026-03-05", [FEE], { modifier: null }),
      { on: "2026-03-06", modifier: null, statements: [{ account: "0123456789", opening: null, closing: null, rows: [FEE] }] },
    ]);

    const { id, statements } = await road.upload(file);

    expect(statements.map(({ kind }) => kind)).toEqual(["interim", "final", "interim", "final", "final", "interim"]);
    expect((await road.rows(id)).map((row) => row.is_pending)).toEqual([true, false, true, false, false, true]);
  });

  it("counts by itself: the same account twice in a file needs the most that either shows, not the sum", async () => {
    const road = await openRoad();
    await road.knows("0123456789");
    const twice = bai2([day("2026-03-02", [FEE, FEE]), day("2026-03-02", [FEE, FEE, FEE])]);

    const done = await road.book(twice);

    expect(done.outcomes).toMatchObject({ new: 3, duplicate: 2 });
    expect(await road.amounts()).toEqual(["-500", "-500", "-500"]);
  });
});

describe("interim, final and test", () => {
  it("an interim report after the final one changes nothing", async () => {
    const road = await openRoad();
    await road.knows("0123456789");
    await road.book(bai2(day("2026-03-02", [FEE], { modifier: 2 })));
    const before = await road.transactions();

    const late = await road.book(bai2(day("2026-03-02", [FEE, SALE], { modifier: 3 }), { fileId: "2" }));

    expect((await road.rows(late.id)).map((row) => [row.outcome, row.reason_code])).toEqual([
      ["duplicate", "already_booked"],
      ["duplicate", "superseded_by_final"],
    ]);
    expect(await road.transactions()).toEqual(before);
  });

  it("group status 4 is parsed and proven, and its plan is empty", async () => {
    const road = await openRoad();
    await road.knows("0123456789");
    await road.book(bai2(day("2026-03-02", [FEE])));

    const test = await road.upload(bai2(day("2026-03-03", [SALE], { status: 4 }), { fileId: "2" }));
    const done = await road.approve(test.id);

    expect(test.statements).toMatchObject([{ group_status: 4, transaction_count: 1, proof_ok: true }]);
    expect(await road.rows(test.id)).toEqual([]);
    expect(done).toMatchObject({ status: "completed", stage: "done", records_fetched: 1, records_imported: 0 });
    expect(await road.amounts()).toEqual(["-500"]);
  });

  it("a final row with another text keeps the interim row's id where reference and amount are the same", async () => {
    const road = await openRoad();
    await road.knows("0123456789");
    await road.book(bai2(day("2026-03-02", [{ ...SALE, text: "PENDING" }], { modifier: 3 })));
    const [pending] = await road.transactions();

    const final = await road.book(bai2(day("2026-03-02", [SALE], { modifier: 2 }), { fileId: "2" }));

    expect(await road.rows(final.id)).toMatchObject([
      { outcome: "update", reason_code: "interim_same_reference", target: { transaction_id: pending?.id } },
    ]);
    expect(await road.transactions()).toMatchObject([{ id: pending?.id, is_pending: false, description: SALE.text, version: 2 }]);
  });
});

describe("the verdict over a whole import", () => {
  /** What the list says of the imports, oldest first, beside what their own pages say. */
  async function verdicts(road: Road): Promise<[boolean | null, boolean | null][]> {
    const { body } = await road.api("GET", "/api/jobs");
    const jobs = listOf(jobWire).parse(body).data.reverse();
    return Promise.all(jobs.map(async (job): Promise<[boolean | null, boolean | null]> => [job.proof_ok, (await road.job(job.id)).proof_ok]));
  }

  it("is the same in the list and on its page, and follows the books: a day taken back breaks no other, a missing one does", async () => {
    const road = await openRoad();
    await road.knows("0123456789");
    const march = (on: string, opening: number) => bai2([{ on, statements: [{ account: "0123456789", opening, rows: [FEE] }] }]);
    await road.book(march("2026-03-02", 0));
    const second = await road.book(march("2026-03-03", -500));
    await road.book(march("2026-03-04", -1_000));

    const whole = await verdicts(road);
    await road.undo(second.id);

    expect(whole).toEqual([
      [true, true],
      [true, true],
      [true, true],
    ]);
    const broken = await verdicts(road);
    expect(broken[0]).toEqual([true, true]);
    expect(broken[2]).toEqual([false, false]);
    for (const [listed, shown] of broken) expect(listed).toBe(shown);
  });

  it("is open where nothing was there to prove it by", async () => {
    const road = await openRoad();
    await road.knows("0123456789");
    const bare = bai2([{ on: "2026-03-02", statements: [{ account: "0123456789", rows: [FEE] }] }]);
    const csv = new TextEncoder().encode("Date,Description,Amount,Currency\n2026-03-13,Fee,-5.00,USD\n2026-03-14,Rent,-7.00,USD\n");

    await road.upload(bare);
    await road.upload(csv);

    expect(await verdicts(road)).toEqual([
      [true, true],
      [null, null],
    ]);
  });
});
