/** The audit log: read, taken along and proven. Nothing here changes it; that somebody took it along is written into it. */
import { createRoute, z } from "@hono/zod-openapi";
import { idSchema, type JobId } from "../domain/ids.ts";
import { csvLine } from "../lib/csv.ts";
import { type AuditFilter, type AuditRow, listAudit, recordAudit } from "../store/audit.ts";
import { verifyAgainstHead } from "../store/audit-head.ts";
import { withTenant } from "../store/tenant.ts";
import type { AppContext } from "./app-env.ts";
import { auditVerifyWire, auditWire } from "./audit-wire.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { streamOf } from "./stream.ts";
import { listOf } from "./wire.ts";

const filterQuery = z.object({
  job_id: idSchema<JobId>().optional(),
  action: z.string().min(1).max(100).optional(),
  user_id: z.uuid().optional(),
  token_id: z.uuid().optional(),
  subject_type: z.string().min(1).max(100).optional(),
  subject_id: z.string().min(1).max(100).optional(),
  from: z.iso.date().optional().openapi({ description: "The first day, in UTC." }),
  to: z.iso.date().optional().openapi({ description: "The last day, in UTC." }),
});

const list = createRoute({
  method: "get",
  path: "/api/audit",
  tags: ["Audit"],
  summary: "What was done, newest first",
  middleware: [permit("audit:read")] as const,
  request: { query: filterQuery.extend({ cursor: z.uuid().optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }) },
  responses: {
    200: { description: "A page of the log.", content: { "application/json": { schema: listOf(auditWire) } } },
    ...problems(400, 401, 403),
  },
});

const csv = createRoute({
  method: "get",
  path: "/api/audit.csv",
  tags: ["Audit"],
  summary: "The whole log, or what of it is asked for, for a spreadsheet; newest first",
  middleware: [permit("audit:read")] as const,
  request: { query: filterQuery },
  responses: { 200: { description: "CSV.", content: { "text/csv": { schema: z.string() } } }, ...problems(400, 401, 403) },
});

const ndjson = createRoute({
  method: "get",
  path: "/api/audit.ndjson",
  tags: ["Audit"],
  summary: "The same, an entry a line, as the log's list answers it",
  middleware: [permit("audit:read")] as const,
  request: { query: filterQuery },
  responses: { 200: { description: "NDJSON.", content: { "application/octet-stream": { schema: z.string() } } }, ...problems(400, 401, 403) },
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
    const { cursor, limit, ...wanted } = c.req.valid("query");
    return c.json(await withTenant(c.env, c.var.tenantId, (tx) => listAudit(tx, { cursor, limit, ...filterOf(wanted) })), 200);
  })
  .openapi(csv, async (c) => {
    await noteExport(c, "csv");
    const lines = await exported(c, filterOf(c.req.valid("query")), (row) => csvLine(CSV_COLUMNS.map((column) => csvField(row[column]))));
    return c.body(streamOf(csvLine(CSV_COLUMNS), lines), 200, {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": 'attachment; filename="audit.csv"',
    });
  })
  .openapi(ndjson, async (c) => {
    await noteExport(c, "ndjson");
    const lines = await exported(c, filterOf(c.req.valid("query")), (row) => `${JSON.stringify(row)}\n`);
    return c.body(streamOf("", lines), 200, {
      "content-type": "application/octet-stream",
      "content-disposition": 'attachment; filename="audit.ndjson"',
    });
  })
  .openapi(verify, async (c) => {
    const { firstBreak, ...verified } = await verifyAgainstHead(c.env, c.var.tenantId);
    return c.json({ ...verified, first_break: firstBreak }, 200);
  });

function filterOf(query: z.infer<typeof filterQuery>): Omit<AuditFilter, "cursor" | "limit"> {
  const { job_id: jobId, user_id: userId, token_id: tokenId, subject_type: subjectType, subject_id: subjectId, action, from, to } = query;
  return { jobId, userId, tokenId, subjectType, subjectId, action, from, to };
}

const CSV_COLUMNS = [
  "created_at",
  "action",
  "subject_type",
  "subject_id",
  "user_id",
  "token_id",
  "ip_address",
  "job_id",
  "connection_id",
  "details",
  "seal_no",
  "hash",
  "id",
] as const satisfies readonly (keyof AuditRow)[];

const csvField = (value: AuditRow[keyof AuditRow]) => (typeof value === "object" && value !== null ? JSON.stringify(value) : value);

/** Who takes the log with them is in it. */
async function noteExport(c: AppContext, format: "csv" | "ndjson"): Promise<void> {
  await withTenant(c.env, c.var.tenantId, (tx) =>
    recordAudit(tx, c.var.actor, {
      action: "audit.exported",
      subjectType: "audit",
      subjectId: null,
      details: { format, query: new URL(c.req.url).search },
    }),
  );
}

/** 1,000 entries a transaction: half a megabyte, and no transaction that lasts as long as somebody reads. */
const EXPORT_PAGE = 1_000;

type Line = (row: AuditRow) => string;

/** The first page is read before anything is answered, so that what cannot be asked is refused as everywhere. */
async function exported(c: AppContext, filter: Omit<AuditFilter, "cursor" | "limit">, line: Line): Promise<AsyncGenerator<string>> {
  const pageFrom = (cursor: string | undefined) =>
    withTenant(c.env, c.var.tenantId, (tx) => listAudit(tx, { ...filter, cursor, limit: EXPORT_PAGE }));
  return pagesFrom(await pageFrom(undefined), pageFrom, line);
}

type Page = Awaited<ReturnType<typeof listAudit>>;

async function* pagesFrom(first: Page, pageFrom: (cursor: string) => Promise<Page>, line: Line): AsyncGenerator<string> {
  for (let page = first; ; page = await pageFrom(page.next_cursor)) {
    yield page.data.map(line).join("");
    if (page.next_cursor === null) return;
  }
}
