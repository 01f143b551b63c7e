/** Text that a profile describes: delimited, or fields at fixed places of a line. Knows no file as its own; without a profile it asks for one. */
import type { Profile, Reading } from "../../domain/profile.ts";
import { cutSample } from "../csv/dialect.ts";
import { CsvParser, type CsvState } from "../csv/parser.ts";
import { decodeSample, readCsv, SAMPLE_ROWS } from "../csv/read.ts";
import type { Format, ReadGiven } from "../format.ts";
import { readTable } from "../table/reading.ts";
import { shownLines } from "../table/sample.ts";

export const custom: Format<CsvState> = {
  id: "custom",
  title: "Custom text",
  resumable: true,
  recognizes: () => ({ score: 0, because: "Only a profile says that a file is read so." }),
  read: readCustom,
  open: ({ profile }, resume) => {
    if (profile === undefined) throw new Error("A custom parser was opened without a profile: `read` makes one.");
    return new CsvParser(profile, resume);
  },
};

export function readCustom(sample: Uint8Array, given: ReadGiven): Reading {
  const settings = given.profile ?? {};
  const fields = settings.fixed_fields;
  if (fields === undefined || fields === null) {
    const reading = readCsv(sample, given);
    const profile: Profile = { ...reading.profile, kind: "custom" };
    const isDescribed = settings.delimiter !== undefined;
    return {
      ...reading,
      profile,
      signature: reading.signature.replace(/^csv/, "custom"),
      questions: isDescribed ? reading.questions : [{ ...UNDESCRIBED, table: shownLines(linesOf(sample, given).lines) }],
    };
  }
  const { lines, lineEnd, encoding, inference } = linesOf(sample, given);
  const first = settings.first_row ?? (settings.header_row ?? 0) + 1;
  const rows = lines
    .filter(({ number }) => number >= first)
    .map(({ number, cells }) => ({ number, cells: fields.map(({ start, length }) => (cells[0] ?? "").slice(start - 1, start - 1 + length)) }));
  return readTable({
    kind: "custom",
    rows,
    given: { ...settings, first_row: first },
    shape: { encoding, delimiter: WHOLE_LINE, quote: null, line_end: lineEnd, fixed_fields: fields },
    inference: [inference],
    names: fields.map(({ name }) => name),
  });
}

function linesOf(sample: Uint8Array, { profile: settings = {}, whole }: ReadGiven) {
  const { text, encoding, inference } = decodeSample(sample, settings);
  const lineEnd = settings.line_end ?? (text.includes("\n") ? "\n" : "\r");
  return { lines: cutSample(text, { delimiter: WHOLE_LINE, quote: null, line_end: lineEnd }, SAMPLE_ROWS, whole), lineEnd, encoding, inference };
}

/** No text has it: a line is one cell, and its fields are cut by their places. */
const WHOLE_LINE = "\u001f";

const UNDESCRIBED: Reading["questions"][number] = {
  code: "layout",
  columns: [],
  role: null,
  message: "A custom file is read as a profile describes it: give its delimiter, or its fixed_fields with name, start and length.",
  choices: [],
};
