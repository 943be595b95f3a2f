-- name: StoreDelivery :execrows
insert into cms_deliveries (source, way, dedup, topic, entry_id, kind, header, body, stamp_at, stamp_revision, received_at, next_at)
values (sqlc.arg(source), sqlc.arg(way), sqlc.arg(dedup), sqlc.arg(topic), sqlc.arg(entry_id), sqlc.arg(kind), sqlc.arg(header), sqlc.arg(body), sqlc.narg(stamp_at), sqlc.arg(stamp_revision), sqlc.arg(received_at), sqlc.arg(received_at))
on conflict (source, dedup) do nothing;

-- name: OpenDeliveries :many
select id, source, entry_id from cms_deliveries
where state in ('due', 'waiting') and next_at <= sqlc.arg(now)::timestamptz and source = any(sqlc.arg(sources)::text[])
order by next_at, id limit sqlc.arg(most);

-- name: TryLockEntry :one
select pg_try_advisory_xact_lock(hashtextextended(sqlc.arg(name)::text, 6));

-- name: LockEntry :exec
select pg_advisory_xact_lock(hashtextextended(sqlc.arg(name)::text, 6));

-- name: TakeDelivery :one
select * from cms_deliveries where id = sqlc.arg(id) and state in ('due', 'waiting') and next_at <= sqlc.arg(now)::timestamptz for update skip locked;

-- name: CmsHead :one
select * from cms_heads where source = sqlc.arg(source) and entry_id = sqlc.arg(entry_id);

-- name: SetCmsHead :exec
insert into cms_heads (source, entry_id, kind, gone, stamp_at, stamp_revision, applied_at)
values (sqlc.arg(source), sqlc.arg(entry_id), sqlc.arg(kind), sqlc.arg(gone), sqlc.arg(stamp_at), sqlc.arg(stamp_revision), sqlc.arg(now)::timestamptz)
on conflict (source, entry_id) do update
set kind = excluded.kind, gone = excluded.gone, stamp_at = excluded.stamp_at, stamp_revision = excluded.stamp_revision, applied_at = excluded.applied_at
where (cms_heads.stamp_at, cms_heads.stamp_revision) < (excluded.stamp_at, excluded.stamp_revision);

-- name: FinishDelivery :exec
update cms_deliveries
set state = 'done', outcome = sqlc.arg(outcome), kind = sqlc.arg(kind), stamp_at = sqlc.narg(stamp_at), stamp_revision = sqlc.arg(stamp_revision),
    finished_at = sqlc.arg(now)::timestamptz, attempts = attempts + 1, parked_at = null, waits_for = '', reason = '', faults = '[]'
where id = sqlc.arg(id);

-- name: SupersedeStamped :execrows
-- What is older than a change that was applied is not wanted any more.
update cms_deliveries
set state = 'done', outcome = 'superseded', finished_at = sqlc.arg(now)::timestamptz, parked_at = null, waits_for = ''
where source = sqlc.arg(source) and entry_id = sqlc.arg(entry_id) and state in ('due', 'waiting', 'parked') and id <> sqlc.arg(id)
  and stamp_at is not null and (stamp_at, stamp_revision) <= (sqlc.arg(stamp_at)::timestamptz, sqlc.arg(stamp_revision)::bigint);

-- name: SupersedeAsked :execrows
-- The system was asked at that moment: what it told before is answered by it.
update cms_deliveries
set state = 'done', outcome = 'superseded', finished_at = sqlc.arg(now)::timestamptz, parked_at = null, waits_for = ''
where source = sqlc.arg(source) and entry_id = sqlc.arg(entry_id) and state in ('due', 'waiting', 'parked') and id <> sqlc.arg(id) and received_at <= sqlc.arg(asked_at);

-- name: WakeWaiting :execrows
update cms_deliveries set state = 'due', waits_for = '', next_at = sqlc.arg(now)::timestamptz
where source = sqlc.arg(source) and waits_for = sqlc.arg(entry_id) and state = 'waiting';

