/** Tells from a file's head whether it is MT940 or MT942, by its fields. Never by its name. */
import { binaryText } from "../bai2/bytes.ts";
import type { Confidence } from "../format.ts";

/** Certain with an account and a balance or entry after each other; likely with either. */
export function recognizesMt940(head: Uint8Array): Confidence {
  const { text } = binaryText(head);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they tell packed files, which may hold a statement as it stands, from text.
  if (/[\u0000-\u0008]/.test(text.slice(0, 512))) return { score: 0, because: "It is no text." };
  const has = (field: RegExp): boolean => field.test(text);
  const hasReference = has(/(?:^|[\r\n]|\{4:|\u00ef\u00bb\u00bf):20:/);
  const hasAccount = has(/(?:^|[\r\n]):25P?:/);
  const hasBalance = has(/(?:^|[\r\n]):6[02][FM]:[CD]R?\d{6}[A-Z]{3}[\d.,]+\s*(?:[\r\n]|$)/);
  const hasEntry = has(/(?:^|[\r\n]):61:\d{6}(?:\d{4})?[RE]?[DC][A-Z]?\d/);
  const isInterim = has(/(?:^|[\r\n]):(?:34F:[A-Z]{3}|90[CD]:\d)/);
  if (hasAccount && (hasBalance || isInterim)) {
    const kind = isInterim && !hasBalance ? "MT942" : "MT940";
    return {
      score: hasReference ? 1 : 0.9,
      because: `It has ${kind}'s fields: an account (:25:) and ${hasBalance ? "balances (:60F:)" : "an interim report (:34F:)"}.`,
    };
  }
  if (hasEntry && (hasReference || hasAccount || hasBalance)) return { score: 0.8, because: "It has MT940's entries (:61:)." };
  if (hasBalance || hasEntry) return { score: 0.6, because: "It has a balance or an entry of MT940, but no account (:25:)." };
  return { score: 0, because: "It has neither an account (:25:) nor balances nor entries of MT940." };
}
