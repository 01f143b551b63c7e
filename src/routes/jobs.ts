/** Jobs: seen, reviewed, approved, cancelled, retried, undone. Thin: permission, input, one call, output. */
import { createRoute, z } from "@hono/zod-openapi";
import { idSchema, type JobId } from "../domain/ids.ts";
import { DECISIONS, DEFAULT_DECISION, OUTCOMES } from "../domain/plan.ts";
import { jobVerdict, statementVerdict } from "../domain/proof.ts";
import { notFound } from "../domain/refusal.ts";
import { STAGES } from "../domain/status.ts";
import { describeTypeCode } from "../pipeline/describe.ts";
import { approveJob, cancelJob, decideRows, type JobAct, retryJob } from "../pipeline/review.ts";
import { readImpact, requestUndo } from "../pipeline/undo.ts";
import { closeDeadLetters } from "../store/dead-letters.ts";
import { listJobs, listProblems, listStatements, readJob } from "../store/read/jobs.ts";
import { listPlanRows } from "../store/read/plan-rows.ts";
import { type Tx, withTenant } from "../store/tenant.ts";
import { asWire, body, foundAsWire, idPageQuery, idParam, json, jsonOrNothing, page, rowPageQuery } from "./answer.ts";
import type { AppContext } from "./app-env.ts";
import { impactWire, jobDetailWire, jobProblemWire, jobWire, rowWire } from "./job-wire.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { rejectsCsv } from "./rejects.ts";
import { listOf } from "./wire.ts";

const params = idParam(idSchema<JobId>());
const tags = ["Jobs"];

const list = createRoute({
  method: "get",
  path: "/api/jobs",
  tags,
  summary: "Jobs, newest first",
  middleware: [permit("jobs:read")] as const,
  request: {
    query: idPageQuery.extend({
      connection_id: z.uuid().optional(),
      status: z.enum(["pending", "running", "completed", "partial", "failed"]).optional(),
      stage: z.enum(STAGES).optional(),
    }),
  },
  responses: { 200: json(listOf(jobWire), "A page of jobs."), ...problems(400, 401, 403) },
});

const read = createRoute({
  method: "get",
  path: "/api/jobs/{id}",
  tags,
  summary: "One job with its statements and their proof",
  middleware: [permit("jobs:read")] as const,
  request: { params },
  responses: { 200: json(jobDetailWire, "The job."), ...problems(400, 401, 403, 404) },
});

const rows = createRoute({
  method: "get",
  path: "/api/jobs/{id}/rows",
  tags,
  summary: "The plan, row by row",
  middleware: [permit("jobs:read")] as const,
  request: { params, query: rowPageQuery.extend({ outcome: z.enum(OUTCOMES).optional(), statement_id: z.uuid().optional() }) },
  responses: { 200: json(listOf(rowWire), "A page of rows in file order."), ...problems(400, 401, 403, 404) },
});

const jobProblems = createRoute({
  method: "get",
  path: "/api/jobs/{id}/problems",
  tags,
  summary: "What was wrong with the file, with line, record and field",
  middleware: [permit("jobs:read")] as const,
  request: { params, query: rowPageQuery.extend({ severity: z.enum(["error", "warning", "info"]).optional() }) },
  responses: { 200: json(listOf(jobProblemWire), "A page of problems in file order."), ...problems(400, 401, 403, 404) },
});

const rejects = createRoute({
  method: "get",
  path: "/api/jobs/{id}/rejects.csv",
  tags,
  summary: "The rows that cannot be booked, with line and reason",
  middleware: [permit("jobs:read")] as const,
  request: { params },
  responses: { 200: { description: "CSV.", content: { "text/csv": { schema: z.string() } } }, ...problems(400, 401, 403, 404) },
});

