/** What a file is when it is none of ours, by its first bytes, and what to do about it. Never opens one. */
import type { Problem } from "../domain/problem.ts";

export type Foreign = Pick<Problem, "code" | "message">;

/** What a bank can be asked for; the first are the fullest. */
const ACCEPTED = "camt.053 (XML), MT940, BAI2, OFX or CSV";

export const UNKNOWN: Foreign = {
  code: "unknown_format",
  message: `The file is in no format that is known here. Ask the bank for ${ACCEPTED}, or name the format if you know it.`,
};

/** Known for certain, before any format is asked; null for what may be a statement. `head` is the first `RECOGNIZE_BYTES`, or the whole of a smaller file. */
export function foreignKind(head: Uint8Array): Foreign | null {
  const text = String.fromCharCode(...head.subarray(0, 4096));
  if (head.length === text.length && EMPTY.test(text)) {
    return { code: "empty_file", message: "The file is empty. Ask the bank to send it again." };
  }
  const known = FOREIGN.find(({ starts }) => starts.some((start) => text.startsWith(start)));
  if (known !== undefined) return { code: known.code, message: known.message };
  return isWebPage(text) ? WEB_PAGE : null;
}

/** XML that no format knew: payments and other messages look like statements to people. */
export function unknownKind(head: Uint8Array): Foreign {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) return UTF16;
  const text = String.fromCharCode(...head.subarray(0, 4096));
  if (!/^(?:\u00ef\u00bb\u00bf)?\s*<\?xml/i.test(text)) return UNKNOWN;
  return {
    code: "unknown_xml",
    message: `The file is XML, but no statement: neither camt.052, 053 or 054 nor OFX. Ask the bank for ${ACCEPTED}.`,
  };
}

/** Every format is read in it. */
const UTF16: Foreign = {
  code: "utf16_file",
  message: `The file is text in UTF-16, and in no format that is known here. Ask the bank for ${ACCEPTED}.`,
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL and 0x1A are what is looked for.
const EMPTY = /^(?:\u00ef\u00bb\u00bf|\u00ff\u00fe|\u00fe\u00ff)?[\s\u0000\u001a]*$/;

const WEB_PAGE: Foreign = {
  code: "html_file",
  message: "The file is a web page, often a sign-in or error page saved instead of the statement. Sign in and download the statement again.",
};

/** Comments and declarations may stand before the page's first tag; a statement in XML has none of these tags. */
function isWebPage(text: string): boolean {
  const body = text.replace(/^(?:\u00ef\u00bb\u00bf)?(?:\s+|<!--[\s\S]*?-->|<\?xml[^>]*>)*/, "");
  return /^<(?:!doctype\s+html|html|head|body|script|meta|title|link|style|div|table|form)\b/i.test(body);
}

const PACKED = "Pack it as .zip, or unpack it, and upload that.";

const FOREIGN: readonly (Foreign & { starts: readonly string[] })[] = [
  {
    starts: ["%PDF"],
    code: "pdf_file",
    message: `The file is a PDF: PDFs are made for people and are not read. Ask the bank for the statement as ${ACCEPTED}.`,
  },
  {
    starts: ["\u00d0\u00cf\u0011\u00e0"],
    code: "office_file",
    message: `The file is an old Office document, or one with a password. Save it as .xlsx without a password or as CSV, or ask the bank for ${ACCEPTED}.`,
  },
  {
    starts: ["\u0089PNG", "\u00ff\u00d8\u00ff", "GIF8", "II*\u0000", "MM\u0000*", "RIFF", "BM\u0036"],
    code: "image_file",
    message: `The file is a picture: pictures are not read. Ask the bank for the statement as ${ACCEPTED}.`,
  },
  {
    starts: ["Rar!\u001a\u0007", "7z\u00bc\u00af\u0027\u001c", "BZh", "\u00fd7zXZ", "\u0028\u00b5\u002f\u00fd"],
    code: "unknown_archive",
    message: `The file is packed, but neither as .zip nor as .gz. ${PACKED}`,
  },
  { starts: ["-----BEGIN PGP", "\u0085\u0001"], code: "encrypted_file", message: "The file is encrypted. Decrypt it and upload what is inside." },
];
