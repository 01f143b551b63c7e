-- Keeping and letting go: what expires by a company's own periods, a log that stays provable after its oldest rows have gone, and a company that leaves.
-- The Worker's role gets no right to delete: functions do it that look at the age, or at the company's own wish to go, themselves.

alter table tenants
  -- When it is looked after next: expiry, or the next batch of its deletion. Pushed ahead by whoever takes it, so that one who dies is followed.
  add column upkeep_due_at timestamptz not null default now(),
  -- Set once and never taken back: from then on nobody comes in, no secret opens, and batches remove the rest.
  add column deleting_at timestamptz;
grant update (settings, upkeep_due_at) on tenants to stratifi_worker;

alter table raw_ingestion_data
  -- From here on nobody reads the object; the row and its hash stay.
  add column object_expired_at timestamptz,
  -- The storage has said that it is gone.
  add column object_removed_at timestamptz;
create index raw_ingestion_data_age on raw_ingestion_data (tenant_id, received_at) where object_removed_at is null;
create index job_problems_age on job_problems (tenant_id, created_at);

-- The last entry that was removed from the beginning of a company's audit chain: the first one kept follows it.
create table audit_anchors (
  tenant_id uuid primary key references tenants (id) on delete cascade,
  seal_no bigint not null,
  hash bytea not null,
  removed_at timestamptz not null default now()
);
alter table audit_anchors enable row level security;
alter table audit_anchors force row level security;
create policy tenant_only on audit_anchors using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));
grant select on audit_anchors to stratifi_worker;
--> statement-breakpoint
-- ── what expires ──────────────────────────────────────────────────────────────────────────────────────────────────────
-- Removes the current tenant's sealed entries up to one, and keeps that one's hash. A year at least, whatever is asked; the newest seal always stays.
create function expire_audit(through bigint, keep_days integer) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  wanted uuid := public.current_tenant();
  last_hash bytea; removed integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('audit:' || wanted::text, 0));
  select l.hash into last_hash from public.ingestion_audit_log l where l.tenant_id = wanted and l.seal_no = through;
  if not found then return 0; end if;
  if exists (select from public.ingestion_audit_log l where l.tenant_id = wanted and l.seal_no <= through
               and l.created_at > now() - make_interval(days => greatest(keep_days, 365)))
     or not exists (select from public.ingestion_audit_log l where l.tenant_id = wanted and l.seal_no > through) then
    raise exception 'These entries of the audit log have not expired.' using errcode = 'check_violation';
  end if;
  insert into public.audit_anchors as a (tenant_id, seal_no, hash) values (wanted, through, last_hash)
    on conflict (tenant_id) do update set seal_no = excluded.seal_no, hash = excluded.hash, removed_at = now();
  delete from public.ingestion_audit_log l where l.tenant_id = wanted and l.seal_no <= through;
  get diagnostics removed = row_count;
  return removed;
end $$;
-- What has ended and is of no more use, of the current tenant; 30 days at least, whatever is asked.
create function expire_rows(what text, keep_days integer, rows_max integer) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  wanted uuid := public.current_tenant();
  before timestamptz := now() - make_interval(days => greatest(keep_days, 30));
  removed integer;
begin
  if what = 'sessions' then
    delete from public.sessions where tenant_id = wanted and id in (
      select s.id from public.sessions s where s.tenant_id = wanted and least(s.revoked_at, s.expires_at) < before limit rows_max);
  elsif what = 'dead_letters' then
    delete from public.dead_letters where tenant_id = wanted and id in (
      select d.id from public.dead_letters d where d.tenant_id = wanted and d.retried_at < before limit rows_max);
  elsif what = 'invitations' then
    delete from public.invitations where tenant_id = wanted and id in (
      select i.id from public.invitations i where i.tenant_id = wanted and coalesce(i.accepted_at, i.revoked_at, i.expires_at) < before limit rows_max);
  else
    raise exception 'Nothing of the name % expires.', what;
  end if;
  get diagnostics removed = row_count;
  return removed;
end $$;
-- Bells that never found an owner; a week at least.
create function expire_unowned_webhook_events(keep_days integer, rows_max integer) returns integer
  language sql volatile security definer set search_path = pg_catalog, public, pg_temp
  begin atomic;
    with gone as (
      delete from public.webhook_events where id in (
        select w.id from public.webhook_events w where w.tenant_id is null and w.received_at < now() - make_interval(days => greatest(keep_days, 7)) limit rows_max)
      returning id)
    select count(*)::integer from gone;
  end;
