-- One check a booked row instead of five, and a stronger one: the account, connection and job of a transaction are those of its statement, which
-- refers to them in turn, and to the tenant. Five checks cost twice what writing the row itself does (docs/operations.md, Figures).
alter table statements add constraint statements_place unique (tenant_id, id, account_id, connection_id, job_id);
--> statement-breakpoint
alter table transactions
  drop constraint transactions_tenant_id_fkey,
  drop constraint transactions_tenant_id_account_id_fkey,
  drop constraint transactions_tenant_id_connection_id_fkey,
  drop constraint transactions_tenant_id_import_job_id_fkey,
  drop constraint transactions_tenant_id_statement_id_fkey,
  add constraint transactions_tenant_id_statement_id_fkey foreign key (tenant_id, statement_id, account_id, connection_id, import_job_id)
    references statements (tenant_id, id, account_id, connection_id, job_id);
--> statement-breakpoint
-- What is staged is no money yet. Its one writer takes the statement from the statement's own row, and what is booked from it is checked above.
alter table staged_transactions drop constraint staged_transactions_tenant_id_statement_id_fkey;
alter table staged_matches drop constraint staged_matches_tenant_id_statement_id_fkey;
