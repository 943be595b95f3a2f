-- What buyers do for themselves, and what is known of the cards they paid with.
-- +goose Up

-- A link that was mailed is good once; what it opens is a row of its own, until the buyer signs out.
alter table buyer_links
    add column kind text not null default 'link' check (kind in ('link', 'visit')),
    add column asked_by bytea not null default '',        -- who asked, hashed: to count
    add column used_at timestamptz;
create index buyer_links_asked on buyer_links (asked_by, created_at) where kind = 'link';

-- Enough of a card to find an order by, as its owner reads it out; never more.
alter table payments
    add column card_brand text not null default '',
    add column card_last4 text not null default '' check (card_last4 ~ '^([0-9]{4})?$');
create index payments_last4 on payments (card_last4) where card_last4 <> '';

-- Payments that buyers' banks question. People answer them at the provider; here is how they stand.
create table payment_disputes (
    id          text primary key,
    intent_id   text not null references payments (intent_id),
    order_id    uuid not null references orders (id),
    amount      bigint not null check (amount >= 0),
    currency    text not null,
    reason      text not null,
    status      text not null,
    respond_by  timestamptz,
    opened_at   timestamptz not null,
    updated_at  timestamptz not null
);
create index payment_disputes_order on payment_disputes (order_id);

-- +goose Down
drop table payment_disputes;
drop index payments_last4;
alter table payments drop column card_brand, drop column card_last4;
drop index buyer_links_asked;
alter table buyer_links drop column kind, drop column asked_by, drop column used_at;
