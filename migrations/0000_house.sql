-- Every table of the house. Tenant tables lead every key with tenant_id; row security, roles and definer look-ups are in 0001.
-- Money is bigint minor units with char(3); sums are numeric. Ids are uuid v7 (PostgreSQL 18).

-- ── people ────────────────────────────────────────────────────────────────────────────────────────────────────────────
create table tenants (
  id uuid primary key default uuidv7(),
  name text not null,
  slug text not null unique,
  settings jsonb not null default '{}',
  created_at timestamptz not null default now()
);

create table users (
  id uuid primary key default uuidv7(),
  email text not null,
  name text not null default '',
  created_at timestamptz not null default now()
);
create unique index users_email on users (lower(email));

create table memberships (
  tenant_id uuid not null references tenants (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  created_by uuid,
  created_at timestamptz not null default now(),
  primary key (tenant_id, user_id)
);

create table sessions (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  user_id uuid not null,
  ip_address inet,
  user_agent text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  primary key (tenant_id, id),
  -- Only a member has a session, and it goes when the membership does.
  foreign key (tenant_id, user_id) references memberships (tenant_id, user_id) on delete cascade
);
create index sessions_person on sessions (tenant_id, user_id);

create table api_tokens (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  name text not null,
  token_hash bytea not null,
  scopes text[] not null,
  created_by uuid,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  primary key (tenant_id, id)
);
create unique index api_tokens_hash on api_tokens (tenant_id, token_hash);

-- ── the company's own side ────────────────────────────────────────────────────────────────────────────────────────────
create table entities (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  name text not null,
  created_by uuid,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, name)
);

create table accounts (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  entity_id uuid,
  name text not null,
  currency char(3) not null,
  account_type text not null default 'checking' check (account_type in ('checking', 'savings', 'credit', 'loan', 'other')),
  time_zone text not null default 'UTC',
  account_number_hash text,
  account_number_sealed jsonb,
  last_four text,
  current_balance_minor bigint,
  current_as_of_at timestamptz,
  available_balance_minor bigint,
  available_as_of_at timestamptz,
  lease_job_id uuid,
  lease_until timestamptz,
  created_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, entity_id) references entities (tenant_id, id)
);
create unique index accounts_number on accounts (tenant_id, account_number_hash, currency) where account_number_hash is not null;

-- ── where money data comes from ───────────────────────────────────────────────────────────────────────────────────────
create table connections (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  entity_id uuid,
  name text not null,
  connection_type text not null check (connection_type in ('bai2', 'plaid', 'stripe', 'bank_api', 'sftp', 'file')),
  status text not null default 'active' check (status in ('pending_setup', 'active', 'inactive', 'error')),
  config jsonb not null default '{}',
  credentials jsonb,
  credentials_set_at timestamptz,
  credentials_set_by uuid,
  sync_frequency text not null default 'manual' check (sync_frequency in ('realtime', 'hourly', 'daily', 'manual')),
  sync_cursor jsonb,
  sync_again boolean not null default false,
  is_default boolean not null default false,
  last_sync_at timestamptz,
  last_success_at timestamptz,
  next_sync_at timestamptz,
  last_error text,
  deleted_at timestamptz,
  created_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, entity_id) references entities (tenant_id, id)
);
create unique index connections_default on connections (tenant_id) where is_default and deleted_at is null;

create table account_mappings (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  connection_id uuid not null,
  -- The keyed hash of an account number, or a provider's own id; the number itself rests sealed beside it.
  external_account_id text not null,
  external_account_sealed jsonb,
  external_account_name text,
  last_four text,
  currency char(3),
  account_id uuid,
  suggested_account_id uuid,
  auto_created boolean not null default false,
  verified boolean not null default false,
  verified_by uuid,
  verified_at timestamptz,
  created_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  foreign key (tenant_id, account_id) references accounts (tenant_id, id),
  foreign key (tenant_id, suggested_account_id) references accounts (tenant_id, id)
);
create unique index account_mappings_external on account_mappings (tenant_id, connection_id, external_account_id, currency) nulls not distinct;
create index account_mappings_account on account_mappings (tenant_id, account_id);

