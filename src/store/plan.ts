/** The plan at rest: what stands in it, what waits for a person, what a person decided. The matcher writes it; the import reads it. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import { type Decision, OPEN_OUTCOMES, type Outcome } from "../domain/plan.ts";
import { isDecidedRemoval } from "./books/sql.ts";
import { rowsOf, type Tx } from "./tenant.ts";

const standing = z.object({
  statements: z.coerce.number(),
  unmapped: z.coerce.number(),
  ready: z.coerce.number(),
  imported: z.coerce.number(),
  undecided: z.coerce.number(),
  invalid: z.coerce.number(),
  errors: z.coerce.number(),
  /** Named checks that are false, of statements not imported yet and of the envelope. */
  broken: z.array(z.string()),
  /** Statements whose totals are not proven true; a delta has none. */
  totals_unproven: z.coerce.number(),
  ledger_unproven: z.coerce.number(),
});
export type PlanStanding = z.infer<typeof standing>;

/** Where the plan stands: statements by readiness, rows that wait for a person, and what the proof says. */
export async function planStanding(tx: Tx, jobId: string): Promise<PlanStanding> {
  const [row] = await rowsOf(
    tx,
    sql`with st as (select * from statements where job_id = ${jobId}),
        checks as (
          select st.id, c ->> 'check' as name, (c ->> 'ok')::boolean as ok from st, jsonb_array_elements(st.proof) c where st.imported_at is null
          union all select st.id, st.continuity ->> 'check', (st.continuity ->> 'ok')::boolean from st where st.continuity is not null and st.imported_at is null
          union all select null, c -> 'check' ->> 'check', (c -> 'check' ->> 'ok')::boolean
            from ingestion_jobs j, jsonb_array_elements(j.envelope_proof) c where j.id = ${jobId})
        select (select count(*) from st) as statements,
          (select count(*) from st where account_id is null and group_status is distinct from 4) as unmapped,
          (select count(*) from st where account_id is not null and imported_at is null) as ready,
          (select count(*) from st where imported_at is not null) as imported,
          (select count(*) from staged_matches m join st on st.id = m.statement_id where m.job_id = ${jobId} and m.decision is null and st.imported_at is null
             and m.outcome = any(${sql.param([...OPEN_OUTCOMES])}::text[]) and not ${isDecidedRemoval}) as undecided,
          (select count(*) from staged_transactions where job_id = ${jobId} and invalid_code is not null) as invalid,
          (select count(*) from job_problems where job_id = ${jobId} and severity = 'error') as errors,
          (select coalesce(json_agg(distinct name), '[]') from checks where ok = false) as broken,
          (select count(*) from st where imported_at is null and kind <> 'delta' and not exists
             (select from checks c where c.id = st.id and c.name = 'account_control_total' and c.ok)) as totals_unproven,
          (select count(*) from st where imported_at is null and group_status is distinct from 4 and not exists
             (select from checks c where c.id = st.id and c.name in ('ledger_by_details', 'ledger_by_summary') and c.ok)) as ledger_unproven`,
    standing,
  );
  return standing.parse(row);
}

const planRow = z.object({
  seq: z.coerce.number(),
  outcome: z.string(),
  account_id: z.string().nullable(),
  imported_at: z.string().nullable(),
  target_id: z.string().nullable(),
});

/** The rows of a plan by number, with what a decision needs to know of them. */
export async function planRowsBySeq(tx: Tx, jobId: string, seqs: number[]): Promise<(z.infer<typeof planRow> & { outcome: Outcome })[]> {
  const rows = await rowsOf(
    tx,
    sql`select seq, outcome, account_id, imported_at, target_id from plan_rows where job_id = ${jobId} and seq = any(${sql.param(seqs)}::bigint[])`,
    planRow,
  );
  // The view derives outcomes from the closed list of the check constraint and its own two.
  return rows as (z.infer<typeof planRow> & { outcome: Outcome })[];
}

