/** Small cryptographic tools over WebCrypto: encodings, hashes, comparison, randomness. Never holds a key and never logs. */

export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** 8 K characters a call of `String.fromCharCode`: far below every engine's limit of arguments. */
const CHARS_PER_CALL = 8_192;

export const utf8 = (text: string): Bytes => new Uint8Array(encoder.encode(text));

/** Throws a TypeError for bytes that are not UTF-8. */
export const textOf = (bytes: BufferSource): string => decoder.decode(bytes);

export function randomBytes(length: number): Bytes {
  const bytes = new Uint8Array(length);
  crypto.getRandomValues(bytes);
  return bytes;
}

/** 32 random bytes as 43 characters of base64url behind `prefix`. */
export const randomToken = (prefix: string): string => prefix + toBase64Url(randomBytes(32));

export const toBase64Url = (bytes: Bytes): string => toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** With its padding, as it stands in headers. */
export function toBase64(bytes: Bytes): string {
  let binary = "";
  for (let start = 0; start < bytes.length; start += CHARS_PER_CALL) {
    binary += String.fromCharCode(...bytes.subarray(start, start + CHARS_PER_CALL));
  }
  return btoa(binary);
}

/** Base64, url-safe or not, with or without padding. Throws for anything else. */
export function fromBase64(text: string): Bytes {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
}

/** Pairs of hex digits. */
export const fromHex = (hex: string): Bytes => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

export function toHex(bytes: Bytes): string {
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
}

export async function sha256(content: string | Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", typeof content === "string" ? utf8(content) : content));
}

export async function sha256Hex(content: string | Bytes): Promise<string> {
  return toHex(await sha256(content));
}

/** HMAC-SHA-256. */
export async function hmac(key: Bytes, content: string): Promise<Bytes> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, utf8(content)));
}

/** Compares without telling by its time where two values differ; only a difference of length shows. */
export function equalInConstantTime(one: Bytes, other: Bytes): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (const [index, byte] of one.entries()) difference |= byte ^ (other[index] ?? 0);
  return difference === 0;
}

/** A key of 32 bytes for one purpose, made of another one by HKDF-SHA-256: knowing it tells nothing of the key it came from. */
export async function derivedKey(key: Bytes, purpose: string): Promise<Bytes> {
  const imported = await crypto.subtle.importKey("raw", key, "HKDF", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8(purpose) }, imported, 256);
  return new Uint8Array(bits);
}
