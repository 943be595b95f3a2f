-- name: AddWindow :execrows
-- None when there is one with this ID: the same click came twice.
insert into maintenance_windows (id, brand_id, path_prefix, starts_at, ends_at, message, allow_checkout, created_by, created_at, change_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing;

-- name: GetWindow :one
select * from maintenance_windows where id = $1;

-- name: LockWindow :one
select * from maintenance_windows where id = $1 for update;

-- name: SetWindowEnd :exec
update maintenance_windows set ends_at = $2, change_id = $3, lifted_at = null, in_force_at = case when sqlc.arg(again)::boolean then null else in_force_at end where id = $1;

-- name: ListWindowsBetween :many
-- Windows of some brands that touch a time, by start.
select * from maintenance_windows
where brand_id = any(sqlc.arg(brand_ids)::text[]) and starts_at < sqlc.arg(until)::timestamptz and (ends_at is null or ends_at > sqlc.arg(since)::timestamptz)
order by starts_at, id;

-- name: ListPastWindows :many
select * from maintenance_windows
where brand_id = any(sqlc.arg(brand_ids)::text[]) and ends_at <= sqlc.arg(now)::timestamptz
order by ends_at desc, id limit sqlc.arg(most);

-- name: ListWindowsOfChange :many
select * from maintenance_windows where change_id = $1 order by brand_id, id;

-- name: NoteWindowInForce :exec
update maintenance_windows set in_force_at = sqlc.arg(at)::timestamptz where id = $1 and in_force_at is null;

-- name: NoteWindowLifted :exec
update maintenance_windows set lifted_at = sqlc.arg(at)::timestamptz where id = $1 and lifted_at is null;

-- name: CountOrdersBeingPaid :one
select count(*) from order_deadlines d join orders o on o.id = d.order_id
where o.state = 'awaiting_payment' and o.expires_at > sqlc.arg(now)::timestamptz and o.brand_id = any(sqlc.arg(brand_ids)::text[]);

-- name: BrandsOfPerformances :many
select p.id, r.brand_id from performances p join productions r on r.id = p.production_id where p.id = any(sqlc.arg(ids)::uuid[]);
