-- Disputes that were lost before a lost dispute left the books: the sweep looks for them, and takes each out of the books once.
-- +goose Up
create index payment_disputes_lost_before on payment_disputes (id) where status = 'lost' and taken is null;

-- +goose Down
drop index payment_disputes_lost_before;
