/** Which encoding a file's text is in, with the evidence. Looks at a sample of bytes; never decides by the file's name. */
import type { Confidence, Encoding } from "../../domain/profile.ts";

export interface FoundEncoding {
  encoding: Encoding;
  /** Bytes of the byte order mark, which are no text. */
  markBytes: number;
  confidence: Confidence;
  evidence: string;
}

export function detectEncoding(sample: Uint8Array): FoundEncoding {
  return byMark(sample) ?? byZeros(sample) ?? asUtf8(sample) ?? asSingleBytes(sample);
}

const MARKS: readonly { bytes: readonly number[]; encoding: Encoding }[] = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: "utf-8" },
  { bytes: [0xff, 0xfe], encoding: "utf-16le" },
  { bytes: [0xfe, 0xff], encoding: "utf-16be" },
];

/** The length of the mark with which text of this encoding begins here, else 0. */
export function markLength(head: Uint8Array, encoding: Encoding): number {
  const mark = MARKS.find((one) => one.encoding === encoding);
  return mark?.bytes.every((byte, at) => head[at] === byte) ? mark.bytes.length : 0;
}

function byMark(sample: Uint8Array): FoundEncoding | null {
  const mark = MARKS.find(({ bytes }) => bytes.every((byte, at) => sample[at] === byte));
  if (mark === undefined) return null;
  return { encoding: mark.encoding, markBytes: mark.bytes.length, confidence: "certain", evidence: "the file begins with its byte order mark" };
}

/** UTF-16 without a mark: in text of a bank nearly every second byte is zero. */
function byZeros(sample: Uint8Array): FoundEncoding | null {
  const length = Math.min(sample.length, 8_192) & ~1;
  let even = 0;
  let odd = 0;
  for (let at = 0; at < length; at += 2) {
    if (sample[at] === 0) even += 1;
    if (sample[at + 1] === 0) odd += 1;
  }
  const pairs = length / 2;
  if (pairs < 4 || Math.max(even, odd) < pairs * 0.6 || Math.min(even, odd) > pairs * 0.1) return null;
  const encoding = odd > even ? "utf-16le" : "utf-16be";
  return { encoding, markBytes: 0, confidence: "certain", evidence: "every second byte is zero, as in UTF-16 without a byte order mark" };
}

function asUtf8(sample: Uint8Array): FoundEncoding | null {
  const whole = sample.subarray(0, sample.length - incompleteTail(sample));
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(whole);
  } catch {
    return null;
  }
  if (text.length === whole.length) {
    return { encoding: "utf-8", markBytes: 0, confidence: "certain", evidence: "only ASCII characters, which are the same in every encoding" };
  }
  const word = /\S*[^\p{ASCII}]\S*/u.exec(text)?.[0] ?? "";
  return { encoding: "utf-8", markBytes: 0, confidence: "certain", evidence: `every character is well-formed UTF-8: "${word.slice(0, 40)}"` };
}

/** Bytes at the end that may be the beginning of a character of which more is to come. */
export function incompleteTail(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return sequenceLength(byte) > back ? back : 0;
  }
  return 0;
}

const sequenceLength = (lead: number): number => (lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2);

/** Bytes that are letters of Central Europe in Windows-1250 and signs that stand in no word in Windows-1252 (`ł` is `³`, `ą` is `¹`, `ż` is `¿`). */
const CENTRAL_IN_WORDS = new Set([0xb3, 0xb9, 0xbf, 0xa3, 0xa5, 0xaf, 0x9c, 0x9f]);
/** `ě`, `ř`, `ů`, `č`, `ď`, `ť`, `ň`: two of them are Czech or Slovak; one may be Italian, French or Danish. */
const CZECH = new Set([0xec, 0xf8, 0xf9, 0xe8, 0xef, 0x9d, 0xf2]);

function asSingleBytes(sample: Uint8Array): FoundEncoding {
  const seen = new Set<number>();
  const central = new Set<number>();
  for (let at = 0; at < sample.length; at += 1) {
    const byte = sample[at] ?? 0;
    if (byte < 0x80) continue;
    seen.add(byte);
    if (CENTRAL_IN_WORDS.has(byte) && (isLetter(sample[at - 1]) || isLetter(sample[at + 1]))) central.add(byte);
  }
  const czech = [...CZECH].filter((byte) => seen.has(byte));
  const found = (encoding: Encoding, evidence: string): FoundEncoding => ({ encoding, markBytes: 0, confidence: "likely", evidence });
  const hasCentralPair = czech.length >= 3 || (czech.length === 2 && (seen.has(0x9e) || seen.has(0x9a)));
  const signs = central.size > 0 ? [...central] : czech;
  if (central.size > 0 || hasCentralPair) {
    return found("windows-1250", `not UTF-8; letters of Central Europe inside words: ${shown(signs, "windows-1250")}`);
  }
  if (seen.has(0xa4) && ![...seen].some((byte) => byte < 0xa0)) return found("iso-8859-15", "not UTF-8; byte A4 is the € of ISO-8859-15");
  const special = [...seen].filter((byte) => byte < 0xa0);
  if (special.length > 0) return found("windows-1252", `not UTF-8; characters that only Windows-1252 has: ${shown(special, "windows-1252")}`);
  return found("iso-8859-1", `not UTF-8; letters of Western Europe: ${shown([...seen], "windows-1252")}`);
}

const isLetter = (byte: number | undefined): boolean => byte !== undefined && ((byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a));

const shown = (bytes: readonly number[], encoding: string): string =>
  [...new TextDecoder(encoding).decode(Uint8Array.from(bytes.slice(0, 8)))].join(" ");
