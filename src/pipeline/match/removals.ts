/** What the bank takes back (RULES.md §3): by a deletion, a correction, or a final statement that no longer shows an interim row. Removes nothing: it proposes. */
import { type SQL, sql } from "drizzle-orm";
import { REMOVAL_SEQ_START } from "../../domain/plan.ts";
import { sightingsOf } from "../../store/books/sightings.ts";
import type { TenantDoor } from "../../store/tenant.ts";
import { claimedByFinals, pendingRows } from "./interim.ts";
import type { JobShape } from "./prepare.ts";
import { inPlay, isInPlay, type MatchJob, ofJob, ROWS_PER_DAY_MAX, reasonOf, rowsInPlay, sweep } from "./sweep.ts";

/** What a source takes back by id; deletions and corrections; then the interim rows that the final statement leaves over. */
export function proposeRemovals(door: TenantDoor, job: MatchJob, shape: JobShape): Promise<void> {
  return sweep(door, job, async (tx) => {
    if (shape.hasRemovals) await tx.execute(recordRemovals(job, sql`${inPlay(job)}`, takenBackById(job)));
    if (shape.isWholeRead) await tx.execute(recordRemovals(job, sql`${inPlay(job)}`, missingInWholeRead(job)));
    await tx.execute(recordRemovals(job, sql`${inPlay(job)}`, takenBackByGroup(job)));
    await tx.execute(recordRemovals(job, sql`${inPlay(job)}, ${pendingRows(job)}`, leftOverByFinal()));
  });
}

/** A delta's removals by id, of its own connection's rows. What nobody booked, or what was removed before, is no removal. */
function takenBackById(job: MatchJob): SQL {
  return sql`
    select distinct on (t.id) p.id as statement_id, case when t.reconciled then 'reconciled_row_removed' else 'removed_by_source' end as code, p.connection_id,
           t.id as target_id, t.account_id, t.posted_on, t.version
      from staged_removals r join in_play p on p.id = r.statement_id
     cross join lateral (
        select * from transactions b where b.tenant_id = ${job.tenantId}::uuid and b.connection_id = p.connection_id
           and b.external_transaction_id = p.account_id::text || ':' || r.external_transaction_id and b.deleted_at is null limit 1) t
     where ${ofJob("r", job)} and t.id not in (select f.target_id from plan_entries f where ${ofJob("f", job)} and f.seq >= 0 and f.target_id is not null)
     order by t.id, r.seq desc`;
}

/**
 * A run that read everything again, because its cursor was lost or its login is another: what the connection has booked by the provider's ids, from the first day
 * that the run shows, and it no longer shows. While the cursor was lost, nobody said that it went.
 */
function missingInWholeRead(job: MatchJob): SQL {
  return sql`
    select w.statement_id, case when t.reconciled then 'reconciled_row_removed' when t.is_pending then 'pending_not_in_whole_read' else 'not_in_whole_read' end as code,
           w.connection_id, t.id as target_id, t.account_id, t.posted_on, t.version
      from (select p.account_id, p.connection_id, min(s.posted_on) as first_day, (array_agg(p.id order by p.place desc))[1] as statement_id
              from ${rowsInPlay} where ${isInPlay(job)} and p.kind = 'delta' group by 1, 2) w
     cross join lateral (
        select b.* from transactions b where b.tenant_id = ${job.tenantId}::uuid and b.account_id = w.account_id and b.posted_on >= w.first_day
           and b.connection_id = w.connection_id and b.external_transaction_id is not null and b.deleted_at is null
         order by b.posted_on, b.amount_minor) t
     where t.id not in (select f.target_id from plan_entries f where ${ofJob("f", job)} and f.seq >= 0 and f.target_id is not null)`;
}

/** Numbers the removals above any staged row. `found` selects `statement_id, code, connection_id, target_id, account_id, posted_on, version`. */
export function recordRemovals(job: MatchJob, ctes: SQL, found: SQL): SQL {
  return sql`
    with ${ctes},
    known as (select f.target_id, f.seq from staged_matches f where ${ofJob("f", job)} and f.seq >= ${REMOVAL_SEQ_START}),
    judged as (
      select w.*, case when ${isSightedElsewhere(job)} then 'removal_sighting_only' else w.code end as finding from (${found}) w
       where w.target_id not in (select k.target_id from known k))
    insert into staged_matches (tenant_id, job_id, seq, statement_id, outcome, reason_code, reason, target_id, target_version)
    select ${job.tenantId}::uuid, ${job.lease.jobId}::uuid,
           coalesce((select max(k.seq) + 1 from known k), ${REMOVAL_SEQ_START}) + row_number() over (order by j.posted_on, j.target_id) - 1,
           j.statement_id, 'removal', j.finding, ${reasonOf(sql`j.finding`)}, j.target_id, j.version
      from judged j`;
}

/**
 * The last deletion or correction of an account's day takes back all that the connection has booked there and no row in play shows. An interim one
 * takes back interim rows only. What an interim statement shows does not stand against a correction, which is final; a deletion leaves nothing final
 * behind, so that what a later interim statement of the file shows again stays.
 */
function takenBackByGroup(job: MatchJob): SQL {
  return sql`
    select r.id as statement_id, case when r.group_status = 2 then 'deleted_by_bank' else 'corrected_by_bank' end as code, r.connection_id,
           t.id as target_id, t.account_id, t.posted_on, t.version
      from (select distinct on (p.account_id, p.as_of_on) p.* from in_play p where p.is_reset and not p.is_replaced
             order by p.account_id, p.as_of_on, p.kind = 'interim', p.place desc) r
     cross join lateral (
        select t.id, t.account_id, t.posted_on, t.version from transactions t
         where t.tenant_id = ${job.tenantId}::uuid and t.account_id = r.account_id and t.posted_on = r.as_of_on and t.connection_id = r.connection_id
           and t.deleted_at is null and (r.kind <> 'interim' or t.is_pending)
         order by t.identity_key limit ${ROWS_PER_DAY_MAX}) t
     where t.id not in (${claimedByFinals(job)})
       and ((r.kind <> 'interim' and r.group_status <> 2) or t.id not in (select f.target_id from plan_entries f where ${ofJob("f", job)} and f.seq >= 0 and f.target_id is not null))`;
}

function leftOverByFinal(): SQL {
  return sql`
    select distinct on (b.id) p.id as statement_id, 'interim_not_in_final' as code, p.connection_id, b.id as target_id, b.account_id, b.posted_on, b.version
      from pending b join in_play p on p.account_id = b.account_id and b.posted_on between p.day_from and p.day_to
       and p.kind = 'final' and not p.is_replaced and p.group_status is distinct from 2
     order by b.id, p.place desc`;
}

/** Another connection shows the row too, in a statement that stands in the books: then it stays. */
function isSightedElsewhere(job: MatchJob): SQL {
  return sql`coalesce((
    select bool_or((select st.imported_at is not null from statements st where st.tenant_id = g.tenant_id and st.id = g.statement_id))
      from ${sightingsOf({ tenant: sql`${job.tenantId}::uuid`, id: sql`w.target_id`, account: sql`w.account_id`, day: sql`w.posted_on` })} g
     where g.connection_id <> w.connection_id and g.removed_by_job_id is null), false)`;
}
