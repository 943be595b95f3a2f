-- The door: who was let in, when and by whom, and what each performance asks of its visitors.
-- +goose Up
alter table tickets add column replaced_by uuid references tickets (id); -- issued anew: this one is dead

create table door_policies (
    performance_id        uuid primary key references performances (id),
    opens_before_minutes  integer not null check (opens_before_minutes between 0 and 1440),
    opened_at             timestamptz,          -- by hand, before its time
    screens_only          boolean not null,     -- paper and pictures are not enough: the digits of the moment are asked for
    readmission           boolean not null,     -- who was scanned out may come in again
    updated_at            timestamptz not null
);

-- What scanners saw. It is only added to: two devices that let the same ticket in while they were offline both keep
-- their row. A scan that was refused by the house and then let in by hand has a row of each.
create table ticket_scans (
    scan_id         uuid not null,              -- made by the device, once for each code that is held before it
    result          text not null check (result in ('in', 'out', 'refused')),
    performance_id  uuid not null references performances (id),
    ticket_id       uuid,                       -- null: none that we know
    reason          text not null default '',   -- of a refusal, or why somebody was let in in spite of one
    device_id       text not null,
    device_name     text not null,
    door            text not null,
    person          text not null,              -- the colleague's address
    device_at       timestamptz not null,       -- on the device's clock, set right by the house's
    received_at     timestamptz not null,
    offline         boolean not null,           -- decided by the device alone
    primary key (scan_id, result)
);
create index ticket_scans_performance on ticket_scans (performance_id, received_at);
create index ticket_scans_ticket on ticket_scans (ticket_id);

-- +goose StatementBegin
create function ticket_scans_are_kept() returns trigger language plpgsql as $$
begin
    raise exception 'what scanners saw is only added to' using errcode = 'insufficient_privilege';
end $$;
-- +goose StatementEnd
create trigger ticket_scans_are_kept before update or delete on ticket_scans
    for each row execute function ticket_scans_are_kept();

-- +goose Down
drop table ticket_scans;
drop function ticket_scans_are_kept;
drop table door_policies;
alter table tickets drop column replaced_by;
