/** How a QIF's days and figures are decided: over all rows, with the row that proves it, and asked where none does. */
import { describe, expect, it } from "vitest";
import { qif } from "../../../src/formats/qif/format.ts";
import { transactionsOf } from "../bai2/reading.ts";
import { toBytes } from "./reading.ts";

const fileOf = (...rows: [day: string, figure: string][]) =>
  toBytes(`!Type:Bank\n${rows.map(([day, figure]) => `D${day}\nT${figure}\nPPayee\n^\n`).join("")}`);
const given = { fileName: "x.qif", whole: true };

describe("the order of a QIF's days", () => {
  it("is proved by one row for all", () => {
    const { inference, questions } = qif.read?.(fileOf(["03/02/2026", "-1.50"], ["03/25/2026", "-2.00"]), given) ?? {};

    expect(questions).toEqual([]);
    expect(inference).toContainEqual({
      column: "D",
      role: "posted_on",
      reading: "MM/DD/YYYY",
      confidence: "certain",
      evidence: "line 6: 03/25/2026",
    });
  });

  it("is asked where no row decides, with what each answer makes of the rows, and the answer holds", () => {
    const bytes = fileOf(["03/02/2026", "-1.50"]);
    const { questions = [] } = qif.read?.(bytes, given) ?? {};
    const [question] = questions;
    const answer = question?.choices.find(({ reading }) => reading === "MM/DD/YYYY");
    const answered = qif.read?.(bytes, { ...given, profile: answer?.settings ?? {} });

    expect(question).toMatchObject({ code: "date_order", columns: ["D"] });
    expect(question?.choices.map(({ reading, sample }) => [reading, sample[0]?.becomes])).toEqual([
      ["DD/MM/YYYY", "2026-02-03"],
      ["MM/DD/YYYY", "2026-03-02"],
    ]);
    expect(answered?.questions).toEqual([]);
    const parser = qif.open(answered === undefined ? {} : { profile: answered.profile });
    expect(transactionsOf([...parser.push(bytes), ...parser.end()]).map(({ postedOn }) => postedOn)).toEqual(["2026-03-02"]);
  });

  it("that was said for another file is asked again where it no longer fits, by name", () => {
    const profile = { columns: [{ name: "D", reading: { kind: "date" as const, pattern: "MM/DD/YYYY" } }] };

    const reading = qif.read?.(fileOf(["25/03/2026", "-1.50"]), { ...given, profile });

    expect(reading?.changed).toEqual([expect.stringContaining('line 2 has "25/03/2026"')]);
    expect(reading?.profile.columns[0]?.reading).toEqual({ kind: "date", pattern: "DD/MM/YYYY" });
  });

  it("is never inferred by the reader itself", () => {
    expect(() => qif.open({})).toThrow("reading");
  });
});
