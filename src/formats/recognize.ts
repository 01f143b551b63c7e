/** Asks formats whose a file is; the surest answers, with its evidence. Never opens a file by its name alone. */
import { type Problem, problem } from "../domain/problem.ts";
import { foreignKind, unknownKind } from "./foreign.ts";
import type { Confidence, Format } from "./format.ts";

export type Recognition = { format: Format; confidence: Confidence } | { refusal: Problem };

/** `head` is the first `RECOGNIZE_BYTES`, or the whole of a smaller file. */
export function recognizeAmong(formats: readonly Format[], head: Uint8Array, fileName: string): Recognition {
  const foreign = foreignKind(head);
  if (foreign !== null) return { refusal: problem(foreign) };
  const [best] = formats
    .map((format) => ({ format, confidence: format.recognizes(head, fileName) }))
    .sort((a, b) => b.confidence.score - a.confidence.score);
  if (best === undefined || best.confidence.score < SCORE_MIN) return { refusal: problem(unknownKind(head)) };
  const { refusal } = best.confidence;
  if (refusal !== undefined) return { refusal: problem({ code: refusal.code, message: refusal.message }) };
  return best;
}

/** Half sure: below it, asking the person is better than a file full of problems. */
const SCORE_MIN = 0.5;
