/** The plan in figures: how many rows of each outcome, and what it would book. Reads the plan; changes no row of it. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import type { JobId } from "../../domain/ids.ts";
import { OUTCOMES, type OutcomeCounts, REMOVAL_SEQ_START } from "../../domain/plan.ts";
import type { CurrencyTotal } from "../../domain/stored.ts";
import { withFreshRows } from "../../store/fresh-rows.ts";
import { rowsOf, type Tx } from "../../store/tenant.ts";

const counted = z.object({
  outcome: z.enum(OUTCOMES),
  currency: z.string().nullable(),
  row_count: z.coerce.number(),
  booked_count: z.coerce.number(),
  in_minor: z.string(),
  out_minor: z.string(),
});

/**
 * Counts the plan anew and writes it on the job: `outcomes` (all eight, over the whole job), `totals` (what booking it now would add), the records
 * processed and failed. The plan's version stays unless `bump` says that the plan has changed.
 */
export async function recountPlan(tx: Tx, jobId: JobId, options: { bump: boolean } = { bump: false }): Promise<void> {
  const rows = await withFreshRows(tx, () => rowsOf(tx, countPlan(jobId), counted));
  const outcomes = Object.fromEntries(
    OUTCOMES.map((outcome) => [outcome, sumCounts(rows.filter((row) => row.outcome === outcome))]),
  ) satisfies OutcomeCounts;
  const processed = sumCounts(rows.filter((row) => row.outcome !== "removal" && row.outcome !== "unmapped" && row.outcome !== "invalid"));
  await tx.execute(sql`
    update ingestion_jobs set outcomes = ${JSON.stringify(outcomes)}::jsonb, totals = ${JSON.stringify(totalsOf(rows))}::jsonb,
           records_processed = ${processed}, records_failed = ${sumCounts(rows.filter((row) => row.outcome === "invalid"))},
           plan_version = plan_version + ${options.bump ? 1 : 0}, updated_at = now()
     where id = ${jobId}`);
}

/**
 * Booked as new: new and not skipped, or a possible duplicate that a person imports; statements imported before are in the books already. The view
 * `plan_rows` says the same row by row; here no booked row is read.
 */
function countPlan(jobId: JobId) {
  const books = sql`r.imported_at is null and ((r.outcome = 'new' and r.decision is distinct from 'skip') or (r.outcome = 'possible_duplicate' and r.decision = 'import'))`;
  return sql`
    select r.outcome, r.currency, count(*) as row_count, count(*) filter (where ${books}) as booked_count,
           coalesce(sum(r.amount_minor) filter (where ${books} and r.amount_minor > 0), 0)::text as in_minor,
           coalesce(-sum(r.amount_minor) filter (where ${books} and r.amount_minor < 0), 0)::text as out_minor
      from (
        select case when s.invalid_code is not null then 'invalid' when st.account_id is null then 'unmapped' else coalesce(m.outcome, 'new') end as outcome,
               s.currency, s.amount_minor, m.decision, st.imported_at
          from staged_transactions s
          join statements st on st.tenant_id = s.tenant_id and st.id = s.statement_id and st.job_id = ${jobId}
          left join staged_matches m on m.tenant_id = s.tenant_id and m.job_id = ${jobId} and m.seq = s.seq and m.seq >= 0
         where s.job_id = ${jobId} and s.seq not in (
            select generate_series(r.seq_from, r.seq_from + cardinality(r.target_ids) - 1) from staged_runs r where r.job_id = ${jobId})
        union all
        select m.outcome, null, null, m.decision, null from staged_matches m where m.job_id = ${jobId} and m.seq >= ${REMOVAL_SEQ_START}) r
     group by r.outcome, r.currency
    union all select 'duplicate', null, coalesce(sum(cardinality(k.target_ids)), 0), 0, '0', '0' from staged_runs k where k.job_id = ${jobId}`;
}

function totalsOf(rows: z.infer<typeof counted>[]): CurrencyTotal[] {
  const totals = new Map<string, { in: bigint; out: bigint; count: number }>();
  for (const row of rows) {
    if (row.currency === null || row.booked_count === 0) continue;
    const total = totals.get(row.currency) ?? { in: 0n, out: 0n, count: 0 };
    totals.set(row.currency, { in: total.in + BigInt(row.in_minor), out: total.out + BigInt(row.out_minor), count: total.count + row.booked_count });
  }
  return [...totals]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, total]) => ({ currency, in_minor: String(total.in), out_minor: String(total.out), count: total.count }));
}

function sumCounts(rows: { row_count: number }[]): number {
  return rows.reduce((sum, row) => sum + row.row_count, 0);
}
