-- name: GetBrand :one
select * from brands where id = $1;

-- name: ListBrands :many
select * from brands order by is_group desc, name, id;

-- name: GetVenueOfBrand :one
-- The brand's first theatre, by name: the skeleton's brands have one each.
select * from venues where brand_id = $1 order by name limit 1;

-- name: ListVenues :many
select * from venues order by country, city, name;

-- name: GetPlan :one
select * from seating_plans where id = $1;
