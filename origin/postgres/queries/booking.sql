-- name: InsertOrderEvent :exec
insert into order_events (order_id, from_state, to_state, actor, reason, at, kind, detail) values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: ListOrderEvents :many
select * from order_events where order_id = $1 order by id;

-- name: RefundSteps :many
-- From which states an order came to owe, or to have given back, its money: the first says why.
select from_state from order_events where order_id = $1 and to_state in ('refund_due', 'refunded') and from_state <> to_state order by id;

-- name: SetOrderState :exec
with changed as (update orders set state = $2, updated_at = sqlc.arg(now) where id = $1 returning id)
insert into orders_untold (order_id) select id from changed where sqlc.arg(seats_changed)::boolean
on conflict (order_id) do update set mark = excluded.mark;

-- name: GetOrder :one
select * from orders where id = $1;

-- name: LockOrder :one
-- No key update: an order that is locked can still be referred to by the fences of others.
select * from orders where id = $1 for no key update;

-- name: GetOrderByNumber :one
select * from orders where number = $1;

-- name: GetOrderByHold :one
-- The order that has the hold's seats or may still get them; there is one at most.
select * from orders where hold_id = $1 and claims_hold and channel = 'web' and exchange_of is null;

-- name: OpenOrdersOfSession :many
-- Unpaid orders of a session for a performance, of other holds than the one it has now.
select * from orders
where session_hash = $1 and performance_id = $2 and hold_id <> $3 and state = 'awaiting_payment' and channel = 'web' order by created_at;

-- name: LatestOrderOfHold :one
select * from orders where hold_id = $1 order by created_at desc, id desc limit 1;

-- name: ListOrderSeats :many
-- In the order in which they stand in the house, as far as labels tell.
select * from order_seats where order_id = $1 order by section, row_label, length(seat_label), seat_label, seat_id;

-- name: SetOrderDeadline :exec
update orders set expires_at = greatest(expires_at, sqlc.arg(expires_at)), updated_at = sqlc.arg(now)
where hold_id = $1 and state = 'awaiting_payment';

-- name: SetOrderIntent :execrows
update orders set payment_intent = $2, updated_at = sqlc.arg(now) where id = $1 and (payment_intent is null or payment_intent = $2);

-- name: LastToken :one
select coalesce(max(token), 0)::bigint from seat_fences where performance_id = $1;

-- name: AssignSeats :execrows
insert into seat_assignments (performance_id, seat_id, order_id, assigned_at)
select sqlc.arg(performance_id), seat, sqlc.arg(order_id), sqlc.arg(now) from unnest(sqlc.arg(seats)::text[]) as seat order by seat
on conflict (performance_id, seat_id) do nothing;

-- name: ReleaseSeats :exec
delete from seat_assignments where order_id = $1;

-- name: ReleaseSomeSeats :execrows
delete from seat_assignments where order_id = $1 and seat_id = any(sqlc.arg(seats)::text[]);

-- name: AssignedSeats :many
-- Seats kept for buyers who were offered them are sold to everybody else.
select a.seat_id from seat_assignments a where a.performance_id = $1
union
select f.seat_id from order_offers f join orders o on o.id = f.order_id where o.performance_id = $1 and o.state = 'offered'
order by 1;

-- name: VoidTickets :exec
update tickets set state = 'void' where order_id = $1 and state <> 'void';

-- name: VoidSomeTickets :exec
update tickets set state = 'void' where order_id = $1 and state <> 'void' and seat_id = any(sqlc.arg(seats)::text[]);

-- name: UsedTickets :many
select seat_id from tickets where order_id = $1 and state = 'used' and seat_id = any(sqlc.arg(seats)::text[]);

-- name: ListTickets :many
select * from tickets where order_id = $1 order by seat_id, issued_at, id;

-- name: UpsertPayment :exec
-- A final status stays, whatever arrives later.
insert into payments as p (intent_id, order_id, amount, currency, status, decline, received, refunded, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, sqlc.arg(now))
on conflict (intent_id) do update set
    status = case when p.status in ('succeeded', 'canceled') then p.status else excluded.status end,
    decline = case when p.status in ('succeeded', 'canceled') then p.decline else excluded.decline end,
    received = greatest(p.received, excluded.received),
    refunded = greatest(p.refunded, excluded.refunded),
    updated_at = excluded.updated_at;

-- name: GetPayment :one
select * from payments where intent_id = $1;

-- name: ListPayments :many
select * from payments where order_id = $1 order by updated_at desc, intent_id;

