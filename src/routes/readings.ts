/** How a job's file is read: once more, by today's parser or as another format. Books nothing. */
import { createRoute, z } from "@hono/zod-openapi";
import { idSchema, type JobId } from "../domain/ids.ts";
import { reparseJob } from "../pipeline/reparse.ts";
import { withTenant } from "../store/tenant.ts";
import { idParam, json, jsonOrNothing } from "./answer.ts";
import { jobDetail } from "./jobs.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { UPLOAD_FORMATS } from "./uploads.ts";
import { jobDetailWire } from "./wire.ts";

const reparse = createRoute({
  method: "post",
  path: "/api/jobs/{id}/reparse",
  tags: ["Jobs"],
  summary: "Read the job's file anew: a new job whose plan is the difference to the books",
  middleware: [permit("files:upload"), jsonOrNothing] as const,
  request: {
    params: idParam(idSchema<JobId>()),
    body: { required: false, content: { "application/json": { schema: z.strictObject({ format: z.enum(UPLOAD_FORMATS).optional() }) } } },
  },
  responses: { 202: json(jobDetailWire, "The new job; review and approve it like any other."), ...problems(400, 401, 403, 404, 409, 415, 422) },
});

export const readingRoutes = newRoutes().openapi(reparse, async (c) => {
  const { tenantId, actor } = c.var;
  const format = c.req.valid("json")?.format ?? "auto";
  const detail = await withTenant(c.env, tenantId, async (tx) => {
    const jobId = await reparseJob(tx, { tenantId, jobId: c.req.valid("param").id, actor }, format === "auto" ? null : format);
    return jobDetail(tx, jobId);
  });
  return c.json(detail, 202);
});
