/** The rejected rows of a job as CSV: what a person mends and uploads again. */
import { z } from "@hono/zod-openapi";
import { csvLine } from "../lib/csv.ts";
import { listPlanRows } from "../store/read/plan-rows.ts";
import type { Tx } from "../store/tenant.ts";
import { asWire } from "./answer.ts";
import { rowWire } from "./job-wire.ts";

/** 10,000 rejected rows × ~0.5 KB = 5 MB: whoever has more needs another file from the bank, not a spreadsheet. */
const REJECTS_MAX = 10_000;

const rejected = z.array(rowWire.pick({ line_start: true, line_end: true, reason_code: true, reason: true, raw: true }));

/** Line, reason and the raw line of every row that cannot be booked. */
export async function rejectsCsv(tx: Tx, jobId: string): Promise<string> {
  const rows = asWire(rejected, await listPlanRows(tx, jobId, { outcome: "invalid", afterSeq: null, limit: REJECTS_MAX }));
  const lines = rows.map((row) => csvLine([row.line_start, row.line_end, row.reason_code, row.reason, row.raw]));
  return csvLine(["line", "line_end", "code", "reason", "raw"]) + lines.join("");
}
