-- Who may touch what: the Worker's role, row security on every table, the plan's view, and the few definer look-ups, which return ids only.

do $$ begin
  if not exists (select from pg_roles where rolname = 'stratifi_worker') then
    create role stratifi_worker nosuperuser nobypassrls nocreatedb nocreaterole noinherit;
  end if;
  -- A role of that name made in a provider's console may stand above row security; nothing after this line would hold then.
  if exists (select from pg_roles where rolname = 'stratifi_worker' and (rolsuper or rolbypassrls or rolcreaterole))
     or exists (select from pg_auth_members where member = 'stratifi_worker'::regrole) then
    raise exception 'The role stratifi_worker has rights it must not have. Drop it and migrate again: it is made here, by SQL.';
  end if;
end $$;
--> statement-breakpoint
-- What later migrations add is closed to everybody until they open it.
alter default privileges revoke execute on functions from public;
--> statement-breakpoint
create function current_tenant() returns uuid language sql stable parallel safe
  return nullif(current_setting('app.tenant_id', true), '')::uuid;
--> statement-breakpoint
-- Tenant tables: one policy, both ways.
do $$
declare t text;
begin
  for t in select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
           where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant_only on %I using (tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid))
                    with check (tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid))', t);
    execute format('grant select, insert, update, delete on %I to stratifi_worker', t);
  end loop;
end $$;
--> statement-breakpoint
-- Global tables are narrowed to the tenant at hand as well.
alter table tenants enable row level security;
alter table tenants force row level security;
create policy tenant_only on tenants using (id = (select current_tenant()));
grant select on tenants to stratifi_worker;
alter table users enable row level security;
alter table users force row level security;
create policy members_only on users using (exists (select from memberships m where m.tenant_id = (select current_tenant()) and m.user_id = users.id));
grant select on users to stratifi_worker;
-- An inbox row that nobody owns yet may be written where no tenant is at hand, and is read only once a tenant has it.
create policy unowned_insert on webhook_events for insert with check (tenant_id is null and (select current_tenant()) is null);
--> statement-breakpoint
-- The audit log is append-only, and its seal is not the writers' business.
revoke update, delete on ingestion_audit_log from stratifi_worker;
revoke insert on ingestion_audit_log from stratifi_worker;
grant insert (tenant_id, id, connection_id, job_id, action, subject_type, subject_id, details, user_id, token_id, ip_address) on ingestion_audit_log to stratifi_worker;
revoke delete on accounts, connections, raw_ingestion_data, ingestion_jobs, statements, sessions, api_tokens, dead_letters from stratifi_worker;
--> statement-breakpoint
-- The plan, row by row: every staged row with its outcome, and the removals that only the plan knows.
create view plan_rows with (security_invoker = true) as
  select s.tenant_id, s.job_id, s.seq, s.id, s.statement_id, st.account_id, st.imported_at, s.posted_on, s.value_on, s.amount_minor, s.currency,
         s.type_code, s.bank_reference, s.customer_reference, s.description, s.external_transaction_id, s.is_pending, s.line_start, s.line_end,
         s.byte_start, s.byte_end, s.raw,
         case when s.invalid_code is not null then 'invalid'
              when st.account_id is null then 'unmapped'
              else coalesce(m.outcome, 'new') end as outcome,
         case when s.invalid_code is not null then s.invalid_code
              when st.account_id is null then 'account_unmapped'
              else coalesce(m.reason_code, 'not_seen_before') end as reason_code,
         case when s.invalid_code is not null then s.invalid_reason
              when st.account_id is null then 'This account is not mapped to one of your accounts yet.'
              else coalesce(m.reason, 'Nothing like it is in the books.') end as reason,
         m.target_id, m.target_version, m.occurrence, m.decision, m.decided_by, m.decided_at
    from staged_transactions s
    join statements st on st.tenant_id = s.tenant_id and st.id = s.statement_id
    left join staged_matches m on m.tenant_id = s.tenant_id and m.job_id = s.job_id and m.seq = s.seq
  union all
  select m.tenant_id, m.job_id, m.seq, t.id, m.statement_id, st.account_id, st.imported_at, t.posted_on, t.value_on, t.amount_minor, t.currency,
         t.type_code, t.bank_reference, t.customer_reference, t.description, t.external_transaction_id, t.is_pending, st.line_start, st.line_end,
         st.byte_start, coalesce(st.byte_end, st.byte_start), t.raw_data ->> 'raw',
         m.outcome, m.reason_code, m.reason, m.target_id, m.target_version, m.occurrence, m.decision, m.decided_by, m.decided_at
    from staged_matches m
    join statements st on st.tenant_id = m.tenant_id and st.id = m.statement_id
    join transactions t on t.tenant_id = m.tenant_id and t.id = m.target_id
   where m.outcome = 'removal' and m.seq >= 1000000000000;
