-- name: ListSiteSettings :many
select * from site_settings where brand_id = sqlc.arg(brand_id) or sqlc.arg(brand_id) = '' order by brand_id, section;

-- name: GetSiteSetting :one
select * from site_settings where brand_id = $1 and section = $2;

-- name: SetSiteSetting :execrows
-- Writes a section unless somebody else did since the version that is known; 0 is none.
insert into site_settings (brand_id, section, value, version, updated_by, updated_at)
select sqlc.arg(brand_id), sqlc.arg(section), sqlc.arg(value), sqlc.arg(known)::integer + 1, sqlc.arg(updated_by), sqlc.arg(updated_at)
where sqlc.arg(known)::integer = 0
   or exists (select from site_settings s where s.brand_id = sqlc.arg(brand_id) and s.section = sqlc.arg(section) and s.version = sqlc.arg(known)::integer)
on conflict (brand_id, section) do update
set value = excluded.value, version = excluded.version, updated_by = excluded.updated_by, updated_at = excluded.updated_at
where site_settings.version = sqlc.arg(known)::integer;
