/** How a CSV is read, from a sample of its bytes: encoding, dialect, layout, columns, with the evidence. Pure; the file itself is read by the parser. */
import type { Inference, ProfileSettings, Reading } from "../../domain/profile.ts";
import type { ReadGiven } from "../format.ts";
import { detectEncoding, markLength } from "../table/encoding.ts";
import { readTable } from "../table/reading.ts";
import { ChunkDecoder } from "../table/text.ts";
import type { Dialect } from "./cutter.ts";
import { cutSample, detectDialect } from "./dialect.ts";
import type { CutTable } from "./memory.ts";

export function readCsv(sample: Uint8Array, { whole, profile: given = {}, memory }: ReadGiven): Reading {
  const cut = (): CutTable => cutTable(sample, given, whole);
  const { encoding, delimiter, quote, line_end } = given;
  const key = JSON.stringify([whole, encoding, delimiter, quote, quote === undefined, line_end]);
  const { shape, rows, inference, hasLineEnd } = memory === undefined ? cut() : memory.table(key, cut);
  const reading = readTable({ kind: "csv", rows, given, shape, inference, names: null });
  // A sample without a single line end is no table: there is nothing to ask about, and the parser refuses it by name.
  return whole || hasLineEnd ? reading : { ...reading, questions: [] };
}

function cutTable(sample: Uint8Array, given: ProfileSettings, whole: boolean): CutTable {
  const { text, encoding, inference } = decodeSample(sample, given);
  const dialect = detectDialect(text, dialectOf(given));
  const { delimiter, quote, line_end } = dialect;
  return {
    shape: { encoding, delimiter, quote, line_end },
    rows: cutSample(text, dialect, SAMPLE_ROWS, whole),
    inference: [inference, ...dialect.inference],
    hasLineEnd: /[\r\n]/.test(text),
  };
}

/** 2,000 rows decide for the column: more take time on a person's screen and prove next to nothing. */
export const SAMPLE_ROWS = 2_000;

const dialectOf = ({ delimiter, quote, line_end }: ProfileSettings): Partial<Dialect> => ({
  ...(delimiter === undefined ? {} : { delimiter }),
  ...(quote === undefined ? {} : { quote }),
  ...(line_end === undefined ? {} : { line_end }),
});

export function decodeSample(
  sample: Uint8Array,
  given: ProfileSettings,
): { text: string; encoding: NonNullable<ProfileSettings["encoding"]>; inference: Inference } {
  const found = detectEncoding(sample);
  // A byte order mark, and a sample that is no UTF-8 at all, hold over what an earlier file was in.
  const isBound = found.markBytes > 0 || found.encoding.startsWith("utf-16");
  const encoding = isBound ? found.encoding : (given.encoding ?? found.encoding);
  const isGiven = encoding !== found.encoding;
  const decoder = new ChunkDecoder(encoding);
  const text = decoder.push(sample.subarray(markLength(sample, encoding)));
  const inference: Inference = {
    column: null,
    role: "encoding",
    reading: encoding,
    confidence: isGiven ? "certain" : found.confidence,
    evidence: isGiven ? "given" : found.evidence,
  };
  return { text, encoding, inference };
}
