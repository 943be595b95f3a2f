-- name: ListWindows :many
-- Maintenance windows that are not over, of one brand or ('') of all.
select * from maintenance_windows
where (brand_id = sqlc.arg(brand_id) or sqlc.arg(brand_id) = '') and (ends_at is null or ends_at > sqlc.arg(now)::timestamptz)
order by brand_id, starts_at, id;

-- name: EndWindow :exec
update maintenance_windows set ends_at = sqlc.arg(ends_at)::timestamptz where id = sqlc.arg(id);

-- name: DeleteWindow :exec
delete from maintenance_windows where id = $1;

-- name: ListApplePayFiles :many
select * from apple_pay_files where brand_id = sqlc.arg(brand_id) or sqlc.arg(brand_id) = '' order by brand_id;

-- name: SetApplePayFile :exec
insert into apple_pay_files (brand_id, content, updated_at) values ($1, $2, $3)
on conflict (brand_id) do update set content = excluded.content, updated_at = excluded.updated_at;

-- name: DeleteApplePayFile :execrows
delete from apple_pay_files where brand_id = $1;

-- name: ListPublished :many
select * from published_sites;

-- name: BeginPublish :exec
-- Notes that keys are about to be written. Until they are, nothing is known of what stands there.
insert into published_sites (key, digest, attempted_at)
select unnest(sqlc.arg(keys)::text[]), '', sqlc.arg(at)::timestamptz
on conflict (key) do update set digest = '', attempted_at = excluded.attempted_at;

-- name: RecordPublished :exec
insert into published_sites (key, digest, published_at)
select unnest(sqlc.arg(keys)::text[]), unnest(sqlc.arg(digests)::text[]), sqlc.arg(at)::timestamptz
on conflict (key) do update set digest = excluded.digest, published_at = excluded.published_at, unused_since = null;

-- name: MarkUnused :exec
update published_sites set unused_since = sqlc.arg(at)::timestamptz where key = any(sqlc.arg(keys)::text[]) and unused_since is null;

-- name: MarkUsed :exec
update published_sites set unused_since = null where key = any(sqlc.arg(keys)::text[]) and unused_since is not null;

-- name: DoubtPublished :exec
-- Forgets what is thought to stand there, so that it is written again.
update published_sites set digest = '' where key = any(sqlc.arg(keys)::text[]);

-- name: ForgetPublished :exec
delete from published_sites where key = any(sqlc.arg(keys)::text[]);

-- name: AddStaffAudit :exec
insert into staff_audit (at, actor, action, target, before, after) values ($1, $2, $3, $4, $5, $6);

-- name: ListStaffAudit :many
select * from staff_audit where target = $1 order by id;
