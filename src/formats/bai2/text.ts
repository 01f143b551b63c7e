/** Makes one description of a 16's text parts. Never drops a word; where a line was cut inside a word, it is whole again. */
import type { ParseOptions } from "../format.ts";
import { type TextPart, trimmedLength } from "./fields.ts";

/** Without trailing blanks and one `/`, which most banks write though the specification has none. */
export function cleanText(text: string): string {
  const length = trimmedLength(text);
  if (length === 0 || text.charCodeAt(length - 1) !== 0x2f) return text.slice(0, length);
  return text.slice(0, trimmedLength(text.slice(0, length - 1)));
}

/**
 * Parts join without anything between where the physical record before was full (its declared length, or 78 to 80 characters), because such
 * senders cut inside words; else by a line break, because such senders put one thing on a line.
 */
export function joinText(parts: readonly TextPart[], { textJoin, width }: { textJoin: ParseOptions["textJoin"]; width: number | null }): string {
  const forced = textJoin === "auto" ? undefined : textJoin;
  let joined = "";
  let glue = "";
  for (const [index, part] of parts.entries()) {
    const isFull = (part.width >= FULL_FROM && part.width <= FULL_TO) || part.width === width;
    const text = cleanText(part.text);
    const isLast = index === parts.length - 1;
    const joinsNext = forced ?? (isFull ? "" : "\n");
    if (text === "") continue;
    joined += glue + (isFull && joinsNext === "" && !isLast ? withBlanks(part, text, width ?? FULL_TO) : text);
    glue = joinsNext;
  }
  return joined.slice(0, trimmedLength(joined));
}

const FULL_FROM = 78;
const FULL_TO = 80;

/** A full record that ends in a blank ends between two words: the blank belongs to the text. */
function withBlanks(part: TextPart, text: string, width: number): string {
  const isSlashed = part.text.charCodeAt(trimmedLength(part.text) - 1) === 0x2f;
  return isSlashed ? text : part.text.slice(0, Math.max(text.length, width - part.from));
}
