/** What people decided before the plan was made anew. Decides nothing itself. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import { openPlanRuns } from "../../store/plan.ts";
import { rowsOf, type Tx } from "../../store/tenant.ts";
import { type MatchJob, ofJob } from "./sweep.ts";

/**
 * Gives the decisions that wait under negative seqs (see `prepareJob`) back to rows whose outcome and target are what they were, and drops the rest.
 * A removal is known by its target: its seq may be another one.
 */
export async function restoreDecisions(tx: Tx, job: MatchJob): Promise<void> {
  const decided = await rowsOf(tx, sql`select -1 - old.seq as seq from staged_matches old where ${ofJob("old", job)} and old.seq < 0`, decidedRow);
  if (decided.length === 0) return;
  await openPlanRuns(
    tx,
    job.lease.jobId,
    decided.map(({ seq }) => seq),
  );
  await tx.execute(sql`
    update staged_matches m set decision = old.decision, decided_by = old.decided_by, decided_at = old.decided_at
      from staged_matches old
     where ${ofJob("old", job)} and old.seq < 0 and ${ofJob("m", job)} and m.seq >= 0 and m.outcome = old.outcome and m.target_id is not distinct from old.target_id
       and (m.seq = -1 - old.seq or m.outcome = 'removal')`);
  // A new row has no match of its own unless something is to be said of it; a decision is.
  await tx.execute(sql`
    insert into staged_matches (tenant_id, job_id, seq, statement_id, outcome, reason_code, reason, occurrence, decision, decided_by, decided_at)
    select old.tenant_id, old.job_id, -1 - old.seq, old.statement_id, 'new', 'not_seen_before', old.reason, 1, old.decision, old.decided_by, old.decided_at
      from staged_matches old
      join statements st on st.tenant_id = old.tenant_id and st.id = old.statement_id and st.account_id is not null
     where ${ofJob("old", job)} and old.seq < 0 and old.outcome = 'new' and old.target_id is null
    on conflict (tenant_id, job_id, seq) do nothing`);
  await tx.execute(sql`delete from staged_matches old where ${ofJob("old", job)} and old.seq < 0`);
}

const decidedRow = z.object({ seq: z.coerce.number() });
