/** Booking rows: INSERT … SELECT of what is new, and what the plan's other entries do to rows that are there. Every call is one slice of one job. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import { withFreshRows } from "../fresh-rows.ts";
import { rowsOf, type Tx } from "../tenant.ts";
import { openSightingRuns, writeSightingRuns } from "./sightings.ts";
import { bookable, bookColumns, effectiveDecision, stagedOfMatch, stagedValues } from "./sql.ts";

/** A slice of a job by row number: `from` exclusive, `to` inclusive. */
export interface Slice {
  jobId: string;
  from: number;
  to: number;
}

const lastSeq = z.object({ seq: z.coerce.number().nullable() });

/** The end of the next slice of staged rows after `from`; null where none is left. */
export async function nextStagedSlice(tx: Tx, jobId: string, from: number, rowsMax: number): Promise<number | null> {
  const query = sql`select max(seq) as seq from (select seq from staged_transactions where job_id = ${jobId} and seq > ${from} order by seq limit ${rowsMax}) x`;
  return (await rowsOf(tx, query, lastSeq))[0]?.seq ?? null;
}

const runsRow = z.object({ known: z.coerce.number(), staged: z.coerce.number().nullable(), begun: z.coerce.number() });

/** Staged rows of the slice become transactions where they are new, and leave a sighting where they stand in a run. Returns how many were booked. */
export async function bookStaged(tx: Tx, slice: Slice): Promise<number> {
  const [runs] = await rowsOf(
    tx,
    sql`select coalesce(sum(least(r.seq_from + cardinality(r.target_ids) - 1, ${slice.to}::bigint) - greatest(r.seq_from, ${slice.from}::bigint + 1) + 1), 0) as known,
               count(*) filter (where r.seq_from > ${slice.from}) as begun,
               case when count(*) > 0 then (select count(*) from staged_transactions s where s.job_id = ${slice.jobId} and s.seq > ${slice.from} and s.seq <= ${slice.to}) end as staged
          from staged_runs r join statements st on st.tenant_id = r.tenant_id and st.id = r.statement_id and st.imported_at is null
         where r.job_id = ${slice.jobId} and r.seq_from <= ${slice.to} and r.seq_from + cardinality(r.target_ids) > ${slice.from}::bigint + 1`,
    runsRow,
  );
  if (runs !== undefined && runs.begun > 0) await writeSightingRuns(tx, slice);
  return runs !== undefined && runs.known > 0 && runs.known === runs.staged ? 0 : bookNew(tx, slice);
}

/** The end of the next slice of plan entries after `from`; null where none is left. */
export async function nextMatchSlice(tx: Tx, jobId: string, from: number, rowsMax: number): Promise<number | null> {
  const query = sql`select max(seq) as seq from (select seq from staged_matches where job_id = ${jobId} and seq > ${from} order by seq limit ${rowsMax}) x`;
  return (await rowsOf(tx, query, lastSeq))[0]?.seq ?? null;
}

/** New rows become transactions; returns how many. */
export async function bookNew(tx: Tx, slice: Slice): Promise<number> {
  const result = await withFreshRows(tx, () =>
    tx.execute(sql`
    insert into transactions (${bookColumns})
    select ${stagedValues}, coalesce(m.occurrence, 1)
      from staged_transactions s
      join statements st on st.tenant_id = s.tenant_id and st.id = s.statement_id and st.job_id = ${slice.jobId}
      join ingestion_jobs j on j.tenant_id = s.tenant_id and j.id = s.job_id
      left join plan_entries m on m.tenant_id = s.tenant_id and m.job_id = ${slice.jobId} and m.seq = s.seq
       and m.seq > ${slice.from} and m.seq <= ${slice.to}
     where s.job_id = ${slice.jobId} and s.seq > ${slice.from} and s.seq <= ${slice.to} and ${bookable}
       and (m.seq is null or (m.outcome = 'new' and ${effectiveDecision} = 'import'))`),
  );
  return result.rowCount ?? 0;
}

/** The plan's other entries of the slice, in order: forced rows, restored ones, changes, removals, sightings. Returns how many rows were booked or changed. */
export async function applyMatches(tx: Tx, slice: Slice): Promise<number> {
  const kinds = await kindsOf(tx, slice);
  // What is to change or to go is no longer a part of a run, which is found by the days of its transactions.
  if (kinds.has_updates || kinds.has_removals) await openSightingRuns(tx, { jobId: slice.jobId, shown: changedTargets(slice) });
  const booked = kinds.has_forced ? await bookForced(tx, slice) : 0;
  const restored = kinds.has_forced ? await restoreTombstones(tx, slice) : 0;
  const updated = kinds.has_updates ? await applyUpdates(tx, slice) : 0;
  const removed = kinds.has_removals ? await applyRemovals(tx, slice) : 0;
  if (kinds.has_removals) await dropSightings(tx, slice);
  await writeSightings(tx, slice);
  return booked + restored + updated + removed;
}

