-- What a sale is made of: where each seat's price comes from, which money backs an order, refunds of parts, exchanges,
-- promo codes, and the terms all this follows.
-- +goose Up
alter table orders drop constraint orders_state_check;
alter table orders add constraint orders_state_check check (state in
    ('awaiting_payment', 'paid', 'expired', 'cancelled', 'offered', 'exchanged', 'refund_due', 'refunded'));
alter table orders
    add column channel text not null default 'web' check (channel in ('web', 'box_office')),
    add column exchange_of uuid references orders (id),   -- the paid order some of whose seats this one takes the place of
    add column credit bigint not null default 0 check (credit >= 0 and credit <= total), -- of the total: paid there
    add column erased_at timestamptz;                     -- the buyer had their name and address forgotten
create index orders_email on orders (lower(buyer_email), created_at);
drop index orders_hold;
create unique index orders_hold on orders (hold_id) where state in ('awaiting_payment', 'paid', 'expired') and channel = 'web' and exchange_of is null;

-- amount is what the buyer pays for the seat, all in. The rest says what it is made of, all in minor units.
alter table order_seats
    add column list_price bigint not null default 0,      -- the band's usual (adult) price
    add column face bigint not null default 0,            -- of the price type chosen
    add column discount bigint not null default 0,        -- of promo codes, this seat's share
    add column promos jsonb not null default '[]',        -- the share of each: [{"code", "share"}]
    add column fee bigint not null default 0,             -- fees a ticket and this seat's share of those an order
    add column tax bigint not null default 0,             -- in amount, either way
    add column tax_added boolean not null default false,  -- came on top (US) instead of being included (GB)
    add column tax_rate integer not null default 0,       -- millionths
    add column rules text not null default '',            -- the terms it was priced by; '' before there were any
    add column gone text not null default '' check (gone in ('', 'refunded', 'exchanged')), -- no longer the buyer's, and why
    add column gone_at timestamptz,
    add column refunded bigint not null default 0,        -- of amount: given back for this seat
    add column credited bigint not null default 0,        -- of amount: moved to the order it was exchanged for
    add constraint order_seats_made_of check (rules = '' or amount = face - discount + fee + case when tax_added then tax else 0 end),
    add constraint order_seats_returned check (refunded >= 0 and credited >= 0 and refunded + credited <= amount);
update order_seats set face = amount;

-- Which payment backs how much of which order. What was received through a payment is either here or in refunds.
create table order_funds (
    order_id   uuid not null references orders (id),
    intent_id  text not null references payments (intent_id),
    amount     bigint not null check (amount >= 0),
    primary key (order_id, intent_id)
);
create index order_funds_intent on order_funds (intent_id);
alter table payments add column method text not null default 'stripe' check (method in ('stripe', 'cash', 'terminal'));
alter table refunds add column kind text not null default 'whole' check (kind in ('whole', 'part', 'surplus', 'stray', 'elsewhere'));
insert into order_funds (order_id, intent_id, amount)
select o.id, p.intent_id, p.received - p.refunded from orders o join payments p on p.intent_id = o.payment_intent
where o.state = 'paid' and p.status = 'succeeded';

-- What a refund is for, by seat.
create table refund_seats (
    refund_id  uuid not null references refunds (id),
    order_id   uuid not null,
    seat_id    text not null,
    amount     bigint not null check (amount >= 0),
    primary key (refund_id, seat_id),
    foreign key (order_id, seat_id) references order_seats (order_id, seat_id) on delete cascade on update cascade
);
create index refund_seats_order on refund_seats (order_id);

-- Every line of an order's history, not its moves alone: where from_state is to_state something happened and it stood.
alter table order_events
    add column kind text not null default 'moved',
    add column detail jsonb not null default '{}';

-- Seats as good as those that were lost before their payment came, kept for the buyer until they say yes or no.
create table order_offers (
    order_id    uuid not null references orders (id),
    instead_of  text not null,                  -- a seat of the order
    seat_id     text not null,
    section     text not null,
    row_label   text not null,
    seat_label  text not null,
    primary key (order_id, instead_of)
);

