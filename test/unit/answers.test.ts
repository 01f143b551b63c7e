/** What a person says of a job's file: when it is enough, and the settings that it comes to. */
import { describe, expect, it } from "vitest";
import { mergeSettings } from "../../src/domain/profile.ts";
import { readCsv } from "../../src/formats/csv/read.ts";
import { readCustom } from "../../src/formats/custom/format.ts";
import { leftOf, NOTHING_SAID, settingsOfSaid } from "../../web/lib/answers.ts";
import { cutAt, settingsOfFields, startsIn } from "../../web/lib/fixed-fields.ts";

const NAMELESS = "Wann;Was;Wieviel\n3. II 2026;Miete;-5 Stück\n4. II 2026;Strom;-7 Stück\n";

function asked(text: string, read = readCsv) {
  const reading = read(new TextEncoder().encode(text), { fileName: "bank.csv", whole: true });
  return { ...reading, profile: null, profile_id: null, profile_name: null, profile_version: null };
}

describe("a file in which no column is recognized", () => {
  it("shows its first rows with the first question, and with no other", () => {
    const { questions } = asked(NAMELESS);

    expect(questions.map(({ code, role, choices }) => [code, role, choices.length])).toEqual([
      ["role", "posted_on", 0],
      ["role", "amount", 0],
    ]);
    expect(questions.map(({ table }) => table?.rows[1])).toEqual([{ row: 2, cells: ["3. II 2026", "Miete", "-5 Stück"] }, undefined]);
  });

  it("is answered once a column is said to hold the day and another the money", () => {
    const reading = asked(NAMELESS);
    const day = { ...NOTHING_SAID, roles: new Map([[0, "posted_on" as const]]) };
    const both = { ...day, roles: new Map([...day.roles, [2, "amount" as const]]) };

    expect([NOTHING_SAID, day, both].map((said) => leftOf(reading, said))).toEqual([2, 1, 0]);
    expect(settingsOfSaid(reading, both)).toEqual({
      columns: [
        { name: "column 1", index: 0, role: "posted_on" },
        { name: "column 3", index: 2, role: "amount" },
      ],
    });
  });

  it("is known by the names of its header from then on, where a person shows the header", () => {
    const reading = asked(NAMELESS);

    const settings = settingsOfSaid(reading, { ...NOTHING_SAID, roles: new Map([[0, "posted_on"]]), headerRow: 1 });
    const again = readCsv(new TextEncoder().encode(`Vorspann\n\n${NAMELESS}`), { fileName: "next.csv", whole: true, profile: settings });

    expect(settings).toMatchObject({ header_row: 1, columns: [{ name: "Wann", role: "posted_on" }, { name: "Was" }, { name: "Wieviel" }] });
    expect(again.profile).toMatchObject({ header_row: 3, columns: [{ name: "Wann", role: "posted_on" }, { name: "Was" }, { name: "Wieviel" }] });
  });
});

describe("text whose lines nobody has described", () => {
  const FIXED = "DATE      AMOUNT    TEXT\n2026-03-13  -12.50  RENT\n2026-03-14   99.00  SALE\n";

  it("shows its lines whole, and is read by the places that a person names", () => {
    const { questions } = asked(FIXED, readCustom);
    const table = questions[0]?.table ?? { names: [], rows: [] };
    const starts = startsIn("1, 11 21") ?? [];

    const settings = settingsOfFields(table, starts, 1);
    const { profile, questions: left } = readCustom(new TextEncoder().encode(FIXED), { fileName: "bank.txt", whole: true, profile: settings });

    expect(table.rows[1]).toEqual({ row: 2, cells: ["2026-03-13  -12.50  RENT"] });
    expect(cutAt(table, starts, 1)).toMatchObject({ names: ["DATE", "AMOUNT", "TEXT"], rows: [{ cells: ["2026-03-13", "  -12.50  ", "RENT"] }, {}] });
    expect(left).toEqual([]);
    expect(profile.columns.map(({ name, role }) => [name, role])).toEqual([
      ["DATE", "posted_on"],
      ["AMOUNT", "amount"],
      ["TEXT", "description"],
    ]);
  });

  it("takes no places that do not rise", () => {
    expect(["", "1", "5, 3", "1, x"].map(startsIn)).toEqual([null, null, null, null]);
  });
});

it("a column of another role has lost the reading that was remembered for its old one", () => {
  const before = { columns: [{ name: "Betrag", role: "amount" as const, reading: { kind: "text" as const } }] };

  expect(mergeSettings(before, { columns: [{ name: "Betrag", role: "balance" }] }).columns).toEqual([{ name: "Betrag", role: "balance" }]);
  expect(mergeSettings(before, { columns: [{ name: "Betrag" }] }).columns).toEqual(before.columns);
});
