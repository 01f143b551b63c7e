-- Each account counts the imports and undos that ended on it. A plan notes the count before it looks at the books, a booked statement the one that came with
-- it: what another job booked behind a plan's back is known by number, not by the clocks of two transactions that overlap.
alter table accounts add column books_version bigint not null default 0;
alter table statements add column planned_version bigint, add column books_version bigint;
