-- Simulations and rehearsals of waiting rooms that staff started: what was asked for, how far it has come, what it found.
-- +goose Up
create table room_trials (
    id           uuid primary key,
    kind         text not null check (kind in ('simulation', 'rehearsal')),
    brand_id     text not null,                       -- the site it was started on; 'all' for the whole group
    title        text not null,
    room_id      text not null default '',            -- the room that a rehearsal makes for itself
    plan         jsonb not null,                      -- a scenario (waitingroom/sim), or a rehearsal's numbers
    state        text not null check (state in ('running', 'done', 'cancelled', 'failed', 'interrupted')),
    progress     jsonb not null default '{}',
    result       jsonb,                               -- what it found; of a rehearsal that was ended early, until then
    problem      text not null default '',            -- why there is none, for people
    cancel       boolean not null default false,      -- somebody wants it to stop
    actor        text not null,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,                -- its process was last heard of
    finished_at  timestamptz,
    check ((state = 'running') = (finished_at is null))
);
-- One of a kind at a time, whichever process runs it.
create unique index room_trials_running on room_trials (kind) where state = 'running';
create index room_trials_newest on room_trials (created_at desc, id desc);
create index room_trials_rooms on room_trials (room_id) where room_id <> '';

-- +goose Down
drop table room_trials;
