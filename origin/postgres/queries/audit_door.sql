-- name: AuditScans :many
-- What scanners saw and what tickets say must be one story.
select s.scan_id::text as thing, 'let somebody in with a ticket that does not exist'::text as fault
from ticket_scans s where s.result <> 'refused' and s.ticket_id is not null and not exists (select 1 from tickets t where t.id = s.ticket_id)
union all
select (o.number || ' ' || t.seat_id)::text, 'was let in to a performance it is not for'
from ticket_scans s join tickets t on t.id = s.ticket_id join orders o on o.id = t.order_id
where s.result <> 'refused' and s.performance_id <> t.performance_id
union all
select (o.number || ' ' || t.seat_id)::text, 'was let in and still counts as not used'
from tickets t join orders o on o.id = t.order_id
where t.state = 'valid' and exists (select 1 from ticket_scans s where s.ticket_id = t.id and s.result = 'in')
union all
select (o.number || ' ' || t.seat_id)::text, 'counts as used and no scanner let it in'
from tickets t join orders o on o.id = t.order_id
where t.state = 'used' and not exists (select 1 from ticket_scans s where s.ticket_id = t.id and s.result = 'in')
limit 1000;

-- name: AuditDeadInside :many
-- Tickets that were dead when a scanner that was alone let them in: no broken rule, and somebody should look.
select distinct (o.number || ' ' || t.seat_id)::text as thing, 'does not admit any more and was let in by a scanner that was offline'::text as fault
from tickets t join orders o on o.id = t.order_id join ticket_scans s on s.ticket_id = t.id
where t.state = 'void' and s.result = 'in' and s.offline
limit 1000;

-- name: CountScans :one
select count(*) from ticket_scans;
