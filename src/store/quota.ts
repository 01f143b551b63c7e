/** What a company may send in a day, files and bytes. Counts what is there; keeps no figure of its own that could be wrong. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import { Refusal } from "../domain/refusal.ts";
import { rowsOf, type Tx } from "./tenant.ts";

/**
 * 20,000 files and 100 GB: far above a large company's day, and an end to a program that has gone wild. `tenants.settings.quotas` says otherwise, and
 * a company itself may say less (`own_quotas`, src/store/settings.ts).
 */
export const FILES_A_DAY = 20_000;
export const BYTES_A_DAY = 100 * 1024 ** 3;

const usageRow = z.object({
  files: z.coerce.number(),
  bytes: z.coerce.number(),
  files_max: z.coerce.number(),
  bytes_max: z.coerce.number(),
  seconds_left: z.coerce.number(),
});

/** A raw file's id is a uuid v7, made when it began to come: those of today (UTC) are one range of the primary key. */
const firstOfToday = sql`(select (substr(at, 1, 8) || '-' || substr(at, 9, 4) || '-7000-8000-000000000000')::uuid
  from (select lpad(to_hex((extract(epoch from date_trunc('day', now(), 'UTC')) * 1000)::bigint), 12, '0') as at) day)`;

/** Throws 429 `quota_exceeded`, with the time until tomorrow, where one more file of this size is too much. Two at once may both be the last one. */
export async function requireQuota(tx: Tx, sizeBytes: number): Promise<void> {
  const [usage] = await rowsOf(
    tx,
    sql`select count(r.id) as files, coalesce(sum(r.size_bytes), 0) as bytes,
               least((t.settings #>> '{own_quotas,files_a_day}')::bigint, coalesce((t.settings #>> '{quotas,files_a_day}')::bigint, ${FILES_A_DAY})) as files_max,
               least((t.settings #>> '{own_quotas,bytes_a_day}')::bigint, coalesce((t.settings #>> '{quotas,bytes_a_day}')::bigint, ${BYTES_A_DAY})) as bytes_max,
               ceil(extract(epoch from date_trunc('day', now(), 'UTC') + interval '1 day' - now())) as seconds_left
          from tenants t left join raw_ingestion_data r on r.tenant_id = t.id and r.id >= ${firstOfToday}
         where t.id = current_tenant() group by t.id, t.settings`,
    usageRow,
  );
  if (usage === undefined) throw new Error("The transaction has no tenant.");
  const isTooMany = usage.files >= usage.files_max;
  if (!isTooMany && usage.bytes + sizeBytes <= usage.bytes_max) return;
  throw new Refusal({
    status: 429,
    code: "quota_exceeded",
    message: `Your company has sent ${usage.files} files with ${usage.bytes} bytes today (UTC), and this one is more than a day's quota. Send it tomorrow, or ask those who run this installation for more.`,
    expected: { files: usage.files_max, bytes: usage.bytes_max },
    seen: { files: usage.files + 1, bytes: usage.bytes + sizeBytes },
    retryAfterSeconds: usage.seconds_left,
  });
}