-- name: StoreEvent :execrows
insert into payment_events (id, kind, payload, received_at, next_attempt_at)
values ($1, $2, $3, sqlc.arg(now), sqlc.arg(now)) on conflict (id) do nothing;

-- name: LockEvent :one
select * from payment_events where id = $1 for update;

-- name: ReadEvent :one
select * from payment_events where id = $1;

-- name: FinishEvent :exec
update payment_events set processed_at = sqlc.arg(now)::timestamptz, outcome = $2, last_error = '' where id = $1;

-- name: ClaimEvents :many
-- Takes the oldest events that are due and puts them off, so that whoever dies over one leaves it to the next.
update payment_events set attempts = attempts + 1, next_attempt_at = sqlc.arg(again_at)
where id in (
    select e.id from payment_events e where e.processed_at is null and e.next_attempt_at <= sqlc.arg(now)
    order by e.next_attempt_at, e.received_at limit sqlc.arg(most) for update skip locked)
returning id, attempts, payload;

-- name: PutOffEvent :exec
update payment_events set next_attempt_at = $2, last_error = $3 where id = $1 and processed_at is null;

-- name: InsertRefund :exec
insert into refunds (id, intent_id, order_id, amount, currency, reason, state, kind, next_attempt_at, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, sqlc.arg(now), sqlc.arg(now), sqlc.arg(now));

-- name: DecidedRefunds :one
-- How much of an intent it is decided to give back; what the bank returned counts, as a person sees to it.
select coalesce(sum(amount), 0)::bigint from refunds where intent_id = $1;

-- name: DueRefunds :one
-- Refunds of an order that are still to be sent, or that failed and somebody must see to; those of stray payments aside.
select count(*) from refunds where order_id = $1 and state in ('due', 'failed') and kind <> 'stray';

-- name: ListRefunds :many
select r.*, p.method from refunds r join payments p on p.intent_id = r.intent_id where r.order_id = $1 order by r.created_at, r.id;

-- name: ClaimRefunds :many
update refunds set attempts = attempts + 1, next_attempt_at = sqlc.arg(again_at), updated_at = sqlc.arg(now)
where id in (
    select r.id from refunds r join payments p on p.intent_id = r.intent_id
    where r.state = 'due' and r.next_attempt_at <= sqlc.arg(now) and p.method = 'stripe'
      -- the provider gives nothing back that a bank has: once that has decided, it is sent, or is nobody's any more
      and not exists (select 1 from payment_disputes d where d.intent_id = r.intent_id and d.status in ('needs_response', 'under_review'))
    order by r.next_attempt_at limit sqlc.arg(most) for update of r skip locked)
returning *;

-- name: PutOffRefund :exec
update refunds set next_attempt_at = $2, last_error = $3 where id = $1 and state = 'due';

-- name: SetRefund :exec
-- Messages come late and in any order: 'failed' stays, and 'succeeded' gives way to 'failed' alone.
update refunds set
    state = case
        when state = 'failed' then state
        when state = 'succeeded' and sqlc.arg(state)::text <> 'failed' then state
        else sqlc.arg(state)::text end,
    provider_id = coalesce(sqlc.narg(provider_id), provider_id), last_error = sqlc.arg(last_error), updated_at = sqlc.arg(now)
where id = $1;

-- name: FindRefund :one
select * from refunds where provider_id = sqlc.arg(provider_id)::text;

-- name: SettleRefunds :exec
-- The provider says that everything has been given back.
update refunds set state = 'succeeded', updated_at = sqlc.arg(now) where intent_id = $1 and state in ('due', 'sent');

-- name: OverdueOrders :many
select o.id, o.hold_id, o.expires_at, d.expires_at as deadline from order_deadlines d join orders o on o.id = d.order_id
where d.expires_at < $1 and o.state = 'awaiting_payment' and o.expires_at < $1 order by d.expires_at limit $2;

-- name: PassDeadlines :execrows
-- Deadlines that came, of orders that wait no longer: so many of the first.
delete from order_deadlines d using (
    select p.expires_at, p.order_id from order_deadlines p join orders o on o.id = p.order_id
    where p.expires_at <= sqlc.arg(until) and o.state <> 'awaiting_payment'
    order by p.expires_at, p.order_id limit sqlc.arg(most) for update of p skip locked) passed
where d.expires_at = passed.expires_at and d.order_id = passed.order_id;

-- name: OverdueOffers :many
select id from orders where id in (select f.order_id from order_offers f) and state = 'offered' and expires_at <= $1 order by expires_at limit $2;

