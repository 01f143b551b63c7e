-- By day before amount: a bank's new days lie at the end of their account's part of the index instead of anywhere in it, so that books of many millions are
-- booked into as quickly as empty ones. Who asks for an amount names each of its days (docs/operations.md, Figures).
drop index transactions_amount;
--> statement-breakpoint
create index transactions_amount on transactions (tenant_id, account_id, posted_on, amount_minor);
--> statement-breakpoint
-- Interim rows, of which a final statement asks on each of its days: most books have none.
create index transactions_pending on transactions (tenant_id, account_id, posted_on) where is_pending;
--> statement-breakpoint
-- The list of all transactions, latest day first: a page is read along it, where a company's rows were sorted for each page. Of live rows only: who looks for a
-- row by its id alone does not say that it is live, and can never be sent along this one by a planner that has no statistics yet.
create index transactions_day on transactions (tenant_id, posted_on, id) where deleted_at is null;
--> statement-breakpoint
-- Runs: consecutive rows of a statement that the books hold already are one entry of the plan, and leave one entry in the books, instead of one a row each.
-- A statement that comes again is what banks send most after new ones (docs/adr/0031). A run is opened into rows before any one of them is to differ.
create table staged_runs (
  tenant_id uuid not null,
  job_id uuid not null,
  -- The staged row of the first target; each that follows is the next one's.
  seq_from bigint not null,
  statement_id uuid not null,
  reason_code text not null,
  reason text not null,
  target_ids uuid[] not null,
  primary key (tenant_id, job_id, seq_from)
);
--> statement-breakpoint
create table sighting_runs (
  tenant_id uuid not null,
  statement_id uuid not null,
  seq_from bigint not null,
  account_id uuid not null,
  connection_id uuid not null,
  job_id uuid not null,
  -- The days of its transactions, by which it is found.
  posted_from date not null,
  posted_to date not null,
  transaction_ids uuid[] not null,
  line_starts bigint[] not null,
  line_ends bigint[] not null,
  byte_starts bigint[] not null,
  byte_ends bigint[] not null,
  seen_at timestamptz not null default now(),
  primary key (tenant_id, statement_id, seq_from),
  foreign key (tenant_id, statement_id, account_id, connection_id, job_id) references statements (tenant_id, id, account_id, connection_id, job_id)
);
create index sighting_runs_days on sighting_runs (tenant_id, account_id, posted_from, posted_to);
create index sighting_runs_job on sighting_runs (tenant_id, job_id);
--> statement-breakpoint
do $$
declare t text;
begin
  foreach t in array array['staged_runs', 'sighting_runs'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant_only on %I using (tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid))
                    with check (tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid))', t);
    execute format('grant select, insert, update, delete on %I to stratifi_worker', t);
  end loop;
end $$;
--> statement-breakpoint
-- What a foreign key says of a sighting's transaction, said of a run's, once a statement: they are there when it is written, and do not go while it stands.
create function sighting_runs_have_transactions() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if exists (select from written r where cardinality(r.transaction_ids) <>
               (select count(*) from public.transactions t where t.tenant_id = r.tenant_id and t.id = any (r.transaction_ids))) then
    raise exception 'A run of sightings names a transaction that is not there.' using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
create trigger sighting_runs_written after insert on sighting_runs referencing new table as written
  for each statement execute function sighting_runs_have_transactions();
create trigger sighting_runs_changed after update on sighting_runs referencing new table as written
  for each statement execute function sighting_runs_have_transactions();
create function sighted_transactions_stay() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if exists (select from public.sighting_runs r
              where (r.tenant_id, r.account_id) in (select t.tenant_id, t.account_id from gone t)
                and r.posted_from <= (select max(t.posted_on) from gone t) and r.posted_to >= (select min(t.posted_on) from gone t)
                and exists (select from unnest(r.transaction_ids) as x(id) where x.id in (select t.id from gone t))) then
    raise exception 'A transaction that another file shows cannot go.' using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
create trigger transactions_gone after delete on transactions referencing old table as gone
  for each statement execute function sighted_transactions_stay();
