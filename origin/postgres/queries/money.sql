-- name: AddFunds :exec
insert into order_funds as f (order_id, intent_id, amount) values ($1, $2, $3)
on conflict (order_id, intent_id) do update set amount = f.amount + excluded.amount;

-- name: OrderFunds :many
-- What backs an order, its own payment first.
select f.intent_id, f.amount, p.method from order_funds f join payments p on p.intent_id = f.intent_id
where f.order_id = $1 and f.amount > 0 order by (f.intent_id = (select payment_intent from orders o where o.id = $1)) desc, f.intent_id;

-- name: TakeFunds :execrows
update order_funds set amount = amount - sqlc.arg(taken) where order_id = $1 and intent_id = $2 and amount >= sqlc.arg(taken);

-- name: FundsOfIntent :many
select order_id, amount from order_funds where intent_id = $1 and amount > 0 order by order_id;

-- name: OrdersBackedBy :many
-- The order a payment was made for, and all that it backs or backed since, the oldest first.
select * from orders where id in (select p.order_id from payments p where p.intent_id = sqlc.arg(intent_id)) and payment_intent = sqlc.arg(intent_id)
or id in (select f.order_id from order_funds f where f.intent_id = sqlc.arg(intent_id)) order by id;

-- name: LockOrdersBackedBy :exec
select o.id from orders o where o.id = sqlc.arg(order_id) or o.id in (select f.order_id from order_funds f where f.intent_id = sqlc.arg(intent_id))
order by o.id desc for no key update;

-- name: InsertRefundSeat :exec
insert into refund_seats (refund_id, order_id, seat_id, amount) values ($1, $2, $3, $4);

-- name: SeatsGone :execrows
-- Lines that are the buyer's no longer; what they get for each comes with it.
update order_seats s set gone = sqlc.arg(gone)::text, gone_at = sqlc.arg(now)::timestamptz, refunded = s.refunded + g.refunded, credited = s.credited + g.credited
from (select unnest(sqlc.arg(seats)::text[]) as seat_id, unnest(sqlc.arg(refunds)::bigint[]) as refunded, unnest(sqlc.arg(credits)::bigint[]) as credited) as g
where s.order_id = $1 and s.seat_id = g.seat_id and s.gone = '';

-- name: InsertOffers :exec
insert into order_offers (order_id, instead_of, seat_id, section, row_label, seat_label) values ($1, $2, $3, $4, $5, $6);

-- name: ListOffers :many
select * from order_offers where order_id = $1 order by instead_of;

-- name: DeleteOffers :exec
delete from order_offers where order_id = $1;

-- name: MoveSeat :exec
update order_seats set seat_id = sqlc.arg(to_seat), section = sqlc.arg(section), row_label = sqlc.arg(row_label), seat_label = sqlc.arg(seat_label)
where order_id = $1 and seat_id = sqlc.arg(from_seat);

-- name: SetOrderExpiry :exec
update orders set expires_at = $2 where id = $1;

-- name: GetSaleTerms :one
-- The production's own terms, else its site's.
select * from sale_terms where brand_id = $1 and (production_id = sqlc.arg(production_id)::uuid or production_id is null)
order by production_id nulls last limit 1;

-- name: ListSaleTerms :many
select * from sale_terms order by brand_id, production_id nulls first;

