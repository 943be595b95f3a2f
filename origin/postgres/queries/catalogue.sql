-- name: MarkPerformance :execrows
-- Nothing is marked when there is no such performance.
insert into catalogue_marks (production_id, performance_id) select f.production_id, f.id from performances f where f.id = sqlc.arg(performance_id);

-- name: MarkShow :exec
insert into catalogue_marks (production_id, changes) values ($1, $2);

-- name: FoldMarks :one
-- What was told becomes work to do: of each show at most one piece, due at once or when its window is over.
with taken as (
    delete from catalogue_marks where id in (select m.id from catalogue_marks m order by m.id limit sqlc.arg(most) for update skip locked)
    returning production_id, performance_id, changes, marked_at
), seats as (
    insert into catalogue_performances (performance_id, production_id, marks)
    select t.performance_id, min(t.production_id::text)::uuid, count(*) from taken t
    where t.performance_id is not null group by t.performance_id order by t.performance_id
    on conflict (performance_id) do update set marks = catalogue_performances.marks + excluded.marks
), shows as (
    insert into catalogue_shows as s (production_id, changes, dirty_since, due_at)
    select t.production_id, sum(t.changes), min(t.marked_at), sqlc.arg(now)::timestamptz from taken t group by t.production_id order by t.production_id
    on conflict (production_id) do update set
        changes = s.changes + excluded.changes,
        dirty_since = least(s.dirty_since, excluded.dirty_since),
        due_at = least(s.due_at, greatest(sqlc.arg(now)::timestamptz, s.looked_at + make_interval(secs => sqlc.arg(rest_seconds)::double precision)))
)
select count(*) as told, coalesce(sum(changes), 0)::bigint as changes from taken;

-- name: DueShows :many
select production_id from catalogue_shows where due_at <= sqlc.arg(now)::timestamptz order by due_at, production_id limit sqlc.arg(most);

-- name: LockShows :many
-- Those that nobody else is writing just now. The locks end with the transaction.
select id::uuid from unnest(sqlc.arg(ids)::uuid[]) as id
where pg_try_advisory_xact_lock(hashtextextended('catalogue:' || id::text, 0));

-- name: ClaimedShows :many
-- A show's version is drawn after its lock was taken and before it is read: the higher one has read later.
select production_id, changes, dirty_since, version, digest, attempts, nextval('catalogue_versions')::bigint as next_version
from catalogue_shows where production_id = any(sqlc.arg(ids)::uuid[]) and due_at <= sqlc.arg(now)::timestamptz;

-- name: CatalogueProductions :many
select sqlc.embed(p), sqlc.embed(v), sqlc.embed(b),
       coalesce(c.first_at, 'epoch')::timestamptz as first_at,
       coalesce(c.last_at, 'epoch')::timestamptz as last_at
from productions p
join venues v on v.id = p.venue_id
join brands b on b.id = p.brand_id
cross join lateral (
    select min(f.starts_at) as first_at, max(f.starts_at) as last_at
    from performances f where f.production_id = p.id and f.status <> 'cancelled'
) c
where p.id = any(sqlc.arg(ids)::uuid[]) and p.published
order by p.id;

-- name: CataloguePerformances :many
-- What is still to come; stale says that its seats are to be counted.
select f.id, f.production_id, f.starts_at, f.on_sale_at, f.status, f.price_tier, f.access, s.seats,
       coalesce(c.sold, 0)::integer as sold, coalesce(c.marks, 0)::bigint as marks,
       (c.performance_id is null or c.marks > c.counted)::boolean as stale
from performances f
join seating_plans s on s.id = f.plan_id
left join catalogue_performances c on c.performance_id = f.id
where f.production_id = any(sqlc.arg(ids)::uuid[]) and f.starts_at >= sqlc.arg(from_at) and f.status <> 'cancelled'
order by f.production_id, f.starts_at, f.id;

-- name: CatalogueSold :many
select performance_id, count(*)::integer as sold from seat_assignments
where performance_id = any(sqlc.arg(ids)::uuid[]) group by performance_id;

-- name: CataloguePrices :many
select production_id, tier, min(amount)::bigint as price_from, max(amount)::bigint as price_to
from prices where production_id = any(sqlc.arg(ids)::uuid[]) and price_type = 'adult'
group by production_id, tier;

-- name: CatalogueCast :many
select c.production_id, h.name
from production_people c
join people h on h.source = c.source and h.entry_id = c.entry_id
where c.production_id = any(sqlc.arg(ids)::uuid[]) and c.part = 'cast'
order by c.production_id, c.position;

-- name: SaveCounts :exec
-- Marks that came while it was counted stay uncounted.
insert into catalogue_performances (performance_id, production_id, sold, counted)
select unnest(sqlc.arg(ids)::uuid[]), unnest(sqlc.arg(productions)::uuid[]), unnest(sqlc.arg(sold)::int[]), unnest(sqlc.arg(counted)::bigint[])
on conflict (performance_id) do update set sold = excluded.sold, counted = excluded.counted;

-- name: SaveShows :exec
-- Changes that were told meanwhile are left for the next window.
update catalogue_shows s set
    covered = d.seen, version = d.version, digest = d.digest, looked_at = sqlc.arg(now)::timestamptz, attempts = 0, last_error = '',
    dirty_since = case when s.changes > d.seen then sqlc.arg(now)::timestamptz end,
    due_at = case when s.changes > d.seen then sqlc.arg(rested)::timestamptz else nullif(d.next_at, 'epoch') end
