/** The only outgoing fetch: public https addresses, redirects by hand, an end to waiting and to what is read. Never follows anybody to another origin. */
import { type AddressRefusal, refusedAddress } from "./public-address.ts";

export interface HttpPolicy {
  /** http(s) to this very machine: true in local runs and tests only. */
  allowLoopback: boolean;
  /** Until the answer's last byte. */
  timeoutMs?: number;
  bytesMax?: number;
  /** `same-origin`: up to five, of requests without a body, checked one by one. */
  redirects?: "refuse" | "same-origin";
  /** A binding that shows a client certificate; without one the platform's own fetch. */
  through?: { fetch(url: URL, init: RequestInit): Promise<Response> };
}

export type HttpRefusal = AddressRefusal | "redirect_refused" | "too_many_redirects" | "too_large";

/** Nothing was asked, or what came was not taken. Names no address: it may hold a secret. */
export class HttpRefused extends Error {
  readonly code: HttpRefusal;

  constructor(code: HttpRefusal) {
    super(`The request was refused: ${code}.`);
    this.name = "HttpRefused";
    this.code = code;
  }
}

/** 15 s: a provider that takes longer is as good as away. */
const TIMEOUT_MS = 15_000;
/** 8 MiB: above any page of an API that we ask for; whole files come in other ways. */
const BYTES_MAX = 8 * 1024 * 1024;
const REDIRECTS_MAX = 5;

/** Throws HttpRefused, or what fetch throws: a TimeoutError past `timeoutMs`, a TypeError where nobody answers. The body's cap is held while it is read. */
export async function httpFetch(policy: HttpPolicy, url: URL | string, init: RequestInit = {}): Promise<Response> {
  const signal = AbortSignal.timeout(policy.timeoutMs ?? TIMEOUT_MS);
  const signals = init.signal === undefined || init.signal === null ? signal : AbortSignal.any([signal, init.signal]);
  let target = addressOf(url);
  for (let followed = 0; ; followed += 1) {
    const refusal = refusedAddress(target, policy);
    if (refusal !== null) throw new HttpRefused(refusal);
    const request: RequestInit = { ...init, redirect: "manual", signal: signals };
    const response = await (policy.through === undefined ? fetch(target, request) : policy.through.fetch(target, request));
    const location = response.status >= 300 && response.status < 400 && response.status !== 304 ? response.headers.get("location") : null;
    if (location === null) return capped(response, policy.bytesMax ?? BYTES_MAX);
    await response.body?.cancel();
    if (followed === REDIRECTS_MAX) throw new HttpRefused("too_many_redirects");
    target = nextOf({ target, location, policy, init });
  }
}

function addressOf(url: URL | string): URL {
  const address = URL.parse(String(url));
  if (address === null) throw new HttpRefused("not_an_address");
  return address;
}

function nextOf({ target, location, policy, init }: { target: URL; location: string; policy: HttpPolicy; init: RequestInit }): URL {
  const next = URL.parse(location, target);
  const hasBody = init.body !== undefined && init.body !== null;
  if (policy.redirects !== "same-origin" || hasBody || next === null || next.origin !== target.origin) throw new HttpRefused("redirect_refused");
  return next;
}

/** The answer, whose body ends with HttpRefused where it grows beyond the cap, whatever length it announced. */
function capped(response: Response, bytesMax: number): Response {
  if (Number(response.headers.get("content-length") ?? 0) > bytesMax) throw new HttpRefused("too_large");
  if (response.body === null) return response;
  let size = 0;
  const cap = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      size += chunk.byteLength;
      if (size > bytesMax) controller.error(new HttpRefused("too_large"));
      else controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(cap), response);
}