--> statement-breakpoint
-- The plan's entries one by one, however they rest.
create view plan_entries with (security_invoker = true) as
  select m.tenant_id, m.job_id, m.seq, m.statement_id, m.outcome, m.reason_code, m.reason, m.target_id, m.target_version, m.occurrence, m.decision,
         m.decided_by, m.decided_at
    from staged_matches m
  union all
  select r.tenant_id, r.job_id, r.seq_from + x.n - 1, r.statement_id, 'duplicate', r.reason_code, r.reason, x.target_id, null::integer, null::integer, null::text,
         null::uuid, null::timestamptz
    from staged_runs r cross join lateral unnest(r.target_ids) with ordinality as x(target_id, n);
grant select on plan_entries to stratifi_worker;
--> statement-breakpoint
-- Every later appearance of a transaction, however it rests. By its transaction alone it is looked for in `sighting_runs` by account and day as well.
create view sightings with (security_invoker = true) as
  select g.tenant_id, g.transaction_id, g.statement_id, g.line_start, g.line_end, g.byte_start, g.byte_end, g.job_id, g.connection_id, g.seen_at, g.removed_by_job_id
    from transaction_sightings g
  union all
  select r.tenant_id, x.transaction_id, r.statement_id, x.line_start, x.line_end, x.byte_start, x.byte_end, r.job_id, r.connection_id, r.seen_at, null::uuid
    from sighting_runs r cross join lateral
         unnest(r.transaction_ids, r.line_starts, r.line_ends, r.byte_starts, r.byte_ends) as x(transaction_id, line_start, line_end, byte_start, byte_end);
grant select on sightings to stratifi_worker;
--> statement-breakpoint
create or replace view plan_rows with (security_invoker = true) as
  select s.tenant_id, s.job_id, s.seq, s.id, s.statement_id, st.account_id, st.imported_at, s.posted_on, s.value_on, s.amount_minor, s.currency,
         s.type_code, s.bank_reference, s.customer_reference, s.description, s.external_transaction_id, s.is_pending, s.line_start, s.line_end,
         s.byte_start, s.byte_end, s.raw,
         case when s.invalid_code is not null then 'invalid'
              when st.account_id is null then 'unmapped'
              when r.target_id is not null then 'duplicate'
              else coalesce(m.outcome, 'new') end as outcome,
         case when s.invalid_code is not null then s.invalid_code
              when st.account_id is null then 'account_unmapped'
              else coalesce(r.reason_code, m.reason_code, 'not_seen_before') end as reason_code,
         case when s.invalid_code is not null then s.invalid_reason
              when st.account_id is null then 'This account is not mapped to one of your accounts yet.'
              else coalesce(r.reason, m.reason, 'Nothing like it is in the books.') end as reason,
         coalesce(r.target_id, m.target_id) as target_id, m.target_version, m.occurrence, m.decision, m.decided_by, m.decided_at
    from staged_transactions s
    join statements st on st.tenant_id = s.tenant_id and st.id = s.statement_id
    left join staged_matches m on m.tenant_id = s.tenant_id and m.job_id = s.job_id and m.seq = s.seq
    left join lateral (
      select k.reason_code, k.reason, k.target_ids[s.seq - k.seq_from + 1] as target_id
        from staged_runs k where k.tenant_id = s.tenant_id and k.job_id = s.job_id and k.seq_from <= s.seq
       order by k.seq_from desc limit 1) r on r.target_id is not null
  union all
  select m.tenant_id, m.job_id, m.seq, t.id, m.statement_id, st.account_id, st.imported_at, t.posted_on, t.value_on, t.amount_minor, t.currency,
         t.type_code, t.bank_reference, t.customer_reference, t.description, t.external_transaction_id, t.is_pending, st.line_start, st.line_end,
         st.byte_start, coalesce(st.byte_end, st.byte_start), t.raw_data ->> 'raw',
         m.outcome, m.reason_code, m.reason, m.target_id, m.target_version, m.occurrence, m.decision, m.decided_by, m.decided_at
    from staged_matches m
    join statements st on st.tenant_id = m.tenant_id and st.id = m.statement_id
    join transactions t on t.tenant_id = m.tenant_id and t.id = m.target_id
   where m.outcome = 'removal' and m.seq >= 1000000000000;
--> statement-breakpoint
revoke execute on function sighting_runs_have_transactions(), sighted_transactions_stay() from public;
