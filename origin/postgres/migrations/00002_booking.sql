-- Orders, the seats they own and the money behind them. The unique key on seat_assignments is the last word on a seat.
-- +goose Up
create table orders (
    id               uuid primary key,
    number           text not null unique,      -- what people read out: 'LYC-7K4QP2'
    brand_id         text not null references brands (id),
    performance_id   uuid not null references performances (id),
    state            text not null check (state in ('awaiting_payment', 'paid', 'expired', 'cancelled', 'refund_due', 'refunded')),
    buyer_name       text not null,
    buyer_email      text not null,
    currency         text not null,
    total            bigint not null check (total >= 0),
    session_hash     bytea not null,            -- SHA-256 of the session that placed it: the session itself opens holds
    hold_id          text not null,
    hold_token       bigint not null,           -- fencing token of that hold
    payment_intent   text unique,
    traceparent      text not null default '',  -- of the request that placed it: what follows joins its trace
    seats_stale      boolean not null default false, -- the seat map (Redis) has yet to be told what became of the seats
    created_at       timestamptz not null,
    updated_at       timestamptz not null,
    expires_at       timestamptz not null       -- when the hold runs out; payment may still arrive later
);
-- One order a hold, unless the buyer gave the earlier one up.
create unique index orders_hold on orders (hold_id) where state <> 'cancelled';
create index orders_stale on orders (updated_at) where seats_stale;
create index orders_performance on orders (performance_id, state);
create index orders_open on orders (expires_at) where state = 'awaiting_payment';
create index orders_session on orders (session_hash, created_at);

create table order_seats (
    order_id        uuid not null references orders (id) on delete cascade,
    performance_id  uuid not null,
    seat_id         text not null,
    section         text not null,
    row_label       text not null,
    seat_label      text not null,
    band            text not null,
    price_type      text not null references price_types (id),
    amount          bigint not null check (amount >= 0),
    primary key (order_id, seat_id)
);

-- The newest fencing token that any order presented for a seat: an order with an older one has lost the seat.
create table seat_fences (
    performance_id  uuid not null,
    seat_id         text not null,
    token           bigint not null,
    order_id        uuid not null references orders (id),
    primary key (performance_id, seat_id)
);

create table seat_assignments (
    performance_id  uuid not null references performances (id),
    seat_id         text not null,
    order_id        uuid not null references orders (id),
    assigned_at     timestamptz not null,
    primary key (performance_id, seat_id)
);
create index seat_assignments_order on seat_assignments (order_id);

create table order_events (
    id          bigint generated always as identity primary key,
    order_id    uuid not null references orders (id),
    from_state  text not null,
    to_state    text not null,
    actor       text not null,                  -- 'buyer', 'stripe', 'sweeper', 'staff:<id>'
    reason      text not null,
    at          timestamptz not null
);
create index order_events_order on order_events (order_id, id);

-- One row an intent. A status of 'succeeded' or 'canceled' is final.
create table payments (
    intent_id        text primary key,
    order_id         uuid not null references orders (id),
    amount           bigint not null,
    currency         text not null,
    status           text not null,
    decline          text not null default '',  -- why the last card was refused; safe to show
    received         bigint not null default 0, -- minor units taken
    refunded         bigint not null default 0, -- minor units given back so far, as the provider counts them
    attempts         integer not null default 0, -- at cancelling it, once its order is over
    next_attempt_at  timestamptz not null default 'epoch',
    updated_at       timestamptz not null
);
create index payments_order on payments (order_id);
create index payments_open on payments (next_attempt_at) where status not in ('succeeded', 'canceled');

-- Every decision to give money back, written down before it is sent.
create table refunds (
    id               uuid primary key,          -- the stem of the idempotency key at the provider
    intent_id        text not null references payments (intent_id),
    order_id         uuid not null references orders (id),
    amount           bigint not null check (amount > 0),
    currency         text not null,
    reason           text not null,             -- in our words, for the order's history
    state            text not null check (state in ('due', 'sent', 'succeeded', 'failed')),
    provider_id      text unique,
    attempts         integer not null default 0,
    next_attempt_at  timestamptz not null,
    last_error       text not null default '',
    created_at       timestamptz not null,
    updated_at       timestamptz not null
);
create index refunds_intent on refunds (intent_id);
create index refunds_order on refunds (order_id);
create index refunds_due on refunds (next_attempt_at) where state = 'due';

-- Every webhook once, by the provider's event ID, stored before it is acted upon. The payload holds what the
-- event says of the payment and no personal data.
create table payment_events (
    id               text primary key,
    kind             text not null,
    payload          jsonb not null,
    received_at      timestamptz not null,
    processed_at     timestamptz,
    outcome          text not null default '',
    attempts         integer not null default 0,
    next_attempt_at  timestamptz not null,
    last_error       text not null default ''
);
create index payment_events_open on payment_events (next_attempt_at) where processed_at is null;

create table tickets (
    id              uuid primary key,
    order_id        uuid not null references orders (id),
    performance_id  uuid not null references performances (id),
    seat_id         text not null,
    state           text not null default 'valid' check (state in ('valid', 'used', 'void')),
    key_id          text not null,
    code            text not null unique,       -- the signed text inside the QR code
    issued_at       timestamptz not null,
    scanned_at      timestamptz
);
create index tickets_order on tickets (order_id);
create unique index tickets_one_valid on tickets (performance_id, seat_id) where state <> 'void';

create table ticket_keys (
    id          text primary key,
    public_key  bytea not null,
    created_at  timestamptz not null default now()
);

create table idempotency_keys (
    scope         text not null,                -- who may replay it, and at what: 'order:<session hash>'
    key           text not null,
    request_hash  bytea not null,
    response      jsonb,                        -- null while the first request is still at work
    locked_until  timestamptz not null,         -- when that request is given up for dead
    lock_id       uuid not null,                -- which request is at work
    created_at    timestamptz not null,
    primary key (scope, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);

-- +goose Down
drop table idempotency_keys;
drop table ticket_keys;
drop table tickets;
drop table payment_events;
drop table refunds;
drop table payments;
drop table order_events;
drop table seat_assignments;
drop table seat_fences;
drop table order_seats;
drop table orders;
