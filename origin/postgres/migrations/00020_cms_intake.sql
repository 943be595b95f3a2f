-- What content systems told us, as it came; and how far each entry has come.
-- +goose Up
create table cms_deliveries (
    id              bigint generated always as identity primary key,
    source          text not null,               -- contentful or umbraco
    way             text not null check (way in ('webhook', 'sweep')),
    dedup           text not null,               -- two deliveries of one are the same, told twice
    topic           text not null,               -- as the system calls it; ours for what a sweep found
    entry_id        text not null,
    kind            text not null default '',    -- '' where a delivery does not say it
    header          jsonb not null default '{}', -- those that matter, no secrets
    body            bytea not null,              -- as it came
    original        bytea,                       -- the body before somebody corrected it
    edited_by       text not null default '',
    stamp_at        timestamptz,                 -- null: the system has to be asked
    stamp_revision  bigint not null default 0,
    received_at     timestamptz not null,
    state           text not null default 'due' check (state in ('due', 'waiting', 'parked', 'done', 'dropped')),
    attempts        integer not null default 0,
    next_at         timestamptz not null,        -- of due and waiting: when it is tried (again)
    waits_for       text not null default '',    -- the entry it refers to that is not known yet
    reason          text not null default '',    -- why it was not applied yet
    faults          jsonb not null default '[]', -- of parked: {field, locale, why}
    outcome         text not null default '',    -- of done: what came of it
    parked_at       timestamptz,
    finished_at     timestamptz,
    decided_by      text not null default '',    -- who dropped it, or had it tried again
    decided_reason  text not null default '',
    unique (source, dedup),
    check ((state in ('done', 'dropped')) = (finished_at is not null)),
    check ((state = 'parked') = (parked_at is not null)),
    check ((state = 'waiting') = (waits_for <> ''))
);
create index cms_deliveries_open on cms_deliveries (next_at, id) where state in ('due', 'waiting');
create index cms_deliveries_waits on cms_deliveries (source, waits_for) where state = 'waiting';
create index cms_deliveries_entry on cms_deliveries (source, entry_id) where state in ('due', 'waiting', 'parked');
create index cms_deliveries_parked on cms_deliveries (parked_at) where state = 'parked';
create index cms_deliveries_finished on cms_deliveries (finished_at) where finished_at is not null;

-- The newest change of each entry that was applied.
create table cms_heads (
    source          text not null,
    entry_id        text not null,
    kind            text not null,
    gone            boolean not null,            -- unpublished or deleted
    stamp_at        timestamptz not null,
    stamp_revision  bigint not null,
    applied_at      timestamptz not null,
    pass            bigint not null default 0,   -- the sweep that saw it last
    primary key (source, entry_id)
);

-- Where the sweep of each system is. A page and its place in here are one transaction.
create table cms_sweeps (
    source       text primary key,
    cursor       text not null default '',       -- '' begins anew
    pass         bigint not null default 0,
    complete     boolean not null default false, -- the pass under way lists everything
    seen         bigint not null default 0,      -- in the pass under way
    total        bigint not null default 0,      -- 0: not told
    running      boolean not null default false,
    next_at      timestamptz not null,
    started_at   timestamptz,
    finished_at  timestamptz,                    -- of the last pass that came to its end
    failures     integer not null default 0,
    reason       text not null default ''
);

-- +goose Down
drop table cms_sweeps;
drop table cms_heads;
drop table cms_deliveries;
