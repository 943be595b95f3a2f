-- name: DoorPolicy :one
select * from door_policies where performance_id = $1;

-- name: PutDoorPolicy :exec
insert into door_policies (performance_id, opens_before_minutes, opened_at, screens_only, readmission, updated_at)
values ($1, $2, $3, $4, $5, sqlc.arg(now))
on conflict (performance_id) do update set opens_before_minutes = excluded.opens_before_minutes, opened_at = excluded.opened_at,
    screens_only = excluded.screens_only, readmission = excluded.readmission, updated_at = excluded.updated_at;

-- name: DoorTickets :many
-- Every ticket of a performance, dead ones too, with the words on it.
select t.id, t.order_id, t.seat_id, t.state, t.key_id, t.issued_at, t.replaced_by,
    coalesce(s.section, '')::text as section, coalesce(s.row_label, '')::text as row_label,
    coalesce(s.seat_label, '')::text as seat_label, coalesce(s.price_type, '')::text as price_type
from tickets t
left join order_seats s on s.order_id = t.order_id and s.seat_id = t.seat_id
where t.performance_id = $1 order by t.seat_id, t.issued_at, t.id;

-- name: DoorTicket :one
select t.id, t.order_id, t.seat_id, t.state, t.key_id, t.issued_at, t.replaced_by,
    coalesce(s.section, '')::text as section, coalesce(s.row_label, '')::text as row_label,
    coalesce(s.seat_label, '')::text as seat_label, coalesce(s.price_type, '')::text as price_type
from tickets t
left join order_seats s on s.order_id = t.order_id and s.seat_id = t.seat_id
where t.id = $1;

-- name: LockTicket :one
select * from tickets where id = $1 for update;

-- name: TicketScans :many
select * from ticket_scans where ticket_id = any(sqlc.arg(tickets)::uuid[]) order by device_at, scan_id, result;

-- name: PerformanceScans :many
select * from ticket_scans where performance_id = $1 order by device_at, scan_id, result;

-- name: PerformanceEntries :many
-- Who went in and out.
select * from ticket_scans where performance_id = $1 and result <> 'refused' order by device_at, scan_id, result;

-- name: InsertScan :execrows
insert into ticket_scans (scan_id, result, performance_id, ticket_id, reason, device_id, device_name, door, person, device_at, received_at, offline)
values ($1, $2, $3, sqlc.narg(ticket_id), $4, $5, $6, $7, $8, $9, sqlc.arg(now), $10) on conflict (scan_id, result) do nothing;

-- name: GetScan :many
select * from ticket_scans where scan_id = $1;

-- name: UseTicket :exec
update tickets set state = 'used', scanned_at = coalesce(scanned_at, sqlc.arg(at)) where id = $1 and state = 'valid';

-- name: KillTicket :exec
update tickets set state = 'void' where id = $1 and state <> 'void';

-- name: ReplaceTicket :exec
update tickets set replaced_by = sqlc.arg(by)::uuid where id = $1;

-- name: InsertTicket :exec
insert into tickets (id, order_id, performance_id, seat_id, key_id, code, issued_at) values ($1, $2, $3, $4, $5, $6, $7);

-- name: DoorPerformances :many
-- Performances of a brand around now, or of all ('' is all), with how many tickets admit to each.
select p.id, p.starts_at, p.status, pr.title, pr.running_minutes, pr.brand_id, v.name as venue, v.time_zone,
    (select count(*) from tickets t where t.performance_id = p.id and t.state <> 'void')::bigint as tickets,
    (select count(*) from tickets t where t.performance_id = p.id and t.state = 'used')::bigint as used
from performances p join productions pr on pr.id = p.production_id join venues v on v.id = p.venue_id
where (sqlc.arg(brand_id)::text = '' or pr.brand_id = sqlc.arg(brand_id)) and p.starts_at >= sqlc.arg(from_at) and p.starts_at < sqlc.arg(until_at)
order by p.starts_at, pr.title limit sqlc.arg(most);