-- ── the road ──────────────────────────────────────────────────────────────────────────────────────────────────────────
create table ingestion_jobs (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  connection_id uuid not null,
  job_type text not null default 'file' check (job_type in ('file', 'sync', 'reparse')),
  source_raw_id uuid,
  status text not null default 'pending' check (status in ('pending', 'running', 'completed', 'partial', 'failed')),
  stage text not null default 'deposited' check (stage in ('deposited', 'fetching', 'waiting', 'parsing', 'matching', 'needs_mapping',
    'in_review', 'importing', 'done', 'undoing', 'undone', 'cancelled')),
  plan_version integer not null default 0,
  lease_epoch bigint not null default 0,
  lease_until timestamptz,
  -- How far the stage has come: staged rows seen (import, undo). The parse offset rests with the raw file.
  progress_seq bigint not null default 0,
  records_fetched bigint not null default 0,
  records_processed bigint not null default 0,
  records_imported bigint not null default 0,
  records_failed bigint not null default 0,
  outcomes jsonb not null default '{}',
  totals jsonb not null default '[]',
  envelope_proof jsonb not null default '[]',
  -- One verdict over all checks of the plan as it was last made.
  proof_ok boolean,
  error_code text,
  error_message text,
  error_details jsonb,
  auto_import_note text,
  created_by uuid,
  approved_by uuid,
  approved_at timestamptz,
  started_at timestamptz,
  completed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id)
);
create index ingestion_jobs_connection on ingestion_jobs (tenant_id, connection_id, id);
create unique index ingestion_jobs_one_open_sync on ingestion_jobs (tenant_id, connection_id)
  where job_type = 'sync' and stage in ('fetching');

create table raw_ingestion_data (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  connection_id uuid not null,
  job_id uuid not null,
  page_no integer not null default 0,
  source_key text,
  r2_key text not null,
  etag text,
  file_name text not null,
  content_type text,
  format text not null default 'recognize',
  size_bytes bigint not null,
  -- Null until the consumer has hashed a body that came in parts.
  sha256 bytea,
  raw_data jsonb not null default '{}',
  -- Not live: its job was undone, cancelled or failed, so the same bytes may come again. Sync pages are never live here.
  is_live boolean not null default true,
  next_offset bigint not null default 0,
  parse_state jsonb,
  parse_seq bigint not null default 0,
  parsed_at timestamptz,
  created_by uuid,
  received_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  foreign key (tenant_id, job_id) references ingestion_jobs (tenant_id, id)
);
create unique index raw_ingestion_data_content on raw_ingestion_data (tenant_id, connection_id, sha256) where is_live and sha256 is not null;
create index raw_ingestion_data_job on raw_ingestion_data (tenant_id, job_id, page_no);
alter table ingestion_jobs add foreign key (tenant_id, source_raw_id) references raw_ingestion_data (tenant_id, id);

create table uploads (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  connection_id uuid not null,
  file_name text not null,
  format text not null,
  size_bytes bigint,
  r2_key text not null,
  r2_upload_id text not null,
  job_id uuid,
  created_by uuid,
  created_at timestamptz not null default now(),
  completed_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  foreign key (tenant_id, job_id) references ingestion_jobs (tenant_id, id)
);

create table upload_parts (
  tenant_id uuid not null,
  upload_id uuid not null,
  part_no integer not null check (part_no between 1 and 10000),
  etag text not null,
  size_bytes bigint not null,
  received_at timestamptz not null default now(),
  primary key (tenant_id, upload_id, part_no),
  foreign key (tenant_id, upload_id) references uploads (tenant_id, id) on delete cascade
);

