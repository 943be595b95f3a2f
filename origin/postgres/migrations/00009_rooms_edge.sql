-- How a room's work is shared at the edge, and how many places one network is given; 0 is the edge's own choice.
-- +goose Up
alter table rooms
    add column gates                integer not null default 0,
    add column arrivals_per_prefix  integer not null default 0;

-- +goose Down
alter table rooms drop column arrivals_per_prefix, drop column gates;
