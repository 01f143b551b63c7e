/** The inverse of booking, in slices: what stands against it, and each of its steps. Every step may run again: what is done is no longer found. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import { rowsOf, type Tx } from "../tenant.ts";
import { mayShow, openSightingRuns, RUN_ROWS_MAX } from "./sightings.ts";

const blocker = z.object({ code: z.string(), transaction_id: z.string().nullable(), job_id: z.string().nullable(), message: z.string() });
export type Blocker = z.infer<typeof blocker>;

/** 20 named blockers are enough to see what to undo first. */
const BLOCKERS_MAX = 20;

/** What a person may change of a row; a deletion is one whoever made it (a service token has no user). */
const peoplesOf = (image: string) =>
  sql.raw(
    `(${["category", "note", "entity_id", "reconciled", "deleted_by", "deleted_by_job_id"].map((column) => `${image} ->> '${column}'`).join(", ")}, ${image} ->> 'deleted_at' is null)`,
  );

/**
 * Rows that the job made or changed and that are reconciled, or changed since by another job or a person. What a person changed and took back again
 * stands in nobody's way.
 */
export async function undoBlockers(tx: Tx, jobId: string): Promise<Blocker[]> {
  return rowsOf(
    tx,
    sql`with changed as (select transaction_id as id, max(version) as version from transaction_revisions where job_id = ${jobId} group by transaction_id),
        since as (
          select t.id, t.posted_on, to_jsonb(t) as now, r.before, r.version, r.kind, r.job_id from transactions t
            join transaction_revisions r on r.transaction_id = t.id and r.job_id is distinct from ${jobId}
           where t.import_job_id = ${jobId}
          union all
          select t.id, t.posted_on, to_jsonb(t), r.before, r.version, r.kind, r.job_id from changed x
            join transactions t on t.id = x.id
            join transaction_revisions r on r.transaction_id = x.id and r.version > x.version and r.job_id is distinct from ${jobId}),
        reconciled as (
          (select t.id, t.posted_on from transactions t where t.import_job_id = ${jobId} and t.reconciled limit ${BLOCKERS_MAX})
          union select t.id, t.posted_on from changed x join transactions t on t.id = x.id where t.reconciled),
        by_people as (
          select id, posted_on, (array_agg(kind order by version desc))[1] as last_kind from since where job_id is null
           group by id, posted_on, now having ${peoplesOf("now")} is distinct from ${peoplesOf("(array_agg(before order by version))[1]")})
        select 'reconciled' as code, t.id as transaction_id, null::uuid as job_id,
               'A transaction of ' || t.posted_on || ' is reconciled. Take its reconciliation back first.' as message
          from reconciled t
        union
        select 'changed_by_job', s.id, s.job_id, 'Another job changed a transaction of ' || s.posted_on || ' since. Undo that job first.'
          from since s where s.job_id is not null
        union
        select 'changed_by_person', p.id, null, 'A person changed a transaction of ' || p.posted_on || ' since (' || p.last_kind || '). Take that back first.'
          from by_people p
        limit ${BLOCKERS_MAX}`,
    blocker,
  );
}

/** How many rows an undo has to touch: what the job booked, what it saw, what it changed. */
export async function countUndoSteps(tx: Tx, jobId: string): Promise<number> {
  const [row] = await rowsOf(
    tx,
    sql`select (select count(*) from transactions where import_job_id = ${jobId}) + (select count(*) from sightings where job_id = ${jobId})
             + (select count(*) from transaction_revisions where job_id = ${jobId}) as steps`,
    z.object({ steps: z.coerce.number() }),
  );
  return row?.steps ?? 0;
}

const impact = z.object({
  transactions_removed: z.coerce.number(),
  transactions_kept: z.coerce.number(),
  transactions_restored: z.coerce.number(),
  transactions_reverted: z.coerce.number(),
  balances_removed: z.coerce.number(),
});
export type UndoImpact = z.infer<typeof impact>;

