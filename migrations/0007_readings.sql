-- How a file whose columns mean nothing by themselves is read: settings that a person gave, the reading with its evidence and questions, the profile that holds.
alter table raw_ingestion_data
  add column settings jsonb,
  add column reading jsonb,
  add column profile jsonb,
  add column profile_id uuid,
  -- The account that the sender named for a file which names none itself.
  add column account_id uuid,
  add foreign key (tenant_id, account_id) references accounts (tenant_id, id),
  add foreign key (tenant_id, profile_id) references import_profiles (tenant_id, id);
create index raw_ingestion_data_profile on raw_ingestion_data (tenant_id, profile_id) where profile_id is not null;
create index raw_ingestion_data_object on raw_ingestion_data (tenant_id, r2_key);
-- What a company no longer uses is kept for the jobs that were read by it.
alter table import_profiles add column retired_at timestamptz;
revoke delete on import_profiles from stratifi_worker;
alter table uploads add column profile_id uuid, add column account_id uuid,
  add foreign key (tenant_id, account_id) references accounts (tenant_id, id),
  add foreign key (tenant_id, profile_id) references import_profiles (tenant_id, id);