-- name: ParkDelivery :exec
update cms_deliveries
set state = 'parked', parked_at = sqlc.arg(now)::timestamptz, waits_for = '', attempts = attempts + 1, reason = sqlc.arg(reason), faults = sqlc.arg(faults), kind = case when sqlc.arg(kind)::text = '' then kind else sqlc.arg(kind)::text end,
    stamp_at = coalesce(sqlc.narg(stamp_at), stamp_at), stamp_revision = case when sqlc.narg(stamp_at)::timestamptz is null then stamp_revision else sqlc.arg(stamp_revision) end
where id = sqlc.arg(id);

-- name: DelayDelivery :exec
update cms_deliveries
set state = 'due', waits_for = '', attempts = attempts + 1, reason = sqlc.arg(reason), next_at = sqlc.arg(next_at)
where id = sqlc.arg(id) and state in ('due', 'waiting');

-- name: KeepWaiting :exec
update cms_deliveries
set state = 'waiting', waits_for = sqlc.arg(waits_for), attempts = attempts + 1, reason = sqlc.arg(reason), next_at = sqlc.arg(next_at)
where id = sqlc.arg(id) and state in ('due', 'waiting');

-- name: CountDeliveries :many
select source, state, count(*) as deliveries, coalesce(extract(epoch from sqlc.arg(now)::timestamptz - min(received_at)), 0)::float8 as oldest_seconds
from cms_deliveries where state in ('due', 'waiting', 'parked') group by source, state;

-- name: PruneDeliveries :execrows
delete from cms_deliveries where id in (
    select d.id from cms_deliveries d where d.finished_at < sqlc.arg(before)::timestamptz order by d.finished_at limit sqlc.arg(most) for update skip locked);

-- name: BeginSweep :exec
insert into cms_sweeps (source, next_at) values (sqlc.arg(source), sqlc.arg(now)::timestamptz)
on conflict (source) do update set next_at = least(cms_sweeps.next_at, excluded.next_at);

-- name: TakeSweep :one
select * from cms_sweeps where source = sqlc.arg(source) and next_at <= sqlc.arg(now)::timestamptz for update skip locked;

-- name: SaveSweep :exec
update cms_sweeps
set cursor = sqlc.arg(cursor), pass = sqlc.arg(pass), complete = sqlc.arg(complete), seen = sqlc.arg(seen), total = sqlc.arg(total), running = sqlc.arg(running), next_at = sqlc.arg(next_at),
    started_at = sqlc.narg(started_at), finished_at = sqlc.narg(finished_at), failures = 0, reason = ''
where source = sqlc.arg(source);

-- name: FailSweep :exec
update cms_sweeps set next_at = sqlc.arg(next_at), failures = failures + 1, reason = sqlc.arg(reason), cursor = sqlc.arg(cursor) where source = sqlc.arg(source);

-- name: Sweeps :many
select * from cms_sweeps order by source;

-- name: SeeHead :exec
update cms_heads set pass = sqlc.arg(pass) where source = sqlc.arg(source) and entry_id = sqlc.arg(entry_id);

-- name: SeeOpen :exec
update cms_deliveries set pass = sqlc.arg(pass)
where source = sqlc.arg(source) and entry_id = sqlc.arg(entry_id) and state in ('due', 'waiting', 'parked');

-- name: Unseen :many
-- What is public as far as we know, or may soon be, and was not listed.
select entry_id from cms_heads h where h.source = sqlc.arg(source) and not h.gone and h.pass < sqlc.arg(pass)
union
select entry_id from cms_deliveries d
where d.source = sqlc.arg(source) and d.state in ('due', 'waiting', 'parked') and d.pass < sqlc.arg(pass)
order by entry_id;

