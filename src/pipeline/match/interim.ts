/** Rule 4 (RULES.md §3): a final statement claims the interim rows of its connection, account and day. By key it has done so already (rule 3); here by what else it shows. */
import { type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import { rowsOf, type TenantDoor, type Tx } from "../../store/tenant.ts";
import { inPlay, isInPlay, isOpen, type MatchJob, ofJob, ROWS_PER_DAY_MAX, recordFindings, rowsInPlay, sweep } from "./sweep.ts";

const REFERENCES = ["bank_reference", "customer_reference"] as const;
type Reference = (typeof REFERENCES)[number];

/** By amount and shared reference, then by unique amount. Each claim is an update that keeps the booked row's id and what people said of it. */
export function claimInterimRows(door: TenantDoor, job: MatchJob): Promise<void> {
  return sweep(door, job, async (tx) => {
    if (!(await hasPendingRows(tx, job))) return;
    // The bank's reference against the bank's, the customer's against the customer's, then crosswise.
    for (const pair of [
      [0, 0],
      [1, 1],
      [0, 1],
      [1, 0],
    ] as const) {
      await tx.execute(claimByReference(job, { staged: REFERENCES[pair[0]], booked: REFERENCES[pair[1]] }));
    }
    await tx.execute(claimByUniqueAmount(job));
  });
}

async function hasPendingRows(tx: Tx, job: MatchJob): Promise<boolean> {
  const rows = await rowsOf(tx, sql`with ${inPlay(job)}, ${pendingRows(job)} select id from pending limit 1`, z.object({ id: z.string() }));
  return rows.length > 0;
}

/** Six characters or more, and not only filler zeros: what may join two rows as one movement. */
export function isSharedReference(reference: SQL): SQL {
  return sql`(length(${reference}) >= 6 and ltrim(${reference}, '0') <> '')`;
}

/** The i-th staged row of an amount and reference takes the i-th interim one. */
function claimByReference(job: MatchJob, columns: { staged: Reference; booked: Reference }): SQL {
  const staged = sql.raw(columns.staged);
  const booked = sql.raw(columns.booked);
  return recordFindings(
    job,
    sql`${inPlay(job)}, ${pendingRows(job)},
      shown as (
        select s.seq, s.statement_id, s.account_id, s.posted_on, s.amount_minor, s.${staged} as reference,
               row_number() over (partition by s.account_id, s.posted_on, s.amount_minor, s.${staged} order by s.seq) as i
          from ${rowsInPlay} where ${isInPlay(job)} and ${isFinalRow} and ${isOpen(job)} and ${isSharedReference(sql`s.${staged}`)}),
      waiting as (
        select b.*, b.${booked} as reference, row_number() over (partition by b.account_id, b.posted_on, b.amount_minor, b.${booked} order by b.id) as i
          from pending b where b.${booked} is not null)`,
    sql`select r.seq, r.statement_id, ${updateOrConflict}, case when w.reconciled then 'reconciled_row_changed' else 'interim_same_reference' end as code,
               w.id as target_id, w.version as target_version
          from shown r join waiting w using (account_id, posted_on, amount_minor, reference, i)`,
  );
}

function claimByUniqueAmount(job: MatchJob): SQL {
  return recordFindings(
    job,
    sql`${inPlay(job)}, ${pendingRows(job)},
      shown as (
        select s.seq, s.statement_id, s.account_id, s.posted_on, s.amount_minor, count(*) over (partition by s.account_id, s.posted_on, s.amount_minor) as n
          from ${rowsInPlay} where ${isInPlay(job)} and ${isFinalRow} and ${isOpen(job)}),
      waiting as (select b.*, count(*) over (partition by b.account_id, b.posted_on, b.amount_minor) as n from pending b)`,
    sql`select r.seq, r.statement_id, ${updateOrConflict}, case when w.reconciled then 'reconciled_row_changed' else 'interim_same_amount' end as code,
               w.id as target_id, w.version as target_version
          from shown r join waiting w using (account_id, posted_on, amount_minor, n) where n = 1`,
  );
}

const isFinalRow = sql`p.kind = 'final' and not s.is_pending`;
const updateOrConflict = sql`case when w.reconciled then 'conflict' else 'update' end as outcome`;

/** `deleted_at is null`, said so that the company's live rows by day (transactions_day) are no way to them: a planner without statistics would read whole days. */
const isThere = sql`coalesce(t.deleted_at, 'infinity') = 'infinity'`;

/**
 * The CTE `pending`: booked interim rows on days of this job's final statements that none of its rows has claimed. An interim row's claim does not
 * count there: it is overtaken by the final statement.
 */
export function pendingRows(job: MatchJob): SQL {
  return sql`
  pending as materialized (
    select distinct t.* from (select distinct p.account_id, p.connection_id, p.day_from, p.day_to from in_play p
                               where p.kind = 'final' and not p.is_replaced and p.group_status is distinct from 2) f
     cross join lateral (
        select t.id, t.account_id, t.posted_on, t.amount_minor, t.bank_reference, t.customer_reference, t.reconciled, t.version from transactions t
         where t.tenant_id = ${job.tenantId}::uuid and t.account_id = f.account_id and t.posted_on between f.day_from and f.day_to and t.is_pending
           and t.connection_id = f.connection_id and ${isThere}
         order by t.posted_on limit ${ROWS_PER_DAY_MAX}) t
     where t.id not in (${claimedByFinals(job)}))`;
}

/** Booked rows that a statement of this job shows; interim statements do not count. */
export function claimedByFinals(job: MatchJob): SQL {
  return sql`select f.target_id from plan_entries f join in_play p on p.id = f.statement_id
              where ${ofJob("f", job)} and f.seq >= 0 and f.target_id is not null and p.kind <> 'interim'`;
}
