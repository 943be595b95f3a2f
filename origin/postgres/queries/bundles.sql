-- What many orders need done at once: arrays run side by side, one element an order, a seat, a fact.

-- name: ByIndex :exec
-- For the statements of this transaction. All of them look rows up by key; planned while the tables were small, they would
-- read all of them for as long as the connection keeps the plan. And what they are asked makes no difference to the plan, so
-- it need not be made anew five times before it is kept.
select set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
    set_config('plan_cache_mode', 'force_generic_plan', true);

-- name: WaitAtMost :exec
-- For the statements of this transaction: how long each may wait for a lock, in Postgres's words; "0" is without end.
select set_config('lock_timeout', sqlc.arg(patience)::text, true);

-- name: OrdersOfHolds :many
-- The orders that have the holds' seats or may still get them; there is one a hold at most.
select * from orders where hold_id = any(sqlc.arg(holds)::text[]) and claims_hold and channel = 'web' and exchange_of is null;

-- name: OpenOrdersOfSessions :many
-- Unpaid orders of sessions, of other holds than those they have now.
select w.hold_id::text as now_held, sqlc.embed(o)
from (select unnest(sqlc.arg(sessions)::bytea[]) as session_hash, unnest(sqlc.arg(holds)::text[]) as hold_id) w
join orders o on o.session_hash = w.session_hash and o.hold_id <> w.hold_id and o.state = 'awaiting_payment' and o.channel = 'web'
order by o.created_at;

-- name: InsertOrders :exec
with written as (insert into orders (id, number, brand_id, performance_id, state, buyer_name, buyer_email, currency, total,
    session_hash, hold_id, hold_token, traceparent, created_at, updated_at, expires_at, channel, exchange_of, credit)
select unnest(sqlc.arg(ids)::uuid[]), unnest(sqlc.arg(numbers)::text[]), unnest(sqlc.arg(brands)::text[]), unnest(sqlc.arg(performances)::uuid[]),
    'awaiting_payment', unnest(sqlc.arg(names)::text[]), unnest(sqlc.arg(emails)::text[]), unnest(sqlc.arg(currencies)::text[]),
    unnest(sqlc.arg(totals)::bigint[]), unnest(sqlc.arg(sessions)::bytea[]), unnest(sqlc.arg(holds)::text[]), unnest(sqlc.arg(tokens)::bigint[]),
    unnest(sqlc.arg(traceparents)::text[]), unnest(sqlc.arg(created_at)::timestamptz[]), unnest(sqlc.arg(created_at)::timestamptz[]),
    unnest(sqlc.arg(expires_at)::timestamptz[]), unnest(sqlc.arg(channels)::text[]),
    nullif(unnest(sqlc.arg(exchanges)::uuid[]), '00000000-0000-0000-0000-000000000000'), unnest(sqlc.arg(credits)::bigint[])
returning id, expires_at)
insert into order_deadlines (expires_at, order_id) select expires_at, id from written;

-- name: InsertSeats :exec
insert into order_seats (order_id, performance_id, seat_id, section, row_label, seat_label, band, price_type, amount,
    list_price, face, discount, promos, fee, tax, tax_added, tax_rate, rules)
select unnest(sqlc.arg(orders)::uuid[]), unnest(sqlc.arg(performances)::uuid[]), unnest(sqlc.arg(seats)::text[]), unnest(sqlc.arg(sections)::text[]),
    unnest(sqlc.arg(row_labels)::text[]), unnest(sqlc.arg(seat_labels)::text[]), unnest(sqlc.arg(bands)::text[]), unnest(sqlc.arg(price_types)::text[]),
    unnest(sqlc.arg(amounts)::bigint[]), unnest(sqlc.arg(list_prices)::bigint[]), unnest(sqlc.arg(faces)::bigint[]), unnest(sqlc.arg(discounts)::bigint[]),
    unnest(sqlc.arg(promos)::text[])::jsonb, unnest(sqlc.arg(fees)::bigint[]), unnest(sqlc.arg(taxes)::bigint[]), unnest(sqlc.arg(taxes_added)::boolean[]),
    unnest(sqlc.arg(tax_rates)::integer[]), unnest(sqlc.arg(rules)::text[]);

-- name: InsertOrderEvents :exec
insert into order_events (order_id, from_state, to_state, actor, reason, at, kind, detail)
select unnest(sqlc.arg(orders)::uuid[]), unnest(sqlc.arg(from_states)::text[]), unnest(sqlc.arg(to_states)::text[]), unnest(sqlc.arg(actors)::text[]),
    unnest(sqlc.arg(reasons)::text[]), unnest(sqlc.arg(at)::timestamptz[]), unnest(sqlc.arg(kinds)::text[]), unnest(sqlc.arg(details)::text[])::jsonb;

