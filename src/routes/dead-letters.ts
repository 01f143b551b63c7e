/** Messages that were given up: seen, and sent again. */
import { createRoute, z } from "@hono/zod-openapi";
import { type DeadLetterId, idSchema } from "../domain/ids.ts";
import { notFound } from "../domain/refusal.ts";
import { retryJob } from "../pipeline/review.ts";
import { listDeadLetters, takeDeadLetter } from "../store/dead-letters.ts";
import { withTenant } from "../store/tenant.ts";
import { asWire, idPageQuery, idParam, json, page } from "./answer.ts";
import { deadLetterWire } from "./job-wire.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { listOf } from "./wire.ts";

const list = createRoute({
  method: "get",
  path: "/api/dead-letters",
  tags: ["Operations"],
  summary: "Messages that used up their retries, newest first",
  middleware: [permit("jobs:read")] as const,
  request: { query: idPageQuery },
  responses: { 200: json(listOf(deadLetterWire), "A page of them."), ...problems(400, 401, 403) },
});
const retry = createRoute({
  method: "post",
  path: "/api/dead-letters/{id}/retry",
  tags: ["Operations"],
  summary: "Send the job of a dead letter on from where it stopped",
  middleware: [permit("dead_letters:write")] as const,
  request: { params: idParam(idSchema<DeadLetterId>()) },
  responses: { 202: json(z.object({ job_id: z.uuid() }), "On its road again."), ...problems(400, 401, 403, 404, 409) },
});

export const deadLetterRoutes = newRoutes()
  .openapi(list, async (c) => {
    const { cursor, limit } = c.req.valid("query");
    const rows = await withTenant(c.env, c.var.tenantId, (tx) => listDeadLetters(tx, { cursor: cursor ?? null, limit: limit + 1 }));
    const iso = rows.map((row) => ({
      ...row,
      received_at: new Date(row.received_at).toISOString(),
      retried_at: row.retried_at === null ? null : new Date(row.retried_at).toISOString(),
    }));
    return c.json(
      page(asWire(z.array(deadLetterWire), iso), limit, (row) => row.id),
      200,
    );
  })
  .openapi(retry, async (c) => {
    const { tenantId, actor } = c.var;
    const jobId = await withTenant(c.env, tenantId, async (tx) => {
      const id = await takeDeadLetter(tx, c.req.valid("param").id, actor.userId);
      if (id === null) throw notFound("dead letter that still waits");
      await retryJob(tx, { tenantId, jobId: id, actor });
      return id;
    });
    return c.json({ job_id: jobId }, 202);
  });
