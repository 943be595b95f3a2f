-- name: AddOutbox :exec
insert into outbox (event_id, subject, key, payload, traceparent) values ($1, $2, $3, $4, $5);

-- name: WaitingOutbox :many
select id, event_id, subject, key, payload, traceparent, created_at
from outbox
where relayed_at is null and id > sqlc.arg(above)::bigint
order by id
limit sqlc.arg(batch)::int;

-- name: MarkRelayed :execrows
-- The two arrays run side by side: the event and its sequence number in the stream.
update outbox
set relayed_at = now(), stream_seq = acked.seq
from (select unnest(sqlc.arg(event_ids)::uuid[]) as event_id, unnest(sqlc.arg(seqs)::bigint[]) as seq) acked
where outbox.event_id = acked.event_id and outbox.relayed_at is null;

-- name: MarkSent :execrows
-- MarkRelayed by our own number, which is quicker to find.
update outbox
set relayed_at = now(), stream_seq = acked.seq
from (select unnest(sqlc.arg(ids)::bigint[]) as id, unnest(sqlc.arg(seqs)::bigint[]) as seq) acked
where outbox.id = acked.id and outbox.relayed_at is null;

-- name: CountWaiting :one
select count(*) as waiting, coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as oldest_seconds
from outbox
where relayed_at is null;

-- name: NewestStreamSeq :one
-- The highest sequence number among the newest rows that were relayed; 0 when there is none. A late committer may
-- have a higher number on an older row: the caller then looks at a few messages more than it had to.
select coalesce(max(stream_seq), 0)::bigint
from (select stream_seq from outbox where relayed_at >= sqlc.arg(since)::timestamptz order by id desc limit 500) newest;

-- name: WaitAgainAfterSeq :execrows
update outbox
set relayed_at = null, stream_seq = null
where stream_seq > sqlc.arg(last_seq)::bigint and relayed_at >= sqlc.arg(since)::timestamptz;

-- name: WaitAgainSince :execrows
update outbox
set relayed_at = null, stream_seq = null
where relayed_at is not null and created_at >= sqlc.arg(since)::timestamptz;

-- name: StreamCreatedAt :one
select created_at from bus_streams where name = $1;

-- name: NoteStream :exec
insert into bus_streams (name, created_at) values ($1, $2)
on conflict (name) do update set created_at = excluded.created_at;

-- name: TryLead :one
select pg_try_advisory_lock(sqlc.arg(lock)::bigint);

-- name: WakeRelay :exec
select pg_notify(sqlc.arg(channel)::text, '');

-- name: EnterInbox :execrows
-- 0 when the event was handled before. What is known of earlier failures goes with it.
with forgotten as (delete from bus_failures where bus_failures.consumer = $1 and bus_failures.event_id = $2)
insert into inbox (consumer, event_id) values ($1, $2) on conflict do nothing;

-- name: NoteFailure :one
insert into bus_failures (consumer, event_id, subject, key, payload, traceparent, stream_seq, attempts, reason)
values ($1, $2, $3, $4, $5, $6, $7, 1, $8)
on conflict (consumer, event_id) do update
set attempts = bus_failures.attempts + 1, reason = excluded.reason, stream_seq = excluded.stream_seq, last_failed_at = now()
returning attempts;

-- name: Park :exec
update bus_failures set parked_at = coalesce(parked_at, now()) where consumer = $1 and event_id = $2;

-- name: LockParked :one
select * from bus_failures where consumer = $1 and event_id = $2 and parked_at is not null for update;

-- name: ParkedEvents :many
select consumer, event_id, subject, key, stream_seq, attempts, reason, first_failed_at, parked_at
from bus_failures
where parked_at is not null
order by parked_at
limit sqlc.arg(at_most)::int;

-- name: History :many
-- The facts of some subjects from the first on, also those that the stream let go of long ago.
select id, event_id, subject, key, payload, created_at, coalesce(stream_seq, 0)::bigint as stream_seq
from outbox
where id > sqlc.arg(after)::bigint and id <= sqlc.arg(last)::bigint and subject = any(sqlc.arg(subjects)::text[])
order by id
limit 500;

-- name: HistoryLength :one
select count(*) as facts, coalesce(max(id), 0)::bigint as last
from outbox
where id > sqlc.arg(after)::bigint and subject = any(sqlc.arg(subjects)::text[]);

-- name: NoteHandled :exec
insert into inbox (consumer, event_id) values ($1, $2) on conflict do nothing;

-- name: FailuresByConsumer :many
select consumer, (count(*) filter (where parked_at is null))::bigint as failing, (count(*) filter (where parked_at is not null))::bigint as parked
from bus_failures group by consumer order by consumer;

-- name: ForgetHandled :exec
delete from inbox where consumer = $1 and event_id = $2;
