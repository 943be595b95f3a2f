-- name: ListRooms :many
-- Rooms that are not deleted, of one brand or, for '', of all.
select sqlc.embed(r), sqlc.embed(e) from rooms r join room_events e on e.room_id = r.id and e.number = r.event
where r.deleted_at is null and (sqlc.arg(brand_id)::text = '' or sqlc.arg(brand_id)::text = any (r.brands))
order by r.created_at, r.id;

-- name: GetRoom :one
select sqlc.embed(r), sqlc.embed(e) from rooms r join room_events e on e.room_id = r.id and e.number = r.event where r.id = $1;

-- name: LockRoom :one
select sqlc.embed(r), sqlc.embed(e) from rooms r join room_events e on e.room_id = r.id and e.number = r.event where r.id = $1
for update of r;

-- name: AddRoom :execrows
insert into rooms (id, name, brands, paths, methods, production_id, performance_id, mode, active_limit, per_minute, pass_life,
    poll_every, typical_stay, page_status, message, paused, drained, fail_closed, event, version, created_by, created_at,
    updated_by, updated_at, revision, sync_at, gates, arrivals_per_prefix)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 1, 1, $19, $20, $19, $20, 1, $20, $21, $22)
on conflict (id) do nothing;

-- name: SetRoom :exec
update rooms set name = $2, brands = $3, paths = $4, methods = $5, production_id = $6, performance_id = $7, mode = $8,
    active_limit = $9, per_minute = $10, pass_life = $11, poll_every = $12, typical_stay = $13, page_status = $14, message = $15,
    paused = $16, drained = $17, fail_closed = $18, event = $19, updated_by = $20, updated_at = $21, gates = sqlc.arg(gates), arrivals_per_prefix = sqlc.arg(arrivals_per_prefix),
    deleted_at = sqlc.narg(deleted_at),
    version = version + 1, revision = revision + 1, sync_at = $21,
    seats_left = case when sqlc.arg(keep_seats)::boolean then seats_left end
where id = $1;

