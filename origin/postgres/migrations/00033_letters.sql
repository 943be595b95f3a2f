-- +goose Up
-- A letter that confirms an erasure has to reach the address that is erased. It is kept after that, without it.
alter table mails add column forget_at timestamptz; -- when recipient is emptied; null: with its buyer
create index mails_forget on mails (forget_at) where forget_at is not null;

-- Foreign keys that had no index: each change of what they refer to, and each look for what belongs to it, read the whole
-- table (origin/postgres/foreignkeys_test.go lists those that may).
create index orders_exchange on orders (exchange_of) where exchange_of is not null;
create index order_exchanges_of on order_exchanges (of_order);
drop index refund_seats_order;
create index refund_seats_seat on refund_seats (order_id, seat_id);
create index payment_disputes_intent on payment_disputes (intent_id);
create index performances_plan on performances (plan_id);
create index promo_codes_production on promo_codes (production_id) where production_id is not null;
create index promotions_production on promotions (production_id) where production_id is not null;
create index promotions_promo on promotions (promo_id) where promo_id is not null;
create index seat_allocations_of on seat_allocations (performance_id);
create index staff_entries_session on staff_entries (session_id);

-- +goose Down
drop index staff_entries_session;
drop index seat_allocations_of;
drop index promotions_promo;
drop index promotions_production;
drop index promo_codes_production;
drop index performances_plan;
drop index payment_disputes_intent;
drop index refund_seats_seat;
create index refund_seats_order on refund_seats (order_id);
drop index order_exchanges_of;
drop index orders_exchange;
drop index mails_forget;
alter table mails drop column forget_at;
