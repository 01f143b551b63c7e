/** A job's raw file, exactly as it came. Answered as an attachment of no type that a browser would open. */
import { createRoute, z } from "@hono/zod-openapi";
import { idSchema, type JobId } from "../domain/ids.ts";
import { notFound, Refusal, rawFileExpired } from "../domain/refusal.ts";
import { recordAudit } from "../store/audit.ts";
import { openWhole } from "../store/raw.ts";
import { findRawFile } from "../store/read/raw-file.ts";
import { withTenant } from "../store/tenant.ts";
import { idParam } from "./answer.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";

const download = createRoute({
  method: "get",
  path: "/api/jobs/{id}/file",
  tags: ["Jobs"],
  summary: "The file that the job came with, byte for byte",
  middleware: [permit("files:read")] as const,
  request: {
    params: idParam(idSchema<JobId>()),
    query: z.object({ page: z.coerce.number().int().min(0).max(100_000).default(0).openapi({ description: "Of a sync, which has several." }) }),
  },
  responses: {
    200: { description: "The bytes.", content: { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } } },
    ...problems(400, 401, 403, 404, 409),
  },
});

export const fileRoutes = newRoutes().openapi(download, async (c) => {
  const { id } = c.req.valid("param");
  const { page } = c.req.valid("query");
  const file = await withTenant(c.env, c.var.tenantId, async (tx) => {
    const found = await findRawFile(tx, id, page);
    if (found === null) throw notFound("file");
    if (found.expired_at !== null) throw rawFileExpired(found.expired_at);
    await recordAudit(tx, c.var.actor, { action: "file.downloaded", subjectType: "job", subjectId: id, jobId: id, details: { page } });
    return found;
  });
  const opened = await openWhole(c.env, { key: file.r2_key, etag: file.etag });
  if ("failure" in opened) {
    throw new Refusal({
      status: 409,
      code: `raw_file_${opened.failure}`,
      message: "The stored file is no longer the one that was received, so it is not given out. Upload it again.",
    });
  }
  return c.body(opened.body, 200, {
    "content-type": "application/octet-stream",
    "content-length": String(file.size_bytes),
    "content-disposition": attachment(file.file_name),
  });
});

/** RFC 6266: a plain name for old clients, the whole one beside it. */
function attachment(name: string): string {
  const plain = name.replace(/[^\w.-]+/g, "_").slice(0, 100) || "file";
  const whole = encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}