const decisionBody = z.union([
  z.strictObject({ where: z.strictObject({ outcome: z.enum(OUTCOMES) }), decision: z.enum(DECISIONS) }),
  z
    .array(z.strictObject({ row_id: z.string().regex(/^\d{1,15}$/), decision: z.enum(DECISIONS), transaction_id: z.uuid().optional() }))
    .min(1)
    .max(1_000),
]);

const decide = createRoute({
  method: "post",
  path: "/api/jobs/{id}/decisions",
  tags,
  summary: "Decide rows, one by one or a whole outcome",
  middleware: [permit("jobs:review")] as const,
  request: { params, body: body(decisionBody) },
  responses: {
    200: json(
      z.object({ decided: z.number().int(), plan_version: z.number().int(), undecided: z.number().int() }),
      "What is decided, and what is still open.",
    ),
    ...problems(400, 401, 403, 404, 409, 422),
  },
});

const approve = createRoute({
  method: "post",
  path: "/api/jobs/{id}/approve",
  tags,
  summary: "Book the plan that was read",
  middleware: [permit("jobs:review"), jsonOrNothing] as const,
  request: {
    params,
    body: { required: false, content: { "application/json": { schema: z.strictObject({ plan_version: z.number().int().optional() }) } } },
  },
  responses: { 202: json(jobDetailWire, "On its way to the books."), ...problems(400, 401, 403, 404, 409, 412, 415) },
});

const act = <Verb extends "cancel" | "retry" | "undo">(verb: Verb, summary: string) =>
  createRoute({
    method: "post",
    path: `/api/jobs/{id}/${verb}` as const,
    tags,
    summary,
    middleware: [permit("jobs:review")] as const,
    request: { params },
    responses: { 202: json(jobDetailWire, "The job as it stands now."), ...problems(400, 401, 403, 404, 409) },
  });

const impact = createRoute({
  method: "get",
  path: "/api/jobs/{id}/undo",
  tags,
  summary: "What an undo would do, and what stands against it",
  middleware: [permit("jobs:read")] as const,
  request: { params },
  responses: { 200: json(impactWire, "The impact."), ...problems(400, 401, 403, 404, 409) },
});

