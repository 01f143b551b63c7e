/** After the sweeps: what follows a row of this job follows it to where it went, and findings under another key get a free occurrence. Changes no outcome. */
import { sql } from "drizzle-orm";
import type { TenantDoor, Tx } from "../../store/tenant.ts";
import { inPlay, isInPlay, type MatchJob, NEEDS_OCCURRENCE, ofJob, rowsInPlay, sweep } from "./sweep.ts";

export function settleFindings(door: TenantDoor, job: MatchJob): Promise<void> {
  return sweep(door, job, async (tx) => {
    await followFirst(tx, job);
    await giveOccurrences(tx, job);
  });
}

/** Said of a row by another one of its job. */
const FOLLOWS = sql`('repeated_in_file', 'superseded_by_final')`;

async function followFirst(tx: Tx, job: MatchJob): Promise<void> {
  const followers = await tx.execute(
    sql`select 1 from staged_matches f where ${ofJob("f", job)} and f.seq >= 0 and f.outcome = 'duplicate' and f.reason_code in ${FOLLOWS} limit 1`,
  );
  if (followers.rows.length === 0) return;
  // The first of a repeated movement turned out to be a booked one: so are the others.
  await tx.execute(sql`
      update staged_matches m set target_id = o.target_id
        from staged_transactions s join staged_matches o on ${ofJob("o", job)} and o.seq = s.seq
       where ${ofJob("s", job)} and ${ofJob("m", job)} and m.outcome = 'duplicate' and m.target_id = s.id
         and o.outcome in ('duplicate', 'update', 'conflict') and o.target_id is not null
         and s.id in (select f.target_id from staged_matches f where ${ofJob("f", job)} and f.outcome = 'duplicate'
            and f.reason_code in ${FOLLOWS})`);
}

async function giveOccurrences(tx: Tx, job: MatchJob): Promise<void> {
  // Above all that are booked and all that this job could book under the key; the k-th asker takes the k-th of them.
  await tx.execute(sql`
      with ${inPlay(job)},
      asking as materialized (
        select s.seq, s.account_id, s.posted_on, s.identity_key, row_number() over (partition by s.identity_key order by s.seq) as place
          from staged_transactions s join staged_matches m on ${ofJob("m", job)} and m.seq = s.seq
         where ${ofJob("s", job)} and m.occurrence = ${NEEDS_OCCURRENCE}::int and m.outcome <> 'duplicate'),
      planned as (
        select s.identity_key, count(*) as n from ${rowsInPlay}
         where ${isInPlay(job)} and s.identity_key in (select a.identity_key from asking a) group by s.identity_key)
      update staged_matches m set occurrence = taken.last_occurrence + p.n + a.place
        from asking a join planned p using (identity_key)
       cross join lateral (
          select coalesce(max(t.occurrence), 0) as last_occurrence
            from (select t.occurrence from transactions t where t.tenant_id = ${job.tenantId}::uuid and t.account_id = a.account_id and t.posted_on = a.posted_on
                   and t.identity_key = a.identity_key order by t.occurrence desc limit 1) t) taken
       where ${ofJob("m", job)} and m.seq = a.seq`);
  await tx.execute(sql`update staged_matches m set occurrence = null where ${ofJob("m", job)} and m.occurrence = ${NEEDS_OCCURRENCE}::int`);
}
