/** Tells from a file's head whether it is BAI2, by reading it. Never by its name alone. */
import type { Confidence } from "../format.ts";
import { Bai2Parser } from "./parser.ts";

/** Certain with a file header and an account; likely with either; a look-alike answers with its refusal. */
export function recognizesBai2(head: Uint8Array): Confidence {
  const parser = new Bai2Parser({});
  const records = parser.push(head);
  const refusal = records.flatMap((record) => (record.type === "problem" && REFUSALS.has(record.problem.code) ? [record.problem] : [])).at(0);
  if (refusal !== undefined) return { score: 0.9, because: "It begins like BAI2.", refusal: { code: refusal.code, message: refusal.message } };
  const { context } = parser.checkpoint().state;
  // Without a header, days such as 02/03/2026 in other files look like the ends and beginnings of records.
  const hasAccount = records.some((record) => record.type === "statement" && record.externalAccountId !== "");
  const startsWithHeader = /^(?:\u00ef\u00bb\u00bf)?\s*01,[^/]*\//.test(String.fromCharCode(...head.subarray(0, 512)));
  if (startsWithHeader && hasAccount) return { score: 1, because: "It begins with a BAI2 file header (01) and holds accounts (03)." };
  if (startsWithHeader) return { score: context.hasRecords ? 0.9 : 0.7, because: "It begins with a BAI2 file header (01)." };
  if (hasAccount) return { score: 0.6, because: "It holds BAI2 accounts (03), but does not begin with a file header (01)." };
  return { score: 0, because: "It has neither a BAI2 file header (01) nor accounts (03)." };
}

const REFUSALS: ReadonlySet<string> = new Set(["unsupported_version", "bai1_dialect", "nai_dialect"]);