-- Which seats of which order an exchange takes in return. What is neither credit nor refund is the fee.
create table order_exchanges (
    order_id  uuid not null references orders (id),       -- the new one
    of_order  uuid not null references orders (id),
    seat_id   text not null,
    credit    bigint not null check (credit >= 0),        -- towards the new order
    refund    bigint not null check (refund >= 0),        -- back to the buyer
    primary key (order_id, seat_id)
);

-- The terms of sale of a site, or of one production of it. Without a row the country's own hold (booking/terms.go).
create table sale_terms (
    brand_id         text not null references brands (id),
    production_id    uuid references productions (id) on delete cascade,
    ticket_fee       bigint not null default 0 check (ticket_fee >= 0),
    order_fee        bigint not null default 0 check (order_fee >= 0),
    tax_rate         integer not null default 0 check (tax_rate between 0 and 500000), -- millionths
    tax_added        boolean not null default false,
    refund_hours     integer check (refund_hours >= 0),    -- until so long before it begins; null: never
    refund_fee       bigint not null default 0 check (refund_fee >= 0),   -- a seat
    exchange_hours   integer check (exchange_hours >= 0),
    exchange_fee     bigint not null default 0 check (exchange_fee >= 0), -- a seat
    updated_at       timestamptz not null,
    updated_by       text not null,
    unique nulls not distinct (brand_id, production_id)
);

create table promo_codes (
    id             uuid primary key,
    code           text not null unique check (code ~ '^[A-Z0-9-]{3,40}$'),
    about          text not null default '',
    brand_id       text not null references brands (id), -- the group's is good everywhere
    production_id  uuid references productions (id) on delete cascade,
    percent        integer check (percent between 1 and 1000000), -- millionths
    amount         bigint check (amount > 0),             -- minor units, off the order
    currency       text not null default '',              -- of amount
    starts_at      timestamptz not null,
    ends_at        timestamptz check (ends_at > starts_at),
    most_uses      integer check (most_uses > 0),         -- null: no limit
    most_per_email integer check (most_per_email > 0),
    stackable      boolean not null default false,        -- goes together with other stackable ones
    paused         boolean not null default false,
    uses           integer not null default 0 check (uses >= 0),
    created_at     timestamptz not null,
    created_by     text not null,
    check ((percent is null) <> (amount is null)),
    check ((amount is null) = (currency = '')),
    constraint promo_codes_limit check (most_uses is null or uses <= most_uses)
);

create table promo_uses (
    promo_id       uuid not null references promo_codes (id),
    order_id       uuid not null references orders (id),
    email_hash     bytea not null,
    discount       bigint not null,
    used_at        timestamptz not null,
    given_back_at  timestamptz,
    primary key (promo_id, order_id)
);
create index promo_uses_email on promo_uses (promo_id, email_hash) where given_back_at is null;
create index promo_uses_order on promo_uses (order_id) where given_back_at is null;

-- Links that were e-mailed to somebody who asked for their orders.
create table buyer_links (
    id          uuid primary key,
    brand_id    text not null references brands (id),
    email       text not null,                            -- lower case
    created_at  timestamptz not null,
    expires_at  timestamptz not null
);
create index buyer_links_email on buyer_links (email, created_at);

-- +goose Down
drop table buyer_links;
drop table promo_uses;
drop table promo_codes;
drop table sale_terms;
drop table order_exchanges;
drop table order_offers;
alter table order_events drop column kind, drop column detail;
drop table refund_seats;
alter table refunds drop column kind;
alter table payments drop column method;
drop table order_funds;
alter table order_seats
    drop constraint order_seats_made_of, drop constraint order_seats_returned,
    drop column list_price, drop column face, drop column discount, drop column promos, drop column fee, drop column tax,
    drop column tax_added, drop column tax_rate, drop column rules, drop column gone, drop column gone_at,
    drop column refunded, drop column credited;
drop index orders_hold;
drop index orders_email;
alter table orders drop column channel, drop column exchange_of, drop column credit, drop column erased_at;
create unique index orders_hold on orders (hold_id) where state in ('awaiting_payment', 'paid', 'expired');
alter table orders drop constraint orders_state_check;
alter table orders add constraint orders_state_check check (state in
    ('awaiting_payment', 'paid', 'expired', 'cancelled', 'refund_due', 'refunded'));
