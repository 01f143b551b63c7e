-- Who is told what: channels with their secrets sealed, rules, one delivery for each alert and channel, and the messages that deliveries go out in.
-- A channel's turn is in its own row: when it may be sent to next, who is sending, how often it failed. It has at most one message under way, which
-- keeps its alerts and its id at every attempt; what is raised meanwhile waits and goes out together.
alter table notification_channels
  add column digest_minutes integer not null default 5 check (digest_minutes between 0 and 1440),
  add column credentials_set_at timestamptz,
  add column credentials_set_by uuid,
  add column next_message_at timestamptz not null default now(),
  add column lease_epoch bigint not null default 0,
  add column lease_until timestamptz,
  add column failures integer not null default 0,
  add column last_error_code text,
  add column last_error text,
  add column last_error_at timestamptz,
  add column last_sent_at timestamptz,
  -- What it was told stays readable, so a channel is not deleted but emptied of its secrets and left.
  add column deleted_at timestamptz,
  add column updated_at timestamptz not null default now();
revoke delete on notification_channels from stratifi_worker;

alter table alert_rules
  add column connection_id uuid,
  add column updated_at timestamptz not null default now(),
  add foreign key (tenant_id, connection_id) references connections (tenant_id, id);
create unique index alert_rules_one on alert_rules (tenant_id, channel_id, event_type, connection_id) nulls not distinct;
create index alert_rules_event on alert_rules (tenant_id, event_type) where enabled;

create table alert_messages (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  channel_id uuid not null,
  is_test boolean not null default false,
  status text not null default 'open' check (status in ('open', 'sent', 'shown', 'given_up')),
  content jsonb not null,
  alert_count integer not null,
  attempts integer not null default 0,
  -- Of an e-mail with several recipients: who has it already, so that the next attempt spares them.
  recipients_done text[] not null default '{}',
  last_error_code text,
  last_error text,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, channel_id) references notification_channels (tenant_id, id)
);
create index alert_messages_channel on alert_messages (tenant_id, channel_id, id);
create unique index alert_messages_open on alert_messages (tenant_id, channel_id, is_test) where status = 'open';

create table alert_deliveries (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  alert_id uuid not null,
  channel_id uuid not null,
  event_type text not null,
  job_id uuid,
  connection_id uuid,
  details jsonb not null default '{}',
  raised_at timestamptz not null,
  -- Null while it waits for its channel's next message.
  message_id uuid,
  primary key (tenant_id, id),
  unique (tenant_id, alert_id, channel_id),
  foreign key (tenant_id, channel_id) references notification_channels (tenant_id, id),
  foreign key (tenant_id, job_id) references ingestion_jobs (tenant_id, id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  foreign key (tenant_id, message_id) references alert_messages (tenant_id, id)
);
create index alert_deliveries_waiting on alert_deliveries (tenant_id, channel_id, id) where message_id is null;
create index alert_deliveries_message on alert_deliveries (tenant_id, message_id) where message_id is not null;
--> statement-breakpoint
do $$
declare t text;
begin
  foreach t in array array['alert_messages', 'alert_deliveries'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant_only on %I using (tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid))
                    with check (tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid))', t);
    execute format('grant select, insert, update, delete on %I to stratifi_worker', t);
  end loop;
end $$;
--> statement-breakpoint
-- Whose turn it is, longest waiting first: channels with something to say that may be sent to now and that nobody is sending to. A test does not wait.
create function due_alert_channels(rows_max integer) returns table (tenant_id uuid, channel_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic;
    select c.tenant_id, c.id
      from (select d.tenant_id, d.channel_id, bool_or(d.event_type = 'test') as is_test
              from public.alert_deliveries d where d.message_id is null group by 1, 2
            union all
            select m.tenant_id, m.channel_id, m.is_test from public.alert_messages m where m.status = 'open') w
      join public.notification_channels c on c.tenant_id = w.tenant_id and c.id = w.channel_id
     where c.enabled and c.deleted_at is null and coalesce(c.lease_until, '-infinity') < now() and (c.next_message_at <= now() or w.is_test)
     group by c.tenant_id, c.id, c.next_message_at
     order by c.next_message_at, c.id limit rows_max;
  end;
revoke execute on function due_alert_channels(integer) from public;
grant execute on function due_alert_channels(integer) to stratifi_worker;
