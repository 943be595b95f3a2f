-- +goose Up
-- A promo code that an entry of a content system made is paused when the entry is taken back, and can be used again when it
-- is published again; one that staff paused stays so. This tells the two apart.
alter table promo_codes add column paused_by_entry boolean not null default false;
update promo_codes c set paused_by_entry = true
where c.paused and c.created_by like 'cms:%' and not exists (select from promotions m where m.promo_id = c.id);

-- +goose Down
alter table promo_codes drop column paused_by_entry;
