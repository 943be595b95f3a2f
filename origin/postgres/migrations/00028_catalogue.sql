-- From many performances to one show: what changed and is not in the search index yet.
-- +goose Up
create sequence catalogue_versions;

-- What was told, as it arrives. Rows are only ever added and taken away, so that nobody who tells waits for anybody.
create table catalogue_marks (
    id              bigint generated always as identity primary key,
    production_id   uuid not null,
    performance_id  uuid,                                -- whose seats were sold or came back; null: something else changed
    changes         integer not null default 1,          -- performances that changed
    marked_at       timestamptz not null default now()
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- One row a show: how its document stands. No reference to productions: one that is gone still has to leave the index.
create table catalogue_shows (
    production_id  uuid primary key,
    changes        bigint not null default 0,            -- told so far
    covered        bigint not null default 0,            -- of those, how many the document covers
    dirty_since    timestamptz,                          -- the first change that it does not cover; null: none
    due_at         timestamptz,                          -- when to look again; null: when something is told
    looked_at      timestamptz,
    version        bigint not null default 0,            -- of the document last written or taken out
    digest         text not null default 'unknown',      -- of that document; '': it was taken out; 'unknown': write it
    attempts       integer not null default 0,           -- at writing it, refused since it was last taken
    last_error     text not null default ''
) with (fillfactor = 70);
create index catalogue_shows_due on catalogue_shows (due_at) where due_at is not null;

-- How many seats are sold, counted anew only for a performance that was told of.
create table catalogue_performances (
    performance_id  uuid primary key,
    production_id   uuid not null,
    sold            integer not null default 0,
    marks           bigint not null default 0,           -- told so far
    counted         bigint not null default 0            -- of those, how many sold covers
) with (fillfactor = 70);

-- +goose Down
drop table catalogue_performances;
drop table catalogue_shows;
drop table catalogue_marks;
drop sequence catalogue_versions;
