/** The audit log: read and proven. Nothing here writes to it. */
import { createRoute, z } from "@hono/zod-openapi";
import { idSchema, type JobId } from "../domain/ids.ts";
import { listAudit } from "../store/audit.ts";
import { verifyAgainstHead } from "../store/audit-head.ts";
import { withTenant } from "../store/tenant.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { auditVerifyWire, auditWire, listOf } from "./wire.ts";

const list = createRoute({
  method: "get",
  path: "/api/audit",
  tags: ["Audit"],
  summary: "What was done, newest first",
  middleware: [permit("audit:read")] as const,
  request: {
    query: z.object({
      cursor: z.uuid().optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
      job_id: idSchema<JobId>().optional(),
      action: z.string().min(1).max(100).optional(),
    }),
  },
  responses: {
    200: { description: "A page of the log.", content: { "application/json": { schema: listOf(auditWire) } } },
    ...problems(400, 401, 403),
  },
});

const verify = createRoute({
  method: "get",
  path: "/api/audit/verify",
  tags: ["Audit"],
  summary: "Prove that nothing in the log was changed, removed or put elsewhere",
  middleware: [permit("audit:read")] as const,
  responses: {
    200: { description: "`ok`, or the first break and why.", content: { "application/json": { schema: auditVerifyWire } } },
    ...problems(401, 403),
  },
});

export const auditRoutes = newRoutes()
  .openapi(list, async (c) => {
    const { cursor, limit, job_id: jobId, action } = c.req.valid("query");
    return c.json(await withTenant(c.env, c.var.tenantId, (tx) => listAudit(tx, { cursor, limit, jobId, action })), 200);
  })
  .openapi(verify, async (c) => {
    const { firstBreak, ...verified } = await verifyAgainstHead(c.env, c.var.tenantId);
    return c.json({ ...verified, first_break: firstBreak }, 200);
  });
