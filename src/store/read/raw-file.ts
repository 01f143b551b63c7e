/** Where a job's raw file rests, and what it is called. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import type { JobId } from "../../domain/ids.ts";
import { rowsOf, type Tx } from "../tenant.ts";

const rawFileRow = z.object({
  r2_key: z.string(),
  etag: z.string(),
  file_name: z.string(),
  size_bytes: z.coerce.number(),
  expired_at: z.string().nullable(),
});

/** Null where the job has no such page, or is not the tenant's. */
export async function findRawFile(tx: Tx, jobId: JobId, pageNo: number): Promise<z.infer<typeof rawFileRow> | null> {
  const [row] = await rowsOf(
    tx,
    sql`select r2_key, etag, coalesce(file_name, 'file') as file_name, size_bytes, to_json(object_expired_at) #>> '{}' as expired_at from raw_ingestion_data
        where tenant_id = current_tenant() and job_id = ${jobId} and page_no = ${pageNo}`,
    rawFileRow,
  );
  return row ?? null;
}
