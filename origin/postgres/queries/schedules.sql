-- name: ListScheduled :many
-- The performances of a production with what schedules say of them and how many orders each has. alive are those that
-- somebody may still come with; any order or reservation at all keeps a performance and its seating plan.
select sqlc.embed(f), s.source, s.entry_id, s.key, coalesce(s.wanted, '')::text as wanted, coalesce(s.listed, true)::boolean as listed,
    (coalesce(o.any_orders, 0) + (select count(*) from desk_reservations d where d.performance_id = f.id))::integer as any_orders, coalesce(o.alive, 0)::integer as alive
from performances f
left join performance_schedules s on s.performance_id = f.id
left join (
    select performance_id, count(*) as any_orders,
        count(*) filter (where state in ('awaiting_payment', 'paid', 'offered')) as alive
    from orders where performance_id in (select g.id from performances g where g.production_id = @production_id) group by performance_id
) o on o.performance_id = f.id
where f.production_id = @production_id
order by f.starts_at, f.id;

-- name: LockScheduled :exec
-- Waits for the orders and reservations that are being written for performances of a production, and has new ones wait: a
-- row of theirs takes a key share of its performance. What is counted afterwards stays true until the end.
select id from performances where production_id = @production_id order by id for update;

-- name: LockPlanned :exec
-- As LockScheduled, of the performances that play on a seating plan.
select id from performances where plan_id = @plan_id order by id for update;

-- name: ListClashes :many
-- What else plays at a venue at given instants.
select f.id, f.starts_at, p.title from performances f join productions p on p.id = f.production_id
where f.venue_id = @venue_id and f.starts_at = any(@instants::timestamptz[]) and f.id <> all(@except_ids::uuid[])
order by f.starts_at;

-- name: DropPerformances :exec
delete from performances where id = any(@ids::uuid[]);

-- name: ParkPerformances :exec
-- Two performances may change places: each gets out of the way before any takes its new time.
update performances set starts_at = starts_at + interval '1000 years' where id = any(@ids::uuid[]);

-- name: PutPerformances :exec
insert into performances (id, production_id, venue_id, plan_id, starts_at, on_sale_at, status, price_tier, access)
select unnest(@ids::uuid[]), @production_id::uuid, @venue_id::uuid, unnest(@plan_ids::uuid[]), unnest(@starts::timestamptz[]),
    unnest(@on_sale::timestamptz[]), 'scheduled', unnest(@tiers::text[]), string_to_array(unnest(@access::text[]), ',')
on conflict (id) do update set plan_id = excluded.plan_id, starts_at = excluded.starts_at, on_sale_at = excluded.on_sale_at,
    price_tier = excluded.price_tier, access = excluded.access, seeded = false;

-- name: PutSchedule :exec
insert into performance_schedules (performance_id, source, entry_id, key, wanted, listed)
select unnest(@ids::uuid[]), @source::text, @entry_id::text, unnest(@keys::text[]), unnest(@wanted::text[]), true
on conflict (performance_id) do update set source = excluded.source, entry_id = excluded.entry_id, key = excluded.key,
    wanted = excluded.wanted, listed = true;

-- name: RenameScheduleKeys :exec
-- Keys may change hands: each gets out of the way before any takes its new one.
update performance_schedules set key = 'was ' || performance_id::text where performance_id = any(@ids::uuid[]) and key is not null;

-- name: Unlist :exec
-- Taken out of the schedule and kept for its orders.
update performance_schedules set listed = false where performance_id = any(@ids::uuid[]);

-- name: ReleaseSchedule :exec
-- What is left of a schedule in a production that it was about before belongs to no schedule any more.
update performance_schedules s set source = null, entry_id = null, key = null
from performances f
where f.id = s.performance_id and f.production_id = @production_id and s.source = @source::text and s.entry_id = @entry_id::text;

-- name: NoteSchedules :exec
-- Performances that no schedule lists are wanted as they stand: whoever hides their production may show it again.
insert into performance_schedules (performance_id, wanted)
select f.id, f.status from performances f where f.production_id = @production_id
on conflict (performance_id) do nothing;

-- name: SettleStatuses :many
-- Brings the statuses of a production's performances in line with what is wanted of them (see performance_schedules).
update performances f set status = t.status
from (
    select g.id, g.status as was, case
        when s.wanted = 'cancelled' then 'cancelled'
        when s.listed and p.published and exists (
            select from prices r where r.production_id = g.production_id and r.tier = g.price_tier) then s.wanted
        else 'scheduled' end as status
    from performances g
    join performance_schedules s on s.performance_id = g.id
    join productions p on p.id = g.production_id
    where g.production_id = @production_id
) t
where t.id = f.id and f.status <> t.status
returning f.id, t.was::text as was, f.status, f.starts_at;

-- name: AddMoves :exec
insert into performance_moves (performance_id, from_at, to_at, orders, source, entry_id, moved_at)
select unnest(@ids::uuid[]), unnest(@from_at::timestamptz[]), unnest(@to_at::timestamptz[]), unnest(@orders::int[]),
    @source::text, @entry_id::text, @moved_at::timestamptz;

-- name: ProductionsOfSchedule :many
select distinct f.production_id from performance_schedules s join performances f on f.id = s.performance_id
where s.source = @source::text and s.entry_id = @entry_id::text order by f.production_id;
