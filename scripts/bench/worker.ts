/** The pipeline's own stages behind plain doors, so that they can be timed in the Worker's runtime. Never deployed: it asks nobody who they are. */
import * as z from "zod";
import { HOUSE } from "../../src/domain/actor.ts";
import { type ConnectionId, idSchema, type JobId, type TenantId } from "../../src/domain/ids.ts";
import { normalizeTransaction } from "../../src/domain/normalize.ts";
import type { Env } from "../../src/env.ts";
import { formatOf } from "../../src/formats/index.ts";
import { importJob } from "../../src/pipeline/import.ts";
import { parseJob } from "../../src/pipeline/parse.ts";
import { matchJob } from "../../src/pipeline/plan.ts";
import { deposit } from "../../src/sources/deposit.ts";
import { readFrom } from "../../src/store/raw.ts";
import { LineSplitter } from "./lines.ts";

const objectSchema = z.object({ key: z.string(), etag: z.string(), sizeBytes: z.number() });
const asked = z.object({
  object: objectSchema.optional(),
  databaseUrl: z.string().optional(),
  tenantId: idSchema<TenantId>().optional(),
  connectionId: idSchema<ConnectionId>().optional(),
  jobId: idSchema<JobId>().optional(),
});
type Asked = z.infer<typeof asked>;

/** What was counted on the way; by door. */
const doors: Record<string, (env: Env, question: Asked) => Promise<number>> = {
  lines: splitLines,
  parse: (env, question) => parseObject(env, question, false),
  normalize: (env, question) => parseObject(env, question, true),
  stage: (env, question) => parseJob({ env, ...jobOf(question) }).then(() => 0),
  match: (env, question) => matchJob({ env, ...jobOf(question) }).then(() => 0),
  book: (env, question) => importJob({ env, ...jobOf(question) }).then(() => 0),
};

export default {
  async fetch(request, env): Promise<Response> {
    const url = new URL(request.url);
    const name = url.pathname.slice(1);
    if (request.method === "PUT") return keep(request, env, name);
    if (name === "deposit") return Response.json(await depositAgain(request, env, url));
    const door = doors[name];
    if (door === undefined) return new Response(null, { status: 404 });
    const question = asked.parse(await request.json());
    const count = await door(question.databaseUrl === undefined ? env : { ...env, DATABASE_URL: question.databaseUrl }, question);
    return Response.json({ count });
  },
} satisfies ExportedHandler<Env>;

/** One put: objects of several parts read many times slower in the local simulator. */
async function keep(request: Request, env: Env, key: string): Promise<Response> {
  const object = await env.RAW.put(key, await request.arrayBuffer());
  if (object === null) throw new Error(`${key} was not stored.`);
  return Response.json({ key, etag: object.etag, sizeBytes: object.size });
}

async function splitLines(env: Env, question: Asked): Promise<number> {
  const splitter = new LineSplitter();
  const { key } = objectOf(question);
  const object = await env.RAW.get(key);
  if (object === null) throw new Error(`There is no object ${key}.`);
  const reader = object.body.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(READ_BYTES_MAX);
  for (;;) {
    const { done, value } = await reader.readAtLeast(READ_BYTES_MIN, new Uint8Array(buffer));
    if (value !== undefined) splitter.push(value);
    if (done) return splitter.lines;
    buffer = value.buffer;
  }
}

/** As src/store/raw.ts reads. */
const READ_BYTES_MAX = 256 * 1024;
const READ_BYTES_MIN = 64 * 1024;

async function parseObject(env: Env, question: Asked, isNormalized: boolean): Promise<number> {
  const parser = formatOf("bai2").open({});
  let rows = 0;
  let chars = 0;
  const take = (records: ReturnType<typeof parser.push>) => {
    for (const record of records) {
      if (record.type !== "transaction") continue;
      rows += 1;
      if (!isNormalized) continue;
      const row = normalizeTransaction(record, "USD");
      if ("identityText" in row) chars += row.identityText.length;
    }
  };
  for await (const chunk of readFrom(env, { ...objectOf(question), offset: 0 })) take(parser.push(chunk));
  take(parser.end());
  if (isNormalized && chars === 0) throw new Error("The object gave no rows.");
  return rows;
}

function depositAgain(request: Request, env: Env, { searchParams }: URL): ReturnType<typeof deposit> {
  if (request.body === null) throw new Error("A deposit needs a body.");
  return deposit(env, {
    tenantId: idSchema<TenantId>().parse(searchParams.get("tenant")),
    actor: HOUSE,
    connectionId: idSchema<ConnectionId>().parse(searchParams.get("connection")),
    fileName: "bench.bai",
    contentType: null,
    format: "recognize",
    body: request.body,
    sizeBytes: Number(request.headers.get("content-length")),
    receivedBy: "upload",
  });
}

function objectOf({ object }: Asked): z.infer<typeof objectSchema> {
  if (object === undefined) throw new Error("The question names no object.");
  return object;
}

function jobOf({ tenantId, jobId }: Asked): { tenantId: TenantId; jobId: JobId } {
  if (tenantId === undefined || jobId === undefined) throw new Error("The question names no job.");
  return { tenantId, jobId };
}
