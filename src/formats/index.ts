/** The registry of formats, and the question whose a file is. Never opens a file by its name alone. */
import { type Problem, problem } from "../domain/problem.ts";
import { bai2 } from "./bai2/format.ts";
import { camt } from "./camt/format.ts";
import { csv } from "./csv/format.ts";
import { foreignKind, unknownKind } from "./foreign.ts";
import type { Confidence, Format, FormatId } from "./format.ts";
import { mt940 } from "./mt940/format.ts";
import { ofx } from "./ofx/format.ts";
import { unbuilt } from "./unbuilt.ts";

/** Every format by its id; a missing one does not compile. */
export const formats = {
  bai2,
  csv,
  json: unbuilt("json", "JSON"),
  custom: unbuilt("custom", "Custom text"),
  xml: camt,
  mt940,
  ofx,
  qif: unbuilt("qif", "QIF"),
  xlsx: unbuilt("xlsx", "Excel"),
  archive: unbuilt("archive", "ZIP and gzip"),
} satisfies Record<FormatId, Format>;

export type Recognition = { format: Format; confidence: Confidence } | { refusal: Problem };

export function formatOf(id: FormatId): Format {
  return formats[id];
}

/** Asks every format; the surest answers, with its evidence. `head` is the first `RECOGNIZE_BYTES`, or the whole of a smaller file. */
export function recognize(head: Uint8Array, fileName: string): Recognition {
  const foreign = foreignKind(head);
  if (foreign !== null) return { refusal: problem(foreign) };
  const [best] = Object.values<Format>(formats)
    .map((format) => ({ format, confidence: format.recognizes(head, fileName) }))
    .sort((a, b) => b.confidence.score - a.confidence.score);
  if (best === undefined || best.confidence.score < SCORE_MIN) return { refusal: problem(unknownKind(head)) };
  const { refusal } = best.confidence;
  if (refusal !== undefined) return { refusal: problem({ code: refusal.code, message: refusal.message }) };
  return best;
}

/** Half sure: below it, asking the person is better than a file full of problems. */
const SCORE_MIN = 0.5;