const kindsRow = z.object({ has_forced: z.boolean(), has_updates: z.boolean(), has_removals: z.boolean() });

/** Which steps have anything to do: one look at the slice instead of five that find nothing, as in a file that is all known already. */
async function kindsOf(tx: Tx, slice: Slice): Promise<z.infer<typeof kindsRow>> {
  const [row] = await rowsOf(
    tx,
    sql`select coalesce(bool_or(m.outcome in ('duplicate', 'possible_duplicate') and m.decision = 'import'), false) as has_forced,
               coalesce(bool_or(m.outcome in ('update', 'conflict')), false) as has_updates, coalesce(bool_or(m.outcome = 'removal'), false) as has_removals
          from staged_matches m where m.job_id = ${slice.jobId} and m.seq > ${slice.from} and m.seq <= ${slice.to}`,
    kindsRow,
  );
  return kindsRow.parse(row);
}

const slicedMatches = (slice: Slice) => sql`m.job_id = ${slice.jobId} and m.seq > ${slice.from} and m.seq <= ${slice.to} and st.imported_at is null`;

const changedTargets = (slice: Slice) => sql`
  select t.posted_on, t.id from staged_matches m
    join statements st on st.tenant_id = m.tenant_id and st.id = m.statement_id
   cross join lateral (select b.* from transactions b where b.tenant_id = m.tenant_id and b.id = m.target_id limit 1) t
   where ${slicedMatches(slice)} and m.outcome in ('update', 'conflict', 'removal')`;

/** A person said that a (possible) duplicate is a movement of its own: it takes the next free occurrence. */
async function bookForced(tx: Tx, slice: Slice): Promise<number> {
  const result = await tx.execute(sql`
    insert into transactions (${bookColumns})
    select ${stagedValues},
           coalesce((select max(t.occurrence) from transactions t where t.tenant_id = s.tenant_id and t.account_id = s.account_id
                       and t.posted_on = s.posted_on and t.identity_key = s.identity_key), 0)
             + row_number() over (partition by s.account_id, s.posted_on, s.identity_key order by s.seq)
      from staged_matches m
      join statements st on st.tenant_id = m.tenant_id and st.id = m.statement_id
      cross join ${stagedOfMatch}
      join ingestion_jobs j on j.tenant_id = s.tenant_id and j.id = s.job_id
      left join transactions target on target.tenant_id = m.tenant_id and target.id = m.target_id
     where ${slicedMatches(slice)} and ${bookable} and m.outcome in ('duplicate', 'possible_duplicate') and m.decision = 'import' and target.deleted_at is null`);
  return result.rowCount ?? 0;
}

/** A person said that a row which a person deleted is back. */
async function restoreTombstones(tx: Tx, slice: Slice): Promise<number> {
  const result = await tx.execute(sql`
    with target as (
      select t.id, to_jsonb(t) as image from staged_matches m
        join statements st on st.tenant_id = m.tenant_id and st.id = m.statement_id
        join transactions t on t.tenant_id = m.tenant_id and t.id = m.target_id
       where ${slicedMatches(slice)} and m.outcome in ('duplicate', 'possible_duplicate') and m.decision = 'import' and t.deleted_at is not null),
    changed as (
      update transactions t set deleted_at = null, deleted_by = null, deleted_by_job_id = null, version = t.version + 1, updated_at = now()
        from (select distinct id from target) x where t.id = x.id returning t.*)
    insert into transaction_revisions (tenant_id, transaction_id, version, kind, job_id, before, after)
    select c.tenant_id, c.id, c.version, 'restore', ${slice.jobId}, (select image from target where id = c.id limit 1), to_jsonb(c) from changed c`);
  return result.rowCount ?? 0;
}

/** What the source says now replaces what it said before: the row keeps its id and what people wrote. */
async function applyUpdates(tx: Tx, slice: Slice): Promise<number> {
  const result = await tx.execute(sql`
    with wanted as (
      select s.*, m.target_id, st.connection_id, row_number() over (partition by s.account_id, s.posted_on, s.identity_key order by s.seq) as nth
        from staged_matches m
        join statements st on st.tenant_id = m.tenant_id and st.id = m.statement_id
        cross join ${stagedOfMatch}
       where ${slicedMatches(slice)} and m.outcome in ('update', 'conflict') and ${effectiveDecision} = 'import'),
    target as (select t.id, to_jsonb(t) as image from transactions t join wanted w on w.target_id = t.id),
    changed as (
      update transactions t set posted_on = w.posted_on, value_on = w.value_on, amount_minor = w.amount_minor, currency = w.currency, type_code = w.type_code,
          bank_reference = w.bank_reference, customer_reference = w.customer_reference, description = w.description, is_pending = w.is_pending,
          external_transaction_id = case when w.external_transaction_id is not null and t.connection_id = w.connection_id and t.account_id = w.account_id
            then t.account_id::text || ':' || w.external_transaction_id else t.external_transaction_id end,
          raw_data = jsonb_build_object('raw', w.raw), identity_key = w.identity_key,
          occurrence = case when t.identity_key = w.identity_key and t.posted_on = w.posted_on then t.occurrence else w.nth + coalesce(
            (select max(o.occurrence) from transactions o where o.tenant_id = w.tenant_id and o.account_id = w.account_id and o.posted_on = w.posted_on
               and o.identity_key = w.identity_key), 0) end,
          version = t.version + 1, updated_at = now()
        from wanted w where t.id = w.target_id returning t.*)
    insert into transaction_revisions (tenant_id, transaction_id, version, kind, job_id, before, after)
    select c.tenant_id, c.id, c.version, 'update', ${slice.jobId}, b.image, to_jsonb(c) from changed c join target b on b.id = c.id`);
  return result.rowCount ?? 0;
}

