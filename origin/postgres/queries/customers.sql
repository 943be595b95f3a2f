-- What is kept of buyers, and how it is forgotten.

-- name: LockOrdersOfBuyer :many
select id from orders where lower(buyer_email) = sqlc.arg(email)::text order by id desc for no key update;

-- name: EraseBuyer :execrows
-- What was bought and paid stays, as the law on accounts wants; by whom does not. Only orders that are done with: one that
-- was placed since the others were looked at is another matter.
update orders set buyer_name = 'Erased', buyer_email = '', erased_at = sqlc.arg(now)::timestamptz, session_hash = ''
where id = any(sqlc.arg(ids)::uuid[]) and erased_at is null and state not in ('awaiting_payment', 'offered', 'refund_due');

-- name: ForgetPromoUser :exec
-- That a code was used stays counted; by whom does not.
update promo_uses set email_hash = '' where order_id = any(sqlc.arg(ids)::uuid[]);

-- name: ReservationsOf :many
-- Seats that the box office keeps, or kept, for somebody.
select r.*, p.starts_at, d.title, b.name as theatre from desk_reservations r join performances p on p.id = r.performance_id
join productions d on d.id = p.production_id join brands b on b.id = d.brand_id
where lower(r.contact) = sqlc.arg(email)::text order by r.made_at;

-- name: ForgetReservationsOf :execrows
update desk_reservations set name = 'Erased', contact = '' where lower(contact) = sqlc.arg(email)::text;

-- name: FailuresAboutBuyers :many
-- Facts that could not be handled and that may name a buyer.
select * from bus_failures
where subject like 'stagedoor.order.%' or subject like 'stagedoor.payment.%' or subject like 'stagedoor.buyer.%'
order by consumer, event_id for update;

-- name: RedactFailure :exec
update bus_failures set payload = $3, reason = $4 where consumer = $1 and event_id = $2;
