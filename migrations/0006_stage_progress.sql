-- How far the stage that runs has come, for the person who watches: steps done, and steps in all where that is known.
alter table ingestion_jobs add column stage_done bigint not null default 0, add column stage_total bigint;
