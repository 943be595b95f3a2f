-- Each query finds what must not be there; "thing" names it for a person, "fault" says what is wrong with it.

-- name: AuditCounts :one
select (select count(*) from orders) as orders,
    (select count(*) from seat_assignments) as assignments,
    (select count(*) from tickets) as tickets,
    (select count(*) from payments) as payments,
    (select count(*) from payment_events) as events,
    (select count(*) from outbox) as outbox,
    (select coalesce(min(created_at), now())::timestamptz from orders) as first_order_at;

-- name: AuditSeats :many
-- Assignments, tickets and paid orders must tell the same story of every seat.
select (o.number || ' ' || a.seat_id)::text as thing, ('assigned to an order that is ' || o.state)::text as fault
from seat_assignments a join orders o on o.id = a.order_id where o.state <> 'paid'
union all
select (o.number || ' ' || a.seat_id)::text, 'assigned to an order that did not ask for it'
from seat_assignments a join orders o on o.id = a.order_id
where not exists (select 1 from order_seats s where s.order_id = a.order_id and s.seat_id = a.seat_id and s.performance_id = a.performance_id and s.gone = '')
union all
select (o.number || ' ' || s.seat_id)::text, 'paid for and not assigned'
from orders o join order_seats s on s.order_id = o.id
where o.state = 'paid' and s.gone = '' and not exists (
    select 1 from seat_assignments a where a.performance_id = o.performance_id and a.seat_id = s.seat_id and a.order_id = o.id)
union all
select (o.performance_id || ' ' || s.seat_id)::text, ('sold ' || count(*) || ' times: ' || string_agg(o.number, ', ' order by o.number))::text
from orders o join order_seats s on s.order_id = o.id where o.state = 'paid' and s.gone = ''
group by o.performance_id, s.seat_id having count(*) > 1
union all
select (o.number || ' ' || s.seat_id)::text, ('has ' || count(t.id) || ' valid tickets')::text
from orders o join order_seats s on s.order_id = o.id
left join tickets t on t.order_id = o.id and t.seat_id = s.seat_id and t.state <> 'void'
where o.state = 'paid' and s.gone = '' group by o.number, s.seat_id having count(t.id) <> 1
union all
select (o.number || ' ' || s.seat_id)::text, ('was given up, is ' || s.gone || ', and has a ticket that admits')::text
from orders o join order_seats s on s.order_id = o.id join tickets t on t.order_id = o.id and t.seat_id = s.seat_id and t.state <> 'void'
where s.gone <> ''
union all
select (o.number || ' ' || t.seat_id)::text, ('admits on a ticket of an order that is ' || o.state)::text
from tickets t join orders o on o.id = t.order_id where t.state <> 'void' and o.state <> 'paid'
union all
select (o.number || ' ' || t.seat_id)::text, 'has a ticket for a seat or a performance it did not order'
from tickets t join orders o on o.id = t.order_id
where t.performance_id <> o.performance_id
   or not exists (select 1 from order_seats s where s.order_id = t.order_id and s.seat_id = t.seat_id)
limit 1000;

-- name: AuditTotals :many
select o.number as thing, ('totals ' || o.total || ' and its seats come to ' || coalesce(sum(s.amount), 0))::text as fault
from orders o left join order_seats s on s.order_id = o.id
group by o.id having o.total <> coalesce(sum(s.amount), 0)
limit 1000;

-- name: AuditMoney :many
-- What the payments in our own books must add up to.
select o.number as thing,
    ('is ' || o.state || ', totals ' || o.total || ' ' || o.currency || ' and its payment is ' ||
     coalesce(p.status || ', ' || p.received || ' ' || p.currency || ' received, ' || p.refunded || ' refunded', 'missing'))::text as fault
from orders o left join payments p on p.intent_id = o.payment_intent
where o.state in ('paid', 'offered', 'exchanged') and o.total > o.credit
  and (p.intent_id is null or p.status <> 'succeeded' or p.received <> o.total - o.credit or p.currency <> o.currency)
