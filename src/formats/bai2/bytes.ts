/** Bytes as text in which one character is one byte, so that positions in text are positions in the file. Never guesses a file's encoding from its first bytes. */

/** Text with one character a byte. `isPlain` says that it holds only ASCII without NUL, so that it reads as it stands. */
export function binaryText(chunk: Uint8Array): { text: string; isPlain: boolean } {
  const utf8Text = strictUtf8(chunk);
  // As many characters as bytes can only be ASCII: the fast way for the common case.
  if (utf8Text !== null && utf8Text.length === chunk.length) return { text: utf8Text, isPlain: !utf8Text.includes("\u0000") };
  return { text: latin.decode(chunk), isPlain: false };
}

/**
 * What a person reads: UTF-8 where the bytes are UTF-8, else Windows-1252 (Latin-1 with the printable characters that banks use). Decided for
 * each text by itself, after its parts are joined, so that a character cut by a line's end is whole again. NUL becomes a blank.
 */
export function readable(binary: string): string {
  if (isPlainText(binary)) return binary;
  const bytes = binary.length <= SCRATCH.length ? SCRATCH.subarray(0, binary.length) : new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = byteOf(binary.charCodeAt(at));
  const utf8Text = looksLikeUtf8(bytes) ? strictUtf8(bytes) : null;
  const text = utf8Text ?? latin.decode(bytes);
  return text.includes("\u0000") ? text.replaceAll("\u0000", " ") : text;
}

/** True for text that reads as it stands. */
export const isPlainText = (binary: string): boolean => !NOT_PLAIN.test(binary);

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what is looked for.
const NOT_PLAIN = /[\u0000\u0080-\uffff]/;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** One character for each byte, always; only for 32 of the bytes a character of another number. */
const latin = new TextDecoder("windows-1252");

const SPECIAL_BYTES = Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index);
const BYTES_BY_CHARACTER: ReadonlyMap<number, number> = new Map(
  Array.from(latin.decode(SPECIAL_BYTES), (character, index) => [character.charCodeAt(0), 0x80 + index]),
);

const byteOf = (code: number): number => (code < 0x80 || (code >= 0xa0 && code <= 0xff) ? code : (BYTES_BY_CHARACTER.get(code) ?? code));

/** Most texts are short: they share the room in which they become bytes again. */
const SCRATCH = new Uint8Array(8192);

/** Whether every byte beyond ASCII has its place in a sequence. The decoder has the last word, but its no is an exception, which takes longer than a text to read. */
function looksLikeUtf8(bytes: Uint8Array): boolean {
  let following = 0;
  for (const byte of bytes) {
    if (following > 0) {
      if (byte >> 6 !== 0b10) return false;
      following -= 1;
    } else if (byte >= 0x80) {
      if (byte < 0xc2 || byte > 0xf4) return false;
      following = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    }
  }
  return following === 0;
}

function strictUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}
