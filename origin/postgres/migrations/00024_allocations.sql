-- Seats that only the box office sells, until they are released to everybody.
-- +goose Up
create table seat_allocations (
    id              uuid primary key,
    performance_id  uuid not null references performances (id),
    name            text not null,               -- what or whom for: 'House seats', 'Press night'
    seats           text[] not null check (cardinality(seats) > 0),
    release_at      timestamptz,                 -- null: when somebody says so
    made_by         text not null,
    made_at         timestamptz not null,
    released_at     timestamptz,
    released_by     text not null default '',    -- a colleague's address, or 'schedule'
    shown           boolean not null default false -- the seat map (Redis) was told how it stands
);
create index seat_allocations_performance on seat_allocations (performance_id) where released_at is null;
create index seat_allocations_due on seat_allocations (release_at) where released_at is null;
create index seat_allocations_unshown on seat_allocations (performance_id) where not shown;

-- +goose Down
drop table seat_allocations;