-- name: PutSaleTerms :exec
insert into sale_terms (brand_id, production_id, ticket_fee, order_fee, tax_rate, tax_added, refund_hours, refund_fee, exchange_hours, exchange_fee, updated_at, updated_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (brand_id, production_id) do update set ticket_fee = excluded.ticket_fee, order_fee = excluded.order_fee,
    tax_rate = excluded.tax_rate, tax_added = excluded.tax_added, refund_hours = excluded.refund_hours, refund_fee = excluded.refund_fee,
    exchange_hours = excluded.exchange_hours, exchange_fee = excluded.exchange_fee, updated_at = excluded.updated_at, updated_by = excluded.updated_by;

-- name: InsertTill :exec
-- Money taken at the desk: there before the order is.
insert into payments (intent_id, order_id, amount, currency, status, received, method, updated_at)
values ($1, $2, $3, $4, 'succeeded', $3, $5, sqlc.arg(now));

-- name: SearchOrders :many
-- By what a buyer at the desk knows: an order number, a name or an address, or parts of them, or the end of their card's number.
select o.* from orders o
where (sqlc.arg(brand_id)::text = '' or o.brand_id = sqlc.arg(brand_id))
  and (sqlc.narg(performance_id)::uuid is null or o.performance_id = sqlc.narg(performance_id))
  and (sqlc.arg(pattern)::text = '' or sqlc.arg(last4)::text <> '' and exists (
        select 1 from order_funds f join payments p on p.intent_id = f.intent_id where f.order_id = o.id and p.card_last4 = sqlc.arg(last4)
        union all select 1 from payments p where p.order_id = o.id and p.card_last4 = sqlc.arg(last4))
    or o.number ilike sqlc.arg(pattern) or o.buyer_name ilike sqlc.arg(pattern) or o.buyer_email ilike sqlc.arg(pattern))
order by o.created_at desc, o.id desc limit sqlc.arg(most);

-- name: OrdersOfEmail :many
select * from orders where lower(buyer_email) = sqlc.arg(email)::text and (sqlc.arg(brand_id)::text = '' or brand_id = sqlc.arg(brand_id))
order by created_at desc, id desc limit sqlc.arg(most);

-- name: InsertBuyerLink :exec
insert into buyer_links (id, kind, brand_id, email, asked_by, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7);

-- name: GetBuyerLink :one
select * from buyer_links where id = $1;

-- name: CountBuyerLinks :one
-- Only those that were sent.
select count(*) from buyer_links where kind = 'link' and created_at > sqlc.arg(since) and email = sqlc.arg(email) and expires_at > created_at;

-- name: CountBuyerLinksAsked :one
select count(*) from buyer_links where kind = 'link' and created_at > sqlc.arg(since) and asked_by = sqlc.arg(asked_by);

-- name: LockBuyerLinks :exec
-- One request of an address at a time is counted.
select pg_advisory_xact_lock(hashtextextended('buyer links of ' || sqlc.arg(email)::text, 0));

-- name: UseBuyerLink :execrows
update buyer_links set used_at = sqlc.arg(now)::timestamptz where id = $1 and kind = 'link' and used_at is null and expires_at > sqlc.arg(now);

-- name: DeleteBuyerLink :exec
delete from buyer_links where id = $1;

-- name: DeleteBuyerLinks :exec
delete from buyer_links where email = $1;

-- name: ForgetBuyerLinks :execrows
delete from buyer_links where expires_at < $1;

-- name: DeleteMailsTo :execrows
delete from mails where lower(recipient) = sqlc.arg(email)::text;

-- name: OpenBusiness :many
-- Orders of an address that are not over and done with: their tickets are still to be used, or money is on its way.
select o.number from orders o join performances p on p.id = o.performance_id
where lower(o.buyer_email) = sqlc.arg(email)::text
  and (o.state in ('awaiting_payment', 'offered', 'refund_due') or o.state = 'paid' and p.starts_at > sqlc.arg(now))
order by o.number;

-- name: PaymentsUpdatedOrders :many
-- What our books say of some intents.
select intent_id, order_id, status, received, refunded, card_last4 from payments where intent_id = any(sqlc.arg(ids)::text[]);

-- name: InsertExchange :exec
insert into order_exchanges (order_id, of_order, seat_id, credit, refund) values ($1, $2, $3, $4, $5);

-- name: ListExchange :many
select * from order_exchanges where order_id = $1 order by seat_id;

-- name: ExchangedFor :many
-- The orders that seats of an order were exchanged for, the first first.
select distinct n.id, n.number from order_events e join orders n on n.number = e.detail ->> 'for'
where e.order_id = $1 and e.kind = 'seats_exchanged' order by n.id;

-- name: EventOfKey :one
-- What a request under an idempotency key came to, if its answer was lost.
select detail from order_events where order_id = $1 and kind = $2 and detail ->> 'key' = sqlc.arg(key)::text order by id limit 1;

-- name: OrderOfExchange :one
select * from orders where exchange_of = $1 and hold_id = $2 order by created_at desc, id desc limit 1;

-- name: CountEventsSince :one
select count(*) from order_events where order_id = $1 and kind = $2 and at > sqlc.arg(since);

-- name: NoteCards :exec
update payments p set card_brand = c.brand, card_last4 = c.last4
from (select unnest(sqlc.arg(ids)::text[]) as id, unnest(sqlc.arg(brands)::text[]) as brand, unnest(sqlc.arg(last4s)::text[]) as last4) as c
where p.intent_id = c.id and p.card_last4 = '';

-- name: CardsOfOrder :many
select distinct p.card_brand, p.card_last4 from payments p
where p.card_last4 <> '' and (p.order_id = sqlc.arg(order_id) or p.intent_id in (select f.intent_id from order_funds f where f.order_id = sqlc.arg(order_id)))
order by 1, 2;

-- name: OpenOrderOfHold :one
-- An order of the desk that waits for its buyer to pay.
select * from orders where hold_id = $1 and state = 'awaiting_payment' and channel = 'box_office' and exchange_of is null
order by created_at desc limit 1;

-- name: PutDispute :one
-- Word of a dispute comes in any order: it only goes on, from a question to a dispute to its end, and the end of it stays.
insert into payment_disputes as d (id, intent_id, order_id, amount, currency, reason, status, respond_by, opened_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, sqlc.arg(now))
on conflict (id) do update set amount = excluded.amount, reason = excluded.reason, opened_at = least(d.opened_at, excluded.opened_at),
    status = case
        when d.status in ('won', 'lost', 'warning_closed') then d.status
        when coalesce(array_position(array['warning_needs_response', 'warning_under_review', 'needs_response', 'under_review'], excluded.status), 9)
           < coalesce(array_position(array['warning_needs_response', 'warning_under_review', 'needs_response', 'under_review'], d.status), 0) then d.status
        else excluded.status end,
    respond_by = coalesce(excluded.respond_by, d.respond_by), updated_at = excluded.updated_at
returning *;

-- name: DisputesOfOrder :many
-- Those of its own payment, and of others that back it, or backed it.
select d.* from payment_disputes d where d.order_id = sqlc.arg(order_id) or d.intent_id in (select f.intent_id from order_funds f where f.order_id = sqlc.arg(order_id))
order by d.opened_at, d.id;

-- name: Disputed :one
-- Whether a bank has money that backs an order, or may come to keep it. A question takes none, and what was lost backs
-- nothing any more.
select exists (select 1 from payment_disputes d join order_funds f on f.intent_id = d.intent_id
    where f.order_id = $1 and f.amount > 0 and d.status not in ('won', 'warning_closed', 'warning_needs_response', 'warning_under_review')
      and (d.status <> 'lost' or d.taken is null));

-- name: GetDispute :one
select * from payment_disputes where id = $1;

-- name: DisputeTaken :exec
update payment_disputes set taken = sqlc.arg(taken)::bigint where id = $1;

-- name: LostBefore :many
-- Disputes that were lost while that did not leave the books yet.
select d.* from payment_disputes d join payments p on p.intent_id = d.intent_id and p.status = 'succeeded'
where d.status = 'lost' and d.taken is null order by d.id limit $1;

-- name: DisputesOpen :many
-- What banks question, of one theatre or all: what is due first, first.
select d.*, o.number, o.brand_id, o.buyer_name from payment_disputes d join orders o on o.id = d.order_id
where d.status not in ('won', 'lost', 'warning_closed') and (sqlc.arg(brand_id)::text = '' or o.brand_id = sqlc.arg(brand_id))
order by d.respond_by nulls last, d.opened_at, d.id limit sqlc.arg(most);

-- name: DisputesOver :many
-- What banks have decided, the latest first.
select d.*, o.number, o.brand_id, o.buyer_name from payment_disputes d join orders o on o.id = d.order_id
where d.status in ('won', 'lost', 'warning_closed') and (sqlc.arg(brand_id)::text = '' or o.brand_id = sqlc.arg(brand_id))
order by d.updated_at desc, d.id limit sqlc.arg(most);

-- name: RefundsToSeeTo :many
-- Refunds that buyers' banks sent back, the oldest first.
select r.*, o.number, o.brand_id, o.buyer_name from refunds r join orders o on o.id = r.order_id
where r.state = 'failed' and (sqlc.arg(brand_id)::text = '' or o.brand_id = sqlc.arg(brand_id))
order by r.created_at, r.id limit sqlc.arg(most);

-- name: OrderMissing :one
-- What the seats of a paid order cost more than is left of its money: somebody gave that back at the provider, or a bank keeps it.
select greatest(0, coalesce((select sum(case when s.gone <> '' then s.amount - s.refunded - s.credited else s.amount end) from order_seats s where s.order_id = $1), 0)
    - coalesce((select sum(f.amount) from order_funds f where f.order_id = $1), 0))::bigint;
