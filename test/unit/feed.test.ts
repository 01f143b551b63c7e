/** Formats that can only be read whole: what has landed before a stop is passed over, and nothing comes twice or is lost. */
import { describe, expect, it } from "vitest";
import type { StatementRecord } from "../../src/domain/record.ts";
import type { Format } from "../../src/formats/format.ts";
import { isTooLarge, openFeed, type Portion } from "../../src/pipeline/feed.ts";

const RECORDS = 12_345;
const recordOf = (line: number): StatementRecord => ({ type: "removal", statement: 0, externalTransactionId: String(line), line });

/** Gives everything at the end, as an archive or a workbook does. */
const whole: Format<null> = {
  id: "xlsx",
  title: "Whole",
  resumable: false,
  recognizes: () => ({ score: 0, because: "" }),
  open: () => ({
    push: () => [],
    end: () => Array.from({ length: RECORDS }, (_, at) => recordOf(at)),
    checkpoint: () => ({ byteOffset: 0, state: null }),
  }),
};

const read = (resume?: Portion["checkpoint"]): Portion[] => {
  const feed = openFeed(whole, {}, resume);
  return [...feed.push(new Uint8Array(10)), ...feed.end()];
};
const linesOf = (portions: Portion[]) => portions.flatMap(({ records }) => records.map((record) => ("line" in record ? record.line : -1)));

describe("a format that is read whole", () => {
  it("gives portions of which each can be committed", () => {
    const portions = read();

    expect(linesOf(portions)).toEqual(Array.from({ length: RECORDS }, (_, at) => at));
    expect(Math.max(...portions.map(({ records }) => records.length))).toBe(5_000);
  });

  it("goes on behind every portion that has landed, with the rest and nothing twice", () => {
    const portions = read();
    for (let landed = 1; landed <= portions.length; landed += 1) {
      const before = portions.slice(0, landed);

      const after = read(before.at(-1)?.checkpoint);

      expect([...linesOf(before), ...linesOf(after)]).toEqual(linesOf(portions));
    }
  });

  it("is read from the file's beginning, and refused above 32 MB", () => {
    expect(openFeed(whole, {}, { byteOffset: 0, state: { landed: 7 } }).offset).toBe(0);
    expect([isTooLarge(whole, 32_000_000), isTooLarge(whole, 32_000_001), isTooLarge({ ...whole, resumable: true }, 10 ** 9)]).toEqual([
      false,
      true,
      false,
    ]);
  });
});
