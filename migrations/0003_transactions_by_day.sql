-- The list of all transactions, latest day first, is read along an index: without one each page sorts every row that the company has.
-- Ids ascend with time, so that a day's new rows are written at one place of it.
create index transactions_day on transactions (tenant_id, posted_on, id);
