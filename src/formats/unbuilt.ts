/** A format that has its name but no reader yet: knows no file as its own, and refuses by name where it is asked for. Never reads a byte. */
import { problem } from "../domain/problem.ts";
import type { Format, FormatId } from "./format.ts";

export function unbuilt(id: FormatId, title: string): Format<null> {
  const refusal = { code: "format_not_read", message: `${title} files are not read yet. Ask the bank for BAI2 or CSV.` };
  return {
    id,
    title,
    resumable: false,
    recognizes: () => ({ score: 0, because: refusal.message, refusal }),
    open: () => ({
      push: () => [],
      end: () => [{ type: "problem", statement: null, problem: problem(refusal) }],
      checkpoint: () => ({ byteOffset: 0, state: null }),
    }),
  };
}
