-- One order a hold that has, or may still get, its seats. Money for an order that is over must be able to go back
-- whatever became of its hold since: cancelled -> refund_due is no claim to the hold.
-- +goose Up
drop index orders_hold;
create unique index orders_hold on orders (hold_id) where state in ('awaiting_payment', 'paid', 'expired');

-- +goose Down
drop index orders_hold;
create unique index orders_hold on orders (hold_id) where state <> 'cancelled';
