/** Rule 3: the k-th movement of a statement meets the k-th of the books; what is left is new. The only sweep that sees every row; never asks a person. */
import { type SQL, sql } from "drizzle-orm";
import { REASONS } from "../../domain/reasons.ts";
import { RUN_ROWS_MAX } from "../../store/books/sightings.ts";
import type { TenantDoor } from "../../store/tenant.ts";
import type { JobShape } from "./prepare.ts";
import { deletedSentence } from "./strong-ids.ts";
import {
  claims,
  finalDays,
  inPlay,
  isInPlay,
  keySlice,
  type MatchJob,
  NEEDS_OCCURRENCE,
  ofJob,
  reasonOf,
  rowsInPlay,
  type Slice,
  sweep,
} from "./sweep.ts";

/** Rows of statements that a later group replaces, and rows that a deletion lists, book nothing and claim nothing. */
export function setReplacedAside(door: TenantDoor, job: MatchJob): Promise<void> {
  const code = sql`case when p.group_status = 2 then 'listed_for_deletion' else 'replaced_in_file' end`;
  return sweep(door, job, (tx) =>
    tx.execute(sql`
      with ${inPlay(job)}
      insert into staged_matches (tenant_id, job_id, seq, statement_id, outcome, reason_code, reason)
      select s.tenant_id, s.job_id, s.seq, s.statement_id, 'duplicate', ${code}, ${reasonOf(code)}
        from staged_transactions s join in_play p on p.id = s.statement_id and (p.is_replaced or p.group_status = 2)
       where ${ofJob("s", job)} and s.invalid_code is null and s.identity_key is not null`),
  );
}

/**
 * Counts within each statement, finds for each (key, k) its first owner among the job's statements, and lets the owner meet the books. A booked row that
 * the bank removed is met by nobody, but its occurrence stays taken. Writes exceptions only: a row that is simply new has none.
 */
export function matchIdentities(door: TenantDoor, job: MatchJob, shape: JobShape, slice: Slice): Promise<void> {
  return sweep(door, job, (tx) =>
    tx.execute(sql`
      with ${inPlay(job)},
      ${finalDays(job)},
      shown as materialized (${shownRows(job, shape, slice)}),
      ${bookedDays(job)},
      repeated as materialized (select s.identity_key from shown s group by s.identity_key having count(*) > 1),
      owned as (${ownedRows}),
      met as (
        select o.*, coalesce(o.decided_target, b.id) as met_id, b.version, b.reconciled, b.deleted_by, b.deleted_at, taken.n, taken.last_occurrence,
               o.kind = 'final' and not o.is_pending and b.is_pending and b.connection_id = o.connection_id and b.deleted_at is null as confirms_interim
          from owned o
          left join lateral (${kthBooked(job, shape)}) b on true
          left join lateral (${takenOccurrences(job)}) taken on true),
      followed as (
        select m.*, m.met_id as owner_met_id, m.is_superseded as owner_is_superseded, m.deleted_at as owner_deleted_at, m.deleted_by as owner_deleted_by
          from met m where not m.is_repeated
        union all
        select m.*, first_value(m.met_id) over same_movement, first_value(m.is_superseded) over same_movement, first_value(m.deleted_at) over same_movement,
               first_value(m.deleted_by) over same_movement
          from met m where m.is_repeated window same_movement as (partition by m.posted_on, m.identity_key, m.k order by m.turn)),
      coded as (
        select f.*, ${outcomeCode} as code, f.last_occurrence + f.k - f.n as occurrence from followed f where not f.is_decided),
      runs as (${knownRuns(shape)}),
      written as (
        insert into staged_runs (tenant_id, job_id, seq_from, statement_id, reason_code, reason, target_ids)
        select ${job.tenantId}::uuid, ${job.lease.jobId}::uuid, r.seq_from, r.statement_id, 'already_booked', ${REASONS.already_booked}::text, r.target_ids from runs r)
      insert into staged_matches (tenant_id, job_id, seq, statement_id, outcome, reason_code, reason, target_id, target_version, occurrence)
      select ${job.tenantId}::uuid, ${job.lease.jobId}::uuid, c.seq, c.statement_id,
             case code when 'reconciled_row_changed' then 'conflict' when 'interim_to_final' then 'update' when 'another_of_same' then 'new' else 'duplicate' end,
             code, case when code = 'deleted_by_person' then ${deletedSentence("c", "owner_")} else ${reasonOf(sql`code`)} end,
             case when code not in ('another_of_same', 'superseded_by_final') then coalesce(c.owner_met_id, c.owner_id) end,
             case when code in ('reconciled_row_changed', 'interim_to_final') then c.version end,
             case when code = 'another_of_same' then c.occurrence end
        from coded c where (code <> 'another_of_same' or c.occurrence <> 1)
         and (not ${isPlain(shape)} or c.seq not in (select generate_series(r.seq_from, r.seq_to) from runs r))
       order by c.seq`),
  );
}

/** The CTE `booked_days`: days of the job's rows on which their account has anything booked. One probe a day saves one a row, for most files bring new days. */
function bookedDays(job: MatchJob): SQL {
  return sql`
  booked_days as materialized (
    select d.account_id, d.posted_on
      from (select distinct s.account_id, s.posted_on from shown s) d
     cross join lateral (
        select t.id from transactions t where t.tenant_id = ${job.tenantId}::uuid and t.account_id = d.account_id and t.posted_on = d.posted_on
         order by t.identity_key limit 1) t)`;
}

