-- name: AddMail :execrows
insert into mails (id, event_id, brand_id, recipient, subject, body_html, body_text, forget_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (event_id) do nothing;

-- name: RecentMails :many
select id, brand_id, recipient, subject, created_at
from mails
where sqlc.arg(recipient)::text = '' or strpos(lower(recipient), lower(sqlc.arg(recipient)::text)) > 0
order by created_at desc, id desc
limit sqlc.arg(at_most)::int;

-- name: MailByID :one
select * from mails where id = $1;

-- name: OrdersToTell :many
-- Who is to hear what becomes of a performance, some of them after another: the order of IDs is theirs. None of them can be
-- erased, or change, before the transaction ends; they are locked in the order in which an erasure locks them.
select o.id from orders o
where o.id in (
    select w.id from orders w
    where w.performance_id = $1 and w.id > sqlc.arg(after) and w.state in ('paid', 'offered') and w.buyer_email <> ''
    order by w.id limit sqlc.arg(most))
order by o.id desc for share;

-- name: LockToTell :exec
-- An order that is written about can't be erased before the letter is there to be erased with it.
select id from orders where id = $1 for share;

-- name: LockBuyerLink :one
-- As LockToTell, for a link that was asked for.
select * from buyer_links where id = $1 for share;

-- name: ForgetRecipients :execrows
-- Letters that had to be sent to an address that is erased, and have been.
update mails set recipient = '', forget_at = null where forget_at <= sqlc.arg(now)::timestamptz;

-- name: DeskOf :many
-- Whom the money of a theatre concerns: the people of its box office, or, where it has none, those who look after everything.
-- Who never signed in may have been invited by a wrong address.
with desk as (
    select p.id, p.email, g.role from staff_people p join staff_grants g on g.person_id = p.id
    where p.disabled_at is null and p.signed_in_at is not null and p.email <> '' and g.role in ('box-office', 'admin') and (g.brand_id is null or g.brand_id = sqlc.arg(brand_id)::text))
select distinct d.id, d.email from desk d where d.role = 'box-office' or not exists (select 1 from desk b where b.role = 'box-office') order by d.email, d.id;
