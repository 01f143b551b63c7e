/** Everything a company has, for its owners to take along: one line a row, streamed. Nothing here is held whole, and no transaction lasts as long as somebody reads. */
import { createRoute, z } from "@hono/zod-openapi";
import { recordAudit } from "../store/audit.ts";
import { type ExportPage, exportFiles, exportPage, exportTables } from "../store/export.ts";
import { type Tx, withTenant, withTenantDoor } from "../store/tenant.ts";
import type { AppContext } from "./app-env.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { streamFrom } from "./stream.ts";

/** 2 MB of text a page: four copies of it on their way through the driver are far below an isolate's memory. */
const PAGE_BYTES = 2_000_000;
/** A table's first page, before its rows' width is known; and the most of them, however narrow. */
const FIRST_ROWS = 50;
const PAGE_ROWS_MAX = 5_000;

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
  return c.body(
    streamFrom((write) => writeAll(c, table, write)),
    200,
    {
      "content-type": "application/octet-stream",
      "content-disposition": 'attachment; filename="company.ndjson"',
    },
  );
});

type Write = (text: string) => Promise<void>;

async function writeAll(c: AppContext, wanted: string | undefined, write: Write): Promise<void> {
  let count = 0;
  for (const table of exportTables().filter(({ name }) => wanted === undefined || wanted === name)) {
    count += await writePages(c, { head: `{"table":${JSON.stringify(table.name)},"row":`, write, read: (tx, page) => exportPage(tx, table, page) });
  }
  if (wanted === undefined || wanted === "raw_files") count += await writePages(c, { head: '{"raw_file":', write, read: exportFiles });
  await write(`${JSON.stringify({ end: { lines: count } })}\n`);
}

interface Pages {
  head: string;
  write: Write;
  read(tx: Tx, page: { after: string[] | null; limit: number }): Promise<ExportPage>;
}

/** One connection a table, one short transaction a page: nothing is open in the database while somebody reads slowly. How many lines there were. */
function writePages(c: AppContext, { head, write, read }: Pages): Promise<number> {
  return withTenantDoor(c.env, c.var.tenantId, async (door) => {
    let count = 0;
    let limit = FIRST_ROWS;
    for (let after: string[] | null = null; ; ) {
      const page: ExportPage = await door.tx((tx) => read(tx, { after, limit }));
      const text = page.lines.map((line) => `${head}${line}}\n`).join("");
      if (text !== "") await write(text);
      count += page.lines.length;
      if (page.next === null) return count;
      after = page.next;
      limit = nextLimit(limit, text.length);
    }
  });
}

/** As many rows as fill a page at the width of the last ones; four times as many at the most, since the next may be wider. */
function nextLimit(limit: number, chars: number): number {
  return Math.max(1, Math.min(PAGE_ROWS_MAX, 4 * limit, Math.floor((limit * PAGE_BYTES) / chars)));
}
