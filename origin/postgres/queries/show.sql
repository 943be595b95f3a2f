-- name: ListProductions :many
-- Published productions with what their coming performances (starts_at >= from_at) add up to, soonest first. Filters left
-- empty ('' or the nil UUID) hold nothing back. Prices are adult prices over the tiers of the coming performances,
-- 0 without any; instants are the epoch where there is no such performance; access is tags joined by commas, with
-- repetitions. Lateral joins keep the plan the same whatever the filters: a production at a time, by index.
select sqlc.embed(p), sqlc.embed(v), sqlc.embed(b),
       coalesce(c.first_at, 'epoch')::timestamptz as first_at,
       coalesce(c.next_at, 'epoch')::timestamptz as next_at,
       coalesce(c.last_at, 'epoch')::timestamptz as last_at,
       coalesce(c.on_sale_at, 'epoch')::timestamptz as on_sale_at,
       c.coming::integer as coming,
       coalesce(c.access, '')::text as access,
       coalesce(m.price_from, 0)::bigint as price_from,
       coalesce(m.price_to, 0)::bigint as price_to
from productions p
join venues v on v.id = p.venue_id
join brands b on b.id = p.brand_id
cross join lateral (
    select min(f.starts_at) as first_at,
           min(f.starts_at) filter (where f.starts_at >= @from_at) as next_at,
           max(f.starts_at) as last_at,
           min(f.on_sale_at) filter (where f.starts_at >= @from_at) as on_sale_at,
           count(*) filter (where f.starts_at >= @from_at) as coming,
           array_agg(distinct f.price_tier) filter (where f.starts_at >= @from_at) as tiers,
           string_agg(array_to_string(f.access, ','), ',') filter (where f.starts_at >= @from_at and f.access <> '{}') as access
    from performances f
    where f.production_id = p.id and f.status <> 'cancelled'
) c
cross join lateral (
    select min(r.amount) as price_from, max(r.amount) as price_to
    from prices r
    where r.production_id = p.id and r.tier = any (c.tiers) and r.price_type = 'adult'
) m
where p.published and (@brand_id::text = '' or p.brand_id = @brand_id)
  and (@slug::text = '' or p.slug = @slug)
  and (@production_id::uuid = '00000000-0000-0000-0000-000000000000' or p.id = @production_id)
  and (c.coming > 0 or not @only_coming::boolean)
order by c.next_at, v.name, p.title, p.id;

-- name: ListPerformances :many
-- Cancelled ones included: a buyer must be able to see that theirs is off.
select * from performances
where production_id = $1 and starts_at >= @from_at
order by starts_at;

-- name: GetPerformance :one
select sqlc.embed(f), sqlc.embed(p), sqlc.embed(v), sqlc.embed(b)
from performances f
join productions p on p.id = f.production_id
join venues v on v.id = f.venue_id
join brands b on b.id = p.brand_id
where f.id = $1;

-- name: ListPrices :many
select r.band, r.amount, sqlc.embed(t)
from prices r
join price_types t on t.id = r.price_type
where r.production_id = $1 and r.tier = $2
order by r.band, t.sort_order;

-- name: ListPriceTypes :many
select * from price_types order by sort_order;
