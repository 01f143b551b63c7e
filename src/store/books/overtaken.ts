/**
 * Drift that a plan cannot see, because it is of statements that another job booked after the matching began: a final day that interim rows come too late for,
 * interim rows that a final statement says nothing of yet, rows of a day that the bank deletes or corrects, rows that a person would have been asked about.
 * Made anew, the plan knows them, so that nothing is counted twice. Counts; writes nothing.
 */
import { type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import { withFreshRows } from "../fresh-rows.ts";
import { rowsOf, type Tx } from "../tenant.ts";
import type { Slice } from "./rows.ts";

/** What the books of the job's accounts have come to since its plan was begun. */
export interface BooksSince {
  /** An import or an undo has ended on one of them. */
  hasMoved: boolean;
  /** Other jobs that have booked there since. */
  jobIds: string[];
}

const movedRow = z.object({ has_moved: z.boolean(), job_ids: z.array(z.string()) });

/** By the numbers that the accounts had when the matching began. A plan older than the numbers takes everything for new. */
export async function booksSince(tx: Tx, jobId: string): Promise<BooksSince> {
  const [row] = await rowsOf(
    tx,
    sql`with st as materialized (
          select st.tenant_id, st.account_id, min(coalesce(st.planned_version, -1)) as planned_version from statements st
           where st.job_id = ${jobId} and st.account_id is not null and st.imported_at is null and st.group_status is distinct from 4 group by 1, 2)
        select exists (select from st join accounts a on a.tenant_id = st.tenant_id and a.id = st.account_id and a.books_version > st.planned_version) as has_moved,
               array(select distinct o.job_id from st join statements o on o.tenant_id = st.tenant_id and o.account_id = st.account_id and o.imported_at is not null
                      where o.job_id <> ${jobId} and coalesce(o.books_version, 0) > st.planned_version) as job_ids`,
    movedRow,
  );
  return { hasMoved: row?.has_moved ?? false, jobIds: row?.job_ids ?? [] };
}

/** The CTE `st`: the job's statements that are to be booked, with their days. */
const toBook = (jobId: string): SQL => sql`
  st as materialized (
    select st.tenant_id, st.id, st.account_id, st.connection_id, st.kind, st.group_status, coalesce(st.covered_from, st.as_of_on) as day_from,
           coalesce(st.covered_to, st.as_of_on) as day_to from statements st
     where st.job_id = ${jobId} and st.account_id is not null and st.imported_at is null and st.group_status is distinct from 4)`;

/** The plan names the booked row `t` as a target, so that it knew it. */
const isKnown = (jobId: string): SQL => sql`t.id in (select k.target_id from plan_entries k where k.job_id = ${jobId} and k.target_id is not null)`;

/** Rows of another job that this one's final statements, deletions and corrections would have spoken of. One job at a time: as many rows as it booked. */
export function countUnspokenOf(tx: Tx, jobId: string, otherId: string): Promise<number> {
  return count(
    tx,
    sql`with ${toBook(jobId)}
        select count(*) as overtaken from transactions t
         where t.import_job_id = ${otherId} and t.deleted_at is null and not ${isKnown(jobId)}
           and exists (select from st where st.account_id = t.account_id and st.connection_id = t.connection_id and t.posted_on between st.day_from and st.day_to
                         and (t.is_pending and st.kind = 'final' or st.group_status in (2, 3) and (t.is_pending or st.kind <> 'interim')))`,
  );
}

/** Reasons by which a row was held against one that is like it; the very same one, booked since, goes before them (RULES.md §2). */
const LIKENESSES = ["other_source_same_day", "other_source_same_reference", "other_source_near", "same_day_same_amount", "append_or_resend"];

/** The slice's new rows that come too late for a final statement, or that a person would be asked about now; and rows whose question has another answer. */
export function countUnaskedRows(tx: Tx, slice: Slice, jobIds: string[]): Promise<number> {
  const others = sql`${sql.param(jobIds)}::uuid[]`;
  return count(
    tx,
    sql`with ${toBook(slice.jobId)},
        new_rows as materialized (
          select s.tenant_id, s.seq, s.account_id, s.posted_on, s.amount_minor, s.identity_key, st.connection_id, st.kind
            from staged_transactions s join st on st.id = s.statement_id
            left join plan_entries m on m.tenant_id = s.tenant_id and m.job_id = ${slice.jobId} and m.seq = s.seq and m.seq > ${slice.from} and m.seq <= ${slice.to}
           where s.job_id = ${slice.jobId} and s.seq > ${slice.from} and s.seq <= ${slice.to} and s.invalid_code is null
             and (m.seq is null or (m.outcome = 'new' and m.decision is distinct from 'skip'))),
        final_days as materialized (
          select distinct f.account_id, f.connection_id, coalesce(f.covered_from, f.as_of_on) as day_from, coalesce(f.covered_to, f.as_of_on) as day_to
            from statements f
           where f.tenant_id = current_tenant() and f.kind = 'final' and f.imported_at is not null and f.group_status is distinct from 2
             and f.group_status is distinct from 4 and (f.account_id, f.connection_id) in (select st.account_id, st.connection_id from st where st.kind = 'interim')),
        judged_rows as materialized (
          select s.tenant_id, s.account_id, s.posted_on, s.identity_key from staged_matches m
            join staged_transactions s on s.tenant_id = m.tenant_id and s.job_id = m.job_id and s.seq = m.seq
            join st on st.id = m.statement_id
           where m.job_id = ${slice.jobId} and m.seq > ${slice.from} and m.seq <= ${slice.to} and s.job_id = ${slice.jobId} and m.decision is distinct from 'skip'
             and m.reason_code = any(${sql.param(LIKENESSES)}::text[]))
        select (select count(*) from new_rows s where s.kind = 'interim' and exists (select from final_days f where f.account_id = s.account_id
                  and f.connection_id = s.connection_id and s.posted_on between f.day_from and f.day_to))
             + (select count(*) from new_rows s cross join lateral (
                  select from transactions t where t.tenant_id = s.tenant_id and t.account_id = s.account_id and t.amount_minor between s.amount_minor and s.amount_minor
                     and t.posted_on = any(array[s.posted_on - 3, s.posted_on - 2, s.posted_on - 1, s.posted_on, s.posted_on + 1, s.posted_on + 2, s.posted_on + 3])
                     and t.deleted_at is null and t.import_job_id = any(${others})
                     and t.identity_key <> s.identity_key and (t.connection_id <> s.connection_id or t.posted_on = s.posted_on) and not ${isKnown(slice.jobId)}
                   order by t.posted_on, t.amount_minor limit 1) t)
             + (select count(*) from judged_rows s cross join lateral (
                  select from transactions t where t.tenant_id = s.tenant_id and t.account_id = s.account_id and t.posted_on = s.posted_on
                     and t.identity_key = s.identity_key and t.import_job_id = any(${others}) and not ${isKnown(slice.jobId)} order by t.occurrence limit 1) t) as overtaken`,
  );
}

/** Removals of rows that a row of this plan turned out to show, and interim rows left out for a final statement that has been undone since. */
export function countContradictions(tx: Tx, jobId: string): Promise<number> {
  return count(
    tx,
    sql`with ${toBook(jobId)}
        select (select count(*) from staged_matches r join staged_matches y on y.job_id = ${jobId} and y.target_id = r.target_id and y.reason_code = 'booked_meanwhile'
                 where r.job_id = ${jobId} and r.outcome = 'removal')
             + (select count(*) from staged_matches m join st on st.id = m.statement_id
                 where m.job_id = ${jobId} and m.reason_code = 'superseded_by_final' and m.target_id is null
                   and not exists (select from statements f where f.tenant_id = st.tenant_id and f.account_id = st.account_id and f.connection_id = st.connection_id
                         and f.kind = 'final' and f.group_status is distinct from 2 and f.group_status is distinct from 4
                         and (f.imported_at is not null or f.job_id = ${jobId})
                         and coalesce(f.covered_from, f.as_of_on) <= st.day_to and coalesce(f.covered_to, f.as_of_on) >= st.day_from)) as overtaken`,
  );
}

const overtakenRow = z.object({ overtaken: z.coerce.number() });

async function count(tx: Tx, query: SQL): Promise<number> {
  const [row] = await withFreshRows(tx, () => rowsOf(tx, query, overtakenRow));
  return row?.overtaken ?? 0;
}

/** An import or an undo ends on the job's accounts: their books have moved. Call it in the transaction that ends it, before the statements say so. */
export async function raiseBooksVersions(tx: Tx, jobId: string): Promise<void> {
  await tx.execute(sql`
    update accounts set books_version = books_version + 1 where id in (select account_id from statements where job_id = ${jobId} and account_id is not null)`);
}

/** A plan is about to be made: from here on it answers for what the books say. Call it in a transaction that ends before the first look at them. */
export async function noteBooksVersions(tx: Tx, jobId: string): Promise<void> {
  await tx.execute(sql`
    update statements st set planned_version = a.books_version from accounts a
     where a.tenant_id = st.tenant_id and a.id = st.account_id and st.job_id = ${jobId} and st.imported_at is null
       and st.planned_version is distinct from a.books_version`);
}
