-- name: WantPaymentDomain :exec
-- A site has the hostname: it is to be registered, again if it was given up before.
insert into payment_domains as d (hostname, brand_id, next_attempt_at, created_at) values ($1, $2, sqlc.arg(now), sqlc.arg(now))
on conflict (hostname) do update set brand_id = excluded.brand_id, wanted = true,
    state = case when d.wanted then d.state else 'waiting' end, attempts = case when d.wanted then d.attempts else 0 end,
    next_attempt_at = case when d.wanted then d.next_attempt_at else excluded.next_attempt_at end
where not d.wanted or d.brand_id <> excluded.brand_id;

-- name: DropPaymentDomains :execrows
-- No site has these any more: wallets are to go from them.
update payment_domains set wanted = false, attempts = 0, next_attempt_at = sqlc.arg(now)
where wanted and not (hostname = any(sqlc.arg(kept)::text[]));

-- name: HastenPaymentDomains :execrows
-- Something about the site has changed: what did not work may work now.
update payment_domains set next_attempt_at = least(next_attempt_at, sqlc.arg(at))
where wanted and state <> 'active' and brand_id = sqlc.arg(brand_id);

-- name: ClaimPaymentDomains :many
update payment_domains set attempts = attempts + 1, next_attempt_at = sqlc.arg(again_at)
where hostname in (
    select d.hostname from payment_domains d where (d.wanted or d.provider_id <> '') and d.next_attempt_at <= sqlc.arg(now)
    order by d.next_attempt_at limit sqlc.arg(most) for update skip locked)
returning *;

-- name: ClaimPaymentDomain :one
-- Somebody wants it looked at now, whatever is due. An empty brand is any.
update payment_domains set attempts = 1, next_attempt_at = sqlc.arg(again_at)
where hostname = sqlc.arg(hostname) and wanted and (sqlc.arg(brand_id)::text = '' or brand_id = sqlc.arg(brand_id))
returning *;

-- name: NotePaymentDomain :exec
update payment_domains set provider_id = $2, state = $3, last_error = $4, attempts = sqlc.arg(attempts), next_attempt_at = sqlc.arg(next_attempt_at), checked_at = sqlc.arg(now)::timestamptz
where hostname = $1;

-- name: ListPaymentDomains :many
select * from payment_domains where wanted and (sqlc.arg(brand_id)::text = '' or brand_id = sqlc.arg(brand_id)) order by brand_id, hostname;
