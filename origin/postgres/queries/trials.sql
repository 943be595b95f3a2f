-- name: AddTrial :exec
insert into room_trials (id, kind, brand_id, title, room_id, plan, actor, created_at, updated_at, state)
values ($1, $2, $3, $4, $5, $6, $7, $8, $8, 'running');

-- name: RunningTrial :one
-- What of a kind is under way.
select actor, title from room_trials where kind = $1 and state = 'running';

-- name: GetTrial :one
select * from room_trials where id = $1;

-- name: ListTrials :many
-- The newest first, without what their charts are drawn from; of one site or, for '', of all.
select id, kind, brand_id, title, room_id, plan, state, progress, (result - 'series')::jsonb as result, problem, cancel, actor, created_at, updated_at, finished_at
from room_trials where sqlc.arg(brand_id)::text = '' or brand_id = sqlc.arg(brand_id)::text order by created_at desc, id desc limit sqlc.arg(most);

-- name: NoteTrial :one
-- Says how far a trial has come and learns whether it is to stop.
update room_trials set progress = $2, updated_at = $3 where id = $1 and state = 'running' returning cancel;

-- name: EndTrial :execrows
-- Ends a trial, once.
update room_trials set state = sqlc.arg(state), result = sqlc.narg(result), problem = sqlc.arg(problem), updated_at = sqlc.arg(at)::timestamptz, finished_at = sqlc.arg(at)::timestamptz
where id = sqlc.arg(id) and state = 'running';

-- name: CancelTrial :execrows
update room_trials set cancel = true where id = $1 and state = 'running';

-- name: DeleteTrial :execrows
delete from room_trials where id = $1 and state <> 'running';

-- name: InterruptTrials :many
-- Ends trials whose process has not been heard of.
update room_trials set state = 'interrupted', problem = sqlc.arg(problem), finished_at = sqlc.arg(at)::timestamptz
where state = 'running' and updated_at < sqlc.arg(before)::timestamptz returning id, kind;

-- name: TrialRooms :many
-- Rooms that rehearsals made and that are still there, and whether their trial is under way; false for those that a
-- command made, too.
select r.id, r.created_at, coalesce(t.state = 'running', false)::boolean as running, (t.id is not null)::boolean as known
from rooms r left join room_trials t on t.room_id = r.id
where starts_with(r.id, sqlc.arg(prefix)::text) and r.deleted_at is null;
