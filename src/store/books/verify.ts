/** The plan against the books as they are now, before the first write: what drifted, and whether it may be booked all the same (RULES.md §6). */
import { sql } from "drizzle-orm";
import * as z from "zod";
import { withFreshRows } from "../fresh-rows.ts";
import { rowsOf, type Tx } from "../tenant.ts";
import { bookable, effectiveDecision } from "./sql.ts";

/**
 * Drift that books less: a row planned as new has been booked by another job since. It becomes a duplicate that says so, and its own duplicates follow it.
 * Returns how many.
 */
export async function yieldToBooked(tx: Tx, jobId: string): Promise<number> {
  const yielding = sql`
    insert into staged_matches (tenant_id, job_id, seq, statement_id, outcome, reason_code, reason, target_id, occurrence)
    select s.tenant_id, s.job_id, s.seq, s.statement_id, 'duplicate', 'booked_meanwhile', 'Another job booked this same row after the plan was made.', t.id, null
      from staged_transactions s
      join statements st on st.tenant_id = s.tenant_id and st.id = s.statement_id
      left join staged_matches m on m.tenant_id = s.tenant_id and m.job_id = s.job_id and m.seq = s.seq
      cross join lateral (
        select t.id from transactions t where t.tenant_id = s.tenant_id and t.account_id = s.account_id and t.posted_on = s.posted_on
           and t.identity_key = s.identity_key and t.occurrence between coalesce(m.occurrence, 1) and coalesce(m.occurrence, 1)
           and t.deleted_by_job_id is null order by t.occurrence limit 1) t
     where s.job_id = ${jobId} and ${bookable} and (m.seq is null or (m.outcome = 'new' and ${effectiveDecision} = 'import'))
    on conflict (tenant_id, job_id, seq) do update
      set outcome = excluded.outcome, reason_code = excluded.reason_code, reason = excluded.reason, target_id = excluded.target_id, occurrence = null, decision = null`;
  const result = await withFreshRows(tx, () => tx.execute(yielding));
  const yielded = result.rowCount ?? 0;
  if (yielded > 0) {
    await tx.execute(sql`
      update staged_matches d set target_id = m.target_id
        from staged_matches m join staged_transactions s on s.tenant_id = m.tenant_id and s.job_id = m.job_id and s.seq = m.seq
       where m.job_id = ${jobId} and m.reason_code = 'booked_meanwhile' and d.job_id = ${jobId} and d.target_id = s.id and d.seq <> m.seq`);
  }
  return yielded;
}

/** Drift that must go back to a person: a pinned target that changed, or a place or target that is gone. Returns how many rows. */
export async function countDrift(tx: Tx, jobId: string): Promise<number> {
  const counting = sql`select
      (select count(*) from staged_matches m
         join statements st on st.tenant_id = m.tenant_id and st.id = m.statement_id
         left join lateral (select t.id, t.version from transactions t where t.tenant_id = m.tenant_id and t.id = m.target_id limit 1) t on true
        where m.job_id = ${jobId} and st.imported_at is null and m.target_id is not null and ${effectiveDecision} <> 'skip'
          and (m.outcome in ('update', 'removal', 'conflict') and (t.id is null or t.version <> m.target_version)
            or m.outcome in ('duplicate', 'possible_duplicate') and t.id is null
               and m.target_id not in (select s.id from staged_transactions s where s.job_id = ${jobId})))
      + (select count(*) from staged_transactions s
           join statements st on st.tenant_id = s.tenant_id and st.id = s.statement_id
           left join staged_matches m on m.tenant_id = s.tenant_id and m.job_id = s.job_id and m.seq = s.seq
           cross join lateral (
             select t.id from transactions t where t.tenant_id = s.tenant_id and t.account_id = s.account_id and t.posted_on = s.posted_on
               and t.identity_key = s.identity_key and t.occurrence between coalesce(m.occurrence, 1) and coalesce(m.occurrence, 1)
             order by t.occurrence limit 1) t
          where s.job_id = ${jobId} and ${bookable} and (m.seq is null or (m.outcome = 'new' and ${effectiveDecision} = 'import'))) as drift`;
  const [row] = await withFreshRows(tx, () => rowsOf(tx, counting, z.object({ drift: z.coerce.number() })));
  return row?.drift ?? 0;
}
