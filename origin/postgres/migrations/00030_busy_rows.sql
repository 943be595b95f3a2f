-- Every sale locked the rows of its brand, its performance (three times) and its price type, because foreign keys looked
-- them up: on a busy morning those are the same few rows for everybody, and Postgres keeps the list of who shares each lock
-- on disk. What an order refers to says all of it already: its performance is checked, and that belongs to a production of
-- the brand; seats and tickets belong to the order. Price types are looked up in the house's own list when a seat is priced.
-- +goose Up
alter table orders drop constraint orders_brand_id_fkey;
alter table order_seats drop constraint order_seats_price_type_fkey;
alter table seat_assignments drop constraint seat_assignments_performance_id_fkey;
alter table tickets drop constraint tickets_performance_id_fkey;
-- With updated_at in it, every change of an order was a new entry in each of its indexes.
drop index orders_stale;
create index orders_stale on orders (id) where seats_stale;

-- +goose Down
drop index orders_stale;
create index orders_stale on orders (updated_at) where seats_stale;
alter table tickets add constraint tickets_performance_id_fkey foreign key (performance_id) references performances (id);
alter table seat_assignments add constraint seat_assignments_performance_id_fkey foreign key (performance_id) references performances (id);
alter table order_seats add constraint order_seats_price_type_fkey foreign key (price_type) references price_types (id);
alter table orders add constraint orders_brand_id_fkey foreign key (brand_id) references brands (id);
