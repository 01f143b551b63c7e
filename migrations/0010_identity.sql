-- Company sign-in: who a person is to their identity provider, invitations, sessions that can be listed, and an owner who always stays.

-- A person is known by (issuer, subject). An e-mail can pass to somebody else, so it decides only where nobody has signed in as that person yet.
alter table users
  add column issuer text,
  add column subject text,
  add constraint users_identity check ((issuer is null) = (subject is null));
drop index users_email;
create unique index users_email on users (lower(email)) where subject is null;
create unique index users_subject on users (issuer, subject) where subject is not null;

alter table sessions
  add column method text not null default 'local' check (method in ('local', 'oidc')),
  add column last_seen_at timestamptz not null default now();

create table invitations (
  tenant_id uuid not null references tenants (id) on delete cascade,
  id uuid not null default uuidv7(),
  email text not null,
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  created_by uuid,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '14 days',
  accepted_by uuid,
  accepted_at timestamptz,
  revoked_by uuid,
  revoked_at timestamptz,
  primary key (tenant_id, id)
);
-- One open invitation for an e-mail in a company: two would be two answers to what its person may do.
create unique index invitations_open on invitations (tenant_id, lower(email)) where accepted_at is null and revoked_at is null;
create index invitations_by_email on invitations (lower(email)) where accepted_at is null and revoked_at is null;
alter table invitations enable row level security;
alter table invitations force row level security;
create policy tenant_only on invitations using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));
grant select, insert (tenant_id, id, email, role, created_by), update (revoked_by, revoked_at) on invitations to stratifi_worker;

-- A member comes by an invitation and by nothing else; of a membership only the role can be changed.
revoke insert, update on memberships from stratifi_worker;
grant update (role) on memberships to stratifi_worker;
--> statement-breakpoint
-- The last owner stays. The lock makes two owners who step down at the same moment wait for one another; a company that is itself being deleted has no say.
create function keep_an_owner() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('owners:' || old.tenant_id::text, 0));
  if exists (select from public.tenants t where t.id = old.tenant_id)
     and not exists (select from public.memberships m where m.tenant_id = old.tenant_id and m.role = 'owner') then
    raise exception 'A company keeps at least one owner.' using errcode = 'check_violation', constraint = 'memberships_last_owner', table = 'memberships';
  end if;
  return null;
end $$;
create trigger keep_an_owner_of_changed after update of role, tenant_id on memberships for each row when (old.role = 'owner') execute function keep_an_owner();
create trigger keep_an_owner_of_removed after delete on memberships for each row when (old.role = 'owner') execute function keep_an_owner();
--> statement-breakpoint
-- ── definer look-ups: they return ids, nothing else. ──────────────────────────────────────────────────────────────────
-- For the local sign-in only. Several people may have had an e-mail: who has not signed in by a provider comes first.
create or replace function user_id_by_email(wanted text) returns uuid language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic; select id from public.users where lower(email) = lower(wanted) order by subject is not null, id limit 1; end;
-- Where they were last, first; then where they joined first.
create or replace function tenant_ids_of_user(wanted uuid) returns setof uuid language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic;
    select m.tenant_id from public.memberships m
      left join lateral (select max(s.created_at) as at from public.sessions s where s.tenant_id = m.tenant_id and s.user_id = m.user_id) last on true
     where m.user_id = wanted order by last.at desc nulls last, m.created_at, m.tenant_id;
  end;
create function user_id_by_subject(wanted_issuer text, wanted_subject text) returns uuid language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic; select id from public.users where issuer = wanted_issuer and subject = wanted_subject; end;
-- The same, at a sign-in: what the provider now says of their name and confirmed e-mail is what colleagues see from here on.
create function recognise_person(wanted_issuer text, wanted_subject text, given_email text, given_name text) returns uuid
  language sql volatile security definer set search_path = pg_catalog, public, pg_temp
  begin atomic;
    update public.users set email = coalesce(given_email, email), name = coalesce(given_name, name) where issuer = wanted_issuer and subject = wanted_subject
      returning id;
  end;
-- `wanted` must be an e-mail that the provider has confirmed.
create function open_invitations(wanted text) returns table (tenant_id uuid, invitation_id uuid) language sql stable security definer set search_path = pg_catalog, public, pg_temp
  begin atomic;
    select i.tenant_id, i.id from public.invitations i
     where lower(i.email) = lower(wanted) and i.accepted_at is null and i.revoked_at is null and i.expires_at > now() order by i.id limit 20;
  end;
-- Makes the person a member of the current tenant and answers who that is; null where the invitation is no longer open to that e-mail.
create function accept_invitation(wanted uuid, given_issuer text, given_subject text, given_email text, given_name text) returns uuid
  language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  invited public.invitations;
  person uuid;
  is_claimed boolean := false;
begin
  select i.* into invited from public.invitations i
   where i.tenant_id = public.current_tenant() and i.id = wanted and lower(i.email) = lower(given_email)
     and i.accepted_at is null and i.revoked_at is null and i.expires_at > now() for update;
  if not found then return null; end if;
  select u.id into person from public.users u where u.issuer = given_issuer and u.subject = given_subject;
  if person is null then
    -- Somebody whom this company had as a member before it had company sign-in.
    update public.users u set issuer = given_issuer, subject = given_subject, email = given_email, name = coalesce(given_name, u.name)
     where u.subject is null and lower(u.email) = lower(given_email)
       and exists (select from public.memberships m where m.tenant_id = invited.tenant_id and m.user_id = u.id) returning u.id into person;
    is_claimed := person is not null;
  end if;
  if person is null then
    insert into public.users (email, name, issuer, subject) values (given_email, coalesce(given_name, ''), given_issuer, given_subject)
      on conflict (issuer, subject) where subject is not null do update set email = excluded.email returning id into person;
  end if;
  insert into public.memberships (tenant_id, user_id, role, created_by) values (invited.tenant_id, person, invited.role, invited.created_by)
    on conflict (tenant_id, user_id) do update set role = excluded.role where is_claimed;
  update public.invitations i set accepted_at = now(), accepted_by = person where i.tenant_id = invited.tenant_id and i.id = wanted;
  return person;
end $$;
revoke execute on function keep_an_owner(), user_id_by_subject(text, text), recognise_person(text, text, text, text), open_invitations(text),
  accept_invitation(uuid, text, text, text, text) from public;
grant execute on function keep_an_owner(), user_id_by_subject(text, text), recognise_person(text, text, text, text), open_invitations(text),
  accept_invitation(uuid, text, text, text, text) to stratifi_worker;
