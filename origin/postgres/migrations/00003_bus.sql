-- Facts leave through the outbox; effects happen once through the inbox.
-- +goose Up
create table outbox (
    id           bigint generated always as identity primary key,
    event_id     uuid not null unique,
    subject      text not null,
    payload      jsonb not null,
    traceparent  text not null default '',
    created_at   timestamptz not null default now(),
    relayed_at   timestamptz,
    stream_seq   bigint
);
create index outbox_waiting on outbox (id) where relayed_at is null;

create table inbox (
    consumer      text not null,
    event_id      uuid not null,
    processed_at  timestamptz not null default now(),
    primary key (consumer, event_id)
);

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
create index mails_recent on mails (created_at desc);

-- +goose Down
drop table mails;
drop table inbox;
drop table outbox;