union all
select min(s.number), ('shares its payment ' || s.payment_intent || ' with ' || count(*) - 1 || ' more')::text
from orders s where s.payment_intent is not null group by s.payment_intent having count(*) > 1
union all
-- Every penny received backs an order, or is given back.
select o.number, ('received ' || p.received || ' through ' || p.intent_id || ', of which ' || coalesce(f.held, 0) || ' is kept and ' || coalesce(r.back, 0) || ' is to go back or went: ' ||
    case when coalesce(f.held, 0) + coalesce(r.back, 0) < p.received then 'no refund of the rest is decided' else 'that is more than there was' end)::text
from payments p join orders o on o.id = p.order_id
left join (select intent_id, sum(amount) as held from order_funds group by 1) f on f.intent_id = p.intent_id
left join (select intent_id, sum(amount) as back from refunds group by 1) r on r.intent_id = p.intent_id
where p.status = 'succeeded' and coalesce(f.held, 0) + coalesce(r.back, 0) <> p.received and o.state <> 'awaiting_payment'
union all
-- An order keeps the price of the seats it has, and the fees for those it gave up. Money somebody gave back at the provider
-- is not missing.
select o.number, ('is ' || o.state || ' and keeps ' || coalesce(f.held, 0) || ' for seats and fees of ' || coalesce(l.due, 0))::text
from orders o
left join (select order_id, sum(amount) as held from order_funds group by 1) f on f.order_id = o.id
left join (select s.order_id, sum(case when s.gone <> '' then s.amount - s.refunded - s.credited when w.state in ('paid', 'offered') then s.amount else 0 end) as due
    from order_seats s join orders w on w.id = s.order_id group by 1) l on l.order_id = o.id
left join (select order_id, sum(amount) as back from refunds where kind in ('elsewhere', 'dispute') group by 1) e on e.order_id = o.id
where o.state in ('paid', 'offered', 'exchanged', 'refund_due', 'refunded')
  and (coalesce(f.held, 0) > coalesce(l.due, 0) or coalesce(f.held, 0) + coalesce(e.back, 0) < coalesce(l.due, 0))
