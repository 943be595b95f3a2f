-- What a buyer has is counted before every order of theirs. Their addresses with a "+tag" are found by how they begin, which
-- needs this kind of index; it finds whole addresses as well.
-- +goose Up
drop index orders_email;
create index orders_email on orders (lower(buyer_email) text_pattern_ops, created_at);

-- +goose Down
drop index orders_email;
create index orders_email on orders (lower(buyer_email), created_at);