-- name: AddRoomEvent :exec
insert into room_events (room_id, number, opens_at, sale_at, ends_at, seed, commitment, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: SetRoomEvent :exec
update room_events set opens_at = $3, sale_at = $4, ends_at = $5 where room_id = $1 and number = $2;

-- name: ListRoomEvents :many
select * from room_events where room_id = $1 order by number desc;

-- name: AddRoomVersion :exec
insert into room_versions (room_id, version, config, action, actor, at) values ($1, $2, $3, $4, $5, $6);

-- name: GetRoomVersion :one
select * from room_versions where room_id = $1 and version = $2;

-- name: RoomModeBefore :one
-- How a room let people in before it turned them away.
select (config ->> 'mode')::text as mode from room_versions where room_id = $1 and config ->> 'mode' <> 'reject' order by version desc limit 1;

-- name: RoomSubject :one
-- What a room may guard: a performance or, with a null performance_id, a production.
select p.id as production_id, p.brand_id, p.slug, p.title from productions p
where p.id = sqlc.narg(production_id)::uuid
   or p.id = (select f.production_id from performances f where f.id = sqlc.narg(performance_id)::uuid);

-- name: ComingPerformances :many
select id from performances where production_id = $1 and starts_at > $2 order by starts_at, id limit $3;

-- name: ClaimRooms :many
-- Takes rooms whose turn it is to be looked at, for as long as looking may take: whoever took them and died lets others.
update rooms set sync_at = sqlc.arg(until)
where id in (
    select r.id from rooms r where r.sync_at <= sqlc.arg(now) and (r.deleted_at is null or r.synced_revision < r.revision)
    order by r.sync_at limit sqlc.arg(most) for update skip locked)
returning id, revision;

-- name: RoomSynced :exec
-- A change made meanwhile has set sync_at itself, and is not put off.
update rooms set sync_failures = 0, sync_problem = '', seen_at = sqlc.arg(now), synced_revision = greatest(synced_revision, sqlc.arg(synced_revision)::bigint),
    sync_at = case when revision = sqlc.arg(revision) then sqlc.arg(next_at) else sync_at end
where id = sqlc.arg(id);

-- name: RoomAhead :exec
-- The coordinator knows a higher revision than this database, which was set back: go on from there.
update rooms set revision = sqlc.arg(revision)::bigint + 1, sync_at = sqlc.arg(now) where id = sqlc.arg(id) and revision <= sqlc.arg(revision)::bigint;

-- name: RoomSyncFailed :one
update rooms set sync_failures = sync_failures + 1, sync_problem = $2,
    sync_at = sqlc.arg(now)::timestamptz + least(60, power(2, least(sync_failures, 6))) * interval '1 second'
where id = $1 returning sync_failures;

-- name: SetRoomSeats :execrows
update rooms set seats_left = sqlc.narg(seats_left), revision = revision + 1 where id = $1 and seats_left is distinct from sqlc.narg(seats_left);

-- name: SeatsLeftOf :one
-- Seats not yet sold of what a room guards: who waits can still get them, also those that others hold.
select coalesce(sum(pl.seats), 0)::bigint - coalesce(sum((select count(*) from seat_assignments a where a.performance_id = f.id)), 0)::bigint as seats_left,
    count(*) as performances
from performances f join seating_plans pl on pl.id = f.plan_id
where (f.id = sqlc.narg(performance_id)::uuid or sqlc.narg(performance_id)::uuid is null and f.production_id = sqlc.narg(production_id)::uuid)
  and f.status <> 'cancelled' and f.starts_at > sqlc.arg(now)::timestamptz;

-- name: GuardingRooms :many
-- Rooms that guard holds of anything, with what a check of a pass needs.
select r.id, r.name, r.brands, r.paths, r.production_id, r.performance_id, r.mode, r.drained, r.fail_closed, r.seen_at, e.opens_at, e.sale_at, e.ends_at
from rooms r join room_events e on e.room_id = r.id and e.number = r.event
where r.deleted_at is null and (r.production_id is not null or r.performance_id is not null);

-- name: UseRoomPass :one
-- Notes whose a pass is at its first use; later it is whoever's it was.
insert into room_passes as p (room_id, session, visitor, first_at, expires_at)
values (sqlc.arg(room_id), sqlc.arg(session), sqlc.arg(visitor)::bytea, sqlc.arg(now)::timestamptz, sqlc.arg(expires_at))
on conflict (room_id, session) do update
set visitor = coalesce(p.visitor, excluded.visitor), first_at = coalesce(p.first_at, excluded.first_at),
    expires_at = greatest(p.expires_at, excluded.expires_at)
returning p.visitor, p.revoked_at;

-- name: GetRoomPass :one
select * from room_passes where room_id = $1 and session = $2;

-- name: RevokeRoomPass :execrows
insert into room_passes as p (room_id, session, revoked_at, reason, expires_at)
values (sqlc.arg(room_id), sqlc.arg(session), sqlc.arg(now)::timestamptz, sqlc.arg(reason), sqlc.arg(expires_at))
on conflict (room_id, session) do update
set revoked_at = excluded.revoked_at, reason = excluded.reason, told_at = null, expires_at = greatest(p.expires_at, excluded.expires_at)
where p.revoked_at is null;

-- name: UntoldRoomPasses :many
-- Passes that staff took back and the room's coordinator may not know of.
select session from room_passes
where room_id = sqlc.arg(room_id) and reason = 'staff' and told_at is null and expires_at > sqlc.arg(now) order by revoked_at limit sqlc.arg(most);

-- name: RoomPassTold :exec
update room_passes set told_at = sqlc.arg(now)::timestamptz where room_id = sqlc.arg(room_id) and session = sqlc.arg(session);

-- name: HurryRoom :exec
-- Has the room looked at next.
update rooms set sync_at = least(sync_at, sqlc.arg(now)) where id = sqlc.arg(id);

-- name: ForgetRoomPasses :execrows
delete from room_passes where expires_at < $1;

-- name: PerformanceOwner :one
-- Whose a performance is; it never changes.
select f.production_id, p.brand_id from performances f join productions p on p.id = f.production_id where f.id = $1;
