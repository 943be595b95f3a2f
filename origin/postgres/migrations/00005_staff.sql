-- Who works here, what they may do, and what they did.
-- +goose Up
create table staff_people (
    id            uuid primary key,
    issuer        text not null,                 -- of the OpenID provider that vouches for them
    subject       text,                          -- its name for them; null: invited, has not signed in yet
    email         text not null,
    name          text not null,
    created_at    timestamptz not null,
    signed_in_at  timestamptz,
    disabled_at   timestamptz,                   -- may not sign in
    unique (issuer, subject)
);
-- An invitation is taken up by the first who signs in with that address, verified.
create unique index staff_people_invited on staff_people (issuer, lower(email)) where subject is null;

create table staff_grants (
    id          uuid primary key,
    person_id   uuid not null references staff_people (id) on delete cascade,
    role        text not null check (role in ('venue-staff', 'marketer', 'ops', 'box-office', 'admin')),
    brand_id    text references brands (id),     -- null: the whole group
    granted_by  text not null,
    granted_at  timestamptz not null,
    unique nulls not distinct (person_id, role, brand_id)
);

create table staff_sessions (
    token_hash        bytea primary key,         -- SHA-256 of the cookie, which nobody can make from it
    id                uuid not null unique,      -- names the session in the audit log
    person_id         uuid not null references staff_people (id) on delete cascade,
    started_at        timestamptz not null,
    seen_at           timestamptz not null,      -- within a minute
    expires_at        timestamptz not null,      -- whatever happens
    authenticated_at  timestamptz not null,      -- when the provider last saw the person themselves
    ended_at          timestamptz,
    ip                text not null,
    agent             text not null,
    site              text not null default '',  -- looked at last
    flash             jsonb                      -- what the next page says once
);
create index staff_sessions_person on staff_sessions (person_id, started_at);

-- Sign-ins under way: each may come back once.
create table staff_sign_ins (
    state_hash    bytea primary key,
    browser_hash  bytea not null,                -- of the cookie of the browser that began
    nonce         text not null,
    verifier      text not null,                 -- PKCE
    return_to     text not null,
    session_id    uuid,                          -- whose person shows that it is still them
    began_at      timestamptz not null,
    expires_at    timestamptz not null
);

-- How often a client has begun to sign in, by minute.
create table staff_attempts (
    client  text not null,
    minute  timestamptz not null,
    count   integer not null,
    primary key (client, minute)
);

-- One-time links that carry "staff" over to a brand's own site.
create table staff_entries (
    token_hash  bytea primary key,
    session_id  uuid not null references staff_sessions (id) on delete cascade,
    brand_id    text not null references brands (id),
    path        text not null,
    expires_at  timestamptz not null
);

alter table staff_audit
    add column person_id   uuid,
    add column session_id  uuid,
    add column ip          text,
    add column request_id  text,
    add column change_id   uuid;                 -- what one click changed, on however many sites
create index staff_audit_target on staff_audit (target, id desc);
create index staff_audit_change on staff_audit (change_id);

-- +goose StatementBegin
create function staff_audit_is_kept() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is only added to' using errcode = 'insufficient_privilege';
end $$;
-- +goose StatementEnd
create trigger staff_audit_is_kept before update or delete or truncate on staff_audit
    for each statement execute function staff_audit_is_kept();

alter table maintenance_windows
    add column change_id    uuid,
    add column in_force_at  timestamptz,         -- the edge was first seen to obey it
    add column lifted_at    timestamptz;         -- the edge was first seen to be open again after it was ended

-- +goose Down
alter table maintenance_windows drop column change_id, drop column in_force_at, drop column lifted_at;
drop trigger staff_audit_is_kept on staff_audit;
drop function staff_audit_is_kept;
drop index staff_audit_change;
drop index staff_audit_target;
alter table staff_audit drop column person_id, drop column session_id, drop column ip, drop column request_id, drop column change_id;
drop table staff_entries;
drop table staff_attempts;
drop table staff_sign_ins;
drop table staff_sessions;
drop table staff_grants;
drop table staff_people;
