-- A sighting's statement is taken from the statement's own row, in the statement that writes it, and the Worker cannot delete statements. Its transaction stays
-- checked. The check of both cost as much as writing the sighting (docs/operations.md, Figures).
alter table transaction_sightings drop constraint transaction_sightings_tenant_id_statement_id_fkey;
