/** Bytes as text in which one character is one byte, and the words that a person reads made of it by the declared encoding. Never guesses from a file's name. */
import { binaryText } from "./bai2/bytes.ts";

/** One character a byte, so that positions in text are positions in the file. */
export function byteText(bytes: Uint8Array): string {
  const text = binaryText(bytes).text;
  return WIDE.test(text) ? text.replace(WIDE_ALL, (character) => BYTES_BY_CHARACTER.get(character) ?? character) : text;
}

/** Windows-1252 has other characters for 27 of its bytes: they become their bytes again. */
const WIDE = /[\u0100-\uffff]/;
const WIDE_ALL = /[\u0100-\uffff]/g;

/** `declared` is the file's own word for its encoding. A character reference's character is kept; what is no UTF-8 is read as Windows-1252. */
export function decoded(text: string, declared: string | null): string {
  if (!NOT_ASCII.test(text)) return text;
  // Programs of Windows declare UTF-16 in files that they then write as UTF-8; a file that is in UTF-16 does not come here in its own bytes.
  if (declared === null || /^utf-?(?:8|16(?:-?[lb]e)?)$/i.test(declared) || /^us-ascii$/i.test(declared))
    return text.replace(UTF8_OR_BYTE, (run) => utf8OrLatin(run));
  return text.replace(BYTES, (run) => decoderOf(declared).decode(bytesOf(run)));
}

const NOT_ASCII = /[^\u0020-\u007e\t\r\n]/;
const UTF8_OR_BYTE = /[\u00c2-\u00df][\u0080-\u00bf]|[\u00e0-\u00ef][\u0080-\u00bf]{2}|[\u00f0-\u00f4][\u0080-\u00bf]{3}|[\u0080-\u00ff]/g;
const BYTES = /[\u0080-\u00ff]+/g;

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

const utf8 = new TextDecoder("utf-8");
const latin = new TextDecoder("windows-1252");
const BYTES_BY_CHARACTER: ReadonlyMap<string, string> = new Map(
  Array.from(latin.decode(Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index)), (character, index) => [
    character,
    String.fromCharCode(0x80 + index),
  ]),
);
const decoders = new Map<string, TextDecoder>();

const utf8OrLatin = (run: string): string => (run.length === 1 ? latin : utf8).decode(bytesOf(run));

/** The decoder of a declared encoding; Windows-1252 for one that nobody knows. */
function decoderOf(label: string): TextDecoder {
  const known = decoders.get(label);
  if (known !== undefined) return known;
  const made = newDecoder(label);
  if (decoders.size < DECODERS_MAX) decoders.set(label, made);
  return made;
}

/** Some forty encodings exist. */
const DECODERS_MAX = 50;

function newDecoder(label: string): TextDecoder {
  try {
    return new TextDecoder(label);
  } catch {
    return latin;
  }
}
