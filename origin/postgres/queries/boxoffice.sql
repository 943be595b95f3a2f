-- name: PutReservation :exec
insert into desk_reservations (id, performance_id, hold_id, seats, name, contact, made_by, made_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (id) do update set hold_id = excluded.hold_id, seats = excluded.seats, name = excluded.name, contact = excluded.contact, expires_at = excluded.expires_at;

-- name: LiveReservations :many
-- Of one brand, or of all with ''.
select r.*, p.starts_at, pr.title from desk_reservations r
join performances p on p.id = r.performance_id join productions pr on pr.id = p.production_id
where r.expires_at > sqlc.arg(now) and (sqlc.arg(brand_id)::text = '' or pr.brand_id = sqlc.arg(brand_id))
order by r.expires_at limit 200;

-- name: GetReservation :one
select * from desk_reservations where id = $1;

-- name: DropReservation :execrows
delete from desk_reservations where id = $1;

-- name: DropOldReservations :exec
delete from desk_reservations where expires_at <= sqlc.arg(now);
