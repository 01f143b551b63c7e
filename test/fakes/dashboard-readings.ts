/** How a CSV of the pretended world is read: decisions with their evidence, and one question that its dates leave open. No state. */
import type { ProfileSettings } from "../../src/domain/profile.ts";
import { HOSTILE_TEXT } from "./dashboard-jobs.ts";
import { idOf, type Job } from "./dashboard-nouns.ts";

type Reading = NonNullable<Job["reading"]>;

const SIGNATURE = "csv:buchungstag|verwendungszweck|betrag|saldo";

/** While it asks, no profile is pinned; else it was read by a remembered one. */
export function makeReading({ isAsking }: { isAsking: boolean }): Reading {
  const inference = [...FILE, ...COLUMNS.filter(({ column }) => !isAsking || column !== "Buchungstag")];
  if (!isAsking) {
    const known = { profile_id: idOf("profile", 1), profile_name: "Nordhafen Bank", profile_version: 2, profile: settingsOf("DD.MM.YY") };
    return { ...known, signature: SIGNATURE, inference, questions: [], changed: [] };
  }
  return {
    profile_id: null,
    profile_name: null,
    profile_version: null,
    signature: SIGNATURE,
    inference,
    questions: [
      {
        code: "date_order",
        columns: ["Buchungstag"],
        role: "posted_on",
        message: 'The dates in column "Buchungstag" can be read in more than one order, and no row decides. Choose the right one.',
        choices: [choiceOf("DD.MM.YY", "2026-02-03", "2026-04-03"), choiceOf("MM.DD.YY", "2026-03-02", "2026-03-04")],
      },
    ],
    changed: [],
    profile: null,
  };
}

/** No column is known for what it is: its first rows are shown, and a person says it. */
export function makeNamelessReading(): Reading {
  const ask = (role: string, message: string): Reading["questions"][number] => ({ code: "role", columns: [], role, message, choices: [] });
  const day = ask("posted_on", "No column is known to hold the booking date. Choose it, or describe the file.");
  const rows = [
    { row: 1, cells: ["020326", "Miete Pier 4", "-1250,00", HOSTILE_TEXT.slice(0, 40)] },
    { row: 2, cells: ["030226", "Löhne Februar", "-3480,55", "OK"] },
    { row: 3, cells: ["040226", "Halvorsen Timber", "12000,00", "OK"] },
  ];
  const names = rows[0]?.cells.map((_, at) => `column ${at + 1}`) ?? [];
  return {
    ...makeReading({ isAsking: true }),
    signature: "csv:4 columns",
    inference: FILE.slice(0, 2),
    questions: [{ ...day, table: { names, rows } }, ask("amount", "No column is known to hold the amount. Choose it, or describe the file.")],
  };
}

const FILE: Reading["inference"] = [
  { column: null, role: "encoding", reading: "windows-1252", confidence: "certain", evidence: "byte 0xE4 in row 5 is no UTF-8" },
  { column: null, role: "delimiter", reading: ";", confidence: "certain", evidence: "parts 96 of 96 rows into 4 columns" },
  { column: null, role: "header", reading: "row 4", confidence: "certain", evidence: "row 4 holds names (4 of them known) and no figures" },
];

const COLUMNS: Reading["inference"] = [
  { column: "Buchungstag", role: "posted_on", reading: "DD.MM.YY", confidence: "certain", evidence: "given" },
  { column: "Verwendungszweck", role: "description", reading: "text", confidence: "likely", evidence: `the column's name; row 5: ${HOSTILE_TEXT}` },
  {
    column: "Betrag",
    role: "amount",
    reading: "1.234,56, plain figures are money in",
    confidence: "certain",
    evidence: "the running balance holds over 96 rows",
  },
  { column: "Saldo", role: "balance", reading: "1.234,56", confidence: "certain", evidence: "row 5: 12.034,11" },
];

function choiceOf(pattern: string, first: string, second: string): Reading["questions"][number]["choices"][number] {
  return {
    reading: pattern,
    settings: settingsOf(pattern),
    sample: [
      { row: 5, value: "03.02.26", becomes: first },
      { row: 6, value: "03.04.26", becomes: second },
    ],
  };
}

function settingsOf(pattern: string): ProfileSettings {
  return { columns: [{ name: "Buchungstag", index: 0, role: "posted_on", reading: { kind: "date", pattern } }] };
}