grant select on plan_rows to stratifi_worker;
--> statement-breakpoint
-- ── definer look-ups: the questions that cross tenants. They return ids, nothing else. ────────────────────────────────
create function user_id_by_email(wanted text) returns uuid language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic; select id from public.users where lower(email) = lower(wanted); end;
create function tenant_ids_of_user(wanted uuid) returns setof uuid language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic; select tenant_id from public.memberships where user_id = wanted order by created_at, tenant_id; end;
create function token_owner(wanted bytea) returns table (tenant_id uuid, token_id uuid) language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic; select t.tenant_id, t.id from public.api_tokens t where t.token_hash = wanted; end;
create function unsent_outbox(rows_max integer) returns table (tenant_id uuid, outbox_id uuid) language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic; select o.tenant_id, o.id from public.outbox o where o.sent_at is null and o.not_before <= now() order by o.not_before, o.id limit rows_max; end;
create function stalled_jobs(still interval, rows_max integer) returns table (tenant_id uuid, job_id uuid) language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic;
    select j.tenant_id, j.id from public.ingestion_jobs j
     where j.status in ('pending', 'running') and j.stage in ('deposited', 'fetching', 'parsing', 'matching', 'importing', 'undoing')
       and j.updated_at < now() - still and coalesce(j.lease_until, '-infinity') < now()
     order by j.updated_at limit rows_max;
  end;
create function tenants_with_unsealed_audit(rows_max integer) returns setof uuid language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic; select distinct tenant_id from public.ingestion_audit_log where seal_no is null limit rows_max; end;
create index api_tokens_by_hash on api_tokens (token_hash);
create index memberships_by_user on memberships (user_id);
create index outbox_due on outbox (not_before, id) where sent_at is null;
create index ingestion_jobs_working on ingestion_jobs (updated_at) where status in ('pending', 'running');
--> statement-breakpoint
-- ── the audit chain ──────────────────────────────────────────────────────────────────────────────────────────────────
create function audit_row_hash(previous bytea, seal_no bigint, log ingestion_audit_log) returns bytea language sql stable
  return sha256(coalesce(previous, ''::bytea) || convert_to(jsonb_build_array(seal_no, log.tenant_id, log.id, log.connection_id, log.job_id, log.action,
    log.subject_type, log.subject_id, log.details, log.user_id, log.token_id, host(log.ip_address), extract(epoch from log.created_at))::text, 'UTF8'));
-- Seals what the current tenant has unsealed, oldest first; returns how many. Rows younger than the grace may still have older ones uncommitted behind them.
create function seal_audit(grace interval, rows_max integer) returns integer language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  wanted uuid := public.current_tenant();
  log public.ingestion_audit_log;
  head_no bigint; head_hash bytea; sealed integer := 0;
begin
  if wanted is null then raise exception 'seal_audit needs a tenant'; end if;
  perform pg_advisory_xact_lock(hashtextextended('audit:' || wanted::text, 0));
  select l.seal_no, l.hash into head_no, head_hash from public.ingestion_audit_log l
    where l.tenant_id = wanted and l.seal_no is not null order by l.seal_no desc limit 1;
  for log in select l.* from public.ingestion_audit_log l where l.tenant_id = wanted and l.seal_no is null and l.created_at <= clock_timestamp() - grace
             order by l.id limit rows_max loop
    head_no := coalesce(head_no, 0) + 1;
    update public.ingestion_audit_log l set seal_no = head_no, previous_hash = head_hash, hash = public.audit_row_hash(head_hash, head_no, log)
      where l.tenant_id = wanted and l.id = log.id returning l.hash into head_hash;
    sealed := sealed + 1;
  end loop;
  return sealed;
end $$;
-- Walks the current tenant's chain: how many are sealed, and the first break (null where there is none).
create function verify_audit() returns table (sealed bigint, unsealed bigint, first_break bigint, why text) language sql stable security invoker set search_path = pg_catalog, public, pg_temp
  begin atomic;
    with chain as (
      select l.seal_no, l.previous_hash, l.hash, public.audit_row_hash(l.previous_hash, l.seal_no, l) as recomputed,
             lag(l.hash) over (order by l.seal_no) as hash_before, row_number() over (order by l.seal_no) as position
        from public.ingestion_audit_log l where l.tenant_id = public.current_tenant() and l.seal_no is not null),
    breaks as (
      select seal_no, case when seal_no <> position then 'a row before it is missing'
                           when previous_hash is distinct from hash_before then 'it does not follow the row before it'
                           else 'its content was changed' end as why
        from chain where seal_no <> position or previous_hash is distinct from hash_before or hash is distinct from recomputed
        order by seal_no limit 1)
    select (select count(*) from chain), (select count(*) from public.ingestion_audit_log l where l.tenant_id = public.current_tenant() and l.seal_no is null),
           (select seal_no from breaks), (select why from breaks);
  end;
--> statement-breakpoint
revoke execute on all functions in schema public from public;
grant usage on schema public to stratifi_worker;
grant execute on all functions in schema public to stratifi_worker;
revoke create on schema public from public;
