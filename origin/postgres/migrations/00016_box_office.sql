-- Seats that the box office keeps for somebody by name. The seats themselves are a long hold; this says whose it is.
-- +goose Up
create table desk_reservations (
    id              uuid primary key,            -- of the sale: the hold's session is named after it
    performance_id  uuid not null references performances (id),
    hold_id         text not null,
    seats           text[] not null,
    name            text not null,               -- goes with the row, once the reservation is over
    contact         text not null default '',
    made_by         text not null,
    made_at         timestamptz not null,
    expires_at      timestamptz not null
);
create index desk_reservations_performance on desk_reservations (performance_id, expires_at);

-- +goose Down
drop table desk_reservations;
