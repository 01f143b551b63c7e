/** What the pages of a sync come to (RULES.md §8): of each id the last state, of a booked movement and its pending form one row. Meets no booked row. */
import { sql } from "drizzle-orm";
import type { JobId } from "../domain/ids.ts";
import type { Tx } from "./tenant.ts";

/**
 * Folds the staged rows and removals of a job, whose pages are numbered in their order. Of an id that comes several times the last state stays; a row
 * that takes another's place leaves neither that one nor its removal behind. Safe to do twice.
 */
export async function foldSync(tx: Tx, jobId: JobId): Promise<void> {
  const events = sql`
    events as (
      select s.seq, st.mapping_id, s.external_transaction_id as id, true as is_row
        from staged_transactions s join statements st on st.tenant_id = s.tenant_id and st.id = s.statement_id
       where s.job_id = ${jobId} and s.external_transaction_id is not null
      union all
      select r.seq, st.mapping_id, r.external_transaction_id, false
        from staged_removals r join statements st on st.tenant_id = r.tenant_id and st.id = r.statement_id where r.job_id = ${jobId})`;
  await tx.execute(sql`
    with ${events},
    last as (select distinct on (e.mapping_id, e.id) e.* from events e order by e.mapping_id, e.id, e.seq desc),
    replaced as (
      select l.mapping_id, x.external_transaction_id as id from last l
        join staged_replacements x on x.job_id = ${jobId} and x.seq = l.seq where l.is_row and x.external_transaction_id <> l.id),
    gone as (
      select e.seq, e.is_row from events e
       where e.seq not in (select l.seq from last l) or exists (select from replaced p where p.mapping_id = e.mapping_id and p.id = e.id)),
    rows as (delete from staged_transactions s where s.job_id = ${jobId} and s.seq in (select g.seq from gone g where g.is_row) returning s.seq),
    replacements as (delete from staged_replacements x where x.job_id = ${jobId} and x.seq in (select g.seq from gone g where g.is_row)),
    removals as (delete from staged_removals r where r.job_id = ${jobId} and r.seq in (select g.seq from gone g where not g.is_row))
    update ingestion_jobs set records_failed = (select count(*) from staged_transactions s
        where s.job_id = ${jobId} and s.invalid_code is not null and s.seq not in (select g.seq from gone g)) where id = ${jobId}`);
}