create table statements (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  job_id uuid not null,
  raw_id uuid not null,
  connection_id uuid not null,
  ordinal integer not null,
  mapping_id uuid not null,
  external_account_id text not null,
  last_four text,
  account_id uuid,
  currency char(3),
  as_of_on date,
  as_of_time text,
  as_of_at timestamptz,
  covered_from date,
  covered_to date,
  kind text not null check (kind in ('final', 'interim', 'delta')),
  group_status smallint check (group_status in (1, 2, 3, 4)),
  line_start bigint not null,
  line_end bigint,
  byte_start bigint not null,
  byte_end bigint,
  opening_minor numeric,
  closing_minor numeric,
  credits_minor numeric not null default 0,
  debits_minor numeric not null default 0,
  transaction_count bigint not null default 0,
  proof jsonb not null default '[]',
  continuity jsonb,
  -- Set while its rows stand in the books; undo takes it away again.
  imported_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, job_id) references ingestion_jobs (tenant_id, id),
  foreign key (tenant_id, raw_id) references raw_ingestion_data (tenant_id, id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  foreign key (tenant_id, mapping_id) references account_mappings (tenant_id, id),
  foreign key (tenant_id, account_id) references accounts (tenant_id, id)
);
create unique index statements_raw on statements (tenant_id, raw_id, ordinal);
create index statements_job on statements (tenant_id, job_id, ordinal);
create index statements_days on statements (tenant_id, account_id, connection_id, as_of_on) where imported_at is not null;

create table staged_transactions (
  tenant_id uuid not null,
  job_id uuid not null,
  seq bigint not null,
  -- The id of the transaction that this row becomes when it is booked as new.
  id uuid not null default uuidv7(),
  statement_id uuid not null,
  account_id uuid,
  posted_on date,
  value_on date,
  amount_minor bigint,
  currency char(3),
  type_code text not null,
  bank_reference text,
  customer_reference text,
  description text not null,
  external_transaction_id text,
  is_pending boolean not null,
  identity_text text not null,
  identity_key bytea,
  line_start bigint not null,
  line_end bigint not null,
  byte_start bigint not null,
  byte_end bigint not null,
  raw text not null,
  invalid_code text,
  invalid_reason text,
  primary key (tenant_id, job_id, seq),
  foreign key (tenant_id, statement_id) references statements (tenant_id, id)
);

create index staged_transactions_invalid on staged_transactions (tenant_id, job_id, seq) where invalid_code is not null;

-- The plan's exceptions. A staged row without one is new, unmapped or invalid by what it is itself (view plan_rows).
-- A removal has no staged row: its seq counts from 1,000,000,000,000 upwards.
create table staged_matches (
  tenant_id uuid not null,
  job_id uuid not null,
  seq bigint not null,
  statement_id uuid not null,
  outcome text not null check (outcome in ('new', 'duplicate', 'possible_duplicate', 'update', 'removal', 'conflict')),
  reason_code text not null,
  reason text not null,
  target_id uuid,
  target_version integer,
  occurrence integer,
  decision text check (decision in ('import', 'skip', 'link')),
  decided_by uuid,
  decided_at timestamptz,
  primary key (tenant_id, job_id, seq),
  foreign key (tenant_id, statement_id) references statements (tenant_id, id)
);
create index staged_matches_target on staged_matches (tenant_id, job_id, target_id) where target_id is not null;
create index staged_matches_outcome on staged_matches (tenant_id, job_id, outcome, seq);

create table staged_balances (
  tenant_id uuid not null,
  job_id uuid not null,
  seq bigint not null,
  statement_id uuid not null,
  type_code text not null,
  level text not null check (level in ('status', 'summary')),
  sign text check (sign in ('credit', 'debit')),
  amount_minor bigint,
  currency char(3),
  as_of_on date,
  as_of_time text,
  item_count bigint,
  funds_type text,
  line bigint not null,
  primary key (tenant_id, job_id, seq),
  foreign key (tenant_id, statement_id) references statements (tenant_id, id)
);
create index staged_balances_statement on staged_balances (tenant_id, statement_id);

create table job_problems (
  tenant_id uuid not null,
  job_id uuid not null,
  seq bigint not null,
  statement_id uuid,
  severity text not null check (severity in ('error', 'warning', 'info')),
  code text not null,
  line bigint,
  record text,
  field text,
  value text,
  expected text,
  message text not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, job_id, seq),
  foreign key (tenant_id, job_id) references ingestion_jobs (tenant_id, id)
);

