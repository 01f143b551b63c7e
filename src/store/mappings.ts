/** Mappings from a source's accounts to the company's own: listed, confirmed, kept. Never merges two accounts by itself. */
import { eq, sql } from "drizzle-orm";
import * as z from "zod";
import { idSchema, type JobId, type MappingId } from "../domain/ids.ts";
import { STAGES } from "../domain/status.ts";
import { jsonRows } from "./read/json.ts";
import { accountMappings } from "./schema.ts";
import { rowsOf, type Tx } from "./tenant.ts";

/** 10,000: as many as accounts. */
const MAPPINGS_MAX = 10_000;

/** A statement of the mapping that is not booked, in a job which goes on when the account is mapped (RULES.md §6, §9). */
const isWaiting = sql`st.tenant_id = m.tenant_id and st.mapping_id = m.id and st.imported_at is null
  and exists (select from ingestion_jobs j where j.tenant_id = st.tenant_id and j.id = st.job_id and j.stage in ('needs_mapping', 'in_review', 'done', 'matching'))`;

/**
 * A mapping `m` that a person is asked for: every count and every list of what is to be mapped is of these. Of a connection that was deleted nothing comes any
 * more, so that only what came before and still waits asks for anybody.
 */
export const isToMap = sql`not (m.verified and m.account_id is not null)
  and (exists (select from connections k where k.tenant_id = m.tenant_id and k.id = m.connection_id and k.deleted_at is null)
       or exists (select from statements st where ${isWaiting}))`;

const mappingColumns = sql`m.id, m.connection_id, c.name as connection_name, m.external_account_id, m.external_account_name, m.last_four, m.currency,
  m.account_id, a.name as account_name, m.suggested_account_id, g.name as suggested_account_name, m.verified, m.verified_by, m.verified_at,
  (select count(distinct st.job_id) from statements st where ${isWaiting}) as waiting_jobs,
  (select coalesce(sum(st.transaction_count), 0) from statements st where ${isWaiting}) as waiting_rows,
  exists (select from statements st where st.tenant_id = m.tenant_id and st.mapping_id = m.id and st.imported_at is not null) as booked_rows,
  m.created_at, m.updated_at`;
const mappingSource = sql`account_mappings m join connections c on c.tenant_id = m.tenant_id and c.id = m.connection_id
  left join accounts a on a.tenant_id = m.tenant_id and a.id = m.account_id
  left join accounts g on g.tenant_id = m.tenant_id and g.id = m.suggested_account_id`;

/** Mappings, those that wait first. */
export function listMappings(tx: Tx, filter: { status?: "unmapped" | "mapped" | undefined; connectionId?: string | undefined }): Promise<unknown[]> {
  const status = filter.status === undefined ? sql`true` : filter.status === "unmapped" ? isToMap : sql`m.verified and m.account_id is not null`;
  const connection = filter.connectionId === undefined ? sql`true` : sql`m.connection_id = ${filter.connectionId}`;
  return jsonRows(
    tx,
    sql`select ${mappingColumns} from ${mappingSource} where ${status} and ${connection}
        order by (m.verified and m.account_id is not null), m.created_at desc, m.id limit ${MAPPINGS_MAX}`,
  );
}

export async function readMapping(tx: Tx, id: string): Promise<unknown | null> {
  const [row] = await jsonRows(tx, sql`select ${mappingColumns} from ${mappingSource} where m.id = ${id}`);
  return row ?? null;
}

const lockedMapping = z.object({
  external_account_id: z.string(),
  currency: z.string().nullable(),
  account_id: z.string().nullable(),
  connection_id: z.string(),
  booked: z.boolean(),
});
export type LockedMapping = z.infer<typeof lockedMapping>;

/** The mapping, locked, with whether rows of it stand in the books; null where it is not there. */
export async function lockMapping(tx: Tx, id: MappingId): Promise<LockedMapping | null> {
  const [row] = await rowsOf(
    tx,
    sql`select m.external_account_id, m.currency, m.account_id, m.connection_id,
          exists (select from statements st where st.tenant_id = m.tenant_id and st.mapping_id = m.id and st.imported_at is not null) as booked
        from account_mappings m where m.id = ${id} for update`,
    lockedMapping,
  );
  return row ?? null;
}