/** What undoing the job would do, in rows. */
export async function undoImpact(tx: Tx, jobId: string): Promise<UndoImpact> {
  const [row] = await rowsOf(
    tx,
    sql`with made as (
          select exists (select from transaction_sightings g where g.transaction_id = t.id and g.job_id <> ${jobId} and g.removed_by_job_id is null)
                 or t.id in (select x.id from sighting_runs r cross join lateral unnest(r.transaction_ids) as x(id) where r.job_id <> ${jobId} and ${mayShow(jobId, bookedBy(jobId))}) as seen
            from transactions t where t.import_job_id = ${jobId}),
        revised as (select kind from transaction_revisions where job_id = ${jobId})
        select (select count(*) from made where not seen) as transactions_removed, (select count(*) from made where seen) as transactions_kept,
          (select count(*) from revised where kind = 'removal') as transactions_restored, (select count(*) from revised where kind <> 'removal') as transactions_reverted,
          (select count(*) from account_balances where import_job_id = ${jobId}) as balances_removed`,
    impact,
  );
  return impact.parse(row);
}

/** Rows that the job changed return to their before-image; returns how many of at most `rowsMax`. Newest change first, so that a row changed twice walks back. */
export async function revertRevisions(tx: Tx, jobId: string, rowsMax: number): Promise<number> {
  const result = await tx.execute(sql`
    with last as (
      select distinct on (transaction_id) * from transaction_revisions where job_id = ${jobId} order by transaction_id, version desc limit ${rowsMax}),
    reverted as (
      update transactions t set connection_id = i.connection_id, external_transaction_id = i.external_transaction_id, import_job_id = i.import_job_id,
          statement_id = i.statement_id, line_start = i.line_start, line_end = i.line_end, byte_start = i.byte_start, byte_end = i.byte_end,
          posted_on = i.posted_on, value_on = i.value_on, amount_minor = i.amount_minor, currency = i.currency, type_code = i.type_code,
          bank_reference = i.bank_reference, customer_reference = i.customer_reference, description = i.description, is_pending = i.is_pending,
          raw_data = i.raw_data, identity_key = i.identity_key, occurrence = i.occurrence, deleted_at = i.deleted_at, deleted_by = i.deleted_by,
          deleted_by_job_id = i.deleted_by_job_id, version = i.version, updated_at = i.updated_at
        from (select l.transaction_id, r.* from last l cross join lateral jsonb_populate_record(null::transactions, l.before) r) i
       where t.id = i.transaction_id),
    returned as (
      insert into transaction_sightings (tenant_id, transaction_id, statement_id, line_start, line_end, byte_start, byte_end, job_id, connection_id)
      select l.tenant_id, l.transaction_id, a.statement_id, a.line_start, a.line_end, a.byte_start, a.byte_end, a.import_job_id, a.connection_id
        from last l cross join lateral jsonb_populate_record(null::transactions, l.after) a
       where l.kind = 'removal' and l.before ->> 'statement_id' <> l.after ->> 'statement_id' on conflict do nothing)
    delete from transaction_revisions r using last l where r.transaction_id = l.transaction_id and r.version >= l.version`);
  return result.rowCount ?? 0;
}

/** Sightings that the job had taken away stand again; all at once, so none is left. */
export async function restoreSightings(tx: Tx, jobId: string): Promise<0> {
  await tx.execute(sql`update transaction_sightings set removed_by_job_id = null where removed_by_job_id = ${jobId}`);
  return 0;
}

const bookedBy = (jobId: string) => sql`select t.id, t.posted_on from transactions t where t.import_job_id = ${jobId}`;