from (select unnest(sqlc.arg(ids)::uuid[]) as id, unnest(sqlc.arg(seen)::bigint[]) as seen, unnest(sqlc.arg(versions)::bigint[]) as version,
             unnest(sqlc.arg(digests)::text[]) as digest, unnest(sqlc.arg(next_at)::timestamptz[]) as next_at) d
where s.production_id = d.id;

-- name: RefuseShows :exec
update catalogue_shows s set attempts = d.attempts, last_error = d.reason, looked_at = sqlc.arg(now)::timestamptz, due_at = d.due_at
from (select unnest(sqlc.arg(ids)::uuid[]) as id, unnest(sqlc.arg(attempts)::int[]) as attempts,
             unnest(sqlc.arg(reasons)::text[]) as reason, unnest(sqlc.arg(due_at)::timestamptz[]) as due_at) d
where s.production_id = d.id;

-- name: DoubtShows :exec
-- Nobody knows what the index holds of them: they are written anew.
insert into catalogue_shows as s (production_id, changes, dirty_since, due_at)
select id, 1, sqlc.arg(now)::timestamptz, sqlc.arg(now)::timestamptz from unnest(sqlc.arg(ids)::uuid[]) as id order by id
on conflict (production_id) do update set
    digest = 'unknown', changes = s.changes + 1, dirty_since = coalesce(s.dirty_since, excluded.dirty_since), due_at = least(s.due_at, excluded.due_at);

-- name: DoubtEverything :exec
-- Every show there is or was is written anew, and every seat of theirs is counted anew.
with counts as (update catalogue_performances set counted = -1)
insert into catalogue_shows as s (production_id, changes, dirty_since, due_at)
select id, 1, sqlc.arg(now)::timestamptz, sqlc.arg(now)::timestamptz
from (select p.id from productions p union select c.production_id from catalogue_shows c) as every order by id
on conflict (production_id) do update set
    digest = 'unknown', changes = s.changes + 1, dirty_since = coalesce(s.dirty_since, excluded.dirty_since), due_at = excluded.due_at;

-- name: CatalogueState :one
select (select count(*) from catalogue_marks) as told,
       count(*) filter (where s.due_at <= sqlc.arg(now)::timestamptz) as due,
       count(*) filter (where s.changes > s.covered) as waiting,
       count(*) filter (where s.attempts > 0) as refused,
       count(*) filter (where s.digest not in ('', 'unknown')) as written,
       coalesce(extract(epoch from sqlc.arg(now)::timestamptz - min(s.dirty_since)), 0)::double precision as oldest_seconds
from catalogue_shows s;

-- name: WrittenShows :many
-- Shows that are in the index and should not be behind this version there.
select production_id, version from catalogue_shows where digest not in ('', 'unknown');

-- name: ShowsToCome :many
-- Productions that belong in the index, by ID.
select p.id from productions p
where p.published and p.id > sqlc.arg(after)::uuid
  and exists (select from performances f where f.production_id = p.id and f.starts_at >= sqlc.arg(from_at) and f.status <> 'cancelled')
order by p.id limit sqlc.arg(most);

-- name: CountShowsToCome :one
select count(*) from productions p
where p.published
  and exists (select from performances f where f.production_id = p.id and f.starts_at >= sqlc.arg(from_at) and f.status <> 'cancelled');

-- name: ShowVersions :many
select production_id, version, (changes > covered)::boolean as dirty from catalogue_shows where production_id = any(sqlc.arg(ids)::uuid[]);

-- name: ForgetPerformances :execrows
-- Counts of performances that are over.
delete from catalogue_performances c using performances f where f.id = c.performance_id and f.starts_at < sqlc.arg(before);

-- name: AdoptShows :exec
-- Productions that were never told of belong in the index as well.
insert into catalogue_shows (production_id, changes, dirty_since, due_at)
select p.id, 1, sqlc.arg(now)::timestamptz, sqlc.arg(now)::timestamptz
from productions p where not exists (select from catalogue_shows s where s.production_id = p.id) order by p.id
on conflict (production_id) do nothing;

-- name: WaitingShows :many
-- Those of which something was told, or is about to be, that the index does not have yet. Shows that the index refuses
-- and facts that were parked wait for a person, and are none of them.
select s.production_id from catalogue_shows s
where s.production_id = any(sqlc.arg(ids)::uuid[]) and s.attempts = 0 and (s.changes > s.covered or s.due_at <= sqlc.arg(now)::timestamptz)
union
select m.production_id from catalogue_marks m where m.production_id = any(sqlc.arg(ids)::uuid[])
union
select told.production_id from (
    select o.event_id, coalesce(f.production_id, (o.payload ->> 'production_id')::uuid) as production_id
    from outbox o left join performances f on f.id = (o.payload ->> 'performance_id')::uuid
    where o.subject in ('stagedoor.seats.sold.v1', 'stagedoor.seats.free.v1', 'stagedoor.catalogue.show.changed.v1')
      and o.created_at > sqlc.arg(now)::timestamptz - interval '1 day'
) told
where told.production_id = any(sqlc.arg(ids)::uuid[])
  and not exists (select from inbox i where i.consumer = 'catalogue' and i.event_id = told.event_id)
  and not exists (select from bus_failures b where b.consumer = 'catalogue' and b.event_id = told.event_id and b.parked_at is not null);
