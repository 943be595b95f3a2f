-- name: ListCacheEpochs :many
select brand_id, tag, epoch from cache_epochs where brand_id = sqlc.arg(brand_id) or sqlc.arg(brand_id) = '' order by brand_id, tag;

-- name: NoteSeatsChanged :execrows
-- Pages that may say how many seats of a performance are left have changed; they may wait a little for more of the kind.
insert into cache_changes (brand_id, tag, urgent)
select b.id, t.tag, false
from performances f
join productions p on p.id = f.production_id
join brands b on b.id = p.brand_id or b.is_group
cross join lateral (values ('search'), ('show-' || p.slug)) as t (tag)
where f.id = sqlc.arg(performance_id) and (b.id = p.brand_id or t.tag = 'search');

-- name: LockCaches :one
-- One process at a time takes changes in; the others have nothing to do meanwhile.
select pg_try_advisory_xact_lock($1);

-- name: TakeCacheChanges :many
-- Takes away the changes that are due, and says what they change: what is urgent, and what has waited.
with due as (
    select brand_id, tag from cache_changes group by brand_id, tag
    having bool_or(urgent) or min(noted_at) <= now() - make_interval(secs => sqlc.arg(patience)::float8)
), taken as (
    delete from cache_changes c using due d where c.brand_id = d.brand_id and c.tag = d.tag returning c.brand_id, c.tag
)
select distinct brand_id, tag from taken order by brand_id, tag;

-- name: BumpCacheEpochs :exec
insert into cache_epochs (brand_id, tag, epoch, bumped_at)
select unnest(sqlc.arg(brands)::text[]), unnest(sqlc.arg(tags)::text[]), 1, sqlc.arg(at)::timestamptz
on conflict (brand_id, tag) do update set epoch = cache_epochs.epoch + 1, bumped_at = excluded.bumped_at;

-- name: CountCacheEpochs :one
select count(*) from cache_epochs where brand_id = $1;

-- name: ForgetCacheTags :exec
-- What counts only parts of a site, once everything of it was purged.
delete from cache_epochs where brand_id = $1 and tag <> '';

-- name: AnyCacheChanges :one
select exists (select from cache_changes);

-- name: AddApplePayChange :exec
insert into apple_pay_changes (id, brand_id, before, after, actor, at) values ($1, $2, $3, $4, $5, $6);

-- name: ListApplePayChanges :many
-- The latest changes, of one site or ('') of all: how many sites each changed, and how many of those are as it left them.
select c.id, min(c.actor)::text as actor, min(c.at)::timestamptz as at, count(*) as sites, min(c.brand_id)::text as site,
       count(*) filter (where f.content is not distinct from c.after) as standing,
       count(*) filter (where c.before is not null) as replaced, count(*) filter (where c.after is not null) as given
from apple_pay_changes c left join apple_pay_files f on f.brand_id = c.brand_id
where c.brand_id = sqlc.arg(brand_id) or sqlc.arg(brand_id) = ''
group by c.id order by min(c.at) desc, c.id desc limit 10;

-- name: GetApplePayChange :one
select * from apple_pay_changes where id = $1 and brand_id = $2;

-- name: ForgetApplePayChanges :exec
-- All but the latest changes of a site.
delete from apple_pay_changes c where c.brand_id = sqlc.arg(brand_id) and c.id not in
    (select l.id from apple_pay_changes l where l.brand_id = sqlc.arg(brand_id) order by l.at desc, l.id desc limit 20);
