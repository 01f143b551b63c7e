/** Generated files of every bank profile are read exactly as they were made, and prove themselves. */
import { describe, expect, it } from "vitest";
import { readable } from "../../../src/formats/bai2/bytes.ts";
import { generateWhole, PROFILES } from "../../fixtures/generate-bai2.ts";
import { latin1, problemsOf, proofOf, readBai2, readWithStops, statementsOf, textOf, transactionsOf } from "./reading.ts";

describe.each(PROFILES)("a bank that writes in profile %s", { timeout: 30_000 }, (profile) => {
  it.each([1, 2, 3])("is read exactly as it wrote (seed %i)", (seed) => {
    const { text, rows, expected } = generateWhole({ seed, targetBytes: 150_000, profile, largeAccountRows: 300 });
    const records = readBai2(latin1(text), { chunkSize: 65_536 });

    const found = transactionsOf(records).map((row) => ({
      account: row.statement,
      typeCode: row.typeCode,
      amountMinor: row.amountMinor,
      fundsType: row.fundsType,
      bankReference: row.bankReference,
      customerReference: row.customerReference,
      description: row.description,
    }));
    expect(found).toEqual(
      rows.map((row) => ({ ...row, amountMinor: row.amountMinor === "-0" ? "0" : row.amountMinor, description: readable(row.description) })),
    );
    expect(statementsOf(records)).toHaveLength(expected.accounts);
    expect(problemsOf(records)).toEqual([]);
    expect(proofOf(records).filter(({ check, ok }) => /^(?:account|group|file)_/.test(check) && ok !== true)).toEqual([]);
    expect(proofOf(records).at(-1)).toMatchObject({ check: "file_record_count", actual: `${expected.physicalRecords}` });
    expect(proofOf(records).find(({ check }) => check === "file_control_total")?.actual).toBe(expected.controlTotal);
  });

  it("is the same in pieces that cut line ends and characters, and with stops", () => {
    const bytes = latin1(generateWhole({ seed: 9, targetBytes: 20_000, profile, largeAccountRows: 20 }).text);
    const records = readBai2(bytes);

    for (const chunkSize of [1, 7, 79, 80, 81, 82, 4096]) expect(textOf(readBai2(bytes, { chunkSize }))).toBe(textOf(records));
    for (const size of [81, 500, 4096]) expect(textOf(readWithStops(bytes, size))).toBe(textOf(records));
  });
});
