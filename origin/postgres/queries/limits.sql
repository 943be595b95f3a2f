-- name: PutSaleLimits :exec
update sale_terms set limit_performance = sqlc.narg(limit_performance), limit_production = sqlc.narg(limit_production)
where brand_id = sqlc.arg(brand_id) and production_id is not distinct from sqlc.narg(production_id)::uuid;

-- name: OwnSaleTerms :one
-- Those that were set for just this: a site without a production, or the production itself.
select * from sale_terms where brand_id = $1 and production_id is not distinct from sqlc.narg(production_id)::uuid for update;

-- name: SaleTermsOfBrand :many
select t.*, coalesce(p.title, '')::text as title, coalesce(p.slug, '')::text as slug from sale_terms t left join productions p on p.id = t.production_id
where t.brand_id = $1 order by t.production_id is not null, p.title;

-- name: DropSaleTerms :execrows
delete from sale_terms where brand_id = $1 and production_id is not distinct from sqlc.narg(production_id)::uuid;

-- name: LockSaleTerms :exec
select pg_advisory_xact_lock(hashtextextended('terms:' || sqlc.arg(brand_id)::text, 0));

-- name: LockLimits :exec
-- Whoever wants seats of a production under these names waits here, in one order, until the transaction before ends.
select pg_advisory_xact_lock(k) from (
    select distinct hashtextextended(name, 0) as k from unnest(sqlc.arg(names)::text[]) as name order by k
) as keys;

-- name: SeatsOfBuyers :many
-- How many seats each of some buyers has, or is paying for, that their own order does not take in return; nothing for those
-- who have none. A buyer's orders are found by index: by the session, by the address, and by the address with a tag. "offset 0"
-- keeps each step inside its own: without figures of the tables, as in their first minute, all orders of the production would
-- be read for each buyer.
select w.at::integer as at, coalesce(sum(had.seats) filter (where had.performance_id = w.performance_id), 0)::bigint as performance,
    sum(had.seats)::bigint as production
from (select unnest(sqlc.arg(at)::integer[]) as at, unnest(sqlc.arg(orders)::uuid[]) as order_id, unnest(sqlc.arg(performances)::uuid[]) as performance_id,
    unnest(sqlc.arg(productions)::uuid[]) as production_id, unnest(sqlc.arg(sessions)::bytea[]) as session_hash, unnest(sqlc.arg(emails)::text[]) as email,
    unnest(sqlc.arg(tags_from)::text[]) as tag_from, unnest(sqlc.arg(tags_to)::text[]) as tag_to, unnest(sqlc.arg(tagged)::text[]) as tagged) w
cross join lateral (
    select b.id from orders b where b.session_hash = w.session_hash and w.session_hash <> ''
    union
    select b.id from orders b where lower(b.buyer_email) = w.email and w.email <> ''
    union
    select b.id from orders b where lower(b.buyer_email) ~>=~ w.tag_from and lower(b.buyer_email) ~<~ w.tag_to and lower(b.buyer_email) like w.tagged
    offset 0
) mine
cross join lateral (
    select o.performance_id, (select count(*) from order_seats s where s.order_id = o.id and s.gone = '' and not exists (
        select 1 from order_exchanges x where x.order_id = w.order_id and x.of_order = s.order_id and x.seat_id = s.seat_id)) as seats
    from orders o
    where o.id = mine.id and o.id <> w.order_id and o.channel = 'web'
        and (o.state in ('paid', 'offered') or o.state = 'awaiting_payment' and o.expires_at > sqlc.arg(open_since))
        and w.production_id = (select p.production_id from performances p where p.id = o.performance_id)
    offset 0
) had
group by w.at
having sum(had.seats) > 0;

-- name: SeatsOfCard :one
-- How many seats were paid for with a card that this order does not take in return. Seats may be paid for in more than one go.
select count(distinct (s.order_id, s.seat_id)) filter (where o.performance_id = sqlc.arg(performance_id))::bigint as performance, count(distinct (s.order_id, s.seat_id))::bigint as production
from payments c join order_funds f on f.intent_id = c.intent_id join orders o on o.id = f.order_id
join performances p on p.id = o.performance_id join order_seats s on s.order_id = o.id
where c.card = sqlc.arg(card) and f.amount > 0 and p.production_id = sqlc.arg(production_id) and o.channel = 'web' and s.gone = '' and o.id <> sqlc.arg(order_id)
  and o.state in ('paid', 'offered')
  and not exists (select 1 from order_exchanges x where x.order_id = sqlc.arg(order_id) and x.of_order = s.order_id and x.seat_id = s.seat_id);

-- name: SetPaymentCard :exec
update payments set card = sqlc.arg(card) where intent_id = sqlc.arg(intent_id);

-- name: WhyRefundDue :one
-- The reason of the first decision to give an order's money back; '' without one.
select coalesce((select reason from order_events where order_id = $1 and to_state = 'refund_due' order by id limit 1), '')::text as reason;
