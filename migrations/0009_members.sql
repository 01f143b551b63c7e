-- Of an archive: which file in it a statement came from, and how its files are read, by the signature of their columns.
alter table statements add column member text;
alter table raw_ingestion_data add column members jsonb;
