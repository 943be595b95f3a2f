-- name: GetSeedingDigest :one
select digest from seedings where id = 1;

-- name: SetSeedingDigest :exec
insert into seedings (id, digest) values (1, $1)
on conflict (id) do update set digest = excluded.digest, seeded_at = now();

-- name: ListPlanIDs :many
select id from seating_plans;

-- name: UpsertBrand :batchexec
-- A brand or a venue that an editor took over is the content system's from then on.
insert into brands (id, name, country, locale, currency, time_zone, theme, is_group)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (id) do update set name = excluded.name, country = excluded.country, locale = excluded.locale,
    currency = excluded.currency, time_zone = excluded.time_zone, theme = excluded.theme, is_group = excluded.is_group
where not exists (select from cms_entries e where e.kind = 'brand' and e.domain_id = excluded.id);

-- name: UpsertVenue :batchexec
insert into venues (id, brand_id, slug, name, address, city, postcode, country, latitude, longitude, time_zone,
    capacity, opened_year, architect, about)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict (id) do update set brand_id = excluded.brand_id, slug = excluded.slug, name = excluded.name,
    address = excluded.address, city = excluded.city, postcode = excluded.postcode, country = excluded.country,
    latitude = excluded.latitude, longitude = excluded.longitude, time_zone = excluded.time_zone,
    capacity = excluded.capacity, opened_year = excluded.opened_year, architect = excluded.architect,
    about = excluded.about
where not exists (select from cms_entries e where e.kind = 'venue' and e.domain_id = excluded.id::text);

-- name: UpsertPriceType :batchexec
insert into price_types (id, name, note, sort_order) values ($1, $2, $3, $4)
on conflict (id) do update set name = excluded.name, note = excluded.note, sort_order = excluded.sort_order;

-- name: InsertPlan :batchexec
-- A plan's ID is derived from its layout: one that is there already is the same.
insert into seating_plans (id, venue_id, version, name, seats, layout)
select @id, @venue_id, coalesce(max(s.version), 0) + 1, @name, @seats, @layout
from seating_plans s where s.venue_id = @venue_id
on conflict (id) do nothing;