-- ── the books ─────────────────────────────────────────────────────────────────────────────────────────────────────────
create table transactions (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  account_id uuid not null,
  connection_id uuid not null,
  external_transaction_id text,
  import_job_id uuid not null,
  -- Where it stands in its first statement; later appearances are sightings.
  statement_id uuid not null,
  line_start bigint not null,
  line_end bigint not null,
  byte_start bigint not null,
  byte_end bigint not null,
  -- What the bank said: immutable to people.
  posted_on date not null,
  value_on date,
  amount_minor bigint not null,
  currency char(3) not null,
  type_code text not null,
  bank_reference text,
  customer_reference text,
  description text not null,
  is_pending boolean not null,
  raw_data jsonb not null,
  identity_key bytea not null,
  occurrence integer not null check (occurrence > 0),
  -- What people say: untouched by imports.
  category text,
  note text,
  entity_id uuid,
  reconciled boolean not null default false,
  reconciled_at timestamptz,
  reconciled_by uuid,
  -- A tombstone: a person's (deleted_by) or the bank's own removal (deleted_by_job_id).
  deleted_at timestamptz,
  deleted_by uuid,
  deleted_by_job_id uuid,
  version integer not null default 1,
  created_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references accounts (tenant_id, id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  foreign key (tenant_id, import_job_id) references ingestion_jobs (tenant_id, id),
  foreign key (tenant_id, statement_id) references statements (tenant_id, id),
  foreign key (tenant_id, entity_id) references entities (tenant_id, id),
  foreign key (tenant_id, deleted_by_job_id) references ingestion_jobs (tenant_id, id)
);
create unique index transactions_identity on transactions (tenant_id, account_id, posted_on, identity_key, occurrence);
create unique index transactions_external on transactions (tenant_id, connection_id, external_transaction_id) where external_transaction_id is not null;
create index transactions_amount on transactions (tenant_id, account_id, amount_minor, posted_on);
create index transactions_job on transactions (tenant_id, import_job_id);

create table transaction_sightings (
  tenant_id uuid not null,
  transaction_id uuid not null,
  statement_id uuid not null,
  line_start bigint not null,
  line_end bigint not null,
  byte_start bigint not null,
  byte_end bigint not null,
  job_id uuid not null,
  connection_id uuid not null,
  seen_at timestamptz not null default now(),
  -- The bank took this appearance back, while another source still shows the row.
  removed_by_job_id uuid,
  primary key (tenant_id, transaction_id, statement_id, line_start, byte_start),
  foreign key (tenant_id, transaction_id) references transactions (tenant_id, id),
  foreign key (tenant_id, statement_id) references statements (tenant_id, id)
);
create index transaction_sightings_job on transaction_sightings (tenant_id, job_id);

create table transaction_revisions (
  tenant_id uuid not null,
  transaction_id uuid not null,
  -- The version that this revision made.
  version integer not null,
  kind text not null check (kind in ('update', 'removal', 'delete', 'restore', 'edit', 'reconcile', 'unreconcile')),
  job_id uuid,
  user_id uuid,
  before jsonb not null,
  after jsonb not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, transaction_id, version),
  foreign key (tenant_id, transaction_id) references transactions (tenant_id, id),
  foreign key (tenant_id, job_id) references ingestion_jobs (tenant_id, id)
);
create index transaction_revisions_job on transaction_revisions (tenant_id, job_id) where job_id is not null;

create table account_balances (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  account_id uuid not null,
  connection_id uuid not null,
  type_code text not null,
  as_of_at timestamptz not null,
  as_of_on date not null,
  kind text not null check (kind in ('final', 'interim', 'delta')),
  amount_minor bigint not null,
  currency char(3) not null,
  statement_id uuid,
  import_job_id uuid not null,
  line bigint,
  received_at timestamptz not null default now(),
  superseded_at timestamptz,
  superseded_by_job_id uuid,
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references accounts (tenant_id, id),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id),
  foreign key (tenant_id, import_job_id) references ingestion_jobs (tenant_id, id),
  foreign key (tenant_id, statement_id) references statements (tenant_id, id),
  foreign key (tenant_id, superseded_by_job_id) references ingestion_jobs (tenant_id, id)
);
create unique index account_balances_live on account_balances (tenant_id, account_id, connection_id, type_code, as_of_at) where superseded_at is null;
create index account_balances_job on account_balances (tenant_id, import_job_id);

