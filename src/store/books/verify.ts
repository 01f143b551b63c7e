/** The plan against the books as they are now, before the first write: what drifted, and whether it may be booked all the same (RULES.md §6). */
import { type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import { withFreshRows } from "../fresh-rows.ts";
import { rowsOf, type Tx } from "../tenant.ts";
import type { Slice } from "./rows.ts";
import { bookable, effectiveDecision } from "./sql.ts";

/**
 * The slice's rows that would be booked as new, each with the transaction that has its place already: `s`, `m`, `st`, `t`. The first at or behind the place is
 * asked for, in the identity's own order, so that no other index can answer (fresh-rows.ts).
 */
const takenPlaces = (slice: Slice, standing: SQL) => sql`
  staged_transactions s
  join statements st on st.tenant_id = s.tenant_id and st.id = s.statement_id
  left join plan_entries m on m.tenant_id = s.tenant_id and m.job_id = ${slice.jobId} and m.seq = s.seq and m.seq > ${slice.from} and m.seq <= ${slice.to}
  cross join lateral (
    select b.id, b.occurrence, b.deleted_by_job_id, b.is_pending, b.connection_id from transactions b
     where b.tenant_id = s.tenant_id and b.account_id = s.account_id and b.posted_on = s.posted_on and b.identity_key = s.identity_key
       and b.occurrence >= coalesce(m.occurrence, 1) order by b.occurrence limit 1) t
 where s.job_id = ${slice.jobId} and s.seq > ${slice.from} and s.seq <= ${slice.to} and st.job_id = ${slice.jobId} and ${bookable}
   and t.occurrence = coalesce(m.occurrence, 1) and ${standing}
   and (m.seq is null or (m.outcome = 'new' and ${effectiveDecision} = 'import'))`;

/**
 * Drift that books less: a row planned as new has been booked by another job since. It becomes a duplicate that says so, and its own duplicates follow it.
 * An interim row that a final one should confirm is no such drift. Returns how many.
 */
export async function yieldToBooked(tx: Tx, slice: Slice): Promise<number> {
  const result = await withFreshRows(tx, () =>
    tx.execute(sql`
    insert into staged_matches (tenant_id, job_id, seq, statement_id, outcome, reason_code, reason, target_id, occurrence)
    select s.tenant_id, s.job_id, s.seq, s.statement_id, 'duplicate', 'booked_meanwhile', 'Another job booked this same row after the plan was made.', t.id, null
      from ${takenPlaces(slice, sql`t.deleted_by_job_id is null and t.id <> s.id and not (t.is_pending and st.kind = 'final' and t.connection_id = st.connection_id)`)}
    on conflict (tenant_id, job_id, seq) do update
      set outcome = excluded.outcome, reason_code = excluded.reason_code, reason = excluded.reason, target_id = excluded.target_id, occurrence = null, decision = null`),
  );
  const yielded = result.rowCount ?? 0;
  if (yielded > 0) {
    await tx.execute(sql`
      update staged_matches d set target_id = m.target_id
        from staged_matches m join staged_transactions s on s.tenant_id = m.tenant_id and s.job_id = m.job_id and s.seq = m.seq
       where m.job_id = ${slice.jobId} and m.seq > ${slice.from} and m.seq <= ${slice.to} and m.reason_code = 'booked_meanwhile'
         and d.job_id = ${slice.jobId} and d.target_id = s.id and d.seq <> m.seq`);
  }
  return yielded;
}

/** Drift that must go back to a person: a place that is taken and does not yield. Returns how many rows. */
export async function countTakenPlaces(tx: Tx, slice: Slice): Promise<number> {
  const [row] = await withFreshRows(tx, () => rowsOf(tx, sql`select count(*) as drift from ${takenPlaces(slice, sql`true`)}`, driftRow));
  return row?.drift ?? 0;
}

/**
 * Drift that must go back to a person: a pinned target that changed, is gone, or was taken back for the bank, which no row meets. Returns how many of the
 * plan's entries in the slice.
 */
export async function countChangedTargets(tx: Tx, slice: Slice): Promise<number> {
  const drifted = sql`select count(*) as drift from staged_matches m
         join statements st on st.tenant_id = m.tenant_id and st.id = m.statement_id and st.job_id = ${slice.jobId}
         left join lateral (select b.id, b.version, b.deleted_by_job_id from transactions b where b.tenant_id = m.tenant_id and b.id = m.target_id limit 1) t on true
        where m.job_id = ${slice.jobId} and m.seq > ${slice.from} and m.seq <= ${slice.to} and st.imported_at is null and m.target_id is not null
          and ${effectiveDecision} <> 'skip'
          and (m.outcome in ('update', 'removal', 'conflict') and (t.id is null or t.version <> m.target_version)
            or m.outcome in ('duplicate', 'possible_duplicate') and (t.deleted_by_job_id is not null
               or t.id is null and m.target_id not in (select s.id from staged_transactions s where s.job_id = ${slice.jobId})))`;
  const [row] = await withFreshRows(tx, () => rowsOf(tx, drifted, driftRow));
  return row?.drift ?? 0;
}

/** The same for the plan's runs, whose targets are all to be there: how many are gone, or were taken back. */
export async function countGoneTargets(tx: Tx, jobId: string): Promise<number> {
  const gone = sql`select coalesce(sum(cardinality(r.target_ids) - (select count(*) from transactions b where b.tenant_id = r.tenant_id and b.id = any (r.target_ids) and b.deleted_by_job_id is null)), 0) as drift
          from staged_runs r join statements st on st.tenant_id = r.tenant_id and st.id = r.statement_id and st.job_id = ${jobId} and st.imported_at is null
         where r.job_id = ${jobId}`;
  const [row] = await withFreshRows(tx, () => rowsOf(tx, gone, driftRow));
  return row?.drift ?? 0;
}

/** Whether the plan changes rows that are there: those it pins by their version. */
export async function hasPinnedTargets(tx: Tx, jobId: string): Promise<boolean> {
  const found = await tx.execute(
    sql`select 1 from staged_matches m where m.job_id = ${jobId} and m.outcome in ('update', 'removal', 'conflict') limit 1`,
  );
  return found.rows.length > 0;
}

const driftRow = z.object({ drift: z.coerce.number() });
