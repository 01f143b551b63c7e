/** How a job's file is read: what a person answers, and once more by today's parser or another profile. Books nothing. */
import { createRoute, z } from "@hono/zod-openapi";
import { idSchema, type JobId, type ProfileId } from "../domain/ids.ts";
import { answerReading } from "../pipeline/reading.ts";
import { reparseJob } from "../pipeline/reparse.ts";
import { withTenant } from "../store/tenant.ts";
import { body, idParam, json, jsonOrNothing } from "./answer.ts";
import { jobDetailWire } from "./job-wire.ts";
import { jobDetail } from "./jobs.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { settingsWire } from "./reading-wire.ts";
import { UPLOAD_FORMATS } from "./uploads.ts";

const tags = ["Jobs"];
const params = idParam(idSchema<JobId>());

const remember = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .nullable()
  .default(null)
  .openapi({ description: "The name under which the next files of this shape are read so; null: this file only." });
const signature = z
  .string()
  .min(1)
  .max(500)
  .nullable()
  .default(null)
  .openapi({ description: "Of an archive: of which files in it (`reading.members[].signature`); null: of those that are asked about now." });

const answer = createRoute({
  method: "post",
  path: "/api/jobs/{id}/reading",
  tags,
  summary: "Say how the file is read: settings that answer the open questions",
  middleware: [permit("jobs:review")] as const,
  request: {
    params,
    body: body(
      z.union([
        z.strictObject({ settings: settingsWire, remember, signature }),
        z.strictObject({
          answers: z
            .array(z.strictObject({ settings: settingsWire, remember, signature }))
            .min(1)
            .max(100),
        }),
      ]),
    ),
  },
  responses: { 202: json(jobDetailWire, "The file is read on."), ...problems(400, 401, 403, 404, 409, 422) },
});

const reparse = createRoute({
  method: "post",
  path: "/api/jobs/{id}/reparse",
  tags,
  summary: "Read the job's file anew: a new job whose plan is the difference to the books",
  middleware: [permit("files:upload"), jsonOrNothing] as const,
  request: {
    params,
    body: {
      required: false,
      content: {
        "application/json": {
          schema: z.strictObject({
            format: z.enum(UPLOAD_FORMATS).optional(),
            profile_id: idSchema<ProfileId>().optional(),
            settings: settingsWire.optional(),
          }),
        },
      },
    },
  },
  responses: { 202: json(jobDetailWire, "The new job; review and approve it like any other."), ...problems(400, 401, 403, 404, 409, 415, 422) },
});

export const readingRoutes = newRoutes()
  .openapi(answer, async (c) => {
    const given = c.req.valid("json");
    const { tenantId, actor } = c.var;
    const { id: jobId } = c.req.valid("param");
    const detail = await withTenant(c.env, tenantId, async (tx) => {
      await answerReading(tx, { tenantId, jobId, actor }, "answers" in given ? given.answers : [given]);
      return jobDetail(tx, jobId);
    });
    return c.json(detail, 202);
  })
  .openapi(reparse, async (c) => {
    const { tenantId, actor } = c.var;
    const given = c.req.valid("json");
    const format = given?.format ?? "auto";
    const detail = await withTenant(c.env, tenantId, async (tx) => {
      const jobId = await reparseJob(
        tx,
        { tenantId, jobId: c.req.valid("param").id, actor },
        {
          format: format === "auto" ? null : format,
          profileId: given?.profile_id ?? null,
          settings: given?.settings ?? null,
        },
      );
      return jobDetail(tx, jobId);
    });
    return c.json(detail, 202);
  });
