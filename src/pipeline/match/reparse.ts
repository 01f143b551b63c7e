/** The diff of a re-read file against the books (DESIGN.md §3.7): the same place in the same bytes is the same movement. Proposes; books nothing. */
import { type SQL, sql } from "drizzle-orm";
import { sightingsOf } from "../../store/books/sightings.ts";
import type { TenantDoor } from "../../store/tenant.ts";
import { recordRemovals } from "./removals.ts";
import { inPlay, isInPlay, type MatchJob, NEEDS_OCCURRENCE, ofJob, reasonOf, rowsInPlay, sweep } from "./sweep.ts";

/**
 * A row that stood at this place with other content is an update that keeps the booked row's id and what people wrote; of a reconciled one, a conflict. Rows
 * of which a strong id has said something already, and rows that read as they did before, are left to the other rules.
 */
export function matchSamePlaces(door: TenantDoor, job: MatchJob): Promise<void> {
  return sweep(door, job, (tx) =>
    tx.execute(sql`
      with ${inPlay(job)}, ${bookedPlaces(job)},
      booked as (select b.*, ${nthOfPlace("b.member", "b", "id")} from placed b),
      shown as (
        select s.seq, s.statement_id, s.account_id, s.identity_key, s.posted_on, s.is_pending, p.member, s.line_start, s.byte_start,
               ${nthOfPlace("p.member", "s", "seq")}
          from ${rowsInPlay} where ${isInPlay(job)}),
      changed as (
        select s.seq, s.statement_id, b.id as target_id, b.version, case when b.reconciled then 'reconciled_row_changed' else 'reads_otherwise' end as code,
               case when b.reconciled then 'conflict' else 'update' end as outcome, s.identity_key is distinct from b.identity_key as has_other_key
          from shown s join booked b using (account_id, member, line_start, byte_start, nth)
         where (s.identity_key, s.posted_on, s.is_pending) is distinct from (b.identity_key, b.posted_on, b.is_pending)
           and s.seq not in (select f.seq from staged_matches f where ${ofJob("f", job)} and f.seq >= 0))
      insert into staged_matches (tenant_id, job_id, seq, statement_id, outcome, reason_code, reason, target_id, target_version, occurrence)
      select ${job.tenantId}::uuid, ${job.lease.jobId}::uuid, c.seq, c.statement_id, c.outcome, c.code, ${reasonOf(sql`c.code`)}, c.target_id, c.version,
             case when c.has_other_key then ${NEEDS_OCCURRENCE}::int end
        from changed c`),
  );
}

/** What the last reading booked and this one shows nowhere is proposed for removal, unless another file shows it too. */
export function proposeRemovalsOfReparse(door: TenantDoor, job: MatchJob): Promise<void> {
  return sweep(door, job, (tx) => tx.execute(recordRemovals(job, sql`${inPlay(job)}, ${bookedPlaces(job)}`, shownNoMore(job))));
}

function shownNoMore(job: MatchJob): SQL {
  return sql`
    select distinct on (b.id) p.id as statement_id, 'not_in_new_reading' as code, p.connection_id, b.id as target_id, b.account_id, b.posted_on, b.version
      from placed b join in_play p on true
     where b.is_first and b.id not in (select f.target_id from staged_matches f where ${ofJob("f", job)} and f.seq >= 0 and f.target_id is not null)
       and not exists (select from ${sightingsOf({ tenant: sql`${job.tenantId}::uuid`, id: sql`b.id`, account: sql`b.account_id`, day: sql`b.posted_on` })} g
             where g.removed_by_job_id is null and g.job_id not in (select k.id from kin k))
     order by b.id, p.account_id = b.account_id desc, p.place`;
}

/** The CTE `placed`: rows in the books with the place in these same bytes where an earlier job found them; `is_first` where that job booked them. */
function bookedPlaces(job: MatchJob): SQL {
  return sql`
  kin as materialized (
    select distinct r.job_id as id from raw_ingestion_data mine
      join raw_ingestion_data r on r.tenant_id = mine.tenant_id and r.r2_key = mine.r2_key and r.job_id <> mine.job_id
     where ${ofJob("mine", job)}),
  placed as materialized (
    select t.id, t.account_id, t.identity_key, t.posted_on, t.is_pending, t.reconciled, t.version, coalesce(st.member, '') as member,
           t.line_start, t.byte_start, true as is_first
      from transactions t join statements st on st.tenant_id = t.tenant_id and st.id = t.statement_id
     where t.tenant_id = ${job.tenantId}::uuid and t.import_job_id in (select k.id from kin k) and t.deleted_at is null
    union all
    select t.id, t.account_id, t.identity_key, t.posted_on, t.is_pending, t.reconciled, t.version, coalesce(st.member, ''),
           g.line_start, g.byte_start, false
      from sightings g join transactions t on t.tenant_id = g.tenant_id and t.id = g.transaction_id and t.deleted_at is null
      join statements st on st.tenant_id = g.tenant_id and st.id = g.statement_id
     where g.tenant_id = ${job.tenantId}::uuid and g.job_id in (select k.id from kin k) and g.removed_by_job_id is null
       and t.import_job_id not in (select k.id from kin k))`;
}

/** One line may hold several movements: the n-th of a place is the n-th of it. Lines are those of a file, also of one in an archive. */
function nthOfPlace(member: string, alias: string, order: string): SQL {
  return sql.raw(
    `row_number() over (partition by ${alias}.account_id, ${member}, ${alias}.line_start, ${alias}.byte_start order by ${alias}.${order}) as nth`,
  );
}
