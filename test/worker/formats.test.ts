/** Every statement format on the one road: recognized, proven, mapped, booked, and known again. What each format reads is its own tests' business. */
import { describe, expect, it } from "vitest";
import sta from "../fixtures/mt940/swift-envelope.sta?raw";
import ofx from "../fixtures/ofx/xml-second-generation.ofx?raw";
import camt from "../fixtures/xml/reversals-and-returns.xml?raw";
import { openRoad } from "./support/road.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

const FILES = [
  { name: "statement.sta", text: sta, format: "mt940", amounts: ["2550"], current: "12550" },
  { name: "statement.xml", text: camt, format: "xml", amounts: ["-2000", "2000", "5000"], current: "105000" },
  { name: "statement.ofx", text: ofx, format: "ofx", amounts: ["-1250", "10000"], current: "10000" },
] as const;

describe.each(FILES)("a $format file", ({ name, text, format, amounts, current }) => {
  it("is recognized, waits for its account, and goes into the books with its closing balance", async () => {
    const road = await openRoad();
    const { jobId } = await road.deposit(bytes(text), { file_name: name }, "auto");
    await road.travel();
    const waiting = await road.job(jobId);
    await road.mapAll();
    await road.travel();

    const done = await road.approve(jobId);

    expect(waiting).toMatchObject({ stage: "needs_mapping", format, reading: null });
    expect(done).toMatchObject({ stage: "done", status: "completed", records_imported: amounts.length });
    expect(done.statements.every((statement) => statement.proof_ok !== false)).toBe(true);
    expect(await road.amounts()).toEqual(amounts);
    const accountId = String(done.statements[0]?.account_id);
    expect((await road.accountNow(accountId)).current_balance_minor).toBe(current);
  });

  it("sent again with other bytes is known row by row, and undone it leaves nothing", async () => {
    const road = await openRoad();
    const book = async (file: string) => {
      const { jobId } = await road.deposit(bytes(file), { file_name: name }, "auto");
      await road.travel();
      await road.mapAll();
      await road.travel();
      return road.job(jobId);
    };
    const first = await book(text);
    await road.approve(first.id);

    const again = await book(`${text}\n`);

    expect(again).toMatchObject({ stage: "in_review", undecided: 0 });
    expect(again.outcomes).toMatchObject({ new: 0, duplicate: amounts.length });
    await road.ok("POST", `/api/jobs/${again.id}/cancel`);
    await road.undo(first.id);
    expect(await road.amounts()).toEqual([]);
  });
});
