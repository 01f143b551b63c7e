-- How a batch of staged rows travels: one parameter, an array of these in Postgres' own binary form (src/store/staged-wire.ts). Nothing is parsed
-- on arrival: a third of the time that the same rows take as JSON (docs/operations.md, Figures).
create type staged_wire as (
  -- The row's number within its batch, from 1; its statement's ordinal within the file.
  place integer,
  statement integer,
  id uuid,
  posted_on date,
  value_on date,
  amount_minor bigint,
  currency text,
  type_code text,
  bank_reference text,
  customer_reference text,
  description text,
  external_transaction_id text,
  is_pending boolean,
  identity_text text,
  line_start bigint,
  line_end bigint,
  byte_start bigint,
  byte_end bigint,
  raw text,
  invalid_code text,
  invalid_reason text
);
