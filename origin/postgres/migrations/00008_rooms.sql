-- Waiting rooms: what staff want of each. It is compiled into Site documents, and sent to the room's coordinator at the
-- edge, which runs the queue; nothing of the queue itself is here.
-- +goose Up
create table rooms (
    id              text primary key check (id ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'), -- never given again: tokens name it
    name            text not null,
    brands          text[] not null check (cardinality(brands) > 0),  -- one room may span the sites of several
    paths           text[] not null check (cardinality(paths) > 0),
    methods         text[] not null default '{}',                     -- empty: all
    production_id   uuid references productions (id) on delete set null,  -- whose holds need a pass
    performance_id  uuid references performances (id) on delete set null, -- or of this performance alone
    mode            text not null check (mode in ('fifo', 'lottery', 'passthrough', 'reject', 'queue-all')),
    active_limit    integer not null check (active_limit >= 0),
    per_minute      integer not null check (per_minute >= 0),         -- 0: no limit of its own
    pass_life       integer not null,                                 -- seconds
    poll_every      integer not null,                                 -- seconds
    typical_stay    integer not null,                                 -- seconds
    page_status     integer not null check (page_status in (200, 503)),
    message         text not null default '',
    paused          boolean not null default false,
    drained         boolean not null default false,
    fail_closed     boolean not null default false,
    event           integer not null,                                 -- of room_events: the newest
    version         integer not null,                                 -- grows with every change that staff make
    created_by      text not null,
    created_at      timestamptz not null,
    updated_by      text not null,
    updated_at      timestamptz not null,
    deleted_at      timestamptz,

    -- What the coordinator is to know, and what is known of it.
    revision         bigint not null,                                 -- grows with every change, of seats_left too
    seats_left       integer,                                         -- null: it guards nothing that has seats
    sync_at          timestamptz not null,                            -- when it is looked at next
    sync_failures    integer not null default 0,
    sync_problem     text not null default '',
    synced_revision  bigint not null default 0,                       -- the coordinator is known to have
    seen_at          timestamptz                                      -- the coordinator last answered
);
create index rooms_sync on rooms (sync_at);

-- An on-sale: when the pre-queue opens, the sale starts and the room ends, and the seed that orders its lottery. The
-- commitment is public from the start, the seed from sale_at.
create table room_events (
    room_id     text not null references rooms (id),
    number      integer not null check (number > 0),
    opens_at    timestamptz,
    sale_at     timestamptz,
    ends_at     timestamptz,
    seed        bytea not null check (length(seed) = 32),
    commitment  bytea not null check (length(commitment) = 32),
    created_at  timestamptz not null,
    primary key (room_id, number),
    check (sale_at >= opens_at),
    check (ends_at > sale_at),
    check (ends_at > opens_at)
);

-- The room as it was in each version, without the seed: what a change is taken back to.
create table room_versions (
    room_id  text not null references rooms (id),
    version  integer not null,
    config   jsonb not null,
    action   text not null,
    actor    text not null,
    at       timestamptz not null,
    primary key (room_id, version)
);

-- Passes that the origin has seen: whose browser used one first, and which count no more.
create table room_passes (
    room_id     text not null,
    session     bytea not null check (length(session) = 16),
    visitor     bytea,                                                -- SHA-256 of the browser's session; null: none yet
    first_at    timestamptz,                                          -- its first hold
    revoked_at  timestamptz,
    reason      text not null default '',                             -- 'staff' or 'order'
    expires_at  timestamptz not null,                                 -- forgotten from then on
    primary key (room_id, session)
);
create index room_passes_expiry on room_passes (expires_at);

-- +goose Down
drop table room_passes;
drop table room_versions;
drop table room_events;
drop table rooms;
