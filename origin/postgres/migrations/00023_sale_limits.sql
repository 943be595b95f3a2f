-- How many seats one buyer, or one card, may have. null: no limit.
-- +goose Up
alter table sale_terms
    add column limit_performance integer check (limit_performance > 0), -- of one performance
    add column limit_production integer check (limit_production > 0);   -- of all performances of a production
-- Which card paid: an HMAC of the provider's fingerprint, so that it can be recognised and is no use to anybody else.
alter table payments add column card text not null default '';
create index payments_card on payments (card) where card <> '';

-- +goose Down
drop index payments_card;
alter table payments drop column card;
alter table sale_terms drop column limit_performance, drop column limit_production;