-- The chain from its anchor on.
create or replace function verify_audit() returns table (sealed bigint, unsealed bigint, first_break bigint, why text) language sql stable security invoker set search_path = pg_catalog, public, pg_temp
  begin atomic;
    with anchor as (select a.seal_no, a.hash from public.audit_anchors a where a.tenant_id = public.current_tenant()),
    chain as (
      select l.seal_no, l.previous_hash, l.hash, public.audit_row_hash(l.previous_hash, l.seal_no, l) as recomputed,
             lag(l.hash, 1, (select a.hash from anchor a)) over (order by l.seal_no) as hash_before,
             row_number() over (order by l.seal_no) + coalesce((select a.seal_no from anchor a), 0) as position
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
-- ── a company that leaves ─────────────────────────────────────────────────────────────────────────────────────────────
-- Marks the current tenant where its name was typed as it is; null where it was not, or where it was marked before.
create function begin_company_deletion(typed_name text) returns uuid
  language sql volatile security definer set search_path = pg_catalog, public, pg_temp
  begin atomic;
    update public.tenants set deleting_at = now(), upkeep_due_at = now() where id = public.current_tenant() and name = typed_name and deleting_at is null returning id;
  end;
-- One batch of one table, of a tenant that is being deleted: how many rows went; 0 where only its people and its own row are left. The order is the
-- catalogue's: a table goes when none that refers to it has rows. Of two that could, the first by name, so that runs of sightings go before transactions.
create function remove_company_rows(rows_max integer) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  wanted uuid := public.current_tenant();
  tenant_table name; child regclass;
  has_rows boolean; is_held boolean; held name[];
  removed integer;
begin
  if not exists (select from public.tenants t where t.id = wanted and t.deleting_at is not null) then
    raise exception 'This company is not being deleted.' using errcode = 'check_violation';
  end if;
  -- A job and its file refer to one another, where the job is a reparse: this reference goes first, and holds nothing below.
  update public.ingestion_jobs set source_raw_id = null where tenant_id = wanted and id in (
    select j.id from public.ingestion_jobs j where j.tenant_id = wanted and j.source_raw_id is not null limit rows_max);
  get diagnostics removed = row_count;
  if removed > 0 then return removed; end if;
  for tenant_table in
    select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'memberships' order by c.relname loop
    execute format('select exists (select from public.%I where tenant_id = $1)', tenant_table) into has_rows using wanted;
    continue when not has_rows;
    is_held := false;
    for child in
      select distinct k.conrelid from pg_constraint k
       where k.contype = 'f' and k.confrelid = format('public.%I', tenant_table)::regclass and k.conrelid <> k.confrelid
         and (k.conrelid, k.confrelid) <> ('public.ingestion_jobs'::regclass, 'public.raw_ingestion_data'::regclass) loop
      execute format('select exists (select from %s where tenant_id = $1)', child) into is_held using wanted;
      exit when is_held;
    end loop;
    if is_held then
      held := held || tenant_table;
      continue;
    end if;
    execute format('delete from public.%1$I where ctid = any (array(select ctid from public.%1$I where tenant_id = $1 limit $2))', tenant_table)
      using wanted, rows_max;
    get diagnostics removed = row_count;
    return removed;
  end loop;
  if held is not null then raise exception 'Tables that refer to one another are left: %', held; end if;
  return 0;
end $$;
-- The last step: the company's own row with its memberships, and those people who belong to no other company. Fails where anything is left.
create function forget_company() returns uuid
  language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  wanted uuid := public.current_tenant();
  people uuid[];
begin
  if public.remove_company_rows(1) > 0 then
    raise exception 'There are rows of this company yet.' using errcode = 'check_violation';
  end if;
  select array_agg(m.user_id) into people from public.memberships m where m.tenant_id = wanted;
  delete from public.tenants t where t.id = wanted and t.deleting_at is not null;
  delete from public.users u where u.id = any (people) and not exists (select from public.memberships m where m.user_id = u.id);
  return wanted;
end $$;
--> statement-breakpoint
-- ── look-ups: ids only ────────────────────────────────────────────────────────────────────────────────────────────────
create function tenants_due_for_expiry(rows_max integer) returns setof uuid language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic; select id from public.tenants where deleting_at is null and upkeep_due_at <= now() order by upkeep_due_at, id limit rows_max; end;
create function tenants_to_remove(rows_max integer) returns setof uuid language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic; select id from public.tenants where deleting_at is not null and upkeep_due_at <= now() order by upkeep_due_at, id limit rows_max; end;
-- Into a company that is being deleted nobody comes any more, and its log is sealed no further: the seal's end would be written where all was removed.
create or replace function tenant_ids_of_user(wanted uuid) returns setof uuid language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic;
    select m.tenant_id from public.memberships m join public.tenants t on t.id = m.tenant_id and t.deleting_at is null
      left join lateral (select max(s.created_at) as at from public.sessions s where s.tenant_id = m.tenant_id and s.user_id = m.user_id) last on true
     where m.user_id = wanted order by last.at desc nulls last, m.created_at, m.tenant_id;
  end;
create or replace function token_owner(wanted bytea) returns table (tenant_id uuid, token_id uuid) language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic;
    select k.tenant_id, k.id from public.api_tokens k join public.tenants t on t.id = k.tenant_id and t.deleting_at is null where k.token_hash = wanted;
  end;
create or replace function open_invitations(wanted text) returns table (tenant_id uuid, invitation_id uuid) language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic;
    select i.tenant_id, i.id from public.invitations i join public.tenants t on t.id = i.tenant_id and t.deleting_at is null
     where lower(i.email) = lower(wanted) and i.accepted_at is null and i.revoked_at is null and i.expires_at > now() order by i.id limit 20;
  end;
create or replace function tenants_with_unsealed_audit(rows_max integer) returns setof uuid language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic;
    select distinct l.tenant_id from public.ingestion_audit_log l join public.tenants t on t.id = l.tenant_id and t.deleting_at is null
     where l.seal_no is null limit rows_max;
  end;
revoke execute on function expire_audit(bigint, integer), expire_rows(text, integer, integer), expire_unowned_webhook_events(integer, integer),
  begin_company_deletion(text), remove_company_rows(integer), forget_company(), tenants_due_for_expiry(integer), tenants_to_remove(integer) from public;
grant execute on function expire_audit(bigint, integer), expire_rows(text, integer, integer), expire_unowned_webhook_events(integer, integer),
  begin_company_deletion(text), remove_company_rows(integer), forget_company(), tenants_due_for_expiry(integer), tenants_to_remove(integer) to stratifi_worker;
