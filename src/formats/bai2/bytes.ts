/** Bytes as text in which one character is one byte, so that positions in text are positions in the file. Never guesses a file's encoding from its first bytes. */

/** Text with one character a byte. `isPlain` says that it holds only ASCII without NUL, so that it reads as it stands. */
export function binaryText(chunk: Uint8Array): { text: string; isPlain: boolean } {
  const ascii = asciiText(chunk);
  if (ascii !== null) return { text: ascii, isPlain: !ascii.includes("\u0000") };
  let text = "";
  for (let at = 0; at < chunk.length; at += BYTES_PER_CALL) {
    text += String.fromCharCode(...chunk.subarray(at, at + BYTES_PER_CALL));
  }
  return { text, isPlain: false };
}

/**
 * What a person reads: UTF-8 where the bytes are UTF-8, else Windows-1252 (Latin-1 with the printable characters that banks use). Decided for
 * each text by itself, after its parts are joined, so that a character cut by a line's end is whole again. NUL becomes a blank.
 */
export function readable(binary: string): string {
  if (!NOT_PLAIN.test(binary)) return binary;
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return decoded(bytes).replaceAll("\u0000", " ");
}

/** 8 KB an argument list: well below every engine's limit. */
const BYTES_PER_CALL = 8192;

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what is looked for.
const NOT_PLAIN = /[\u0000\u0080-\u00ff]/;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const latin = new TextDecoder("windows-1252");

/** The fast way for the common case: strict UTF-8 that yields as many characters as bytes can only be ASCII. */
function asciiText(chunk: Uint8Array): string | null {
  const text = strictUtf8(chunk);
  return text !== null && text.length === chunk.length ? text : null;
}

function decoded(bytes: Uint8Array): string {
  return strictUtf8(bytes) ?? latin.decode(bytes);
}

function strictUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}
