/** Before the sweeps: accounts from their mappings, identity keys where the account has just become known, the last plan put aside. Decides no outcome. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import { IDENTITY_VERSION } from "../../domain/identity.ts";
import { noteBooksVersions } from "../../store/books/overtaken.ts";
import { withFreshRows } from "../../store/fresh-rows.ts";
import { rowsOf, type TenantDoor } from "../../store/tenant.ts";
import { type MatchJob, ofJob, sweep } from "./sweep.ts";

/** 50,000 rows × ~0.7 KB rewritten = 35 MB a transaction: about 1 s. */
const KEYED_ROWS_MAX = 50_000;

/** What the sweeps need to know of the job before they begin. */
export interface JobShape {
  connectionId: string;
  rowCount: number;
  hasStrongIds: boolean;
  /** The file was read before (DESIGN.md §3.7): its plan is the difference. */
  isReparse: boolean;
  /** Changes since a cursor: an id that is not known is a movement that is not known, whatever it is like. */
  isIncremental: boolean;
  /** A sync that read everything from the beginning: what it does not show is gone. */
  isWholeRead: boolean;
  /** The source takes movements back by their ids; it gives some that it gave under another id before. */
  hasRemovals: boolean;
  hasReplacements: boolean;
}

const shape = z.object({
  connection_id: z.string(),
  row_count: z.coerce.number(),
  has_strong_ids: z.boolean(),
  is_reparse: z.boolean(),
  is_incremental: z.boolean(),
  is_whole_read: z.boolean(),
  has_removals: z.boolean(),
  has_replacements: z.boolean(),
  last_seq: z.coerce.number(),
  /** The account of some row is another one than its statement's. */
  has_unkeyed: z.boolean(),
});

/** Maps, keys and clears; answers what kind of job this is. */
export async function prepareJob(door: TenantDoor, job: MatchJob): Promise<JobShape> {
  await sweep(door, job, async (tx) => {
    await tx.execute(sql`
      update statements st set account_id = case when m.verified then m.account_id end
        from account_mappings m
       where m.tenant_id = st.tenant_id and m.id = st.mapping_id and ${ofJob("st", job)} and st.imported_at is null
         and st.account_id is distinct from case when m.verified then m.account_id end`);
    await noteBooksVersions(tx, job.lease.jobId);
  });
  const found = await readShape(door, job);
  for (let from = -1; found.has_unkeyed && from < found.last_seq; from += KEYED_ROWS_MAX)
    await keyRows(door, job, { after: from, upTo: from + KEYED_ROWS_MAX });
  await setPlanAside(door, job);
  return {
    connectionId: found.connection_id,
    rowCount: found.row_count,
    hasStrongIds: found.has_strong_ids,
    isReparse: found.is_reparse,
    isIncremental: found.is_incremental,
    isWholeRead: found.is_whole_read,
    hasRemovals: found.has_removals,
    hasReplacements: found.has_replacements,
  };
}

function readShape(door: TenantDoor, job: MatchJob): Promise<z.infer<typeof shape>> {
  return door.tx(async (tx) => {
    const query = sql`select j.connection_id, j.job_type = 'reparse' as is_reparse,
            exists (select from sync_runs u where u.tenant_id = j.tenant_id and u.cursor_from is not null
                and u.job_id in (j.id, (select o.job_id from raw_ingestion_data o where o.tenant_id = j.tenant_id and o.id = j.source_raw_id))) as is_incremental,
            exists (select from sync_runs u where u.tenant_id = j.tenant_id and u.job_id = j.id and u.cursor_from is null) as is_whole_read,
            exists (select from staged_removals d where d.tenant_id = j.tenant_id and d.job_id = j.id) as has_removals,
            exists (select from staged_replacements x where x.tenant_id = j.tenant_id and x.job_id = j.id) as has_replacements, rows.* from ingestion_jobs j, lateral (
            select count(*) as row_count, coalesce(max(s.seq), -1) as last_seq, coalesce(bool_or(s.external_transaction_id is not null), false) as has_strong_ids,
                   coalesce(bool_or(${isUnkeyed}), false) as has_unkeyed
              from staged_transactions s join statements st on st.tenant_id = s.tenant_id and st.id = s.statement_id and ${ofJob("st", job)}
             where ${ofJob("s", job)}) rows
          where j.tenant_id = ${job.tenantId} and j.id = ${job.lease.jobId}`;
    const [row] = await withFreshRows(tx, () => rowsOf(tx, query, shape));
    if (row === undefined) throw new Error(`Job ${job.lease.jobId} is not there.`);
    return row;
  });
}

/** The row's statement `st` has another account than the row `s` was keyed with, and is not booked yet. */
const isUnkeyed = sql`(st.imported_at is null and (s.account_id is distinct from st.account_id or (s.identity_key is null) <> (st.account_id is null)))`;

/**
 * The account came with a mapping after staging, or changed before anything was booked: its rows' keys follow. A row whose statement names no currency
 * (its identity text begins empty) is in its account's. Touches no row that has its key.
 */
function keyRows(door: TenantDoor, job: MatchJob, range: { after: number; upTo: number }): Promise<void> {
  return sweep(door, job, (tx) =>
    tx.execute(sql`
      update staged_transactions s
         set account_id = st.account_id,
             currency = case when starts_with(s.identity_text, chr(31)) then a.currency else s.currency end,
             identity_key = case when st.account_id is not null then
               sha256(convert_to(${IDENTITY_VERSION}::text || chr(31) || st.account_id::text || chr(31)
                 || case when starts_with(s.identity_text, chr(31)) then a.currency else '' end || s.identity_text, 'UTF8')) end
        from statements st left join accounts a on a.tenant_id = st.tenant_id and a.id = st.account_id
       where st.tenant_id = s.tenant_id and st.id = s.statement_id and st.imported_at is null and ${ofJob("s", job)} and ${ofJob("st", job)}
         and s.seq > ${range.after} and s.seq <= ${range.upTo}
         and ${isUnkeyed}`),
  );
}

/**
 * Clears the plan of all that is not imported yet. What people decided waits under a negative seq until the new plan stands (`restoreDecisions`),
 * so that a worker killed in between loses no decision.
 */
function setPlanAside(door: TenantDoor, job: MatchJob): Promise<void> {
  return sweep(door, job, async (tx) => {
    const open = sql`m.statement_id in (select st.id from statements st where ${ofJob("st", job)} and st.imported_at is null)`;
    await tx.execute(sql`
      insert into staged_matches (tenant_id, job_id, seq, statement_id, outcome, reason_code, reason, target_id, decision, decided_by, decided_at)
      select m.tenant_id, m.job_id, -1 - m.seq, m.statement_id, m.outcome, m.reason_code, m.reason, m.target_id, m.decision, m.decided_by, m.decided_at
        from staged_matches m where ${ofJob("m", job)} and m.seq >= 0 and m.decision is not null and ${open}
      on conflict (tenant_id, job_id, seq) do update set outcome = excluded.outcome, target_id = excluded.target_id,
        decision = excluded.decision, decided_by = excluded.decided_by, decided_at = excluded.decided_at`);
    await tx.execute(sql`delete from staged_matches m where ${ofJob("m", job)} and m.seq >= 0 and ${open}`);
    await tx.execute(sql`delete from staged_runs m where ${ofJob("m", job)} and ${open}`);
  });
}