/** The bank took rows back: they become its tombstones; a row that another source still shows passes to that source. */
async function applyRemovals(tx: Tx, slice: Slice): Promise<number> {
  const result = await tx.execute(sql`
    with wanted as (
      select m.target_id, m.reason_code = 'removal_sighting_only' as passes, st.connection_id
        from staged_matches m join statements st on st.tenant_id = m.tenant_id and st.id = m.statement_id
       where ${slicedMatches(slice)} and m.outcome = 'removal' and ${effectiveDecision} = 'import'),
    target as (select t.id, to_jsonb(t) as image from transactions t join wanted w on w.target_id = t.id),
    heir as (
      select distinct on (g.transaction_id) g.* from transaction_sightings g join wanted w on w.target_id = g.transaction_id and w.passes
       where g.connection_id <> w.connection_id and g.removed_by_job_id is null order by g.transaction_id, g.seen_at, g.statement_id),
    passed as (
      update transactions t set connection_id = h.connection_id, import_job_id = h.job_id, statement_id = h.statement_id, line_start = h.line_start,
          line_end = h.line_end, byte_start = h.byte_start, byte_end = h.byte_end, version = t.version + 1, updated_at = now()
        from heir h join wanted w on w.target_id = h.transaction_id where t.id = h.transaction_id and t.connection_id = w.connection_id returning t.*),
    inherited as (
      delete from transaction_sightings g using passed p where g.transaction_id = p.id and g.statement_id = p.statement_id and g.line_start = p.line_start
        and g.byte_start = p.byte_start),
    removed as (
      update transactions t set deleted_at = now(), deleted_by = null, deleted_by_job_id = ${slice.jobId}, external_transaction_id = null, version = t.version + 1, updated_at = now()
        from wanted w where t.id = w.target_id and not w.passes returning t.*)
    insert into transaction_revisions (tenant_id, transaction_id, version, kind, job_id, before, after)
    select c.tenant_id, c.id, c.version, 'removal', ${slice.jobId}, b.image, to_jsonb(c)
      from (select * from passed union all select * from removed) c join target b on b.id = c.id`);
  return result.rowCount ?? 0;
}

/** A removal that only takes this connection's later appearances of a row away. */
async function dropSightings(tx: Tx, slice: Slice): Promise<void> {
  await tx.execute(sql`
    update transaction_sightings g set removed_by_job_id = ${slice.jobId}
      from staged_matches m join statements st on st.tenant_id = m.tenant_id and st.id = m.statement_id
     where ${slicedMatches(slice)} and m.outcome = 'removal' and m.reason_code = 'removal_sighting_only' and ${effectiveDecision} = 'import'
       and g.transaction_id = m.target_id and g.connection_id = st.connection_id and g.removed_by_job_id is null`);
}

/** A row that stands for a transaction in the books leaves its line there as a sighting. */
async function writeSightings(tx: Tx, slice: Slice): Promise<void> {
  const insert = sql`
    insert into transaction_sightings (tenant_id, transaction_id, statement_id, line_start, line_end, byte_start, byte_end, job_id, connection_id)
    select s.tenant_id, t.id, s.statement_id, s.line_start, s.line_end, s.byte_start, s.byte_end, s.job_id, st.connection_id
      from staged_matches m
      join statements st on st.tenant_id = m.tenant_id and st.id = m.statement_id
      join staged_transactions s on s.tenant_id = m.tenant_id and s.job_id = ${slice.jobId} and s.seq = m.seq and s.seq > ${slice.from} and s.seq <= ${slice.to}
      cross join lateral (select t.id from transactions t where t.tenant_id = m.tenant_id and t.id = m.target_id limit 1) t
     where ${slicedMatches(slice)} and (${effectiveDecision} = 'link' or (m.outcome in ('update', 'conflict') and ${effectiveDecision} = 'import')
        or (m.outcome in ('duplicate', 'possible_duplicate') and m.decision = 'import'
            and exists (select from transaction_revisions r where r.transaction_id = t.id and r.job_id = s.job_id and r.kind = 'restore')))
    on conflict do nothing`;
  await withFreshRows(tx, () => tx.execute(insert));
}
