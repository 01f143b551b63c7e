-- What a request that came with an Idempotency-Key was answered.
create table idempotency_keys (
  tenant_id uuid not null references tenants (id),
  -- Who sent it: a key is its sender's own.
  principal_id uuid not null,
  key_hash bytea not null,
  -- Method, address and body: the same key with another request is a mistake.
  fingerprint bytea not null,
  -- Null while the first request is at work.
  status smallint,
  -- The answer, sealed: it may hold what is shown once.
  answer jsonb,
  created_at timestamptz not null default now(),
  primary key (tenant_id, principal_id, key_hash)
);
create index idempotency_keys_age on idempotency_keys (tenant_id, created_at);
--> statement-breakpoint
alter table idempotency_keys enable row level security;
alter table idempotency_keys force row level security;
create policy tenant_only on idempotency_keys using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));
grant select, insert, update, delete on idempotency_keys to stratifi_worker;