export interface RowDecision {
  seq: number;
  decision: Decision;
  /** For `link`: another transaction than the plan's target. */
  targetId: string | null;
}

/** Writes people's decisions; a new row that had no entry of its own gets one. */
export async function writeDecisions(tx: Tx, jobId: string, decisions: RowDecision[], userId: string | null): Promise<void> {
  await openPlanRuns(
    tx,
    jobId,
    decisions.map(({ seq }) => seq),
  );
  const wire = JSON.stringify(decisions.map((row) => ({ seq: row.seq, decision: row.decision, target: row.targetId })));
  await tx.execute(sql`
    insert into staged_matches (tenant_id, job_id, seq, statement_id, outcome, reason_code, reason, target_id, occurrence, decision, decided_by, decided_at)
    select p.tenant_id, p.job_id, p.seq, p.statement_id, p.outcome, p.reason_code, p.reason, coalesce(d.target, p.target_id), coalesce(p.occurrence, 1),
           d.decision, ${userId}::uuid, now()
      from json_to_recordset(${wire}::json) as d(seq bigint, decision text, target uuid)
      join plan_rows p on p.job_id = ${jobId} and p.seq = d.seq
    on conflict (tenant_id, job_id, seq) do update
      set decision = excluded.decision, target_id = excluded.target_id, decided_by = excluded.decided_by, decided_at = excluded.decided_at`);
}

/** One decision for every row of an outcome that is not in the books yet; how many rows that were. */
export async function decideAll(tx: Tx, jobId: string, outcome: Outcome, decision: Decision, userId: string | null): Promise<number> {
  if (outcome === "duplicate") await openPlanRuns(tx, jobId, null);
  const result = await tx.execute(sql`
    insert into staged_matches (tenant_id, job_id, seq, statement_id, outcome, reason_code, reason, target_id, target_version, occurrence, decision, decided_by, decided_at)
    select p.tenant_id, p.job_id, p.seq, p.statement_id, p.outcome, p.reason_code, p.reason, p.target_id, p.target_version, coalesce(p.occurrence, 1),
           ${decision}, ${userId}::uuid, now()
      from plan_rows p where p.job_id = ${jobId} and p.outcome = ${outcome} and p.imported_at is null
    on conflict (tenant_id, job_id, seq) do update
      set decision = excluded.decision, decided_by = excluded.decided_by, decided_at = excluded.decided_at`);
  return result.rowCount ?? 0;
}

/** Runs become an entry a row, so that one of them may differ: those that hold one of `seqs`, or all that are not in the books yet. */
export async function openPlanRuns(tx: Tx, jobId: string, seqs: number[] | null): Promise<void> {
  const asked =
    seqs === null
      ? sql`r.statement_id in (select st.id from statements st where st.job_id = ${jobId} and st.imported_at is null)`
      : sql`exists (select from unnest(${sql.param(seqs)}::bigint[]) as q(seq) where q.seq >= r.seq_from and q.seq < r.seq_from + cardinality(r.target_ids))`;
  await tx.execute(sql`
    with opened as (delete from staged_runs r where r.job_id = ${jobId} and ${asked} returning r.*)
    insert into staged_matches (tenant_id, job_id, seq, statement_id, outcome, reason_code, reason, target_id)
    select r.tenant_id, r.job_id, r.seq_from + x.n - 1, r.statement_id, 'duplicate', r.reason_code, r.reason, x.target_id
      from opened r cross join lateral unnest(r.target_ids) with ordinality as x(target_id, n)`);
}

/** Raises the plan's version: what was read before is no longer what would be done. Returns the new one. */
export async function bumpPlanVersion(tx: Tx, jobId: string): Promise<number> {
  const [row] = await rowsOf(
    tx,
    sql`update ingestion_jobs set plan_version = plan_version + 1, updated_at = now() where id = ${jobId} returning plan_version`,
    z.object({ plan_version: z.number() }),
  );
  return row?.plan_version ?? 0;
}