-- name: LockFences :exec
-- Takes the row lock of every seat, in one order everywhere; seats that no order ever presented get a row.
insert into seat_fences as f (performance_id, seat_id, token, order_id)
select w.performance_id, w.seat_id, w.token, w.order_id
from (select unnest(sqlc.arg(performances)::uuid[]) as performance_id, unnest(sqlc.arg(seats)::text[]) as seat_id,
    unnest(sqlc.arg(tokens)::bigint[]) as token, unnest(sqlc.arg(orders)::uuid[]) as order_id) w
order by w.performance_id, w.seat_id
on conflict (performance_id, seat_id) do update set order_id = f.order_id;

-- name: ReadFences :many
-- What stands on the seats, read after their locks are held. The performance is not joined: Postgres then looked for it
-- first, and read all fences of it for every seat.
select w.claim::integer as claim, f.seat_id, f.token, f.order_id, o.state, o.expires_at, o.hold_id, a.order_id as assigned_to,
    (select p.plan_id from performances p where p.id = f.performance_id)::uuid as plan_id
from (select unnest(sqlc.arg(claims)::integer[]) as claim, unnest(sqlc.arg(performances)::uuid[]) as performance_id, unnest(sqlc.arg(seats)::text[]) as seat_id) w
join seat_fences f on f.performance_id = w.performance_id and f.seat_id = w.seat_id
join orders o on o.id = f.order_id
left join seat_assignments a on a.performance_id = f.performance_id and a.seat_id = f.seat_id;

-- name: TakeFences :exec
update seat_fences f set order_id = w.order_id, token = greatest(f.token, w.token)
from (select unnest(sqlc.arg(performances)::uuid[]) as performance_id, unnest(sqlc.arg(seats)::text[]) as seat_id,
    unnest(sqlc.arg(tokens)::bigint[]) as token, unnest(sqlc.arg(orders)::uuid[]) as order_id) w
where f.performance_id = w.performance_id and f.seat_id = w.seat_id;

-- name: LockToKeep :many
-- Orders that are to be given their intents.
select id, number, state, payment_intent from orders where id = any(sqlc.arg(ids)::uuid[]) order by id for no key update;

-- name: SetOrderIntents :exec
update orders o set payment_intent = w.intent, updated_at = sqlc.arg(now)
from (select unnest(sqlc.arg(ids)::uuid[]) as id, unnest(sqlc.arg(intents)::text[]) as intent) w
where o.id = w.id;

-- name: UpsertPayments :exec
-- A final status stays, whatever arrives later.
insert into payments as p (intent_id, order_id, amount, currency, status, decline, received, refunded, updated_at)
select unnest(sqlc.arg(intents)::text[]), unnest(sqlc.arg(orders)::uuid[]), unnest(sqlc.arg(amounts)::bigint[]), unnest(sqlc.arg(currencies)::text[]),
    unnest(sqlc.arg(statuses)::text[]), unnest(sqlc.arg(declines)::text[]), unnest(sqlc.arg(received)::bigint[]), unnest(sqlc.arg(refunded)::bigint[]), sqlc.arg(now)::timestamptz
on conflict (intent_id) do update set
    status = case when p.status in ('succeeded', 'canceled') then p.status else excluded.status end,
    decline = case when p.status in ('succeeded', 'canceled') then p.decline else excluded.decline end,
    received = greatest(p.received, excluded.received),
    refunded = greatest(p.refunded, excluded.refunded),
    updated_at = excluded.updated_at;

-- name: StoreEvents :exec
insert into payment_events (id, kind, payload, received_at, next_attempt_at)
select unnest(sqlc.arg(ids)::text[]), unnest(sqlc.arg(kinds)::text[]), unnest(sqlc.arg(payloads)::text[])::jsonb, unnest(sqlc.arg(received_at)::timestamptz[]), unnest(sqlc.arg(received_at)::timestamptz[])
on conflict (id) do nothing;

-- name: PerformancesOf :many
select distinct performance_id from orders where id = any(sqlc.arg(orders)::uuid[]) and channel = 'web';

-- name: LockToSettle :many
-- Events that nobody is at work on with the orders they are about, where both are plain: not acted upon yet, and waiting for
-- their payment. Whatever is locked by others is left to whoever takes one event at a time: nobody is waited for here.
-- That an event is open is asked in words that the index of open events does not know: it keeps those that were, too, until
-- it is vacuumed, thousands on a busy morning, and all were read to find a few whose names are known.
select e.id as event_id, e.received_at, sqlc.embed(o)
from (select unnest(sqlc.arg(events)::text[]) as event_id, unnest(sqlc.arg(orders)::uuid[]) as order_id) w
join payment_events e on e.id = w.event_id and coalesce(e.processed_at, 'infinity') = 'infinity'
join orders o on o.id = w.order_id and o.state = 'awaiting_payment' and o.exchange_of is null
order by o.id
for no key update of e, o skip locked;

-- name: LockFencesOf :exec
-- As LockFences, for all seats of some orders.
insert into seat_fences as f (performance_id, seat_id, token, order_id)
select l.performance_id, l.seat_id, o.hold_token, o.id
from order_seats l join orders o on o.id = l.order_id
where l.order_id = any(sqlc.arg(orders)::uuid[]) and l.gone = ''
order by l.performance_id, l.seat_id
on conflict (performance_id, seat_id) do update set order_id = f.order_id;

