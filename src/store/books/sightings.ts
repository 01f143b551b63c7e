/** Later appearances of booked rows: as runs where a statement's rows follow one another, else row by row. Decides nothing of what they mean. */
import { type SQL, sql } from "drizzle-orm";
import { withFreshRows } from "../fresh-rows.ts";
import type { Tx } from "../tenant.ts";
import type { Slice } from "./rows.ts";

/** 128 rows × (16 bytes of an id + 4 × 8 of its place) = 6 KB a run: an entry that is read whole for one of its rows. */
export const RUN_ROWS_MAX = 128;

/** A transaction by what its sightings are found by. */
export interface Sighted {
  tenant: SQL;
  id: SQL;
  account: SQL;
  day: SQL;
}

/** The sightings of one transaction, for use behind `from` in place of a table. */
export function sightingsOf({ tenant, id, account, day }: Sighted): SQL {
  return sql`lateral (
    select g.tenant_id, g.transaction_id, g.statement_id, g.line_start, g.line_end, g.byte_start, g.byte_end, g.job_id, g.connection_id, g.seen_at, g.removed_by_job_id
      from transaction_sightings g where g.tenant_id = ${tenant} and g.transaction_id = ${id}
    union all
    select r.tenant_id, x.transaction_id, r.statement_id, x.line_start, x.line_end, x.byte_start, x.byte_end, r.job_id, r.connection_id, r.seen_at, null::uuid
      from sighting_runs r cross join lateral
           unnest(r.transaction_ids, r.line_starts, r.line_ends, r.byte_starts, r.byte_ends) as x(transaction_id, line_start, line_end, byte_start, byte_end)
     where r.tenant_id = ${tenant} and r.account_id = ${account} and r.posted_from <= ${day} and r.posted_to >= ${day} and x.transaction_id = ${id})`;
}

/** The plan's runs that begin in the slice leave one sighting each: every row stands for a transaction that the books hold already. */
export async function writeSightingRuns(tx: Tx, slice: Slice): Promise<void> {
  const insert = sql`
    insert into sighting_runs (tenant_id, statement_id, seq_from, account_id, connection_id, job_id, posted_from, posted_to, transaction_ids, line_starts, line_ends,
      byte_starts, byte_ends)
    select r.tenant_id, r.statement_id, r.seq_from, st.account_id, st.connection_id, r.job_id, s.posted_from, s.posted_to, r.target_ids, s.line_starts, s.line_ends,
           s.byte_starts, s.byte_ends
      from staged_runs r
      join statements st on st.tenant_id = r.tenant_id and st.id = r.statement_id and st.job_id = ${slice.jobId} and st.imported_at is null
     cross join lateral (
        select min(x.posted_on) as posted_from, max(x.posted_on) as posted_to, array_agg(x.line_start) as line_starts, array_agg(x.line_end) as line_ends,
               array_agg(x.byte_start) as byte_starts, array_agg(x.byte_end) as byte_ends
          from (select s.posted_on, s.line_start, s.line_end, s.byte_start, s.byte_end from staged_transactions s
                 where s.tenant_id = r.tenant_id and s.job_id = r.job_id and s.seq >= r.seq_from and s.seq < r.seq_from + cardinality(r.target_ids)
                 order by s.seq limit cardinality(r.target_ids)) x) s
     where r.job_id = ${slice.jobId} and r.seq_from > ${slice.from} and r.seq_from <= ${slice.to}`;
  await withFreshRows(tx, () => tx.execute(insert));
}

export interface Opening {
  jobId: string;
  /** The transactions that are to differ from their run, as they stand now: `select …, id, posted_on …`, all of the job's accounts. */
  shown: SQL;
  /** Of the runs `r`. */
  only?: SQL;
  runsMax?: number;
}

/** Runs of sightings that show one of the transactions become a row an appearance, so that one of them may differ. Returns how many runs, of at most `runsMax`. */
export async function openSightingRuns(tx: Tx, { jobId, shown, only = sql`true`, runsMax }: Opening): Promise<number> {
  const found = await tx.execute(sql`
    with opened as (
      delete from sighting_runs o using (
          select r.tenant_id, r.statement_id, r.seq_from from sighting_runs r
           where ${mayShow(jobId, shown)} and ${only} and exists (select from unnest(r.transaction_ids) as x(id) where x.id in (select t.id from (${shown}) t))
           limit ${runsMax ?? null}::bigint) r
       where o.tenant_id = r.tenant_id and o.statement_id = r.statement_id and o.seq_from = r.seq_from returning o.*),
    rows as (
      insert into transaction_sightings (tenant_id, transaction_id, statement_id, line_start, line_end, byte_start, byte_end, job_id, connection_id, seen_at)
      select r.tenant_id, x.transaction_id, r.statement_id, x.line_start, x.line_end, x.byte_start, x.byte_end, r.job_id, r.connection_id, r.seen_at
        from opened r cross join lateral
             unnest(r.transaction_ids, r.line_starts, r.line_ends, r.byte_starts, r.byte_ends) as x(transaction_id, line_start, line_end, byte_start, byte_end))
    select 1 from opened`);
  return found.rows.length;
}

/** The runs `r` of the job's accounts, on days of the transactions in `shown`: none where there are none. Nothing in it depends on the run but the comparison. */
export function mayShow(jobId: string, shown: SQL): SQL {
  return sql`r.account_id in (select st.account_id from statements st where st.job_id = ${jobId})
    and r.posted_from <= (select max(t.posted_on) from (${shown}) t) and r.posted_to >= (select min(t.posted_on) from (${shown}) t)`;
}
