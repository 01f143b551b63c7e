/** The set-based sweeps against real books, case by case. The whole law at random is match-property.test.ts. */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Books, type PlannedRow, type RowSpec } from "../harness/books.ts";

let books: Books;
beforeAll(async () => {
  books = await Books.open(inject("db"));
});
afterAll(() => books.close());

const DAY = "2026-03-02";
const wire: RowSpec = { amount: 125_000n, on: DAY, text: "INCOMING WIRE", bankReference: "REF-000001" };
const fee: RowSpec = { amount: -1_500n, on: DAY, text: "FEE" };

async function feed() {
  const account = await books.account();
  const connection = await books.connection();
  return { account, connection, day: (rows: RowSpec[], more = {}) => ({ account, asOfOn: DAY, groupStatus: 1 as const, rows, ...more }) };
}

const outcomes = (plan: PlannedRow[]) => plan.map((row) => `${row.outcome}:${row.reason_code}`);

describe("counting", () => {
  it("a first statement is all new", async () => {
    const { connection, day } = await feed();

    const { plan } = await books.planOf(connection, [day([wire, fee])]);

    expect(outcomes(plan)).toEqual(["new:not_seen_before", "new:not_seen_before"]);
  });

  it("two identical lines in one statement are two transactions", async () => {
    const { connection, day } = await feed();

    const { plan } = await books.planOf(connection, [day([fee, fee])]);

    expect(plan.map((row) => [row.outcome, row.occurrence])).toEqual([
      ["new", null],
      ["new", 2],
    ]);
  });

  it("the same statement again is all duplicates of the rows it booked", async () => {
    const { connection, day } = await feed();
    await books.booked(connection, [day([wire, wire, fee])]);

    const { plan } = await books.planOf(connection, [day([wire, wire, fee])]);

    expect(plan.map((row) => row.outcome)).toEqual(["duplicate", "duplicate", "duplicate"]);
    expect(new Set(plan.map((row) => row.target_id)).size).toBe(3);
  });

  it("a statement that stands twice in one file counts once", async () => {
    const { connection, day } = await feed();

    const { plan } = await books.planOf(connection, [day([wire, wire]), day([wire, wire, fee])]);

    expect(outcomes(plan)).toEqual([
      "new:not_seen_before",
      "new:another_of_same",
      "duplicate:repeated_in_file",
      "duplicate:repeated_in_file",
      "new:not_seen_before",
    ]);
    expect(plan[2]?.target_id).toBe(plan[0]?.id);
    expect(plan[3]?.target_id).toBe(plan[1]?.id);
  });
});
