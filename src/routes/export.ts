/** Everything a company has, for its owners to take along: one line a row, streamed. Nothing here is held whole, and no transaction lasts as long as somebody reads. */
import { createRoute, z } from "@hono/zod-openapi";
import { recordAudit } from "../store/audit.ts";
import { type ExportPage, exportFiles, exportPage, exportTables } from "../store/export.ts";
import { withTenant } from "../store/tenant.ts";
import type { AppContext } from "./app-env.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { streamOf } from "./stream.ts";

/** 500 rows of at most some 10 KB: below 5 MB a page, a fraction of that as a rule. */
const PAGE_ROWS = 500;

const ndjson = createRoute({
  method: "get",
  path: "/api/export.ndjson",
  tags: ["Company"],
  summary: "Everything the company has: every row of every table, then the list of its raw files",
  description:
    "A line is `{ table, row }`, or for a stored file `{ raw_file }` with the address that gives it out; the last line is `{ end: { lines } }`, without which it is cut short. " +
    "Secrets, token hashes and look-up hashes are `{ set: true }`. Amounts are text. Each page of rows is as it was when it was read.",
  middleware: [permit("company:export")] as const,
  request: {
    query: z.object({ table: z.string().max(63).optional().openapi({ description: "One table alone; `raw_files` is the list of files." }) }),
  },
  responses: {
    200: { description: "NDJSON.", content: { "application/octet-stream": { schema: z.string() } } },
    ...problems(400, 401, 403),
  },
});

export const exportRoutes = newRoutes().openapi(ndjson, async (c) => {
  const { table } = c.req.valid("query");
  await withTenant(c.env, c.var.tenantId, (tx) =>
    recordAudit(tx, c.var.actor, {
      action: "company.exported",
      subjectType: "company",
      subjectId: c.var.tenantId,
      details: { table: table ?? null },
    }),
  );
  return c.body(streamOf("", lines(c, table)), 200, {
    "content-type": "application/octet-stream",
    "content-disposition": 'attachment; filename="company.ndjson"',
  });
});

async function* lines(c: AppContext, wanted: string | undefined): AsyncGenerator<string> {
  let count = 0;
  for (const table of exportTables().filter(({ name }) => wanted === undefined || wanted === name)) {
    const head = `{"table":${JSON.stringify(table.name)},"row":`;
    for await (const page of pages((after) => withTenant(c.env, c.var.tenantId, (tx) => exportPage(tx, table, { after, limit: PAGE_ROWS })))) {
      count += page.length;
      yield page.map((line) => `${head}${line}}\n`).join("");
    }
  }
  if (wanted === undefined || wanted === "raw_files") {
    for await (const page of pages((after) => withTenant(c.env, c.var.tenantId, (tx) => exportFiles(tx, { after, limit: PAGE_ROWS })))) {
      count += page.length;
      yield page.map((line) => `{"raw_file":${line}}\n`).join("");
    }
  }
  yield `${JSON.stringify({ end: { lines: count } })}\n`;
}

async function* pages(read: (after: string[] | null) => Promise<ExportPage>): AsyncGenerator<string[]> {
  for (let after: string[] | null = null; ; ) {
    const page: ExportPage = await read(after);
    if (page.lines.length > 0) yield page.lines;
    if (page.next === null) return;
    after = page.next;
  }
}
