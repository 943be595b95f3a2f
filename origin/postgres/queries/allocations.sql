-- name: InsertAllocation :exec
insert into seat_allocations (id, performance_id, name, seats, release_at, made_by, made_at) values ($1, $2, $3, $4, sqlc.narg(release_at), $5, $6);

-- name: AllocationsOf :many
select * from seat_allocations where performance_id = $1 order by made_at, id;

-- name: GetAllocation :one
select * from seat_allocations where id = $1 for update;

-- name: ReleaseAllocation :execrows
update seat_allocations set released_at = sqlc.arg(now)::timestamptz, released_by = sqlc.arg(by), shown = false where id = sqlc.arg(id) and released_at is null;

-- name: ChangeAllocation :execrows
-- Some seats leave it, and its release is at another time.
update seat_allocations set seats = sqlc.arg(seats), release_at = sqlc.narg(release_at), shown = false where id = sqlc.arg(id) and released_at is null;

-- name: ReleaseDueAllocations :many
update seat_allocations set released_at = sqlc.arg(now)::timestamptz, released_by = 'schedule', shown = false
where released_at is null and release_at <= sqlc.arg(now)::timestamptz returning *;

-- name: AllocatedSeats :many
-- What only the box office sells of a performance.
select distinct unnest(seats)::text as seat from seat_allocations where performance_id = $1 and released_at is null order by seat;

-- name: LockAllocations :exec
select pg_advisory_xact_lock(hashtextextended('allocations:' || sqlc.arg(performance_id)::uuid::text, 0));

-- name: AllocationsShown :exec
update seat_allocations set shown = true where performance_id = $1 and not shown;

-- name: UnshownAllocations :many
select distinct performance_id from seat_allocations where not shown order by performance_id limit 100;
