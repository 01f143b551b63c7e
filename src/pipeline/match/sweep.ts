/** What every sweep of the matcher shares: one fenced transaction, the plan settings for freshly written rows, the rows in play. Decides nothing. */
import { type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import type { TenantId } from "../../domain/ids.ts";
import { REMOVAL_SEQ_START } from "../../domain/plan.ts";
import { REASONS } from "../../domain/reasons.ts";
import { withFreshRows } from "../../store/fresh-rows.ts";
import { noteProgress } from "../../store/jobs.ts";
import { holdLease, type Lease } from "../../store/lease.ts";
import { rowsOf, type TenantDoor, type Tx } from "../../store/tenant.ts";

/** The job that is matched, under its lease. */
export interface MatchJob {
  tenantId: TenantId;
  lease: Lease;
}

/** One part of a job's rows, closed under the sweep's own grouping: `at` of `of`, from 0. */
export interface Slice {
  of: number;
  at: number;
}

/** Marks a finding whose key is not its target's: `settle` gives it a free occurrence. */
export const NEEDS_OCCURRENCE = 0;

/** 200,000 rows: about 2 s a sweep on two cores, far below the 25 s deadline. A larger job is swept in slices. */
export const ROWS_PER_SLICE_MAX = 200_000;

/** Runs one idea over the job in a transaction of its own, behind the fence. Safe to do twice. */
export function sweep(door: TenantDoor, job: MatchJob, work: (tx: Tx) => PromiseLike<unknown>): Promise<void> {
  return door.tx(async (tx) => {
    await holdLease(tx, job.lease);
    await withFreshRows(tx, () => work(tx));
    await noteProgress(tx, job.lease.jobId, { done: 1 });
  });
}

/** `tenant_id = … and job_id = …` of a table's alias. */
export function ofJob(alias: string, job: MatchJob): SQL {
  const table = sql.raw(alias);
  return sql`${table}.tenant_id = ${job.tenantId}::uuid and ${table}.job_id = ${job.lease.jobId}::uuid`;
}

/** The sentence of a reason code, looked up where the code is decided. */
export function reasonOf(code: SQL): SQL {
  return sql`(${JSON.stringify(REASONS)}::jsonb ->> ${code})`;
}

/**
 * The CTE `in_play`: the job's mapped, unimported statements with their days, their turn (final before interim, then file order), and whether a later
 * group of status 2 or 3 in the same job replaces them. An interim group replaces interim statements only. The pages of a delta are one list: an account's
 * statements among them count as one (`counted_id`).
 */
export function inPlay(job: MatchJob): SQL {
  return sql`
  listed as (
    select st.id, st.connection_id, st.account_id, st.kind, st.group_status, st.as_of_on, coalesce(st.member, '') as member,
           coalesce(st.covered_from, st.as_of_on) as day_from, coalesce(st.covered_to, st.as_of_on) as day_to,
           st.group_status in (2, 3) and st.as_of_on is not null as is_reset,
           row_number() over (order by r.page_no, r.id, st.ordinal) as place
      from statements st
      join raw_ingestion_data r on r.tenant_id = st.tenant_id and r.id = st.raw_id
     where ${ofJob("st", job)} and st.imported_at is null and st.account_id is not null and st.group_status is distinct from 4),
  in_play as materialized (
    select l.*, row_number() over (order by l.kind = 'interim', l.place) as turn,
           case when l.kind = 'delta' then first_value(l.id) over (partition by l.account_id, l.kind order by l.place) else l.id end as counted_id,
           coalesce(l.place < max(l.place) filter (where l.is_reset and l.kind <> 'interim') over same_day, false)
           or (l.kind = 'interim' and coalesce(l.place < max(l.place) filter (where l.is_reset) over same_day, false)) as is_replaced
      from listed l
    window same_day as (partition by l.account_id, l.as_of_on))`;
}

/** The staged rows `s` with their statement `p` in play: what comes after `from`. Goes with `isInPlay`. */
export const rowsInPlay: SQL = sql`staged_transactions s join in_play p on p.id = s.statement_id`;

/** What a row needs to take part: valid, keyed, and in a statement that is neither replaced nor a deletion's list. */
export function isInPlay(job: MatchJob): SQL {
  return sql`${ofJob("s", job)} and s.invalid_code is null and s.identity_key is not null and not p.is_replaced and p.group_status is distinct from 2`;
}

/** The rows of one slice by identity key: equal keys are always in the same one. */
export function keySlice(slice: Slice): SQL {
  return slice.of === 1 ? sql`true` : sql`get_byte(s.identity_key, 0) % ${slice.of}::int = ${slice.at}::int`;
}

/** The rows of one slice by amount: equal amounts are always in the same one. */
export function amountSlice(slice: Slice): SQL {
  return slice.of === 1 ? sql`true` : sql`abs(s.amount_minor) % ${slice.of}::int = ${slice.at}::int`;
}

/** The booked row `t` has the amount of `alias`. As a range, so that an order by amount is one to be kept, and only the amount's index keeps it. */
export function hasAmountOf(alias: string): SQL {
  return sql.raw(`t.amount_minor between ${alias}.amount_minor and ${alias}.amount_minor`);
}

/** Rows of which nothing is known yet but that they are new; goes behind `isInPlay`. */
export function isOpen(job: MatchJob): SQL {
  return sql`s.seq not in (select f.seq from plan_entries f where ${ofJob("f", job)} and f.seq >= 0 and f.outcome <> 'new')`;
}

/** Whether a row may be left of which `isOpen` holds: a count of findings, so that no row is read. */
export function hasOpenRows(door: TenantDoor, job: MatchJob, { rowCount }: { rowCount: number }): Promise<boolean> {
  return door.tx(async (tx) => {
    const [found] = await rowsOf(
      tx,
      sql`select (select count(*) from staged_matches f where ${ofJob("f", job)} and f.seq >= 0 and f.seq < ${REMOVAL_SEQ_START} and f.outcome <> 'new')
             + (select coalesce(sum(cardinality(r.target_ids)), 0) from staged_runs r where ${ofJob("r", job)}) as decided`,
      z.object({ decided: z.coerce.number() }),
    );
    return (found?.decided ?? 0) < rowCount;
  });
}

/** What each statement of the job has claimed so far: `(statement_id, target_id)`, booked or staged. */
export function claims(job: MatchJob): SQL {
  return sql`select f.statement_id, f.target_id from plan_entries f where ${ofJob("f", job)} and f.seq >= 0 and f.target_id is not null`;
}

/**
 * The CTE `final_days`: days for which a final statement of this connection is known, imported or in this job, among the days of this job.
 * Empty where the job has no interim statement: nobody asks then.
 */
export function finalDays(job: MatchJob): SQL {
  return sql`
  final_days as materialized (
    select distinct f.account_id, day::date as day
      from (select min(s.posted_on) as first_day, max(s.posted_on) as last_day from staged_transactions s where ${ofJob("s", job)}) span
     cross join lateral (
        select p.account_id, p.day_from, p.day_to from in_play p where p.kind = 'final' and not p.is_replaced and p.group_status is distinct from 2
        union all
        select st.account_id, coalesce(st.covered_from, st.as_of_on), coalesce(st.covered_to, st.as_of_on) from statements st
         where st.tenant_id = ${job.tenantId}::uuid and st.imported_at is not null and st.kind = 'final' and st.group_status is distinct from 2
           and (st.account_id, st.connection_id) in (select p.account_id, p.connection_id from in_play p where p.kind = 'interim')) f
     cross join lateral generate_series(greatest(f.day_from, span.first_day), least(f.day_to, span.last_day), interval '1 day') day
     where exists (select from in_play p where p.kind = 'interim'))`;
}

/**
 * Writes what a sweep found: `found` selects `seq, statement_id, outcome, code, target_id, target_version` of open rows. The occurrence that the row
 * would take as a new one stays with it: a person may still say that it is one.
 */
export function recordFindings(job: MatchJob, ctes: SQL, found: SQL): SQL {
  return sql`
    with ${ctes}
    insert into staged_matches (tenant_id, job_id, seq, statement_id, outcome, reason_code, reason, target_id, target_version, occurrence)
    select ${job.tenantId}::uuid, ${job.lease.jobId}::uuid, w.seq, w.statement_id, w.outcome, w.code, ${reasonOf(sql`w.code`)}, w.target_id,
           case when w.outcome <> 'duplicate' then w.target_version end, 1
      from (${found}) w
    on conflict (tenant_id, job_id, seq) do update set outcome = excluded.outcome, reason_code = excluded.reason_code, reason = excluded.reason,
      target_id = excluded.target_id, target_version = excluded.target_version`;
}

/** 100,000 booked rows of one account and day: more than any statement shows. A limit keeps the probe on its index. */
export const ROWS_PER_DAY_MAX = 100_000;
