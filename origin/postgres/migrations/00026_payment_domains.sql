-- Hostnames that the payment provider must know before wallets are shown on them.
-- +goose Up
create table payment_domains (
    hostname         text primary key,
    brand_id         text not null,
    provider_id      text not null default '',            -- "" until it is registered there
    state            text not null default 'waiting' check (state in ('waiting', 'active', 'failed')),
    last_error       text not null default '',            -- in words for staff
    attempts         integer not null default 0,
    wanted           boolean not null default true,       -- false: no site has it any more
    next_attempt_at  timestamptz not null,
    checked_at       timestamptz,
    created_at       timestamptz not null
);
create index payment_domains_due on payment_domains (next_attempt_at) where wanted;

-- +goose Down
drop table payment_domains;