union all
select o.number || ' ' || s.seat_id, ('was refunded ' || s.refunded || ' and its refunds come to ' || coalesce(sum(r.amount), 0))::text
from order_seats s join orders o on o.id = s.order_id left join refund_seats r on r.order_id = s.order_id and r.seat_id = s.seat_id
group by o.number, s.order_id, s.seat_id, s.refunded having s.refunded <> coalesce(sum(r.amount), 0)
union all
-- Uses of promo codes are counted where they are limited.
select c.code, ('counts ' || c.uses || ' uses and has ' || count(u.order_id))::text
from promo_codes c left join promo_uses u on u.promo_id = c.id and u.given_back_at is null
group by c.id having c.uses <> count(u.order_id)
union all
select o.number, ('the refund of ' || r.amount || ' ' || r.currency || ' failed: ' || r.last_error)::text
from refunds r join orders o on o.id = r.order_id where r.state = 'failed'
union all
select o.number, ('the refund of ' || r.amount || ' ' || r.currency || ' has been due since ' || to_char(r.created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI"Z"') || ': ' || r.last_error)::text
from refunds r join orders o on o.id = r.order_id where r.state = 'due' and greatest(r.created_at, case when r.tries > 0 then r.updated_at end) < sqlc.arg(settled_before)
  and not exists (select 1 from payment_disputes d where d.intent_id = r.intent_id and d.status in ('needs_response', 'under_review'))
limit 1000;

-- name: AuditHistory :many
-- The history of an order must lead, without a gap, to the state it is in.
with chain as (
    select e.order_id, e.id, e.from_state, e.to_state,
        lag(e.to_state, 1, '') over (partition by e.order_id order by e.id) as before,
        row_number() over (partition by e.order_id order by e.id desc) = 1 as latest
    from order_events e)
select o.number as thing, ('history jumps from "' || c.before || '" to "' || c.from_state || '"')::text as fault
from chain c join orders o on o.id = c.order_id where c.before <> c.from_state
union all
select o.number, ('is ' || o.state || ' and its history ends with ' || c.to_state)::text
from chain c join orders o on o.id = c.order_id where c.latest and c.to_state <> o.state
union all
select o.number, 'has no history' from orders o where not exists (select 1 from order_events e where e.order_id = o.id)
limit 1000;

-- name: AuditOverdue :many
select w.number as thing, ('has waited for its payment since ' || to_char(w.expires_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI"Z"') || ': is the sweep running?')::text as fault
from orders w where w.state = 'awaiting_payment' and w.expires_at < sqlc.arg(settled_before)
union all
select o.number, 'waits for its payment and has no deadline'
from orders o where o.state = 'awaiting_payment' and not exists (select from order_deadlines d where d.order_id = o.id and d.expires_at <= o.expires_at)
limit 1000;

-- name: AuditFacts :many
-- Every sale told exactly once.
select o.number as thing, ('was paid and told ' || count(b.id) || ' times')::text as fault
from orders o
join order_events e on e.order_id = o.id and e.to_state = 'paid' and e.from_state <> 'paid'
left join outbox b on b.subject = 'stagedoor.order.paid.v1' and b.key = o.id::text
group by o.id having count(b.id) <> 1
limit 1000;

-- name: AuditUnrelayed :many
select (subject || ' ' || event_id)::text as thing, ('waits in the outbox since ' || to_char(created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"'))::text as fault
from outbox_waiting where created_at < sqlc.arg(settled_before)
order by id limit 1000;

-- name: AuditRelayed :many
select o.id, o.event_id, o.subject, r.stream_seq from outbox o join outbox_relayed r on r.id = o.id
where o.id > sqlc.arg(after) and r.id > sqlc.arg(after) order by o.id limit 1000;

-- name: AuditInbox :many
select (kind || ' ' || id)::text as thing,
    case when processed_at is null then ('not acted upon since ' || to_char(received_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"') || ', ' || attempts || ' attempts: ' || last_error)
         else outcome end::text as fault
from payment_events
where (processed_at is null and received_at < sqlc.arg(settled_before))
   or (processed_at is not null and outcome = sqlc.arg(unknown_order)::text)
limit 1000;

-- name: AuditParked :many
select (consumer || ' ' || subject || ' ' || event_id)::text as thing, ('set aside after ' || attempts || ' attempts: ' || reason)::text as fault
from bus_failures where parked_at is not null
limit 1000;

-- name: AuditOrdersByID :many
select o.id, o.number, o.state, o.total, o.credit, o.currency, o.expires_at, o.payment_intent
from orders o where o.id = any(sqlc.arg(ids)::uuid[]);

-- name: AuditTakenPayments :many
select intent_id, received, refunded from payments where status = 'succeeded' and method = 'stripe' and intent_id > sqlc.arg(after) order by intent_id limit 1000;

-- name: AuditBooks :many
-- What our books say of some payments: how much of each backs orders, how much is still to go back, how much came back
-- from the buyer's bank, and how much a bank keeps, which the provider goes on counting as ours.
select p.intent_id, p.received,
    (select coalesce(sum(f.amount), 0) from order_funds f where f.intent_id = p.intent_id)::bigint as kept,
    (select coalesce(sum(r.amount), 0) from refunds r where r.intent_id = p.intent_id and r.state = 'due')::bigint as due,
    (select coalesce(sum(r.amount), 0) from refunds r where r.intent_id = p.intent_id and r.state in ('failed', 'by_hand'))::bigint as failed,
    (select coalesce(sum(r.amount), 0) from refunds r where r.intent_id = p.intent_id and r.kind = 'dispute')::bigint as lost
from payments p where p.status = 'succeeded' and p.intent_id = any(sqlc.arg(ids)::text[]);

-- name: AuditPerformances :many
-- Performances somebody ordered for that are still to come.
select distinct o.performance_id from orders o join performances p on p.id = o.performance_id where p.starts_at > sqlc.arg(now) order by 1;

-- name: AuditStale :many
select s.seat_id from orders_untold u join orders o on o.id = u.order_id join order_seats s on s.order_id = o.id where o.performance_id = $1
union
select f.seat_id from orders_untold u join orders o on o.id = u.order_id join order_offers f on f.order_id = o.id where o.performance_id = $1;

-- name: AuditPayloads :many
select id, event_id, subject, payload from outbox where id > sqlc.arg(after)::bigint order by id limit 2000;