/** Writes what a person says of the mapping. The account takes over the number where it has none yet, so that other connections can suggest it. */
export async function setMapping(tx: Tx, id: MappingId, set: { accountId: string | null; verified: boolean; userId: string | null }): Promise<void> {
  await tx
    .update(accountMappings)
    .set({
      account_id: set.accountId,
      verified: set.verified,
      verified_by: set.verified ? set.userId : null,
      verified_at: set.verified ? sql`now()` : null,
      updated_at: sql`now()`,
    })
    .where(eq(accountMappings.id, id));
  if (set.accountId === null || !set.verified) return;
  await tx.execute(sql`
    update accounts a set account_number_hash = m.external_account_id, account_number_sealed = m.external_account_sealed, last_four = m.last_four, updated_at = now()
      from account_mappings m
     where m.id = ${id} and a.id = ${set.accountId} and a.account_number_hash is null and m.external_account_sealed is not null
       and not exists (select from accounts o where o.account_number_hash = m.external_account_id and o.currency = a.currency)`);
}

const touchedJob = z.object({ id: idSchema<JobId>(), stage: z.enum(STAGES), status: z.string(), is_mapped: z.boolean() });

/**
 * The jobs with unbooked statements of this mapping, locked: `waiting` must be planned anew; one of `importing` may book on the account as it was.
 * The lock makes this and the end of a plan or an import, which look for changed mappings, wait for each other.
 */
export async function lockJobsOf(tx: Tx, id: MappingId): Promise<{ waiting: JobId[]; importing: JobId[] }> {
  const rows = await rowsOf(
    tx,
    sql`select j.id, j.stage, j.status, exists (select from statements st where st.tenant_id = j.tenant_id and st.job_id = j.id and st.mapping_id = ${id}
          and st.imported_at is null and st.account_id is not null) as is_mapped
        from ingestion_jobs j
        where (j.status <> 'failed' or j.stage = 'importing' and j.progress_seq > 0) and j.stage in ('matching', 'needs_mapping', 'in_review', 'importing', 'done') and j.id in (
          select st.job_id from statements st where st.mapping_id = ${id} and st.imported_at is null and st.group_status is distinct from 4)
        order by j.id for update of j`,
    touchedJob,
  );
  const idsOf = (wanted: (row: z.infer<typeof touchedJob>) => boolean) => rows.filter(wanted).map((row) => row.id);
  return {
    waiting: idsOf((row) => row.stage !== "importing" && (row.stage !== "done" || row.status === "partial")),
    importing: idsOf((row) => row.stage === "importing" && row.is_mapped),
  };
}

/** True where a person changed the mapping of one of the job's unbooked statements after the plan took its account from it. */
export async function isMappedAnew(tx: Tx, jobId: JobId): Promise<boolean> {
  const rows = await rowsOf(
    tx,
    sql`select st.id from statements st join account_mappings m on m.tenant_id = st.tenant_id and m.id = st.mapping_id
        where st.job_id = ${jobId} and st.imported_at is null and st.group_status is distinct from 4
          and st.account_id is distinct from case when m.verified then m.account_id end limit 1`,
    z.object({ id: z.string() }),
  );
  return rows.length > 0;
}

/** True where the mapping of a statement that is planned for an account says another one by now, or none. */
export async function isMappedElsewhere(tx: Tx, jobId: string): Promise<boolean> {
  const rows = await rowsOf(
    tx,
    sql`select st.id from statements st join account_mappings m on m.tenant_id = st.tenant_id and m.id = st.mapping_id
        where st.job_id = ${jobId} and st.imported_at is null and st.group_status is distinct from 4 and st.account_id is not null
          and st.account_id is distinct from case when m.verified then m.account_id end limit 1`,
    z.object({ id: z.string() }),
  );
  return rows.length > 0;
}
