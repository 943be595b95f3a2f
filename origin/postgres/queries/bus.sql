-- name: AddOutbox :exec
insert into outbox (event_id, subject, key, payload, traceparent) values ($1, $2, $3, $4, $5);

-- name: WaitingOutbox :many
-- Events with numbers in some spans, in order: firsts and lasts run side by side, do not overlap and rise.
select o.id, o.event_id, o.subject, o.key, o.payload, o.traceparent, o.created_at
from (select unnest(sqlc.arg(firsts)::bigint[]) as first, unnest(sqlc.arg(lasts)::bigint[]) as last) span
cross join lateral (
    select * from outbox where outbox.id between span.first and span.last order by outbox.id limit sqlc.arg(batch)::int
) o
order by o.id
limit sqlc.arg(batch)::int;

-- name: WaitingOutboxFrom :many
-- WaitingOutbox of one span without an end, which need not be sorted.
select * from outbox where id >= sqlc.arg(first)::bigint order by id limit sqlc.arg(batch)::int;

-- name: OutboxFloor :one
select id from outbox_floor;

-- name: RaiseOutboxFloor :exec
update outbox_floor set id = sqlc.arg(floor)::bigint where id < sqlc.arg(floor)::bigint;

-- name: RelayedSpans :many
-- The numbers above one that are marked, as spans without gaps, in order.
select min(id)::bigint as first, max(id)::bigint as last
from (select id, id - row_number() over (order by id) as island from outbox_relayed where id > sqlc.arg(above)::bigint) marks
group by island
order by 1;

-- name: MarkRelayed :execrows
-- The two arrays run side by side: the event and its sequence number in the stream.
insert into outbox_relayed (id, stream_seq)
select o.id, acked.seq
from (select unnest(sqlc.arg(event_ids)::uuid[]) as event_id, unnest(sqlc.arg(seqs)::bigint[]) as seq) acked
join outbox o on o.event_id = acked.event_id
order by o.id
on conflict do nothing;

-- name: MarkSent :execrows
-- MarkRelayed by our own number, which need not be looked up; none of them may be marked already: to look for that first
-- would cost half as much again.
insert into outbox_relayed (id, stream_seq)
select unnest(sqlc.arg(ids)::bigint[]), unnest(sqlc.arg(seqs)::bigint[]);

-- name: CountWaiting :one
-- floor is OutboxFloor's: as a value of its own it tells Postgres how little there is to read.
select count(*) as waiting, coalesce(extract(epoch from now() - min(o.created_at)), 0)::float8 as oldest_seconds
from outbox o
where o.id > sqlc.arg(floor)::bigint
  and not exists (select from outbox_relayed r where r.id = o.id and r.id > sqlc.arg(floor)::bigint);

-- name: NewestStreamSeq :one
-- The highest sequence number among the newest rows that were relayed; 0 when there is none. A late committer may
-- have a higher number on an older row: the caller then looks at a few messages more than it had to.
select coalesce(max(stream_seq), 0)::bigint
from (select stream_seq from outbox_relayed where relayed_at >= sqlc.arg(since)::timestamptz order by id desc limit 500) newest;

-- name: WaitAgainAfterSeq :one
with lost as (
    delete from outbox_relayed where stream_seq > sqlc.arg(last_seq)::bigint and relayed_at >= sqlc.arg(since)::timestamptz returning id
), lowered as (
    update outbox_floor set id = least(outbox_floor.id, (select min(lost.id) - 1 from lost))
)
select count(*) from lost;

-- name: WaitAgainSince :one
with lost as (
    delete from outbox_relayed r using outbox o where o.id = r.id and o.created_at >= sqlc.arg(since)::timestamptz returning r.id
), lowered as (
    update outbox_floor set id = least(outbox_floor.id, (select min(lost.id) - 1 from lost))
)
select count(*) from lost;

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
select id, event_id, subject, key, payload, created_at,
    coalesce((select r.stream_seq from outbox_relayed r where r.id = outbox.id), 0)::bigint as stream_seq
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
