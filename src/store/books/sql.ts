/** Fragments that booking and undoing share: what a plan's entry will do, and the columns that a source owns. */
import { sql } from "drizzle-orm";

/** A source's removal needs no person, unless somebody has reconciled the row or the source has only stopped showing it; `m` and `st` as below. */
export const isDecidedRemoval = sql.raw(
  `(m.outcome = 'removal' and st.kind = 'delta' and m.reason_code not in ('reconciled_row_removed', 'not_in_whole_read'))`,
);

/** The decision that holds for a `staged_matches m` of a `statements st`: the person's, else the outcome's default (domain/plan.ts). */
export const effectiveDecision = sql`coalesce(m.decision, case
  when m.outcome in ('new', 'update') then 'import'
  when m.outcome = 'duplicate' then 'link'
  when ${isDecidedRemoval} then 'import'
  else 'skip' end)`;

/** `staged_transactions s` of `statements st` that can be booked at all. */
export const bookable = sql`st.account_id is not null and st.imported_at is null and st.group_status is distinct from 4 and s.invalid_code is null`;

/** The columns of `transactions` that a staged row fills, in the order of `stagedValues`. */
export const bookColumns =
  sql.raw(`tenant_id, id, account_id, connection_id, external_transaction_id, import_job_id, statement_id, line_start, line_end,
  byte_start, byte_end, posted_on, value_on, amount_minor, currency, type_code, bank_reference, customer_reference, description, is_pending, raw_data,
  identity_key, created_by, occurrence`);

/** The values beside `bookColumns`, but for the occurrence, from `s` and `st`; `j` is the job. */
export const stagedValues = sql.raw(`s.tenant_id, s.id, st.account_id, st.connection_id,
  case when s.external_transaction_id is not null then st.account_id::text || ':' || s.external_transaction_id end, s.job_id, s.statement_id, s.line_start,
  s.line_end, s.byte_start, s.byte_end, s.posted_on, s.value_on, s.amount_minor, s.currency, s.type_code, s.bank_reference, s.customer_reference,
  s.description, s.is_pending, jsonb_build_object('raw', s.raw), s.identity_key, j.approved_by`);

/** The staged row `s` of a `staged_matches m`, looked up by its key and by nothing else: the planner takes a job's fresh rows for one, and would walk them all for each. */
export const stagedOfMatch = sql.raw(`lateral (
  select * from staged_transactions r where r.tenant_id = m.tenant_id and r.job_id = m.job_id and r.seq = m.seq limit 1) s`);
