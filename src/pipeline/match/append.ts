/** A resend of group status 1 that leaves rows out may be an addition: its exact matches without any reference are asked about. Touches no other row. */
import { sql } from "drizzle-orm";
import { stagedOfMatch } from "../../store/books/sql.ts";
import type { TenantDoor, Tx } from "../../store/tenant.ts";
import {
  claims,
  finalDays,
  inPlay,
  isInPlay,
  isOpen,
  type MatchJob,
  NEEDS_OCCURRENCE,
  ofJob,
  ROWS_PER_DAY_MAX,
  reasonOf,
  rowsInPlay,
  sweep,
} from "./sweep.ts";

/**
 * A statement resends what the same connection said before of the same account and day, in the same kind: booked rows, and the rows of earlier
 * statements of this job. A file's statements of one account and day resend together what is booked: a bank may split a day over two of them. Where fewer
 * are shown than there are, it is no superset. A day that a deletion or correction resets is not resent.
 */
export function askAboutAppends(door: TenantDoor, job: MatchJob): Promise<void> {
  return sweep(door, job, async (tx) => {
    if (!(await hasBareDuplicates(tx, job))) return;
    await tx.execute(sql`
      with ${inPlay(job)}, ${finalDays(job)},
      resends as materialized (
        select p.* from in_play p
         where p.group_status = 1 and p.kind in ('final', 'interim') and not p.is_replaced and p.as_of_on is not null
           and (p.account_id, p.as_of_on) not in (select r.account_id, r.as_of_on from in_play r where r.is_reset)
           and not (p.kind = 'interim' and (p.account_id, p.as_of_on) in (select d.account_id, d.day from final_days d))),
      claims as materialized (${claims(job)}),
      booked_before as materialized (
        select distinct r.account_id, r.as_of_on, r.kind, t.id
          from (select distinct r.account_id, r.connection_id, r.as_of_on, r.kind from resends r) r
         cross join lateral (
            select t.id from transactions t
             where t.tenant_id = ${job.tenantId}::uuid and t.account_id = r.account_id and t.posted_on = r.as_of_on and t.connection_id = r.connection_id
               and t.deleted_at is null and t.is_pending = (r.kind = 'interim')
             order by t.identity_key limit ${ROWS_PER_DAY_MAX}) t),
      staged_before as materialized (
        select s.id, r.account_id, r.as_of_on, r.kind, r.id as statement_id, r.turn from ${rowsInPlay} join resends r on r.id = p.id
         where ${isInPlay(job)} and ${isOpen(job)}),
      known as (
        select b.account_id, b.as_of_on, b.kind, b.id, true as is_booked from booked_before b
        union all select e.account_id, e.as_of_on, e.kind, e.id, false from staged_before e),
      shown_booked as (
        select r.account_id, r.as_of_on, r.kind, count(distinct c.target_id) as n from claims c
          join known k on k.id = c.target_id and k.is_booked
          join resends r on r.id = c.statement_id and (r.account_id, r.as_of_on, r.kind) = (k.account_id, k.as_of_on, k.kind) group by 1, 2, 3),
      shown_staged as (
        select c.statement_id, count(distinct c.target_id) as n from claims c
          join known k on k.id = c.target_id and not k.is_booked
          join resends r on r.id = c.statement_id and (r.account_id, r.as_of_on, r.kind) = (k.account_id, k.as_of_on, k.kind) group by 1),
      booked_count as (select b.account_id, b.as_of_on, b.kind, count(*) as n from booked_before b group by 1, 2, 3),
      staged_count as (select e.statement_id, count(*) as n from staged_before e group by 1),
      expected as (
        select r.id as statement_id, r.account_id, r.as_of_on, r.kind,
               coalesce(b.n, 0) + coalesce(sum(e.n) over (partition by r.account_id, r.as_of_on, r.kind order by r.turn rows between unbounded preceding and 1 preceding), 0) as n
          from resends r left join booked_count b on (b.account_id, b.as_of_on, b.kind) = (r.account_id, r.as_of_on, r.kind)
          left join staged_count e on e.statement_id = r.id),
      short as (
        select e.statement_id from expected e left join shown_staged w using (statement_id) left join shown_booked b using (account_id, as_of_on, kind)
         where e.n > coalesce(w.n, 0) + coalesce(b.n, 0))
      update staged_matches m set outcome = 'possible_duplicate', reason_code = 'append_or_resend', reason = ${reasonOf(sql`'append_or_resend'`)},
             occurrence = ${NEEDS_OCCURRENCE}::int,
             target_version = (select t.version from transactions t where t.tenant_id = m.tenant_id and t.id = m.target_id)
        from staged_transactions s
       where ${ofJob("m", job)} and ${ofJob("s", job)} and s.seq = m.seq and m.statement_id in (select statement_id from short)
         and m.outcome = 'duplicate' and m.reason_code in ('already_booked', 'repeated_in_file')
         and coalesce(s.bank_reference, '') = '' and coalesce(s.customer_reference, '') = ''
         and (m.reason_code = 'already_booked') = (m.target_id in (select b.id from booked_before b))
         and (m.statement_id, m.target_id) in (
           select r.id, k.id from resends r join known k on (r.account_id, r.as_of_on, r.kind) = (k.account_id, k.as_of_on, k.kind))`);
  });
}

/** Duplicates without any reference: nobody else is asked about, and as a rule there are none. */
async function hasBareDuplicates(tx: Tx, job: MatchJob): Promise<boolean> {
  const found = await tx.execute(sql`
    select 1 from staged_matches m cross join ${stagedOfMatch}
     where ${ofJob("m", job)} and m.seq >= 0 and m.outcome = 'duplicate' and m.reason_code in ('already_booked', 'repeated_in_file')
       and coalesce(s.bank_reference, '') = '' and coalesce(s.customer_reference, '') = '' limit 1`);
  return found.rows.length > 0;
}
