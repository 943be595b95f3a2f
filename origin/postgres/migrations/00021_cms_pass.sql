-- The sweep that listed the entry of an open delivery last: what is open and not listed may be gone.
-- +goose Up
alter table cms_deliveries add column pass bigint not null default 0;

-- +goose Down
alter table cms_deliveries drop column pass;
