-- Connections that fetch by themselves: when they are due, how they fare, their runs page by page, and what their changes fold into (RULES.md §8).
alter table connections
  add column sync_hour smallint not null default 6 check (sync_hour between 0 and 23),
  add column sync_time_zone text not null default 'UTC',
  -- What makes two connections the same; whose webhook it is.
  add column provider_key text,
  -- The provider's accounts as they were last listed.
  add column provider_accounts jsonb not null default '[]',
  add column failures integer not null default 0,
  add column failure_kind text check (failure_kind in ('reauthenticate', 'gone', 'refused', 'configuration', 'rate_limited', 'unavailable', 'chain_broken', 'cursor_lost', 'malformed')),
  add column failure_code text,
  add column failed_at timestamptz,
  -- Until then its data counts as fresh; null: nobody expects any.
  add column fresh_until timestamptz,
  add column expires_at timestamptz,
  add column tested_at timestamptz,
  add column test_ok boolean,
  add column test_message text;
--> statement-breakpoint
create index connections_due on connections (next_sync_at) where deleted_at is null and next_sync_at is not null;
create index connections_provider on connections (provider_key) where deleted_at is null and provider_key is not null;
-- A run that waits for the one before it is open too; one that failed is not.
drop index ingestion_jobs_one_open_sync;
create unique index ingestion_jobs_one_open_sync on ingestion_jobs (tenant_id, connection_id)
  where job_type = 'sync' and stage in ('fetching', 'waiting') and status <> 'failed';
-- A page of a chain that was begun anew: kept as it came, never read.
alter table raw_ingestion_data add column set_aside_at timestamptz;
alter table staged_balances add column as_of_at timestamptz;
--> statement-breakpoint
create table sync_runs (
  tenant_id uuid not null references tenants (id) on delete cascade,
  job_id uuid not null,
  connection_id uuid not null,
  -- Why it was begun.
  trigger text not null check (trigger in ('schedule', 'button', 'webhook', 'setup', 'again')),
  requested_by uuid,
  -- The connection's cursor when it began, and how far it has come.
  cursor_from jsonb,
  cursor jsonb,
  pages integer not null default 0,
  -- Chains begun anew, and attempts in a row that did not answer.
  restarts integer not null default 0,
  attempts integer not null default 0,
  retry_at timestamptz,
  failure_kind text,
  failure_code text,
  failure_message text,
  request_id text,
  outcome text check (outcome in ('fetched', 'not_ready', 'failed', 'cancelled')),
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  primary key (tenant_id, job_id),
  foreign key (tenant_id, job_id) references ingestion_jobs (tenant_id, id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id)
);
create index sync_runs_connection on sync_runs (tenant_id, connection_id, job_id);
-- A source says that a movement is gone; and the id under which it gave a movement before that was booked.
create table staged_removals (
  tenant_id uuid not null,
  job_id uuid not null,
  seq bigint not null,
  statement_id uuid not null,
  external_transaction_id text not null,
  line bigint not null,
  primary key (tenant_id, job_id, seq),
  foreign key (tenant_id, statement_id) references statements (tenant_id, id)
);
create table staged_replacements (
  tenant_id uuid not null,
  job_id uuid not null,
  seq bigint not null,
  external_transaction_id text not null,
  primary key (tenant_id, job_id, seq),
  foreign key (tenant_id, job_id) references ingestion_jobs (tenant_id, id)
);
--> statement-breakpoint
alter table webhook_events
  add column effect text not null default 'none',
  add column code text,
  -- How often it came; one effect all the same.
  add column deliveries integer not null default 1,
  add column last_delivered_at timestamptz not null default now(),
  add column job_id uuid,
  add column replayed_at timestamptz;
create index webhook_events_connection on webhook_events (tenant_id, connection_id, received_at desc);
--> statement-breakpoint
do $$
declare t text;
begin
  foreach t in array array['sync_runs', 'staged_removals', 'staged_replacements'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant_only on %I using (tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid))
                    with check (tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid))', t);
    execute format('grant select, insert, update, delete on %I to stratifi_worker', t);
  end loop;
end $$;
--> statement-breakpoint
-- Who is due, each company's longest waiting before anybody's second: ids only.
create function due_syncs(rows_max integer) returns table (tenant_id uuid, connection_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic;
    select d.tenant_id, d.id
      from (select c.tenant_id, c.id, c.next_sync_at, row_number() over (partition by c.tenant_id order by c.next_sync_at, c.id) as turn
              from public.connections c
             where c.deleted_at is null and c.status = 'active' and c.next_sync_at <= now()) d
     order by d.turn, d.next_sync_at, d.id limit rows_max;
  end;
-- Whose daily look it is: those that fetch, are not paused, and were not looked at for a day.
create function due_connection_tests(rows_max integer) returns table (tenant_id uuid, connection_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic;
    select c.tenant_id, c.id from public.connections c
     where c.deleted_at is null and c.status in ('active', 'error') and c.credentials is not null and c.connection_type in ('plaid', 'stripe', 'bank_api')
       and coalesce(c.tested_at, c.created_at) < now() - interval '1 day'
     order by coalesce(c.tested_at, c.created_at), c.id limit rows_max;
  end;
create function stale_connections(rows_max integer) returns table (tenant_id uuid, connection_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic;
    select c.tenant_id, c.id from public.connections c
     where c.deleted_at is null and c.status in ('active', 'error') and c.fresh_until < now() order by c.fresh_until, c.id limit rows_max;
  end;
-- Runs that wait for nobody any more.
create function wakeable_syncs(rows_max integer) returns table (tenant_id uuid, connection_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic;
    select w.tenant_id, w.connection_id from public.ingestion_jobs w
     where w.job_type = 'sync' and w.stage = 'waiting' and w.status = 'running' and not exists (
       select from public.ingestion_jobs o where o.tenant_id = w.tenant_id and o.connection_id = w.connection_id and o.id < w.id and o.job_type = 'sync'
          and (o.status in ('pending', 'running') or (o.status = 'failed' and o.stage not in ('fetching', 'cancelled'))))
     order by w.id limit rows_max;
  end;
create function connections_of_provider(wanted text) returns table (tenant_id uuid, connection_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic;
    select c.tenant_id, c.id from public.connections c where c.provider_key = wanted and c.deleted_at is null order by c.id limit 100;
  end;
create function tenant_of_connection(wanted uuid) returns uuid
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic; select c.tenant_id from public.connections c where c.id = wanted and c.deleted_at is null; end;
do $$
declare f text;
begin
  foreach f in array array['due_syncs(integer)', 'due_connection_tests(integer)', 'stale_connections(integer)', 'wakeable_syncs(integer)',
                           'connections_of_provider(text)', 'tenant_of_connection(uuid)'] loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to stratifi_worker', f);
  end loop;
end $$;
