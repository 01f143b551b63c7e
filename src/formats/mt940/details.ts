/** Reads an entry's details (:86:) into text for people: the German structure (`?20…`) taken apart, any other text joined. Never drops a word. */

import { readable } from "../bai2/bytes.ts";
import type { ParseOptions } from "../format.ts";

export interface Details {
  description: string;
  /** The customer's reference where the entry says only that it stands here (`KREF+`). */
  customerReference: string | null;
}

/** `lines` have one character a byte, the first without its tag. */
export function readDetails(lines: readonly string[], textJoin: ParseOptions["textJoin"]): Details {
  const joined = readable(lines.map(withoutFiller).join("")).trim();
  const structure = STRUCTURE.exec(joined);
  if (structure !== null) return structured(joined.slice(3), structure[1] ?? "?");
  return { description: readable(freeText(lines, textJoin)).trim(), customerReference: null };
}

/** `166?00text?20purpose…`: three digits of a business code, then two-digit fields behind a mark of the bank's choice. */
const STRUCTURE = /^\d{3}([?<>@~|^&*#!])(?:00|10|[236]\d)/;

/** A wrapped line goes on in the next: the first has room for 65 characters, with or without its tag. */
const FULL_FIRST = 61;
const FULL = 65;

function freeText(lines: readonly string[], textJoin: ParseOptions["textJoin"]): string {
  const forced = textJoin === undefined || textJoin === "auto" ? null : textJoin;
  return lines.reduce((text, line, index) => {
    if (index === 0) return withoutFiller(line);
    const before = lines[index - 1] ?? "";
    const isFull = before.length >= (index === 1 ? FULL_FIRST : FULL);
    return `${isFull ? text : text.trimEnd()}${forced ?? (isFull ? "" : "\n")}${withoutFiller(line)}`;
  }, "");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL and the end-of-file mark are what is taken away.
const withoutFiller = (line: string): string => line.replace(/[\u0000\u001a]+$/, "");

function structured(text: string, mark: string): Details {
  const fields = new Map<string, string>();
  let purpose = "";
  let before = "";
  for (const part of text.split(mark === "?" ? /\?(?=(?:00|10|[236]\d))/ : new RegExp(`\\${mark}(?=(?:00|10|[236]\\d))`))) {
    const code = part.slice(0, 2);
    const value = part.slice(2);
    if (!PURPOSE.test(code)) {
      fields.set(code, (fields.get(code) ?? "") + value);
      continue;
    }
    // A part of full length was cut where it ended, and a marked reference always begins a word.
    const isGlued = before.length >= PART_CHARS && !MARKED.test(value);
    purpose = purpose === "" ? value : `${isGlued ? purpose : `${purpose.trimEnd()} `}${value}`;
    before = value;
  }
  const name = `${fields.get("32") ?? ""}${fields.get("33") ?? ""}`.trim();
  const { text: plain, references } = takeApart(purpose);
  const rest = [...fields].filter(([code]) => !KNOWN.has(code)).map(([, value]) => value.trim());
  const lines = [name, plain, (fields.get("00") ?? "").trim(), ...[...references].map(([key, value]) => `${key} ${value}`), ...rest];
  return { description: lines.filter((line) => line !== "").join("\n"), customerReference: references.get("KREF") ?? null };
}

const PURPOSE = /^(?:2\d|6[0-3])$/;
const PART_CHARS = 27;
/** 00 booking text, 10 the bank's batch number, 30 and 31 the other side's bank and account, 32 and 33 its name, 34 the text key. */
const KNOWN: ReadonlySet<string> = new Set(["", "00", "10", "30", "31", "32", "33", "34"]);

const REFERENCES = "EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|COAM|OAMT|RTRN|ANAM";
const MARKED = new RegExp(`^(?:${REFERENCES})\\+`);
const MARKS = new RegExp(`(?<![A-Za-z0-9])(${REFERENCES})\\+`);

/** SEPA's marked references in the purpose; `SVWZ` and what stands before any mark is the purpose itself. */
function takeApart(purpose: string): { text: string; references: Map<string, string> } {
  const [first = "", ...marked] = purpose.split(MARKS);
  const references = new Map<string, string>();
  const texts = [first.trim()];
  for (let at = 0; at < marked.length; at += 2) {
    const key = marked[at] ?? "";
    const value = (marked[at + 1] ?? "").trim();
    if (key === "SVWZ") texts.push(value);
    else if (value !== "") references.set(key, references.has(key) ? `${references.get(key)} ${value}` : value);
  }
  return { text: texts.filter((text) => text !== "").join(" "), references };
}
