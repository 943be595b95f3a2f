-- An order changes twice in a sale, when its intent is known and when it is paid, and each change was a new entry in all of
-- its indexes, because indexes told orders apart by what changes. No index does now: Postgres writes the new version beside the
-- old one and the indexes stay as they are. What is looked for by state stands in narrow tables of its own.
-- +goose Up
-- Whoever is placing an order ends first: one that is not seen here would have no deadline.
lock table orders in access exclusive mode;

-- Until when orders wait for their payment. A line is written with the order and taken out by the sweep when its time has
-- come: that the order was paid meanwhile, or has more time, is read in the order.
create table order_deadlines (
    expires_at  timestamptz not null,
    order_id    uuid not null,
    primary key (expires_at, order_id)
);
insert into order_deadlines (expires_at, order_id) select expires_at, id from orders where state = 'awaiting_payment';
drop index orders_open;

-- Orders of which the seat map (Redis) has yet to be told. Each change of an order's seats has a mark of its own: whoever told
-- the seat map of one takes that one out.
create table orders_untold (
    order_id  uuid primary key,
    mark      uuid not null default gen_random_uuid()
);
insert into orders_untold (order_id) select id from orders where seats_stale;
drop index orders_stale;
alter table orders drop column seats_stale;

-- Whether an order has the seats of its hold, or may still get them. It changes when it is over, and not when it is paid.
alter table orders add column claims_hold boolean not null generated always as (state in ('awaiting_payment', 'paid', 'expired')) stored;
drop index orders_hold;
create unique index orders_hold on orders (hold_id) where claims_hold and channel = 'web' and exchange_of is null;
create index orders_of_hold on orders (hold_id); -- whatever became of them, and at the desk

drop index orders_performance;
create index orders_performance on orders (performance_id);

-- Payments have the intent for their key, and say whose it is.
alter table orders drop constraint orders_payment_intent_key;

-- Room for the versions of an order beside it, until its payment.
alter table orders set (fillfactor = 50);
alter table idempotency_keys set (fillfactor = 60);

-- +goose Down
alter table idempotency_keys reset (fillfactor);
alter table orders reset (fillfactor);
alter table orders add constraint orders_payment_intent_key unique (payment_intent);
drop index orders_performance;
create index orders_performance on orders (performance_id, state);
drop index orders_of_hold;
drop index orders_hold;
create unique index orders_hold on orders (hold_id) where state in ('awaiting_payment', 'paid', 'expired') and channel = 'web' and exchange_of is null;
alter table orders drop column claims_hold;
alter table orders add column seats_stale boolean not null default false;
update orders set seats_stale = true where id in (select order_id from orders_untold);
create index orders_stale on orders (id) where seats_stale;
drop table orders_untold;
create index orders_open on orders (expires_at) where state = 'awaiting_payment';
drop table order_deadlines;
