/** A profile that was made once reads the next file of that header without a question, and says what no longer fits. */
import { describe, expect, it } from "vitest";
import { settingsOfCsvConfig } from "../../../src/domain/csv-config.ts";
import { mergeSettings, type ProfileSettings } from "../../../src/domain/profile.ts";
import { profileSchema } from "../../../src/domain/profile-schema.ts";
import { SampleMemory } from "../../../src/formats/csv/memory.ts";
import { readCsv } from "../../../src/formats/csv/read.ts";
import { bytesOf } from "../bai2/reading.ts";
import { infer, movesOf, parseCsv } from "./reading.ts";

const FIRST = "Buchungstag;Text;Betrag\n03/04/2026;Miete;-500,00\n05/04/2026;Gehalt;2.500,00\n";
const NEXT = "Kontoauszug;;\nBuchungstag;Text;Betrag\n01/05/2026;Miete;-500,00\n";

describe("the same sample asked again", () => {
  it("is read as if it were asked for the first time, whatever was asked before", () => {
    const bytes = bytesOf("Date;Text;Betrag;Saldo\n03/04/2026;Miete, kalt;-500,00;1.500,00\n05/04/2026;Gehalt;2.500,00;4.000,00\n");
    const asked: (ProfileSettings | undefined)[] = [
      undefined,
      { columns: [{ name: "Date", reading: { kind: "date", pattern: "MM/DD/YYYY" } }] },
      { currency: "JPY" },
      { columns: [{ name: "Text", role: "ignored" }] },
      { columns: [{ name: "Text", role: "posted_on" }] },
      { delimiter: "," },
      { header_row: null },
      { first_row: 3 },
      { quote: null },
      { encoding: "windows-1252", delimiter: ";" },
      { line_end: "\r" },
    ];
    const memory = new SampleMemory();
    const read = (profile: ProfileSettings | undefined, given: { memory?: SampleMemory }) =>
      readCsv(bytes, { fileName: "x.csv", whole: true, ...(profile === undefined ? {} : { profile }), ...given });

    const again = [...asked, ...asked].map((profile) => read(profile, { memory }));

    expect(again).toEqual([...asked, ...asked].map((profile) => read(profile, {})));
    expect(new Set(again.map((reading) => JSON.stringify(reading))).size).toBeGreaterThan(6);
  });
});

describe("a remembered profile", () => {
  it("answers for the next file, also behind a preamble", () => {
    const asked = infer(FIRST);
    const [dayFirst] = asked.questions[0]?.choices ?? [];
    const answered = infer(FIRST, mergeSettings({}, dayFirst?.settings ?? {}));

    const next = infer(NEXT, answered.profile);

    expect([asked.questions.length, answered.questions, next.questions, next.changed]).toEqual([1, [], [], []]);
    expect(profileSchema.parse(JSON.parse(JSON.stringify(next.profile)))).toEqual(next.profile);
    expect(next.signature).toBe(asked.signature);
    expect(movesOf(parseCsv(NEXT, { profile: next.profile }))).toEqual([["2026-05-01", "-50000"]]);
  });

  it("says which column is gone and which no longer reads", () => {
    const { profile } = infer("Date;Text;Amount;Balance\n2026-03-28;Tea;-5,00;95,00\n2026-03-29;Tea;-5,00;90,00\n");

    const { changed } = infer("Date;Text;Amount\n28 March 2026;Tea;-5,00\n29 March 2026;Tea;-5,00\n", profile);

    expect(changed).toEqual([
      'Column "Balance" (balance) is not in this file any more.',
      'Column "Date" (posted_on) no longer reads as the profile says: row 2 holds "28 March 2026".',
    ]);
  });

  it("the original design's csv_config becomes settings, either way round, and unknown fields are named", () => {
    expect(
      settingsOfCsvConfig({ delimiter: ";", header_row: true, column_mapping: { date: "When", description: ["Who", "What"], amount: 3 } }),
    ).toEqual({
      settings: {
        kind: "csv",
        delimiter: ";",
        columns: [
          { name: "When", role: "posted_on" },
          { name: "Who", role: "description" },
          { name: "What", role: "description" },
          { index: 3, role: "amount" },
        ],
      },
      unknown: [],
    });
    expect(settingsOfCsvConfig({ header_row: false, column_mapping: { When: "date", Sum: "amount" } }).settings).toMatchObject({
      header_row: null,
      columns: [
        { name: "When", role: "posted_on" },
        { name: "Sum", role: "amount" },
      ],
    });
    expect(settingsOfCsvConfig({ column_mapping: { colour: "Red" } }).unknown).toEqual(["colour"]);
  });
});
