/** The only fetch of the Worker: https, no redirects, an end to waiting and to what is read. Refused are hosts that are plain addresses or names of this machine. */

export interface HttpPolicy {
  /** Local and test runs only: http to this machine. */
  allowLoopback: boolean;
  timeoutMs?: number;
  bytesMax?: number;
  redirects?: "refuse" | "same-origin";
}

/** Why nothing was asked, or what came was not taken. */
export class HttpRefused extends Error {
  readonly code: "address_refused" | "redirect_refused" | "too_large";

  constructor(code: HttpRefused["code"]) {
    super(`The request was refused: ${code}.`);
    this.name = "HttpRefused";
    this.code = code;
  }
}

const TIMEOUT_MS = 10_000;
/** 64 KB: nobody we ask has more to say than a few words. */
const BYTES_MAX = 64 * 1024;

/** Asks once and reads the answer whole. Throws HttpRefused, or what fetch throws (a TimeoutError past `timeoutMs`). */
export async function httpFetch(policy: HttpPolicy, url: URL | string, init: RequestInit = {}): Promise<Response> {
  const target = new URL(url);
  if (!isAllowed(target, policy)) throw new HttpRefused("address_refused");
  const signal = AbortSignal.timeout(policy.timeoutMs ?? TIMEOUT_MS);
  const response = await fetch(target, { ...init, redirect: "manual", signal });
  if (response.status >= 300 && response.status < 400) throw new HttpRefused("redirect_refused");
  return new Response(await bodyOf(response, policy.bytesMax ?? BYTES_MAX), { status: response.status, headers: response.headers });
}

function isAllowed(target: URL, policy: HttpPolicy): boolean {
  const isLoopback = target.hostname === "localhost" || target.hostname === "127.0.0.1";
  if (isLoopback) return policy.allowLoopback;
  const isAddress = target.hostname.startsWith("[") || /^\d+(\.\d+){3}$/.test(target.hostname);
  return target.protocol === "https:" && !isAddress && target.hostname.includes(".") && !/\.(localhost|local|internal)$/.test(target.hostname);
}

async function bodyOf(response: Response, bytesMax: number): Promise<Uint8Array<ArrayBuffer> | null> {
  if (response.body === null) return null;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > bytesMax) throw new HttpRefused("too_large");
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
