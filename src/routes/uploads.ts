/** Files come in: whole, in parts, or from a machine. Nothing is read here but what the sender says about them. */
import { createRoute, z } from "@hono/zod-openapi";
import { type AccountId, type ConnectionId, idSchema, type JobId, type ProfileId } from "../domain/ids.ts";
import { Refusal } from "../domain/refusal.ts";
import { type Deposited, deposit } from "../sources/deposit.ts";
import { abortUpload, beginUpload, completeUpload, PART_BYTES, putPart, readUpload, type UploadId } from "../sources/uploads.ts";
import { readJob } from "../store/read/jobs.ts";
import { nameOf } from "../store/sessions.ts";
import { withTenant } from "../store/tenant.ts";
import { body, foundAsWire, idParam, json } from "./answer.ts";
import type { AppContext } from "./app-env.ts";
import { jobWire, uploadAnswerWire, uploadWire } from "./job-wire.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";

/** What the sender may say a file is. */
export const UPLOAD_FORMATS = ["bai2", "csv", "json", "custom", "xml", "mt940", "ofx", "qif", "xlsx", "archive", "auto"] as const;
/** 10 MB: what a form may hold in memory; larger files go up as the raw body, which is never held. */
const FORM_BYTES_MAX = 10_000_000;
const FILE_NAME_CHARS_MAX = 255;

const tags = ["Uploads"];
const fileName = z.string().trim().min(1).max(FILE_NAME_CHARS_MAX);
const connectionId = idSchema<ConnectionId>();
const profileId = idSchema<ProfileId>();
const accountId = idSchema<AccountId>();

const upload = createRoute({
  method: "post",
  path: "/api/upload/{format}",
  tags,
  summary: "Upload a file: the raw bytes as the body, or a form with `file` up to 10 MB",
  middleware: [permit("files:upload")] as const,
  request: {
    params: z.object({ format: z.enum(UPLOAD_FORMATS) }),
    query: z.object({
      connection_id: connectionId.optional(),
      file_name: fileName.optional(),
      profile_id: profileId.optional(),
      account_id: accountId.optional(),
    }),
  },
  responses: {
    202: json(uploadAnswerWire, "Stored; the job is on its road."),
    200: json(uploadAnswerWire, "The same bytes are here already: the first job."),
    ...problems(400, 401, 403, 404, 413, 415, 422),
  },
});

const drop = createRoute({
  method: "post",
  path: "/api/drop/{connection_id}",
  tags,
  summary: "A machine delivers a file with a service token",
  middleware: [permit("files:upload")] as const,
  request: { params: z.object({ connection_id: connectionId }), query: z.object({ file_name: fileName.optional() }) },
  responses: { 202: json(uploadAnswerWire, "Stored."), 200: json(uploadAnswerWire, "Here already."), ...problems(400, 401, 403, 404, 413, 422) },
});

const beginBody = z.strictObject({
  connection_id: connectionId.nullable().optional(),
  file_name: fileName,
  format: z.enum(UPLOAD_FORMATS).default("auto"),
  size_bytes: z.number().int().positive().optional(),
  profile_id: profileId.nullable().optional(),
  account_id: accountId.nullable().optional(),
});
const uploadParams = idParam(idSchema<UploadId>());

const begin = createRoute({
  method: "post",
  path: "/api/uploads",
  tags,
  summary: "Begin a large file that comes in parts",
  middleware: [permit("files:upload")] as const,
  request: { body: body(beginBody) },
  responses: { 201: json(uploadWire, "Send its parts."), ...problems(400, 401, 403, 404, 413, 422) },
});

const status = createRoute({
  method: "get",
  path: "/api/uploads/{id}",
  tags,
  summary: "Which parts are in",
  middleware: [permit("files:upload")] as const,
  request: { params: uploadParams },
  responses: { 200: json(uploadWire, "The upload."), ...problems(400, 401, 403, 404) },
});

const part = createRoute({
  method: "put",
  path: "/api/uploads/{id}/parts/{n}",
  tags,
  summary: "One part: the raw bytes; the same part again replaces it",
  middleware: [permit("files:upload")] as const,
  request: { params: uploadParams.extend({ n: z.coerce.number().int().min(1).max(10_000) }) },
  responses: { 200: json(uploadWire, "The part is in."), ...problems(400, 401, 403, 404, 409, 413) },
});

const complete = createRoute({
  method: "post",
  path: "/api/uploads/{id}/complete",
  tags,
  summary: "All parts are in: start the job",
  middleware: [permit("files:upload")] as const,
  request: { params: uploadParams },
  responses: {
    202: json(uploadAnswerWire, "The job is on its road."),
    200: json(uploadAnswerWire, "Completed before: its job."),
    ...problems(400, 401, 403, 404, 409),
  },
});

const abort = createRoute({
  method: "delete",
  path: "/api/uploads/{id}",
  tags,
  summary: "Give an unfinished upload up",
  middleware: [permit("files:upload")] as const,
  request: { params: uploadParams },
  responses: { 204: { description: "Gone." }, ...problems(400, 401, 403, 404, 409) },
});

