/** Possible duplicates within one connection: two statements cover the same day, with the same amount and another text. Asks a person; never inside one file. */
import { type SQL, sql } from "drizzle-orm";
import type { TenantDoor } from "../../store/tenant.ts";
import {
  amountSlice,
  claims,
  hasAmountOf,
  inPlay,
  isInPlay,
  isOpen,
  type MatchJob,
  ofJob,
  recordFindings,
  rowsInPlay,
  type Slice,
  sweep,
} from "./sweep.ts";

/** A row is asked about at most this many others of its account, day and amount: beyond, the question helps nobody. */
export const CANDIDATES_MAX = 50;

/** Against the books only: two rows of one file are two movements, because the bank lists them both. */
export function askAboutSameDay(door: TenantDoor, job: MatchJob, slice: Slice): Promise<void> {
  return sweep(door, job, (tx) => tx.execute(againstBooks(job, slice)));
}

/** The i-th open row of a statement's amount and day is asked about the i-th booked row that no statement of this file has claimed. */
function againstBooks(job: MatchJob, slice: Slice): SQL {
  return recordFindings(
    job,
    sql`${inPlay(job)},
      overlapping as materialized (
        select distinct p.id from in_play p join statements st on st.account_id = p.account_id and st.connection_id = p.connection_id
         where st.tenant_id = ${job.tenantId}::uuid and st.imported_at is not null and st.kind <> 'delta' and p.kind <> 'delta'
           and coalesce(st.covered_from, st.as_of_on) <= p.day_to and coalesce(st.covered_to, st.as_of_on) >= p.day_from),
      asking as materialized (${askingRows(job, sql`overlapping`, slice)})`,
    sql`select o.seq, o.statement_id, 'possible_duplicate' as outcome, 'same_day_same_amount' as code, t.id as target_id, t.version as target_version
          from asking o cross join lateral (
            select * from (select t.id, t.version from transactions t
                            where t.tenant_id = ${job.tenantId}::uuid and t.account_id = o.account_id and t.posted_on = o.posted_on
                              and ${hasAmountOf("o")} and t.connection_id = o.connection_id and t.deleted_at is null
                              and t.statement_id <> o.statement_id and ${coversItsDay} and t.id not in (select c.target_id from (${claims(job)}) c) and t.id not in (${removed(job)})
                            order by t.amount_minor limit ${CANDIDATES_MAX}) t
             order by t.id offset o.i - 1 limit 1) t`,
  );
}

/** Rows that this job takes back are no question any more. */
function removed(job: MatchJob): SQL {
  return sql`select f.target_id from staged_matches f where ${ofJob("f", job)} and f.outcome = 'removal' and f.seq >= 0`;
}

/** The booked row's own statement is one that covers days, and covers this one. */
const coversItsDay = sql`(
  select st.kind <> 'delta' and t.posted_on between coalesce(st.covered_from, st.as_of_on) and coalesce(st.covered_to, st.as_of_on)
    from statements st where st.tenant_id = t.tenant_id and st.id = t.statement_id)`;

/** Open rows on days that another statement covers too, each with its number among its statement's rows of that amount and day. */
function askingRows(job: MatchJob, overlapping: SQL, slice: Slice): SQL {
  return sql`
    select s.seq, s.id, s.statement_id, s.account_id, s.posted_on, s.amount_minor, p.connection_id, p.turn,
           row_number() over (partition by s.statement_id, s.posted_on, s.amount_minor order by s.seq) as i
      from ${rowsInPlay}
     where ${isInPlay(job)} and p.id in (select id from ${overlapping}) and s.posted_on between p.day_from and p.day_to and ${isOpen(job)} and ${amountSlice(slice)}`;
}
