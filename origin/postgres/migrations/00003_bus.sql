-- Facts leave through the outbox; effects happen once through the inbox.
-- +goose Up
create table outbox (
    id           bigint generated always as identity primary key,
    event_id     uuid not null unique,
    subject      text not null,
    key          text not null,                 -- events of one key are relayed in the order of id
    payload      jsonb not null,
    traceparent  text not null default '',
    created_at   timestamptz not null default now(),
    relayed_at   timestamptz,
    stream_seq   bigint,
    check ((relayed_at is null) = (stream_seq is null))
) with (autovacuum_vacuum_scale_factor = 0.02);  -- dead entries at the head of outbox_waiting would slow every look at it
create index outbox_waiting on outbox (id) where relayed_at is null;

-- Which stream the outbox was relayed to. Another created_at under the same name is another stream, and an empty one.
create table bus_streams (
    name        text primary key,
    created_at  timestamptz not null
);

create table inbox (
    consumer      text not null,
    event_id      uuid not null,
    processed_at  timestamptz not null default now(),
    primary key (consumer, event_id)
);

-- Events whose handler failed: still tried while parked_at is null, set aside for a person to look at after that.
create table bus_failures (
    consumer         text not null,
    event_id         uuid not null,
    subject          text not null,
    key              text not null,
    payload          bytea not null,            -- as it came: it may be no JSON at all
    traceparent      text not null,
    stream_seq       bigint not null,
    attempts         integer not null,
    reason           text not null,             -- the last error
    first_failed_at  timestamptz not null default now(),
    last_failed_at   timestamptz not null default now(),
    parked_at        timestamptz,
    primary key (consumer, event_id)
);
create index bus_failures_parked on bus_failures (parked_at) where parked_at is not null;

-- What the dev mailbox shows and a mail provider would be given.
create table mails (
    id          uuid primary key,
    event_id    uuid unique,                    -- the event that caused it: a replay sends nothing twice
    brand_id    text not null,
    recipient   text not null,
    subject     text not null,
    body_html   text not null,
    body_text   text not null,
    created_at  timestamptz not null default now()
);
create index mails_recent on mails (created_at desc, id desc);

-- +goose Down
drop table mails;
drop table bus_failures;
drop table inbox;
drop table bus_streams;
drop table outbox;