create table payments (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  account_id uuid not null,
  transaction_id uuid,
  direction text not null check (direction in ('in', 'out')),
  amount_minor bigint not null check (amount_minor >= 0),
  currency char(3) not null,
  expected_on date,
  counterparty text,
  reference text,
  status text not null default 'expected' check (status in ('expected', 'settled', 'cancelled')),
  import_job_id uuid,
  created_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references accounts (tenant_id, id),
  foreign key (tenant_id, transaction_id) references transactions (tenant_id, id),
  foreign key (tenant_id, import_job_id) references ingestion_jobs (tenant_id, id)
);
create index payments_transaction on payments (tenant_id, transaction_id) where transaction_id is not null;

-- ── settings ──────────────────────────────────────────────────────────────────────────────────────────────────────────
create table import_profiles (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  name text not null,
  format text not null,
  signature text not null,
  version integer not null default 1,
  profile jsonb not null,
  created_by uuid,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, format, signature, version)
);

create table rules (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  name text not null,
  position integer not null default 0,
  condition jsonb not null,
  action jsonb not null,
  enabled boolean not null default true,
  created_by uuid,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id)
);

create table notification_channels (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  name text not null,
  channel_type text not null check (channel_type in ('slack', 'email', 'webhook')),
  config jsonb not null default '{}',
  credentials jsonb,
  enabled boolean not null default true,
  created_by uuid,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id)
);

create table alert_rules (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  event_type text not null,
  channel_id uuid not null,
  config jsonb not null default '{}',
  enabled boolean not null default true,
  created_by uuid,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, channel_id) references notification_channels (tenant_id, id)
);

create table webhook_events (
  id uuid primary key default uuidv7(),
  tenant_id uuid references tenants (id) on delete cascade,
  connection_id uuid,
  provider text not null,
  event_id text not null,
  event_type text not null,
  payload jsonb not null,
  received_at timestamptz not null default now(),
  processed_at timestamptz,
  -- Led by the tenant: whether another tenant got the same event cannot be told from here. What nobody owns yet is a set of its own.
  unique nulls not distinct (tenant_id, provider, event_id),
  check (tenant_id is not null or connection_id is null),
  foreign key (tenant_id, connection_id) references connections (tenant_id, id)
);

-- ── what is said ──────────────────────────────────────────────────────────────────────────────────────────────────────
create table outbox (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  message_type text not null,
  job_id uuid,
  payload jsonb not null default '{}',
  not_before timestamptz not null default now(),
  sent_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id)
);
create index outbox_unsent on outbox (tenant_id, not_before) where sent_at is null;

create table dead_letters (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  message_type text not null,
  job_id uuid,
  message jsonb not null,
  reason text not null,
  received_at timestamptz not null default now(),
  retried_at timestamptz,
  retried_by uuid,
  primary key (tenant_id, id)
);
create index dead_letters_job on dead_letters (tenant_id, job_id);

create table ingestion_audit_log (
  tenant_id uuid not null references tenants (id),
  id uuid not null default uuidv7(),
  connection_id uuid,
  job_id uuid,
  action text not null,
  subject_type text,
  subject_id text,
  details jsonb not null default '{}',
  user_id uuid,
  token_id uuid,
  ip_address inet,
  created_at timestamptz not null default now(),
  -- Filled by the sealer, in order, never by a writer.
  seal_no bigint,
  previous_hash bytea,
  hash bytea,
  primary key (tenant_id, id)
);
create unique index ingestion_audit_log_seal on ingestion_audit_log (tenant_id, seal_no) where seal_no is not null;
create index ingestion_audit_log_unsealed on ingestion_audit_log (tenant_id, id) where seal_no is null;
create index ingestion_audit_log_job on ingestion_audit_log (tenant_id, job_id, id);