-- name: StaleSeats :many
select sqlc.embed(o), u.mark from orders_untold u join orders o on o.id = u.order_id order by u.order_id limit $1;

-- name: StaleSeatsOf :one
select sqlc.embed(o), u.mark from orders_untold u join orders o on o.id = u.order_id where u.order_id = $1;

-- name: SeatsStale :exec
with changed as (update orders set updated_at = $2 where id = $1 returning id)
insert into orders_untold (order_id) select id from changed on conflict (order_id) do update set mark = excluded.mark;

-- name: ClaimOpenPayments :many
-- Intents that could still take money for an order that is over.
update payments set attempts = attempts + 1, next_attempt_at = sqlc.arg(again_at)
where intent_id in (
    select p.intent_id from payments p join orders o on o.id = p.order_id
    where p.status not in ('succeeded', 'canceled') and p.next_attempt_at <= sqlc.arg(now)
      and o.state <> 'awaiting_payment'
    order by p.next_attempt_at limit sqlc.arg(most) for update of p skip locked)
returning intent_id, order_id, attempts;

-- name: PutOffPayment :exec
update payments set next_attempt_at = $2 where intent_id = $1;

-- name: GetKey :one
select request_hash, response, locked_until from idempotency_keys where scope = $1 and key = $2;

-- name: FreeKey :exec
-- Nothing was done: the key is as good as new.
delete from idempotency_keys where scope = $1 and key = $2 and lock_id = $3 and response is null;

-- name: UnlockKey :exec
-- Something was done: only the same request may go on, and may do so at once.
update idempotency_keys set locked_until = 'epoch' where scope = $1 and key = $2 and lock_id = $3 and response is null;

-- name: ForgetKeys :execrows
delete from idempotency_keys where created_at < $1;

-- name: ListTicketKeys :many
select * from ticket_keys order by created_at desc, id;

-- name: RefundsSent :one
-- How much of an intent the provider gave back, or is to, as far as we know.
select coalesce(sum(amount), 0)::bigint from refunds where intent_id = $1 and state in ('due', 'sent', 'succeeded') and kind <> 'dispute';

-- name: FailedRefunds :many
select * from refunds where intent_id = $1 and state = 'failed' order by created_at, id for update;

-- name: RefundWaiting :one
-- Whether a refund of an intent is on its way, or was, that does not know the provider's name for it yet.
select exists (select 1 from refunds where intent_id = $1 and state = 'due' and provider_id is null);

-- name: RefundUnnamed :one
-- A refund that went through and whose name at the provider we don't know, by what it came to: somebody made it there, or
-- whoever sent it died before they wrote the name down.
select * from refunds where intent_id = $1 and kind <> 'dispute' and state = 'succeeded' and amount = sqlc.arg(amount) and provider_id is null
order by created_at, id limit 1;

-- name: NameRefund :exec
update refunds set provider_id = sqlc.arg(provider_id)::text where id = $1;

-- name: LockRefund :one
select * from refunds where id = $1 and order_id = $2 for update;

-- name: EndTry :exec
-- A refund that failed goes on under another name, or none: its name is kept apart.
with ended as (
    insert into refund_tries (provider_id, refund_id, ended_at) select r.provider_id, r.id, sqlc.arg(now) from refunds r where r.id = $1 and r.provider_id is not null
    on conflict do nothing)
update refunds set provider_id = null where refunds.id = $1;

-- name: TryEnded :one
-- Whether a refund at the provider is one that failed, and that was seen to since.
select exists (select 1 from refund_tries where provider_id = sqlc.arg(provider_id)::text);

-- name: RefundAgain :execrows
-- Once for each time it failed.
update refunds set state = 'due', provider_id = null, tries = tries + 1, attempts = 0, last_error = '', next_attempt_at = sqlc.arg(now), updated_at = sqlc.arg(now)
where id = $1 and state = 'failed' and tries = sqlc.arg(tries);

-- name: SetRefundState :exec
-- What a person, or the provider by other means, makes of one that failed, or was never sent.
update refunds set state = sqlc.arg(state), kind = sqlc.arg(kind), last_error = '', updated_at = sqlc.arg(now) where id = $1;

-- name: RefundsOpen :many
-- Refunds of an intent that are still owed to the buyer.
select * from refunds where intent_id = $1 and state in ('due', 'failed') order by created_at, id for update;

-- name: SetPaymentRefunded :exec
-- What the provider says when it is asked; its webhooks may be old.
update payments set refunded = sqlc.arg(refunded), updated_at = sqlc.arg(now) where intent_id = $1;