/** The slice's rows, with what is known of each before anything is counted. */
function shownRows(job: MatchJob, shape: JobShape, slice: Slice): SQL {
  const decided = sql`(select f.seq, f.target_id, f.occurrence = ${NEEDS_OCCURRENCE} as is_changed from staged_matches f
    where ${shape.hasStrongIds || shape.isReparse} and ${ofJob("f", job)} and f.seq >= 0)`;
  return sql`
    select s.seq, s.id, s.statement_id, p.counted_id, s.account_id, s.posted_on, s.identity_key, s.is_pending, p.connection_id, p.kind, p.turn, p.group_status,
           m.is_changed,
           coalesce(s.bank_reference, '') <> '' or coalesce(s.customer_reference, '') <> '' as has_reference,
           m.seq is not null as is_decided, m.target_id as decided_target,
           p.kind = 'interim' and (s.account_id, s.posted_on) in (select d.account_id, d.day from final_days d) as is_superseded
      from ${rowsInPlay} left join ${decided} m on m.seq = s.seq
     where ${isInPlay(job)} and ${keySlice(slice)}`;
}

/**
 * Each row with its k and its owner. As a rule a key stands in the job once: then there is nothing to count, and where its day is new to the books nothing to
 * say either. Of repeated ones, rows that a strong id or their place has decided come first (their booked row is theirs), those it found changed come last:
 * they take their new key's place in the statement, and meet nothing.
 */
const hasBookedDay = sql`(s.account_id, s.posted_on) in (select d.account_id, d.posted_on from booked_days d)`;

const ownedRows = sql`
  select c.*, false as is_repeated, 1::bigint as k, c.seq as owner_seq, c.id as owner_id
    from (select s.*, ${hasBookedDay} as has_booked_day from shown s where not s.is_decided) c
   where (c.has_booked_day or c.is_superseded) and c.identity_key not in (select r.identity_key from repeated r)
  union all
  select c.*, first_value(c.seq) over same_movement, first_value(c.id) over same_movement
    from (select s.*, ${hasBookedDay} as has_booked_day, true as is_repeated,
                 row_number() over (partition by s.posted_on, s.identity_key, s.counted_id order by case when s.is_changed then 2 when not s.is_decided then 1 else 0 end, s.seq) as k
            from shown s where s.identity_key in (select r.identity_key from repeated r)) c
  window same_movement as (partition by c.posted_on, c.identity_key, c.k order by c.turn)`;

/** What the owner met says what becomes of it, and of those that follow it. */
const outcomeCode = sql`case
  when f.owner_deleted_at is not null then 'deleted_by_person'
  when f.owner_seq = f.seq and f.confirms_interim then case when f.reconciled then 'reconciled_row_changed' else 'interim_to_final' end
  when f.owner_seq = f.seq and f.met_id is not null then 'already_booked'
  when f.owner_met_id is null and f.owner_is_superseded then 'superseded_by_final'
  when f.owner_seq <> f.seq then 'repeated_in_file'
  else 'another_of_same' end`;

/**
 * Rows of a statement that follow one another and are all booked already: one entry for as many as lie in the same block. Not those of which something may
 * still be asked (a resend's rows without any reference, `askAboutAppends`), that others of the file follow, or that are compared one by one.
 */
function knownRuns(shape: JobShape): SQL {
  return sql`
    select n.statement_id, n.block, n.island, min(n.seq) as seq_from, max(n.seq) as seq_to, array_agg(n.met_id order by n.seq) as target_ids
      from (select c.statement_id, c.seq, c.met_id, c.seq / ${RUN_ROWS_MAX}::bigint as block, c.seq - row_number() over (order by c.seq) as island
              from coded c where ${isPlain(shape)}) n
     group by n.statement_id, n.block, n.island`;
}

function isPlain(shape: JobShape): SQL {
  return sql`(${!shape.hasStrongIds && !shape.isReparse} and c.code = 'already_booked' and not c.is_repeated and (c.group_status is distinct from 1 or c.has_reference))`;
}

/** The k-th booked row of the key that may absorb a staged one. The condition on the outer row stands inside, so that only owners probe. */
function kthBooked(job: MatchJob, shape: JobShape): SQL {
  const claimedFirst =
    shape.hasStrongIds || shape.isReparse
      ? sql`(o.counted_id, t.id) not in (select p.counted_id, c.target_id from (${claims(job)}) c join in_play p on p.id = c.statement_id),`
      : sql``;
  return sql`
    select t.id, t.version, t.is_pending, t.connection_id, t.reconciled, t.deleted_by, t.deleted_at from transactions t
     where o.has_booked_day and o.seq = o.owner_seq and not o.is_decided and ${isBookedKey(job)} and t.deleted_by_job_id is null
     order by ${claimedFirst} t.occurrence offset o.k - 1 limit 1`;
}

/** How many booked rows of the key can be met, and the last occurrence that is taken by any. Ordered, so that the identity index answers it. */
function takenOccurrences(job: MatchJob): SQL {
  return sql`
    select count(*) filter (where t.deleted_by_job_id is null) as n, coalesce(max(t.occurrence), 0) as last_occurrence
      from (select t.deleted_by_job_id, t.occurrence from transactions t
             where o.has_booked_day and b.id is null and o.seq = o.owner_seq and not o.is_decided and ${isBookedKey(job)} order by t.occurrence limit ${OCCURRENCES_MAX}) t`;
}

/** 100,000 equal movements on one day: more than any statement shows. */
const OCCURRENCES_MAX = 100_000;

function isBookedKey(job: MatchJob): SQL {
  return sql`t.tenant_id = ${job.tenantId}::uuid and t.account_id = o.account_id and t.posted_on = o.posted_on and t.identity_key = o.identity_key`;
}
