/** Rule 5: another connection that feeds the same account shows the same movement. Each must be the other's only candidate; never looks within one connection. */
import { type SQL, sql } from "drizzle-orm";
import { sightingsOf } from "../../store/books/sightings.ts";
import type { TenantDoor } from "../../store/tenant.ts";
import { isSharedReference } from "./interim.ts";
import type { JobShape } from "./prepare.ts";
import { amountSlice, hasAmountOf, inPlay, isInPlay, isOpen, type MatchJob, ofJob, recordFindings, rowsInPlay, type Slice, sweep } from "./sweep.ts";

/** Sources book the same movement up to this many days apart. */
export const DAYS_APART_MAX = 3;

/** The days within reach of a row's own, as an array: an index by day and amount is probed once for each. */
export function daysAround(alias: string): SQL {
  const days = Array.from({ length: 2 * DAYS_APART_MAX + 1 }, (_, at) => `${alias}.posted_on + ${at - DAYS_APART_MAX}`);
  return sql.raw(`array[${days.join(", ")}]`);
}

/** Same day or a shared reference: linked. Otherwise a person is asked. */
export function linkOtherSources(door: TenantDoor, job: MatchJob, shape: JobShape, slice: Slice): Promise<void> {
  return sweep(door, job, (tx) =>
    tx.execute(
      recordFindings(
        job,
        sql`${inPlay(job)},
          shared_accounts as materialized (
            select distinct m.account_id from account_mappings m
             where m.tenant_id = ${job.tenantId}::uuid and m.connection_id <> ${shape.connectionId}::uuid and m.account_id in (select p.account_id from in_play p)),
          asking as materialized (
            select s.seq, s.statement_id, s.account_id, s.posted_on, s.amount_minor, s.bank_reference, s.customer_reference, p.connection_id from ${rowsInPlay}
             where ${isInPlay(job)} and s.account_id in (select a.account_id from shared_accounts a) and ${isOpen(job)} and ${amountSlice(slice)}),
          pairs as materialized (
            select o.*, t.id as target_id, t.version, t.posted_on as target_on, t.bank_reference as target_bank, t.customer_reference as target_customer,
                   count(*) over (partition by o.seq) as candidates
              from asking o cross join lateral (${candidates(job)}) t),
          wanted as (
            select p.target_id, count(*) as n from (select distinct x.target_id, x.account_id, x.amount_minor, x.target_on from pairs x where x.candidates = 1) p
              join asking o on o.account_id = p.account_id and o.amount_minor = p.amount_minor
             where abs(o.posted_on - p.target_on) <= ${DAYS_APART_MAX} group by p.target_id)`,
        sql`select p.seq, p.statement_id, case when code = 'other_source_near' then 'possible_duplicate' else 'duplicate' end as outcome, code,
                   p.target_id, p.version as target_version
              from (select x.*, case when x.posted_on = x.target_on then 'other_source_same_day' when ${sharesReference} then 'other_source_same_reference'
                                     else 'other_source_near' end as code from pairs x where x.candidates = 1) p
              join wanted w on w.target_id = p.target_id and w.n = 1`,
      ),
    ),
  );
}

/** Up to two booked rows that could be the same movement: one is an answer, two are too many. Each day is named, and the amount's index has their order. */
function candidates(job: MatchJob): SQL {
  return sql`
    select t.id, t.version, t.posted_on, t.bank_reference, t.customer_reference from transactions t
     where t.tenant_id = ${job.tenantId}::uuid and t.account_id = o.account_id and ${hasAmountOf("o")}
       and t.posted_on = any(${daysAround("o")})
       and t.connection_id <> o.connection_id and t.deleted_at is null
       and t.id not in (select f.target_id from plan_entries f where ${ofJob("f", job)} and f.seq >= 0 and f.target_id is not null)
       and not ${isSpokenFor(job)}
     order by t.posted_on, t.amount_minor limit 2`;
}

/** This connection has shown the booked row before, in a statement that says nothing of the asking row's day: it was another movement. */
function isSpokenFor(job: MatchJob): SQL {
  return sql`coalesce((
    select bool_or((select st.imported_at is not null
                       and not coalesce(o.posted_on between coalesce(st.covered_from, st.as_of_on) and coalesce(st.covered_to, st.as_of_on), false)
                      from statements st where st.tenant_id = g.tenant_id and st.id = g.statement_id))
      from ${sightingsOf({ tenant: sql`${job.tenantId}::uuid`, id: sql`t.id`, account: sql`t.account_id`, day: sql`t.posted_on` })} g
     where g.connection_id = o.connection_id and g.removed_by_job_id is null), false)`;
}

const sharesReference = sql`((x.bank_reference in (x.target_bank, x.target_customer) and ${isSharedReference(sql`x.bank_reference`)})
  or (x.customer_reference in (x.target_bank, x.target_customer) and ${isSharedReference(sql`x.customer_reference`)})) is true`;
