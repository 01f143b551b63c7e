/** The registry of formats, and the question whose a file is. Never opens a file by its name alone. */
import { type Problem, problem } from "../domain/problem.ts";
import { bai2 } from "./bai2/format.ts";
import { csv } from "./csv/format.ts";
import { custom } from "./custom/format.ts";
import type { Confidence, Format, FormatId } from "./format.ts";
import { json } from "./json/format.ts";
import { unbuilt } from "./unbuilt.ts";

/** Every format by its id; a missing one does not compile. */
export const formats = {
  bai2,
  csv,
  json,
  custom,
  xml: unbuilt("xml", "camt.052/053/054"),
  mt940: unbuilt("mt940", "MT940"),
  ofx: unbuilt("ofx", "OFX"),
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
  if (best === undefined || best.confidence.score < SCORE_MIN) return { refusal: problem(isUtf16(head) ? UTF16 : UNKNOWN) };
  const { refusal } = best.confidence;
  if (refusal !== undefined) return { refusal: problem({ code: refusal.code, message: refusal.message }) };
  return best;
}

/** Half sure: below it, asking the person is better than a file full of problems. */
const SCORE_MIN = 0.5;

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL and 0x1A are what is looked for.
const EMPTY = /^(?:\u00ef\u00bb\u00bf)?[\s\u0000\u001a]*$/;

type Foreign = Pick<Problem, "code" | "message">;

const UNKNOWN: Foreign = {
  code: "unknown_format",
  message: "The file is in no format that is known here. Ask the bank for BAI2, or name the format if you know it.",
};

/** Tables are read in it; the other formats are not written in it. */
const isUtf16 = (head: Uint8Array): boolean => (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);

const UTF16: Foreign = {
  code: "utf16_file",
  message: "The file is text in UTF-16 and holds no table. Save it as plain text (UTF-8) and upload it again.",
};

/** What a file is when it is none of ours, by its first bytes, and what to do about it. */
function foreignKind(head: Uint8Array): Foreign | null {
  const text = String.fromCharCode(...head.subarray(0, 512));
  if (head.length === text.length && EMPTY.test(text)) {
    return { code: "empty_file", message: "The file is empty. Ask the bank to send it again." };
  }
  const known = FOREIGN.find(({ starts }) => starts.some((start) => text.startsWith(start)));
  if (known !== undefined) return { code: known.code, message: known.message };
  if (/^\s*(?:\u00ef\u00bb\u00bf)?\s*<(?:!doctype html|html|head|body)\b/i.test(text)) {
    return {
      code: "html_file",
      message: "The file is a web page, often a sign-in or error page saved instead of the statement. Download the statement again.",
    };
  }
  return null;
}

const IMAGE = { code: "image_file", message: "The file is a picture. Ask the bank for the statement as BAI2: pictures are not read." };

const FOREIGN: readonly (Foreign & { starts: readonly string[] })[] = [
  {
    starts: ["%PDF"],
    code: "pdf_file",
    message: "The file is a PDF. Ask the bank for the statement as BAI2: PDFs are made for people and are not read.",
  },
  {
    starts: ["PK\u0003\u0004", "PK\u0005\u0006"],
    code: "zip_file",
    message: "The file is a ZIP archive or an Excel workbook. Unpack it, or save the statement as BAI2, and upload that.",
  },
  { starts: ["\u001f\u008b"], code: "gzip_file", message: "The file is packed with gzip. Unpack it and upload what is inside." },
  {
    starts: ["\u00d0\u00cf\u0011\u00e0"],
    code: "office_file",
    message: "The file is an old Office document. Ask the bank for the statement as BAI2.",
  },
  { starts: ["\u0089PNG", "\u00ff\u00d8\u00ff", "GIF8", "II*\u0000", "MM\u0000*", "RIFF"], ...IMAGE },
  { starts: ["-----BEGIN PGP", "\u0085\u0001"], code: "encrypted_file", message: "The file is encrypted. Decrypt it and upload what is inside." },
];