export const uploadRoutes = newRoutes()
  .openapi(upload, async (c) => {
    const { format } = c.req.valid("param");
    const query = c.req.valid("query");
    const sent = await bodyOf(c);
    const deposited = await deposit(c.env, {
      ...sent,
      tenantId: c.var.tenantId,
      actor: c.var.actor,
      connectionId: query.connection_id ?? null,
      fileName: query.file_name ?? sent.fileName ?? "upload",
      format: format === "auto" ? "recognize" : format,
      receivedBy: "upload",
      profileId: query.profile_id ?? null,
      accountId: query.account_id ?? null,
    });
    return answer(c, deposited);
  })
  .openapi(drop, async (c) => {
    const sent = await bodyOf(c);
    const deposited = await deposit(c.env, {
      ...sent,
      tenantId: c.var.tenantId,
      actor: c.var.actor,
      connectionId: c.req.valid("param").connection_id,
      fileName: c.req.valid("query").file_name ?? sent.fileName ?? "drop",
      sha256: contentDigest(c.req.header("content-digest")),
      format: "recognize",
      receivedBy: "drop",
    });
    return answer(c, deposited);
  })
  .openapi(begin, async (c) => {
    const given = c.req.valid("json");
    const row = await beginUpload(c.env, {
      tenantId: c.var.tenantId,
      actor: c.var.actor,
      connectionId: given.connection_id ?? null,
      fileName: given.file_name,
      format: given.format === "auto" ? "recognize" : given.format,
      sizeBytes: given.size_bytes ?? null,
      profileId: given.profile_id ?? null,
      accountId: given.account_id ?? null,
    });
    return c.json(foundAsWire(uploadWire, row, "upload"), 201);
  })
  .openapi(status, async (c) => c.json(foundAsWire(uploadWire, await readUpload(c.env, c.var.tenantId, c.req.valid("param").id), "upload"), 200))
  .openapi(part, async (c) => {
    const { id, n } = c.req.valid("param");
    const bytes = await partBytes(c);
    return c.json(foundAsWire(uploadWire, await putPart(c.env, c.var.tenantId, id, { partNo: n, bytes }), "upload"), 200);
  })
  .openapi(complete, async (c) => answer(c, await completeUpload(c.env, c.var.tenantId, c.req.valid("param").id, c.var.actor)))
  .openapi(abort, async (c) => {
    await abortUpload(c.env, c.var.tenantId, c.req.valid("param").id);
    return c.body(null, 204);
  });

/** The SHA-256 of a Content-Digest field (RFC 9530) as hex; null where there is none. */
function contentDigest(field: string | undefined): string | null {
  if (field === undefined) return null;
  const digest = /(?:^|[,\s])sha-256=:([A-Za-z0-9+/]{43}=):/.exec(field)?.[1];
  if (digest === undefined) {
    throw new Refusal({
      status: 400,
      code: "digest_unreadable",
      message: "Content-Digest has no readable SHA-256. Send it as `sha-256=:<base64>:`, or leave it out.",
      expected: "sha-256=:<base64>:",
      seen: field.slice(0, 200),
    });
  }
  return Array.from(atob(digest), (char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

async function answer(c: AppContext, deposited: Deposited) {
  const { job, by } = await withTenant(c.env, c.var.tenantId, async (tx) => {
    const found = foundAsWire(jobWire, await readJob(tx, deposited.jobId satisfies JobId), "job");
    return { job: found, by: deposited.duplicate && found.created_by !== null ? await nameOf(tx, found.created_by) : null };
  });
  if (!deposited.duplicate) return c.json({ job, duplicate: false }, 202);
  const sender = by === null ? "" : ` by ${by}`;
  const name = job.file_name === null ? "" : ` as ${job.file_name}`;
  const message = `These exact bytes came on ${job.created_at.slice(0, 10)}${sender} already${name}. Nothing was stored twice.`;
  return c.json({ job, duplicate: true, message }, 200);
}

interface Sent {
  body: ReadableStream<Uint8Array>;
  sizeBytes: number | null;
  contentType: string | null;
  fileName: string | null;
}

/** The raw body, or the `file` of a form; a form's size is known before it is read, or it is refused. */
async function bodyOf(c: AppContext): Promise<Sent> {
  const contentType = c.req.header("content-type") ?? null;
  const length = c.req.header("content-length");
  const sizeBytes = length === undefined ? null : Number(length);
  if (contentType?.toLowerCase().startsWith("multipart/form-data")) return formFile(c, sizeBytes);
  return { body: c.req.raw.body ?? new Blob([]).stream(), sizeBytes, contentType, fileName: null };
}

async function formFile(c: AppContext, sizeBytes: number | null): Promise<Sent> {
  // Boundaries and headers of a form take some hundred bytes beside the file.
  if (sizeBytes === null || sizeBytes > FORM_BYTES_MAX + 10_000) {
    throw new Refusal({
      status: 413,
      code: "form_too_large",
      message: `A form may hold a file of up to ${FORM_BYTES_MAX} bytes. Send a larger one as the raw body of the same address.`,
      expected: `<= ${FORM_BYTES_MAX}`,
      seen: sizeBytes,
    });
  }
  const file = (await c.req.formData().catch(() => null))?.get("file");
  if (!(file instanceof File)) {
    throw new Refusal({
      status: 400,
      code: "file_missing",
      message: "The form has no field `file` with a file in it. Add it, or send the file as the raw body.",
      expected: "file",
    });
  }
  return { body: file.stream(), sizeBytes: file.size, contentType: file.type || null, fileName: file.name.slice(0, FILE_NAME_CHARS_MAX) || null };
}

/** A part is held in memory (8 MiB): R2 takes parts of known length. */
async function partBytes(c: AppContext): Promise<Uint8Array> {
  const length = Number(c.req.header("content-length") ?? Number.NaN);
  if (!(length <= PART_BYTES)) {
    throw new Refusal({
      status: 413,
      code: "part_too_large",
      message: `A part has exactly ${PART_BYTES} bytes, the last one fewer, and says its Content-Length.`,
      expected: `<= ${PART_BYTES}`,
      seen: Number.isNaN(length) ? null : length,
    });
  }
  return new Uint8Array(await c.req.arrayBuffer());
}
