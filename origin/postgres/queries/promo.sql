-- name: InsertPromo :exec
insert into promo_codes (id, code, about, brand_id, production_id, percent, amount, currency, starts_at, ends_at, most_uses, most_per_email, stackable, created_at, created_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

-- name: GetPromo :one
select * from promo_codes where code = $1;

-- name: PromosByCode :many
select * from promo_codes where code = any(sqlc.arg(codes)::text[]) order by code;

-- name: ListPromos :many
select p.*, coalesce(d.title, '')::text as production from promo_codes p left join productions d on d.id = p.production_id
where sqlc.arg(brand_id)::text = '' or p.brand_id = sqlc.arg(brand_id)
order by p.created_at desc, p.code;

-- name: ListPromosUsed :many
-- With what each has taken off, in the currencies it was taken off.
select p.*, coalesce(d.title, '')::text as production,
    coalesce((select sum(u.discount) from promo_uses u join orders o on o.id = u.order_id where u.promo_id = p.id and u.given_back_at is null and o.currency = 'GBP'), 0)::bigint as given_gbp,
    coalesce((select sum(u.discount) from promo_uses u join orders o on o.id = u.order_id where u.promo_id = p.id and u.given_back_at is null and o.currency = 'USD'), 0)::bigint as given_usd
from promo_codes p left join productions d on d.id = p.production_id
where sqlc.arg(brand_id)::text = '' or p.brand_id = sqlc.arg(brand_id)
order by p.created_at desc, p.code limit 500;

-- name: LockPromo :one
select * from promo_codes where code = $1 for update;

-- name: UpdatePromo :exec
update promo_codes set about = $2, production_id = $3, percent = $4, amount = $5, currency = $6, starts_at = $7, ends_at = $8, most_uses = $9,
    most_per_email = $10, stackable = $11, paused = $12, paused_by_entry = paused_by_entry and $12 where id = $1;

-- name: DeletePromo :execrows
-- Only one that nobody has used: orders refer to their codes for ever.
delete from promo_codes p where p.id = $1 and not exists (select 1 from promo_uses u where u.promo_id = p.id);

-- name: TakePromo :execrows
-- The row lock lets one buyer at a time count; the last use has one winner.
update promo_codes set uses = uses + 1 where id = $1 and not paused and (most_uses is null or uses < most_uses);

-- name: CountPromoUses :one
select count(*) from promo_uses where promo_id = $1 and email_hash = $2 and given_back_at is null;

-- name: InsertPromoUse :exec
insert into promo_uses (promo_id, order_id, email_hash, discount, used_at) values ($1, $2, $3, $4, $5);

-- name: LockPromosOfOrders :exec
-- In one order everywhere, so that uses counted and given back at once queue up and never deadlock.
select c.id from promo_codes c where c.id in (select u.promo_id from promo_uses u where u.order_id = any(sqlc.arg(orders)::uuid[]) and u.given_back_at is null)
order by c.code for update;

-- name: GiveBackPromos :many
-- Uses of an order that is over and can't be paid any more: of those that ended unpaid, once their payment is called off.
with over as (
    update promo_uses u set given_back_at = sqlc.arg(now)::timestamptz
    from orders o
    where o.id = u.order_id and u.given_back_at is null and u.order_id = any(sqlc.arg(orders)::uuid[])
      and (o.state in ('refund_due', 'refunded') or o.state in ('cancelled', 'expired')
           and not exists (select 1 from payments p where p.order_id = o.id and p.status <> 'canceled'))
    returning u.promo_id)
update promo_codes c set uses = c.uses - n.given from (select promo_id, count(*)::int as given  from over group by promo_id) n
where c.id = n.promo_id returning c.code, n.given;

-- name: PromosToGiveBack :many
select distinct u.order_id from promo_uses u join orders o on o.id = u.order_id
where u.given_back_at is null and (o.state in ('refund_due', 'refunded') or o.state in ('cancelled', 'expired')
    and not exists (select 1 from payments p where p.order_id = o.id and p.status <> 'canceled'))
limit $1;

-- name: PromoUses :many
select o.number, o.state, u.discount, o.currency, u.used_at, u.given_back_at
from promo_uses u join orders o on o.id = u.order_id where u.promo_id = $1 order by u.used_at desc limit 200;

-- name: PromosOfOrder :many
-- Codes an order came with, in the order in which they were applied.
select c.* from promo_codes c join promo_uses u on u.promo_id = c.id where u.order_id = $1 order by u.used_at, c.code;
