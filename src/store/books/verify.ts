/** The plan against the books as they are now, before the first write: what drifted, and whether it may be booked all the same (RULES.md §6). */
import { type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import { withFreshRows } from "../fresh-rows.ts";
import { rowsOf, type Tx } from "../tenant.ts";
import type { Slice } from "./rows.ts";
import { bookable, effectiveDecision } from "./sql.ts";

/** The slice's rows that would be booked as new, each with the transaction that has its place already: `s`, `m`, `st`, `t`. */
const takenPlaces = (slice: Slice, standing: SQL) => sql`
  staged_transactions s
  join statements st on st.tenant_id = s.tenant_id and st.id = s.statement_id
  left join staged_matches m on m.tenant_id = s.tenant_id and m.job_id = ${slice.jobId} and m.seq = s.seq and m.seq > ${slice.from} and m.seq <= ${slice.to}
  cross join lateral (
    select t.id from transactions t where t.tenant_id = s.tenant_id and t.account_id = s.account_id and t.posted_on = s.posted_on
       and t.identity_key = s.identity_key and t.occurrence = coalesce(m.occurrence, 1) and ${standing} limit 1) t
 where s.job_id = ${slice.jobId} and s.seq > ${slice.from} and s.seq <= ${slice.to} and st.job_id = ${slice.jobId} and ${bookable}
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

/** Drift that must go back to a person: a pinned target that changed or is gone. Returns how many of the plan's entries in the slice. */
export async function countChangedTargets(tx: Tx, slice: Slice): Promise<number> {
  const drifted = sql`select count(*) as drift from staged_matches m
         join statements st on st.tenant_id = m.tenant_id and st.id = m.statement_id and st.job_id = ${slice.jobId}
         left join lateral (select b.id, b.version from transactions b where b.tenant_id = m.tenant_id and b.id = m.target_id limit 1) t on true
        where m.job_id = ${slice.jobId} and m.seq > ${slice.from} and m.seq <= ${slice.to} and st.imported_at is null and m.target_id is not null
          and ${effectiveDecision} <> 'skip'
          and (m.outcome in ('update', 'removal', 'conflict') and (t.id is null or t.version <> m.target_version)
            or m.outcome in ('duplicate', 'possible_duplicate') and t.id is null
               and m.target_id not in (select s.id from staged_transactions s where s.job_id = ${slice.jobId}))`;
  const [row] = await withFreshRows(tx, () => rowsOf(tx, drifted, driftRow));
  return row?.drift ?? 0;
}

/**
 * Drift that the plan cannot see, because it is of statements that another job booked after the matching began: a final day that interim rows come too late for,
 * interim rows that a final statement says nothing of yet, rows of a day that the bank deletes or corrects, and rows that a person would have been asked about.
 * Returns how many rows of the plan or of the books. Made anew, the plan knows them, so that nothing is counted twice.
 */
export async function countOvertaken(tx: Tx, jobId: string): Promise<number> {
  const [row] = await rowsOf(
    tx,
    sql`with begun as materialized (
          select max(l.created_at) as at from ingestion_audit_log l where l.tenant_id = current_tenant() and l.job_id = ${jobId} and l.action = 'job.matching'),
        st as materialized (
          select st.*, coalesce(st.covered_from, st.as_of_on) as day_from, coalesce(st.covered_to, st.as_of_on) as day_to from statements st
           where st.job_id = ${jobId} and st.account_id is not null and st.imported_at is null and st.group_status is distinct from 4),
        known as materialized (select m.target_id from staged_matches m where m.job_id = ${jobId} and m.target_id is not null),
        imported_since as materialized (
          select o.job_id from begun join statements o on o.tenant_id = current_tenant() and o.imported_at >= begun.at
           where o.account_id in (select account_id from st) and o.job_id <> ${jobId}),
        late as materialized (
          select t.* from transactions t where t.tenant_id = current_tenant() and t.account_id in (select account_id from st) and t.deleted_at is null
             and t.import_job_id in (select job_id from imported_since) and t.id not in (select k.target_id from known k)),
        new_rows as materialized (
          select s.*, st.connection_id, st.kind from st join staged_transactions s on s.job_id = ${jobId} and s.statement_id = st.id and s.invalid_code is null
            left join staged_matches m on m.job_id = ${jobId} and m.seq = s.seq
           where (m.seq is null or (m.outcome = 'new' and m.decision is distinct from 'skip')) and exists (select from imported_since))
        select (select count(*) from late t where exists (select from st where st.account_id = t.account_id and st.connection_id = t.connection_id
                  and t.posted_on between st.day_from and st.day_to
                  and (t.is_pending and st.kind = 'final' or st.group_status in (2, 3) and (t.is_pending or st.kind <> 'interim'))))
             + (select count(*) from new_rows s where s.kind = 'interim' and exists (select from statements f where f.tenant_id = s.tenant_id
                  and f.account_id = s.account_id and f.connection_id = s.connection_id and f.kind = 'final' and f.imported_at is not null
                  and f.group_status is distinct from 2
                  and s.posted_on between coalesce(f.covered_from, f.as_of_on) and coalesce(f.covered_to, f.as_of_on)))
             + (select count(*) from new_rows s where exists (select from late t where t.account_id = s.account_id and t.amount_minor = s.amount_minor
                  and t.identity_key <> s.identity_key and abs(t.posted_on - s.posted_on) <= case when t.connection_id = s.connection_id then 0 else 3 end))
             + (select count(*) from staged_matches r join staged_matches y on y.job_id = ${jobId} and y.target_id = r.target_id and y.reason_code = 'booked_meanwhile'
                 where r.job_id = ${jobId} and r.outcome = 'removal') as overtaken`,
    z.object({ overtaken: z.coerce.number() }),
  );
  return row?.overtaken ?? 0;
}

const driftRow = z.object({ drift: z.coerce.number() });
