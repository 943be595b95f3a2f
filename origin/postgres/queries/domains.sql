-- name: WantPaymentDomain :exec
-- A site has the hostname: it is to be registered, again if it was given up before.
insert into payment_domains as d (hostname, brand_id, next_attempt_at, created_at) values ($1, $2, sqlc.arg(now), sqlc.arg(now))
on conflict (hostname) do update set brand_id = excluded.brand_id, wanted = true,
    next_attempt_at = case when d.wanted then d.next_attempt_at else excluded.next_attempt_at end;

-- name: DropPaymentDomains :execrows
-- No site has these any more.
update payment_domains set wanted = false where wanted and not (hostname = any(sqlc.arg(kept)::text[]));

-- name: ClaimPaymentDomains :many
update payment_domains set attempts = attempts + 1, next_attempt_at = sqlc.arg(again_at)
where hostname in (
    select d.hostname from payment_domains d where d.wanted and d.next_attempt_at <= sqlc.arg(now)
    order by d.next_attempt_at limit sqlc.arg(most) for update skip locked)
returning *;

-- name: NotePaymentDomain :exec
update payment_domains set provider_id = $2, state = $3, last_error = $4, attempts = sqlc.arg(attempts), next_attempt_at = sqlc.arg(next_attempt_at), checked_at = sqlc.arg(now)::timestamptz
where hostname = $1;

-- name: RetryPaymentDomain :execrows
update payment_domains set next_attempt_at = sqlc.arg(now), attempts = 0 where hostname = $1 and wanted;

-- name: ListPaymentDomains :many
select * from payment_domains where wanted and (sqlc.arg(brand_id)::text = '' or brand_id = sqlc.arg(brand_id)) order by brand_id, hostname;