-- name: SupersedeParked :execrows
-- A person needs to look at the newest version alone.
update cms_deliveries
set state = 'done', outcome = 'superseded', finished_at = sqlc.arg(now)::timestamptz, parked_at = null
where source = sqlc.arg(source) and entry_id = sqlc.arg(entry_id) and state = 'parked' and id <> sqlc.arg(id)
  and (stamp_at is null and received_at <= sqlc.arg(received_at)
       or (stamp_at, stamp_revision) <= (sqlc.narg(stamp_at)::timestamptz, sqlc.arg(stamp_revision)::bigint));

-- name: ParkedDeliveries :many
select id, source, way, topic, entry_id, kind, state, attempts, reason, faults, waits_for, received_at, parked_at, edited_by, decided_by
from cms_deliveries
where state = any(sqlc.arg(states)::text[]) and (sqlc.arg(source)::text = '' or source = sqlc.arg(source)::text) and (sqlc.arg(before)::bigint = 0 or id < sqlc.arg(before)::bigint)
order by id desc limit sqlc.arg(most);

-- name: OneDelivery :one
select * from cms_deliveries where id = sqlc.arg(id);

-- name: ReplayDelivery :execrows
update cms_deliveries set state = 'due', parked_at = null, waits_for = '', next_at = sqlc.arg(now)::timestamptz, attempts = 0, decided_by = sqlc.arg(by)
where id = sqlc.arg(id) and state in ('parked', 'waiting');

-- name: EditDelivery :execrows
update cms_deliveries
set original = coalesce(original, body), body = sqlc.arg(body), edited_by = sqlc.arg(by), stamp_at = sqlc.narg(stamp_at), stamp_revision = sqlc.arg(stamp_revision), kind = sqlc.arg(kind)
where id = sqlc.arg(id) and state = 'parked';

-- name: DropDelivery :execrows
update cms_deliveries
set state = 'dropped', finished_at = sqlc.arg(now)::timestamptz, parked_at = null, waits_for = '', decided_by = sqlc.arg(by), decided_reason = sqlc.arg(reason)
where id = sqlc.arg(id) and state in ('parked', 'waiting');

-- name: AuditDeliveries :many
select ('delivery ' || id || ' of ' || source || ' entry ' || entry_id)::text as thing,
       (case when state = 'due' and attempts = 0 then 'was accepted and is neither done nor waiting nor parked'
             when state = 'due' then 'is tried again: ' || reason
             when state = 'waiting' then 'waits for entry ' || waits_for
             else 'is parked: ' || reason end)::text as fault,
       (state = 'due' and received_at < sqlc.arg(settled_before)::timestamptz and next_at < sqlc.arg(settled_before)::timestamptz)::boolean as broken
from cms_deliveries
where state in ('parked', 'waiting')
   or state = 'due' and (attempts > 0 or received_at < sqlc.arg(settled_before)::timestamptz and next_at < sqlc.arg(settled_before)::timestamptz)
order by id;

-- name: AuditTwice :many
select (source || ' entry ' || entry_id)::text as thing, ('the change of ' || stamp_at || ' #' || stamp_revision || ' was applied ' || count(*) || ' times')::text as fault
from cms_deliveries where state = 'done' and outcome = 'applied'
group by source, entry_id, stamp_at, stamp_revision having count(*) > 1;

-- name: AuditDeliveryCount :one
select count(*) from cms_deliveries;

-- name: AuditHeads :many
-- What was finished as applied, and is not what the handlers know.
select (h.source || ' entry ' || h.entry_id)::text as thing,
       (case when e.entry_id is null then 'was applied, and no handler knows it' else 'was applied as of ' || h.stamp_at || ', and the handlers know it as of ' || e.stamp_at end)::text as fault
from cms_heads h left join cms_entries e using (source, entry_id)
where h.kind <> '' and (e.entry_id is null or (e.stamp_at, e.stamp_revision) < (h.stamp_at, h.stamp_revision))
order by h.source, h.entry_id;
