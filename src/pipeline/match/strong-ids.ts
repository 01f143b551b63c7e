/** Rules 1 and 2: the provider's own id, truly unique within an account. Knows nothing of amounts or texts beyond "equal or changed". */
import { type SQL, sql } from "drizzle-orm";
import type { TenantDoor } from "../../store/tenant.ts";
import type { JobShape } from "./prepare.ts";
import { inPlay, isInPlay, type MatchJob, NEEDS_OCCURRENCE, ofJob, reasonOf, rowsInPlay, type Slice, sweep } from "./sweep.ts";

/**
 * Compares every row that has an id with the booked row of that id: of its own connection first, then of another one of the same provider. Within the
 * job the first row of an id stands for it (final before interim, then file order). The change of a delta, or of the same bytes read anew, is an update; another file's is a conflict, and so is
 * that of a delta read anew: later ones may have changed the row since.
 */
export function matchStrongIds(door: TenantDoor, job: MatchJob, shape: JobShape, slice: Slice): Promise<void> {
  return sweep(door, job, (tx) =>
    tx.execute(sql`
      with ${inPlay(job)},
      identified as (
        select s.seq, s.id, s.statement_id, s.identity_key, s.is_pending, p.connection_id, p.kind, ${scopedId} as scoped_id, ${formerId(job, shape)} as former_id,
               first_value(s.seq) over same_id as owner_seq, first_value(s.id) over same_id as owner_id,
               first_value(s.identity_key) over same_id as owner_key, first_value(s.is_pending) over same_id as owner_pending,
               first_value(p.kind) over same_id as owner_kind
          from ${rowsInPlay} where ${isInPlay(job)} and s.external_transaction_id is not null and ${idSlice(slice)}
        window same_id as (partition by s.account_id, s.external_transaction_id order by p.turn, s.seq)),
      met as (
        select i.*, b.id as booked_id, b.version, b.reconciled, b.deleted_by, b.deleted_at, b.is_ours, b.is_pending as booked_pending, b.is_former,
               i.owner_seq <> i.seq and (i.identity_key, i.is_pending) is distinct from (i.owner_key, i.owner_pending) as differs_from_owner,
               (i.identity_key, i.is_pending) is distinct from (b.identity_key, b.is_pending) as differs_from_booked,
               i.identity_key is distinct from case when i.owner_seq <> i.seq then i.owner_key else b.identity_key end as has_other_key
          from identified i left join lateral (${bookedWithId(job)}) b on true),
      coded as (
        select m.*, ${findingOfId(shape)} as finding from met m where m.booked_id is not null or m.owner_seq <> m.seq or ${isNewById(shape)})
      insert into staged_matches (tenant_id, job_id, seq, statement_id, outcome, reason_code, reason, target_id, target_version, occurrence)
      select ${job.tenantId}::uuid, ${job.lease.jobId}::uuid, c.seq, c.statement_id, finding[1], finding[2],
             case when finding[2] = 'deleted_by_person' then ${deletedSentence("c")} else ${reasonOf(sql`finding[2]`)} end,
             case when finding[1] <> 'new' then coalesce(c.booked_id, c.owner_id) end, case when finding[1] <> 'duplicate' then c.version end,
             case when c.has_other_key or finding[1] = 'new' then ${NEEDS_OCCURRENCE}::int end
        from coded c`),
  );
}

/** A source that gives changes, each under an id of its own: what it never gave before is new, however like another movement it is. */
const isNewById = (shape: JobShape): SQL => sql`(m.kind = 'delta' and ${shape.isIncremental})`;

/** The id that the movement had before it was booked (RULES.md §8), with its account. */
function formerId(job: MatchJob, shape: JobShape): SQL {
  if (!shape.hasReplacements) return sql`null::text`;
  return sql`(select s.account_id::text || ':' || x.external_transaction_id from staged_replacements x where ${ofJob("x", job)} and x.seq = s.seq)`;
}

/** Ids such as FITID repeat across accounts: they are stored, and compared, with their account. */
const scopedId = sql`s.account_id::text || ':' || s.external_transaction_id`;

function idSlice(slice: Slice): SQL {
  return slice.of === 1 ? sql`true` : sql`abs(hashtextextended(s.external_transaction_id, 0)) % ${slice.of}::int = ${slice.at}::int`;
}

/** `{outcome, reason code}` of a row whose id is booked, or stands earlier in the job. */
const findingOfId = (shape: JobShape): SQL => sql`case
  when m.deleted_at is not null then array['duplicate', 'deleted_by_person']
  when m.owner_seq <> m.seq and not m.differs_from_owner then array['duplicate', 'repeated_in_file']
  when m.owner_seq <> m.seq and m.kind = 'interim' and m.owner_kind <> 'interim' then array['duplicate', 'superseded_by_final']
  when m.owner_seq <> m.seq then array['conflict', 'repeated_id_changed']
  when m.booked_id is null then array['new', 'new_id']
  when not m.is_ours then array['duplicate', 'same_id_other_connection']
  when m.is_former then case when m.reconciled then array['conflict', 'reconciled_row_changed'] else array['update', 'pending_to_posted'] end
  when not m.differs_from_booked then array['duplicate', 'same_id']
  when m.kind = 'interim' and not m.booked_pending then array['duplicate', 'superseded_by_final']
  when m.reconciled then array['conflict', 'reconciled_row_changed']
  when m.kind = 'delta' and ${shape.isReparse} then array['conflict', 'same_id_changed']
  when m.kind = 'delta' or ${shape.isReparse} then array['update', 'same_id_changed']
  when m.kind = 'final' and m.booked_pending and not m.is_pending then array['update', 'interim_to_final']
  else array['conflict', 'same_id_changed'] end`;

/** The booked row of the id: our own connection's before another one's of the same provider, and our own under the id it had before. What the bank removed is met by nobody. */
function bookedWithId(job: MatchJob): SQL {
  return sql`
    select t.id, t.version, t.reconciled, t.deleted_by, t.deleted_at, t.identity_key, t.is_pending, c.id = i.connection_id as is_ours, w.is_former
      from (select c.id from connections c
             where c.tenant_id = ${job.tenantId}::uuid and c.connection_type =
               (select own.connection_type from connections own where own.tenant_id = ${job.tenantId}::uuid and own.id = i.connection_id)) c
     cross join (values (i.scoped_id, false), (i.former_id, true)) w(id, is_former)
     cross join lateral (
        select * from transactions t where t.tenant_id = ${job.tenantId}::uuid and t.connection_id = c.id and t.external_transaction_id = w.id
           and t.deleted_by_job_id is null limit 1) t
     where not w.is_former or c.id = i.connection_id
     order by c.id = i.connection_id desc, w.is_former, t.id limit 1`;
}

/** `Deleted by Ada on 2026-03-01; …`, from the columns `deleted_by` and `deleted_at` of an alias. */
export function deletedSentence(alias: string, prefix = ""): SQL {
  const row = sql.raw(`${alias}.${prefix}`);
  return sql`'Deleted by ' || coalesce((select coalesce(nullif(u.name, ''), u.email) from users u where u.id = ${row}deleted_by), 'a person')
    || ' on ' || to_char(${row}deleted_at at time zone 'UTC', 'YYYY-MM-DD') || '; only a person restores it.'`;
}