export const jobRoutes = newRoutes()
  .openapi(list, async (c) => {
    const { cursor, limit, connection_id: connectionId, status, stage } = c.req.valid("query");
    const found = await withTenant(c.env, c.var.tenantId, (tx) =>
      listJobs(tx, { cursor: cursor ?? null, limit: limit + 1, connectionId, status, stage }),
    );
    return c.json(
      page(asWire(z.array(jobWire), found), limit, (job) => job.id),
      200,
    );
  })
  .openapi(read, async (c) => c.json(await withTenant(c.env, c.var.tenantId, (tx) => jobDetail(tx, c.req.valid("param").id)), 200))
  .openapi(rows, async (c) => {
    const { cursor, limit, outcome, statement_id: statementId } = c.req.valid("query");
    const { id } = c.req.valid("param");
    const found = await withTenant(c.env, c.var.tenantId, async (tx) => {
      await requireJob(tx, id);
      return listPlanRows(tx, id, { outcome, statementId, afterSeq: cursor === undefined ? null : Number(cursor), limit: limit + 1 });
    });
    const wire = asWire(z.array(rowWire.omit({ type_description: true, default_decision: true })), found).map((row) => ({
      ...row,
      type_description: describeTypeCode(row.type_code),
      default_decision: DEFAULT_DECISION[row.outcome],
    }));
    return c.json(
      page(wire, limit, (row) => row.row_id),
      200,
    );
  })
  .openapi(jobProblems, async (c) => {
    const { cursor, limit, severity } = c.req.valid("query");
    const { id } = c.req.valid("param");
    const found = await withTenant(c.env, c.var.tenantId, async (tx) => {
      await requireJob(tx, id);
      return listProblems(tx, id, { severity, afterSeq: cursor === undefined ? null : Number(cursor), limit: limit + 1 });
    });
    return c.json(
      page(asWire(z.array(jobProblemWire), found), limit, (row) => row.id),
      200,
    );
  })
  .openapi(rejects, async (c) => {
    const { id } = c.req.valid("param");
    const found = await withTenant(c.env, c.var.tenantId, async (tx) => {
      await requireJob(tx, id);
      return rejectsCsv(tx, id);
    });
    return c.body(found, 200, { "content-type": "text/csv; charset=utf-8", "content-disposition": 'attachment; filename="rejects.csv"' });
  })
  .openapi(decide, async (c) => {
    const given = c.req.valid("json");
    const jobAct = { tenantId: c.var.tenantId, jobId: c.req.valid("param").id, actor: c.var.actor };
    return c.json(await withTenant(c.env, c.var.tenantId, (tx) => decideRows(tx, jobAct, Array.isArray(given) ? given : [given])), 200);
  })
  .openapi(approve, async (c) => {
    const version = c.req.valid("json")?.plan_version ?? null;
    return c.json(await afterwards(c, c.req.valid("param").id, (tx, jobAct) => approveJob(tx, jobAct, version)), 202);
  })
  .openapi(act("cancel", "End a job that has booked nothing"), async (c) => c.json(await afterwards(c, c.req.valid("param").id, cancelJob), 202))
  .openapi(act("retry", "Send a failed job on from where it stopped"), async (c) => {
    const detail = await afterwards(c, c.req.valid("param").id, async (tx, jobAct) => {
      await retryJob(tx, jobAct);
      await closeDeadLetters(tx, jobAct.jobId, jobAct.actor.userId);
    });
    return c.json(detail, 202);
  })
  .openapi(act("undo", "Take back everything that this job booked"), async (c) =>
    c.json(await afterwards(c, c.req.valid("param").id, requestUndo), 202),
  )
  .openapi(impact, async (c) => c.json(await withTenant(c.env, c.var.tenantId, (tx) => readImpact(tx, { jobId: c.req.valid("param").id })), 200));

type JobDetail = z.infer<typeof jobDetailWire>;

/** Does it, and shows the job as it stands then, in one transaction. */
function afterwards(c: AppContext, jobId: JobId, verb: (tx: Tx, act: JobAct) => Promise<void>): Promise<JobDetail> {
  const { tenantId, actor } = c.var;
  return withTenant(c.env, tenantId, async (tx): Promise<JobDetail> => {
    await verb(tx, { tenantId, jobId, actor });
    return jobDetail(tx, jobId);
  });
}

const envelopeChecks = z.array(z.object({ scope: z.enum(["group", "file"]), check: z.looseObject({}) }));

/** The job, its statements, and one verdict over all its checks. */
export async function jobDetail(tx: Tx, jobId: JobId): Promise<JobDetail> {
  const found = foundAsWire(z.looseObject({ envelope_proof: envelopeChecks }), await readJob(tx, jobId), "job");
  const envelope = found.envelope_proof.map(({ scope, check }) => ({ scope, ...check }));
  const statements = asWire(z.array(jobDetailWire.shape.statements.element.omit({ proof_ok: true })), await listStatements(tx, jobId));
  const proven = statements.map((statement) => ({ ...statement, proof_ok: statementVerdict(statement.proof) }));
  const envelopeProof = asWire(jobDetailWire.shape.envelope_proof, envelope);
  const proofOk = jobVerdict([...proven.map((statement) => statement.proof_ok), ...envelopeProof.map((check) => check.ok)]);
  return asWire(jobDetailWire, { ...found, statements: proven, envelope_proof: envelopeProof, proof_ok: proofOk });
}

async function requireJob(tx: Tx, jobId: JobId): Promise<void> {
  const found = await tx.query.ingestionJobs.findFirst({ columns: { id: true }, where: (jobs, { eq }) => eq(jobs.id, jobId) });
  if (!found) throw notFound("job");
}