/** Runs of sightings of rows whose day may go back to what it was become rows: by another day the run would not be found. Returns how many runs. */
export function openRevised(tx: Tx, jobId: string, rowsMax: number): Promise<number> {
  const shown = sql`select t.id, t.posted_on from transactions t where t.id in (select v.transaction_id from transaction_revisions v where v.job_id = ${jobId})`;
  return openSightingRuns(tx, { jobId, shown, runsMax: Math.ceil(rowsMax / RUN_ROWS_MAX) });
}

/** Other jobs' runs that show what this job booked become rows, so that each can take over its own. Returns how many runs. */
export function openShared(tx: Tx, jobId: string, rowsMax: number): Promise<number> {
  return openSightingRuns(tx, { jobId, shown: bookedBy(jobId), only: sql`r.job_id <> ${jobId}`, runsMax: Math.ceil(rowsMax / RUN_ROWS_MAX) });
}

/** The job's own sightings go. Returns how many, of at most `rowsMax`. */
export async function removeSightings(tx: Tx, jobId: string, rowsMax: number): Promise<number> {
  const result = await tx.execute(sql`
    delete from transaction_sightings where (transaction_id, statement_id, line_start, byte_start) in (
      select transaction_id, statement_id, line_start, byte_start from transaction_sightings where job_id = ${jobId} limit ${rowsMax})`);
  const rows = result.rowCount ?? 0;
  return rows > 0 ? rows : removeSightingRuns(tx, jobId, rowsMax);
}

async function removeSightingRuns(tx: Tx, jobId: string, rowsMax: number): Promise<number> {
  const [gone] = await rowsOf(
    tx,
    sql`with gone as (
          delete from sighting_runs r where r.job_id = ${jobId} and (r.statement_id, r.seq_from) in (
            select o.statement_id, o.seq_from from sighting_runs o where o.job_id = ${jobId} limit ${Math.ceil(rowsMax / RUN_ROWS_MAX)})
          returning cardinality(r.transaction_ids) as n)
        select coalesce(sum(n), 0) as steps from gone`,
    z.object({ steps: z.coerce.number() }),
  );
  return gone?.steps ?? 0;
}

/** Rows that another live job has seen pass to its earliest sighting; returns how many of at most `rowsMax`. */
export async function passOn(tx: Tx, jobId: string, rowsMax: number): Promise<number> {
  const result = await tx.execute(sql`
    with heir as (
      select distinct on (g.transaction_id) g.* from transaction_sightings g join transactions t on t.tenant_id = g.tenant_id and t.id = g.transaction_id
       where t.import_job_id = ${jobId} and g.job_id <> ${jobId} and g.removed_by_job_id is null
       order by g.transaction_id, g.seen_at, g.statement_id, g.line_start limit ${rowsMax}),
    passed as (
      update transactions t set import_job_id = h.job_id, connection_id = h.connection_id, statement_id = h.statement_id, line_start = h.line_start,
          line_end = h.line_end, byte_start = h.byte_start, byte_end = h.byte_end
        from heir h where t.id = h.transaction_id)
    delete from transaction_sightings g using heir h where g.transaction_id = h.transaction_id and g.statement_id = h.statement_id
       and g.line_start = h.line_start and g.byte_start = h.byte_start`);
  return result.rowCount ?? 0;
}

/**
 * What only this job brought goes, with what clings to it: sightings that were taken away, and what people changed and took back (`undoBlockers` saw to
 * that). Returns how many rows of at most `rowsMax`. By a list of ids and no join: the planner cannot know how many they are, and walks the keys.
 */
export async function removeRows(tx: Tx, jobId: string, rowsMax: number): Promise<number> {
  const result = await tx.execute(sql`
    with gone as materialized (select id from transactions where import_job_id = ${jobId} limit ${rowsMax}),
    sightings as (delete from transaction_sightings where transaction_id = any(array(select id from gone)) and removed_by_job_id is not null),
    revisions as (delete from transaction_revisions where transaction_id = any(array(select id from gone)))
    delete from transactions where id = any(array(select id from gone))`);
  return result.rowCount ?? 0;
}
