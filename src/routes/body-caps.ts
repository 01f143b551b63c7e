/** A JSON body is held to a size and a depth before anything reads it. Files are not: they stream, and have their own limits. */
import { createMiddleware } from "hono/factory";
import { Refusal } from "../domain/refusal.ts";
import { nestsDeeper } from "../lib/json-depth.ts";
import type { AppContext, AppEnv } from "./app-env.ts";

/** 1 MiB: a thousand decisions take 100 KB. */
export const JSON_BYTES_MAX = 1024 * 1024;
/** 32: no body of ours nests deeper than 6; more is somebody trying. */
export const JSON_DEPTH_MAX = 32;

/** Addresses whose body is a file, whatever type it calls itself. */
const FILES = /^\/api\/(upload\/|uploads\/[^/]+\/parts\/|drop\/)/;

export const bodyCaps = createMiddleware<AppEnv>(async (c, next) => {
  const { raw } = c.req;
  if (raw.body !== null && !FILES.test(c.req.path)) {
    const text = await boundedText(c);
    if (isJson(raw) && nestsDeeper(text, JSON_DEPTH_MAX)) {
      throw new Refusal({
        status: 400,
        code: "body_too_deep",
        message: `The JSON nests deeper than ${JSON_DEPTH_MAX} levels. Nothing here needs that; send it flatter.`,
        expected: `<= ${JSON_DEPTH_MAX}`,
      });
    }
    c.req.raw = new Request(raw.url, { method: raw.method, headers: raw.headers, body: text });
  }
  await next();
});

const isJson = (request: Request) => /^application\/([\w.-]+\+)?json\b/i.test(request.headers.get("content-type") ?? "");

/** The body as text, read no further than the cap, whatever length it announced. */
async function boundedText(c: AppContext): Promise<string> {
  const { raw } = c.req;
  if (Number(raw.headers.get("content-length") ?? 0) > JSON_BYTES_MAX) throw tooLarge();
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of raw.body ?? []) {
    size += chunk.byteLength;
    if (size > JSON_BYTES_MAX) throw tooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function tooLarge(): Refusal {
  return new Refusal({
    status: 413,
    code: "body_too_large",
    message: `A body at this address has at most ${JSON_BYTES_MAX} bytes. Send less at a time; files go to /api/upload.`,
    expected: `<= ${JSON_BYTES_MAX}`,
  });
}
