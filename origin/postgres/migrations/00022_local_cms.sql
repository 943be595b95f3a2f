-- A small content system for local use, which plays both real ones: what editors write, what was said of it to the
-- listener, and what came back. The house reads none of this; it hears of it by webhooks and asks by each system's API.
-- +goose Up
create sequence local_cms_changes;

create table local_cms_entries (
    source            text not null check (source in ('contentful', 'umbraco')),
    id                text not null,
    kind              text not null,
    brand_id          text not null default '',     -- whose it is; '' the group's
    title             text not null,                -- to be found by
    fields            json not null,                -- as last saved: {name: {locale: value}}
    version           integer not null,             -- counts every change, as an editor sees it
    published         json,                         -- the fields that are public; null: nothing is
    published_version integer not null default 0,   -- which version they are
    revision          integer not null default 0,   -- counts what the public could see change
    created_at        timestamptz not null,
    updated_at        timestamptz not null,
    updated_by        text not null,
    published_at      timestamptz,                  -- last; kept when it is not public any more
    archived_at       timestamptz,
    deleted_at        timestamptz,
    changed           bigint not null default 0,    -- of local_cms_changes, when what is public last changed: what a sync token is
    primary key (source, id)
);
create index local_cms_entries_changed on local_cms_entries (source, changed);
create index local_cms_entries_list on local_cms_entries (kind, brand_id, updated_at desc);

create table local_cms_versions (
    source    text not null,
    entry_id  text not null,
    version   integer not null,
    action    text not null,                        -- save, publish, unpublish, archive, unarchive, revert
    title     text not null,
    fields    json not null,
    made_at   timestamptz not null,
    made_by   text not null,
    primary key (source, entry_id, version),
    foreign key (source, entry_id) references local_cms_entries (source, id)
);

-- Webhooks, with what is to become of them. The body is what is sent, byte for byte, each time.
create table local_cms_deliveries (
    id           uuid primary key,
    turn         bigint not null,                   -- of local_cms_changes: which goes first
    source       text not null,
    entry_id     text not null,
    topic        text not null,                     -- Contentful's topic, Umbraco's event
    headers      jsonb not null,                    -- besides those that signing and each attempt add
    body         bytea not null,
    state        text not null check (state in ('waiting', 'held', 'delivered', 'failed', 'lost')),
    fault        text not null default '',          -- what a rehearsal does to it: lost, duplicate, delayed, reordered
    again_of     uuid,                              -- sent again by a person
    attempts     integer not null default 0,
    created_at   timestamptz not null,
    next_at      timestamptz not null,              -- no attempt before
    finished_at  timestamptz
);
create index local_cms_deliveries_waiting on local_cms_deliveries (turn) where state = 'waiting';
create index local_cms_deliveries_recent on local_cms_deliveries (created_at desc);
create index local_cms_deliveries_entry on local_cms_deliveries (source, entry_id, created_at desc);

create table local_cms_attempts (
    delivery_id  uuid not null references local_cms_deliveries (id) on delete cascade,
    number       integer not null,
    made_at      timestamptz not null,
    took_ms      integer not null,
    status       integer not null,                  -- 0: no answer came
    answer       text not null,                     -- its body, or why none came; the beginning of it
    headers      jsonb not null,                    -- as sent, without secrets
    primary key (delivery_id, number)
);

create table local_cms_settings (
    source    text primary key check (source in ('contentful', 'umbraco')),
    settings  jsonb not null                        -- local.Settings
);

-- From which season it was filled, so that the next start can leave it alone.
create table local_cms_fillings (
    id         integer primary key check (id = 1),
    digest     text not null,                       -- of seedings
    filled_at  timestamptz not null
);

-- What people decided about events that could not be handled; an event that is handled or dropped leaves bus_failures.
create table dead_letters (
    id          bigint generated always as identity primary key,
    consumer    text not null,
    event_id    uuid not null,
    subject     text not null,
    decision    text not null check (decision in ('edit', 'drop')),
    payload     bytea not null,                     -- as it was before
    reason      text not null default '',           -- of a drop
    decided_by  text not null,
    decided_at  timestamptz not null
);
create index dead_letters_event on dead_letters (consumer, event_id, id);

-- +goose Down
drop table dead_letters;
drop table local_cms_fillings;
drop table local_cms_settings;
drop table local_cms_attempts;
drop table local_cms_deliveries;
drop table local_cms_versions;
drop table local_cms_entries;
drop sequence local_cms_changes;