-- name: ReadFencesOf :many
-- As ReadFences, for all seats of some orders, in the order in which they stand in the house.
select l.order_id as claimant, f.seat_id, f.token, f.order_id, o.state, o.expires_at, o.hold_id, a.order_id as assigned_to
from order_seats l
join seat_fences f on f.performance_id = l.performance_id and f.seat_id = l.seat_id
join orders o on o.id = f.order_id
left join seat_assignments a on a.performance_id = f.performance_id and a.seat_id = f.seat_id
where l.order_id = any(sqlc.arg(orders)::uuid[]) and l.gone = ''
order by l.order_id, l.section, l.row_label, length(l.seat_label), l.seat_label, l.seat_id;

-- name: AssignManySeats :exec
-- The unique key has the last word: a seat that is somebody's already ends the transaction.
insert into seat_assignments (performance_id, seat_id, order_id, assigned_at)
select w.performance_id, w.seat_id, w.order_id, sqlc.arg(now)::timestamptz
from (select unnest(sqlc.arg(performances)::uuid[]) as performance_id, unnest(sqlc.arg(seats)::text[]) as seat_id, unnest(sqlc.arg(orders)::uuid[]) as order_id) w
order by w.performance_id, w.seat_id;

-- name: InsertManyTickets :exec
insert into tickets (id, order_id, performance_id, seat_id, key_id, code, issued_at)
select unnest(sqlc.arg(ids)::uuid[]), unnest(sqlc.arg(orders)::uuid[]), unnest(sqlc.arg(performances)::uuid[]), unnest(sqlc.arg(seats)::text[]),
    unnest(sqlc.arg(key_ids)::text[]), unnest(sqlc.arg(codes)::text[]), unnest(sqlc.arg(issued_at)::timestamptz[]);

-- name: AddManyFunds :exec
insert into order_funds as f (order_id, intent_id, amount)
select unnest(sqlc.arg(orders)::uuid[]), unnest(sqlc.arg(intents)::text[]), unnest(sqlc.arg(amounts)::bigint[])
on conflict (order_id, intent_id) do update set amount = f.amount + excluded.amount;

-- name: SetOrdersPaid :exec
with paid as (update orders set state = 'paid', updated_at = sqlc.arg(now) where id = any(sqlc.arg(ids)::uuid[]) returning id)
insert into orders_untold (order_id, mark) select id, sqlc.arg(mark)::uuid from paid on conflict (order_id) do update set mark = excluded.mark;

-- name: FinishEvents :exec
update payment_events set processed_at = sqlc.arg(now)::timestamptz, outcome = sqlc.arg(outcome), last_error = '' where id = any(sqlc.arg(ids)::text[]);

-- name: ManySeatsTold :exec
-- Only of changes that were told: what happened since has another mark.
delete from orders_untold u using (select unnest(sqlc.arg(ids)::uuid[]) as id, unnest(sqlc.arg(marks)::uuid[]) as mark) w
where u.order_id = w.id and u.mark = w.mark;

-- name: ClaimKeys :many
-- Ours are those that nobody has, and those whose first request, the same, is given up for dead.
insert into idempotency_keys as k (scope, key, request_hash, locked_until, lock_id, created_at)
select w.scope, w.key, w.request_hash, w.locked_until, w.lock_id, w.created_at
from (select unnest(sqlc.arg(scopes)::text[]) as scope, unnest(sqlc.arg(keys)::text[]) as key, unnest(sqlc.arg(hashes)::bytea[]) as request_hash,
    unnest(sqlc.arg(locked_until)::timestamptz[]) as locked_until, unnest(sqlc.arg(locks)::uuid[]) as lock_id, unnest(sqlc.arg(created_at)::timestamptz[]) as created_at) w
order by w.scope, w.key
on conflict (scope, key) do update set locked_until = excluded.locked_until, lock_id = excluded.lock_id
where k.response is null and k.request_hash = excluded.request_hash and k.locked_until < excluded.created_at
returning lock_id;

-- name: AnswerKeys :exec
update idempotency_keys k set response = w.response::jsonb
from (select unnest(sqlc.arg(scopes)::text[]) as scope, unnest(sqlc.arg(keys)::text[]) as key, unnest(sqlc.arg(locks)::uuid[]) as lock_id, unnest(sqlc.arg(responses)::text[]) as response) w
where k.scope = w.scope and k.key = w.key and k.lock_id = w.lock_id and k.response is null;

-- name: AddOutboxes :exec
insert into outbox (event_id, subject, key, payload, traceparent)
select unnest(sqlc.arg(event_ids)::uuid[]), unnest(sqlc.arg(subjects)::text[]), unnest(sqlc.arg(keys)::text[]), unnest(sqlc.arg(payloads)::text[])::jsonb, unnest(sqlc.arg(traceparents)::text[]);
