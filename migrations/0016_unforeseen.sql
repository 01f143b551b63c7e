-- A connection can also fail by a fault of this program's own, which is no provider's and no setting's.
-- The new rule allows all that the old one did: who still runs the version before notices nothing.
alter table connections drop constraint connections_failure_kind_check;
alter table connections add constraint connections_failure_kind_check check (failure_kind in (
  'reauthenticate', 'gone', 'refused', 'configuration', 'rate_limited', 'unavailable', 'chain_broken', 'cursor_lost', 'malformed', 'unexpected')) not valid;
alter table connections validate constraint connections_failure_kind_check;
